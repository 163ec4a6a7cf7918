"""What each part of the retrieval adds: from the plain recipe to the whole, step by step.

How to read the figures: README.md beside this file.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks import machine
from benchmarks.corpus import NEARBY_CORPUS, NEARBY_QUESTIONS, ROOT, find_corpus, require
from benchmarks.index import Index
from benchmarks.judging import Judge
from benchmarks.plain import Plain
from bot.evaluation import Exam, read_exams
from knowledge.answering import Composer
from knowledge.assistant import Assistant
from knowledge.embedding import CrossReranker, SentenceEncoder, packed_e5, variants
from knowledge.model import Outcome, Question, Ranked
from knowledge.naming import plain_title
from knowledge.query import understand
from knowledge.ranking import FEATURES, Weights, weights
from knowledge.retrieval import Retriever
from knowledge.settings import DEFAULT_MODEL
from training.data import ASIDE, read_corpus

ASIDE_ASKS = 200
DEEPEST = 10


@dataclass(frozen=True, slots=True)
class Row:
    """One step's figures: shares in [0, 1], milliseconds.

    ``aside`` are of asks whose article has none in the index, and was trained on by nothing.
    """

    step: str
    hit1: float
    hit5: float
    scenario5: float
    reciprocal_rank: float
    aside1: float | None
    aside5: float | None
    declined: float | None
    refused_wrongly: float | None
    p50: float
    p95: float


@dataclass(frozen=True, slots=True)
class Aside:
    """An ask of an article kept aside, and the asks to look past."""

    text: str
    clause_id: str
    exclude: frozenset[str]


def _weights(*used: str) -> Weights:
    """The shipped weights with every feature but ``used`` at nothing."""
    fitted = weights()
    kept = np.array([name in used for name in FEATURES], dtype=float)
    features = fitted.features * kept
    if not features.any():
        features = kept
    return replace(fitted, features=features)


def _steps(
    plain: Index, tuned: Index, reranker: CrossReranker
) -> list[tuple[str, Retriever, bool]]:
    """(name, search, whether the question is read for places and words) in order."""
    dense = ("dense", "document", "general", "case", "requirement")
    both = (*dense, "lexical")
    return [
        ("+ structure", plain.retriever(_weights(*dense), None, wording=False), False),
        ("+ lexical", plain.retriever(_weights(*both), None, wording=False), False),
        ("+ query understanding", plain.retriever(_weights(*both), None, wording=True), True),
        ("+ asks", plain.retriever(weights(), None, wording=True), True),
        ("+ tuned encoder", tuned.retriever(weights(), None, wording=True), True),
        ("+ reranker", tuned.retriever(weights(), reranker, wording=True), True),
    ]


def _rank(retriever: Retriever, question: Question, *, reads: bool) -> Sequence[Ranked]:
    if reads:
        return retriever.search(retriever.understand(question)).ranking
    query = understand(question, {})
    query = replace(query, references=(), wants_case=False)
    return retriever.search(query).ranking


def _places(ranking: Sequence[Ranked]) -> list[tuple[str, str]]:
    return list(dict.fromkeys((plain_title(r.document.title), r.clause.article) for r in ranking))


def _row(
    step: str,
    exams: Sequence[Exam],
    rank: Callable[[Exam], int | None],
    aside: Sequence[int | None] | None,
) -> Row:
    times, ranks, scenarios = [], [], []
    for exam in exams:
        if not exam.gold:
            continue
        start = time.perf_counter()
        place = rank(exam)
        times.append((time.perf_counter() - start) * 1000)
        ranks.append(place)
        if exam.type == "scenario":
            scenarios.append(place)
    return Row(
        step=step,
        hit1=_share(ranks, 1),
        hit5=_share(ranks, 5),
        scenario5=_share(scenarios, 5),
        reciprocal_rank=sum(1 / place for place in ranks if place) / len(ranks),
        aside1=_share(aside, 1) if aside is not None else None,
        aside5=_share(aside, 5) if aside is not None else None,
        declined=None,
        refused_wrongly=None,
        p50=statistics.median(times),
        p95=sorted(times)[round(0.95 * (len(times) - 1))],
    )


def _share(ranks: Sequence[int | None], cutoff: int) -> float:
    return sum(place is not None and place <= cutoff for place in ranks) / max(len(ranks), 1)


def _first(places: Sequence[tuple[str, str]], gold: frozenset[tuple[str, str]]) -> int | None:
    return next((i for i, place in enumerate(places[:DEEPEST], 1) if place in gold), None)


def measure(folder: Path, questions: Path, work: Path) -> list[Row]:
    """Every step over one corpus; ``work`` is an empty folder."""
    corpus = find_corpus(folder, None, work / "shipped")
    exams = read_exams(questions)
    base = work / variants.PLAIN.name
    packed_e5.unpack(base)
    rows = []
    recipe = Plain(base)
    recipe.ingest(corpus.files, work / "recipe")
    judge = Judge(corpus)

    def recipe_rank(exam: Exam) -> int | None:
        return judge.mark(exam, recipe.ask(exam.question, DEEPEST)).rank

    rows.append(_row("plain LangChain", exams, recipe_rank, None))
    print(rows[-1], flush=True)
    plain = Index(corpus.parsed, SentenceEncoder(str(base), work), work / "plain")
    tuned = Index(corpus.parsed, SentenceEncoder(DEFAULT_MODEL, work), work / "tuned")
    trained = read_corpus(folder)
    asks = [ask for ask in trained.asks if trained.folds[ask.clause_id] == ASIDE]
    chosen = random.Random(3).sample(asks, min(ASIDE_ASKS, len(asks)))
    steps = _steps(plain, tuned, CrossReranker(work))
    for name, retriever, reads in steps:
        retriever.search(retriever.understand(Question("礼品")))
        aside = []
        for ask in chosen:
            found = retriever.search(
                retriever.understand(Question(ask.text)), retriever.asks_of(ask.clause_id)
            )
            ids = [ranked.clause.id for ranked in found.ranking[:DEEPEST]]
            aside.append(ids.index(ask.clause_id) + 1 if ask.clause_id in ids else None)

        def rank(exam: Exam, retriever: Retriever = retriever, reads: bool = reads) -> int | None:
            return _first(_places(_rank(retriever, exam.question, reads=reads)), exam.gold)

        rows.append(_row(name, exams, rank, aside))
        print(rows[-1], flush=True)
    rows.append(_calibrated(rows[-1], exams, tuned, CrossReranker(work)))
    print(rows[-1], flush=True)
    return rows


def _calibrated(before: Row, exams: Sequence[Exam], index: Index, reranker: CrossReranker) -> Row:
    """The last step: the whole assistant, which may decline."""
    assistant = Assistant(index.store, index.encoder, Composer("本单位纪检部门"), reranker)
    declined: dict[bool, list[bool]] = {True: [], False: []}
    times = []
    for exam in exams:
        start = time.perf_counter()
        outcome = assistant.ask(exam.question).outcome
        times.append((time.perf_counter() - start) * 1000)
        declined[bool(exam.gold)].append(outcome is not Outcome.ANSWERED)
    return replace(
        before,
        step="+ calibration (whole answer)",
        declined=statistics.mean(declined[False]),
        refused_wrongly=statistics.mean(declined[True]),
        p50=statistics.median(times),
        p95=sorted(times)[round(0.95 * (len(times) - 1))],
    )


def write(rows: Sequence[Row], described: machine.Machine, folder: Path) -> None:
    """A JSON file, a page and a chart in ``folder``."""
    stem = folder / f"ablation-{dt.datetime.now(dt.UTC).date().isoformat()}"
    data = {"machine": asdict(described), "rows": [asdict(row) for row in rows]}
    stem.with_suffix(".json").write_text(
        json.dumps(data, ensure_ascii=False, indent=2) + "\n", encoding="utf-8"
    )
    head = list(asdict(rows[0]))
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for row in rows:
        cells = asdict(row).values()
        lines.append("| " + " | ".join(map(_cell, cells)) + " |")
    stem.with_suffix(".md").write_text(
        f"# Ablation\n\n{chr(10).join(described.lines())}\n\n" + "\n".join(lines) + "\n",
        encoding="utf-8",
    )
    _chart(rows, stem.with_suffix(".png"))


def _cell(value: object) -> str:
    if value is None:
        return "–"
    return (
        f"{value:.3f}"
        if isinstance(value, float) and value < 2
        else (f"{value:.0f}" if isinstance(value, float) else str(value))
    )


def _chart(rows: Sequence[Row], path: Path) -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    figure, (quality, speed) = pyplot.subplots(
        1, 2, figsize=(12, 5), width_ratios=[3, 1], sharey=True
    )
    places = np.arange(len(rows))
    series = (
        ("hit@5", "hit5", "#2a6f97"),
        ("hit@1", "hit1", "#89c2d9"),
        ("scenarios, hit@5", "scenario5", "#e07a5f"),
        ("articles without asks, hit@5", "aside5", "#81b29a"),
    )
    for label, name, colour in series:
        values = [getattr(row, name) for row in rows]
        known = [
            (value, place) for value, place in zip(values, places, strict=True) if value is not None
        ]
        quality.plot(*zip(*known, strict=True), marker="o", label=label, color=colour)
    quality.set_yticks(places, [row.step for row in rows])
    quality.invert_yaxis()
    quality.set_xlim(0, 1)
    quality.grid(axis="x", alpha=0.3)
    quality.set_xlabel("share of questions")
    quality.legend(loc="lower left")
    speed.barh(places, [row.p50 for row in rows], color="#adb5bd")
    speed.set_xlabel("p50, ms a question")
    for axes in (quality, speed):
        axes.spines[["top", "right"]].set_visible(False)
    figure.suptitle("What each part adds (development questions; asks of articles kept aside)")
    figure.tight_layout()
    figure.savefig(path, dpi=130)


def main() -> None:
    """Measure and write; see the module's text."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ablation", description=__doc__)
    parser.add_argument("--corpus", type=Path, default=NEARBY_CORPUS)
    parser.add_argument("--questions", type=Path, default=NEARBY_QUESTIONS)
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks" / "results")
    given = parser.parse_args()
    require(parser, given, "corpus", "questions")
    load_before = machine.load()
    with tempfile.TemporaryDirectory(prefix="lianwen-bench-") as work:
        rows = measure(given.corpus, given.questions, Path(work))
    write(rows, machine.describe(load_before), given.out)


if __name__ == "__main__":
    main()
