"""Figures → a JSON file for programs and a Markdown page for people."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.machine import Machine
from benchmarks.measures import IngestFigures, Latency, Quality


@dataclass(frozen=True, slots=True)
class Side:
    """One system's figures; ``latency`` and ``quality`` are None without questions."""

    precision: str
    ingest: IngestFigures
    latency: Latency | None
    quality: Quality | None


@dataclass(frozen=True, slots=True)
class Report:
    """One run. ``unreachable`` are questions that no chunk of the plain side can answer."""

    date: str
    corpus: str
    documents: int
    characters: int
    questions: int
    repeats: int
    model: str
    machine: Machine
    lianwen: Side
    plain: Side
    unreachable: tuple[str, ...]


def write(report: Report, folder: Path) -> str:
    """Write both files to ``folder``; returns the page."""
    folder.mkdir(parents=True, exist_ok=True)
    stem = folder / f"side_by_side-{report.date}"
    page = "\n".join(_page(report)) + "\n"
    data = json.dumps(dataclasses.asdict(report), ensure_ascii=False, indent=2)
    stem.with_suffix(".json").write_text(data + "\n", encoding="utf-8")
    stem.with_suffix(".md").write_text(page, encoding="utf-8")
    return page


def _page(report: Report) -> Iterator[str]:
    yield f"# Side by side, {report.date}"
    yield ""
    yield (
        f"Corpus: {report.corpus}, {report.documents} documents, {report.characters:,} characters. "
        f"Questions: {report.questions}. Repeats: {report.repeats}, the two systems in turn. "
        f"Model, in both: `{report.model}`."
    )
    yield from _table("Ingest, medians", list(_ingest_rows(report.lianwen, report.plain)))
    if report.lianwen.latency and report.plain.latency:
        rows = list(_latency_rows(report.lianwen.latency, report.plain.latency))
        yield from _table("Question to full answer (ours), to five chunks (plain)", rows)
    if report.lianwen.quality and report.plain.quality:
        rows = list(_quality_rows(report.lianwen.quality, report.plain.quality))
        title = f"Quality, {report.lianwen.quality.count} answerable questions"
        yield from _table(title, rows, last="difference")
        yield ""
        yield f"Questions that no chunk counts for: {', '.join(report.unreachable) or 'none'}."
    yield from ("", "## Machine", "", *report.machine.lines())


def _table(
    title: str, rows: list[tuple[str, str, str, str]], last: str = "lianwen ÷ plain"
) -> Iterator[str]:
    yield from (
        "",
        f"## {title}",
        "",
        f"| | lianwen | plain LangChain | {last} |",
        "|---|--:|--:|--:|",
    )
    for row in rows:
        yield f"| {' | '.join(row)} |"


def _ingest_rows(ours: Side, plain: Side) -> Iterator[tuple[str, str, str, str]]:
    a, b = ours.ingest, plain.ingest
    yield _row("passages", a.passages, b.passages, 0)
    yield _row("**passages/s**", a.passages_per_second, b.passages_per_second, 1)
    yield _row("whole corpus, s", a.seconds, b.seconds, 1)
    yield ("fastest–slowest, s", _spread(a), _spread(b), "")
    yield _row(
        "corpus characters/s", a.corpus_characters_per_second, b.corpus_characters_per_second, 0
    )
    yield _row("characters embedded", a.embedded_characters, b.embedded_characters, 0)
    yield _row(
        "embedded characters/s",
        a.embedded_characters_per_second,
        b.embedded_characters_per_second,
        0,
    )
    yield _row("of which in the model, s", a.embedding_seconds, b.embedding_seconds, 1)
    yield _row("outside it, s", a.seconds - a.embedding_seconds, b.seconds - b.embedding_seconds, 1)
    yield ("precision", ours.precision, plain.precision, "")


def _latency_rows(ours: Latency, plain: Latency) -> Iterator[tuple[str, str, str, str]]:
    yield _row("questions timed", ours.count, plain.count, 0)
    yield _row("**p50, ms**", ours.p50, plain.p50, 1)
    yield _row("p95, ms", ours.p95, plain.p95, 1)


def _quality_rows(ours: Quality, plain: Quality) -> Iterator[tuple[str, str, str, str]]:
    pairs = [(name, ours.hits[name], plain.hits[name]) for name in ours.hits]
    pairs.append(("MRR@10", ours.reciprocal_rank, plain.reciprocal_rank))
    for name, a, b in pairs:
        yield (name, f"{a:.3f}", f"{b:.3f}", f"{a - b:+.3f}")
    yield ("characters in the first five", f"{ours.shown:.0f}", f"{plain.shown:.0f}", "")


def _spread(figures: IngestFigures) -> str:
    fastest, slowest = figures.spread
    return f"{fastest:.1f}–{slowest:.1f}"


def _row(name: str, ours: float, plain: float, digits: int) -> tuple[str, str, str, str]:
    ratio = f"{ours / plain:.2f}" if plain else ""
    return (name, f"{ours:,.{digits}f}", f"{plain:,.{digits}f}", ratio)
