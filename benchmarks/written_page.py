"""What `written` measures, and its page: a table for each question that a reader has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from benchmarks.invention import Invented
from benchmarks.measures import latency
from benchmarks.pages import Cell, table
from bot.evaluation import Mark
from knowledge.writing.verdicts import Tally

AIM_MS = 20.0
# How many findings a page shows; the JSON file has all.
SHOWN = 20


@dataclass(slots=True)
class Side:
    """The same questions with the model or without; milliseconds from question to answer."""

    marks: list[Mark] = field(default_factory=list)

    def row(self, name: str) -> list[Cell]:
        good = [each for each in self.marks if each.exam.gold]
        times = latency([each.elapsed_ms for each in self.marks])
        return [
            name,
            _share(sum(each.rank == 1 for each in good), len(good)),
            _share(sum(each.cited for each in good), len(good)),
            times.p50,
            times.p95,
        ]


@dataclass(slots=True)
class Run:
    """What is measured, question by question. Milliseconds are those added to the model's."""

    quoting: Side = field(default_factory=Side)
    writing: Side = field(default_factory=Side)
    drafts: int = 0
    added_ms: list[float] = field(default_factory=list)
    added_processor_ms: list[float] = field(default_factory=list)
    model_seconds: list[float] = field(default_factory=list)
    found: list[tuple[str, Invented]] = field(default_factory=list)
    sent: int = 0
    told: Counter[str] = field(default_factory=Counter)
    stood: Counter[str] = field(default_factory=Counter)
    believed: list[tuple[str, str, str, bool]] = field(default_factory=list)
    """Lies that stood: question, kind, words, whether the answer was sent."""


def figures(run: Run, tally: Tally, patience: float) -> dict[str, Any]:
    """Everything as it goes into the JSON file."""
    return {
        "asked": len(run.writing.marks),
        "to_write": run.drafts,
        "patience_s": patience,
        "tally": asdict(tally),
        "sent_sentences": run.sent,
        "invented": [{"id": key, **asdict(each)} for key, each in run.found],
        **{
            name: asdict(latency(values)) if values else None
            for name, values in (
                ("added_ms", run.added_ms),
                ("added_processor_ms", run.added_processor_ms),
                ("model_seconds", run.model_seconds),
            )
        },
        "sides": {"quoting": run.quoting.row(""), "writing": run.writing.row("")},
        "lies_told": dict(run.told),
        "stood": dict(run.stood),
        "lies_that_stood": run.believed,
    }


def page(run: Run, tally: Tally) -> list[str]:
    """The Markdown between title and machine."""
    asked, to_write = len(run.writing.marks), run.drafts
    kinds = Counter(each.kind.value for _, each in run.found)
    rows: list[list[Cell]] = [
        ["questions asked", asked, None],
        ["quotes meant to stand alone, or declined", asked - to_write, None],
        ["answers to write", to_write, 1.0],
        ["written by the model", tally.written, _share(tally.written, to_write)],
        *([f"fell back: {why}", n, _share(n, to_write)] for why, n in _most(tally.fallbacks)),
    ]
    judged = tally.passed + tally.dropped
    sentences: list[list[Cell]] = [
        ["judged", judged, 1.0],
        ["stood", tally.passed, _share(tally.passed, judged)],
        ["of these only when written anew", tally.rewritten, _share(tally.rewritten, judged)],
        ["dropped", tally.dropped, _share(tally.dropped, judged)],
        *([f"fault: {fault}", n, None] for fault, n in _most(tally.faults)),
        ["sent", run.sent, None],
        ["**invented in what was sent**", len(run.found), None],
        *([f"invented: {kind}", n, None] for kind, n in _most(kinds)),
    ]
    body = ["## Answers", "", *table(["", "count", "share"], rows), ""]
    body += ["## Sentences", "", *table(["", "count", "share"], sentences), ""]
    body += _times(run)
    header = ["", "hit@1", "cited", "p50, ms", "p95, ms"]
    sides = [run.quoting.row("without the model"), run.writing.row("with it")]
    body += ["## The same questions", "", *table(header, sides)]
    if run.told:
        body += _lies_section(run)
    if run.found:
        body += ["", "## To look at", ""]
        body += [
            f"- {key} {each.kind.value}: {each.words} — {each.sentence}"
            for key, each in run.found[:SHOWN]
        ]
    return body


def _times(run: Run) -> list[str]:
    if not run.added_ms:
        return []
    rows: list[list[Cell]] = []
    for name, values in (
        (f"added steps, ms (aim: {AIM_MS:g})", run.added_ms),
        ("of these the processor's, ms", run.added_processor_ms),
        ("the model, ms", [1000 * each for each in run.model_seconds]),
    ):
        told = latency(values)
        rows.append([name, told.p50, told.p95, max(values)])
    return ["## Time an answer", "", *table(["", "p50", "p95", "longest"], rows), ""]


def _lies_section(run: Run) -> list[str]:
    sent = Counter(kind for _, kind, _, written in run.believed if written)
    sent["true"] = run.sent - sum(sent.values())
    rows: list[list[Cell]] = [[kind, n, run.stood[kind], sent[kind]] for kind, n in _most(run.told)]
    body = ["", "## What was told", "", *table(["", "told", "stood", "sent"], rows), ""]
    return [*body, *(f"- {key} {kind}: {text}" for key, kind, text, _ in run.believed[:SHOWN])]


def _most(counts: Mapping[Any, int]) -> list[tuple[str, int]]:
    return sorted(((str(key), n) for key, n in counts.items()), key=lambda each: -each[1])


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
