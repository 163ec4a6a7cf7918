"""One run: both systems ingest and answer in turn, so that a busy spell falls on both."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from benchmarks import machine
from benchmarks.corpus import Corpus, find_corpus
from benchmarks.judging import Judge
from benchmarks.lianwen import Lianwen
from benchmarks.measures import Ingest, ingest_figures, latency, quality
from benchmarks.plain import SHOWN, Plain, split
from benchmarks.report import Report, Side
from bot.evaluation import CUTOFFS, Exam, Mark, mark, read_exams, scores
from knowledge.model import Question

DEEPEST = max(CUTOFFS)


@dataclass(slots=True)
class Tally:
    """One system's raw figures as they come in; ``times`` in milliseconds.

    ``shown`` holds, question by question, the characters of the first five results.
    """

    ingests: list[Ingest] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    shown: list[int] = field(default_factory=list)


class Trial:
    """Both systems over one corpus, warmed up, and what has been measured of them."""

    def __init__(self, corpus: Corpus, work: Path) -> None:
        self._corpus = corpus
        self._work = work
        self.lianwen = Lianwen(work)
        self.ours = Tally()
        self.theirs = Tally()
        # Libraries are imported and weights touched before any clock runs.
        smallest = min(corpus.files, key=lambda path: path.stat().st_size)
        self.lianwen.ingest([smallest], work / "lianwen-0")
        self.plain = Plain(self.lianwen.unpacked_model())
        self.plain.ingest([smallest], work / "plain-0")

    def ingest(self, turn: int) -> None:
        """Each system builds its index of the whole corpus once."""
        files = self._corpus.files
        ours = self.lianwen.ingest(files, self._work / f"lianwen-{turn}")
        theirs = self.plain.ingest(files, self._work / f"plain-{turn}")
        self.ours.ingests.append(ours)
        self.theirs.ingests.append(theirs)
        print(
            f"ingest {turn}: lianwen {ours.seconds:.1f} s, plain {theirs.seconds:.1f} s", flush=True
        )

    def ask(self, exams: Sequence[Exam]) -> None:
        """Every question to both; which one is first changes with each question."""
        for number, exam in enumerate(exams):
            pair: list[tuple[Tally, Callable[[Question], object]]] = [
                (self.ours, self.lianwen.ask),
                (self.theirs, self.plain.ask),
            ]
            for tally, ask in pair if number % 2 == 0 else reversed(pair):
                start = time.perf_counter()
                ask(exam.question)
                tally.times.append((time.perf_counter() - start) * 1000)

    def judge(self, exams: Sequence[Exam]) -> tuple[str, ...]:
        """Mark both, off the clock; the plain side is asked for ten chunks here.

        :returns: ids of questions that no chunk of the whole index counts for.
        """
        judge = Judge(self._corpus)
        answerable = [exam for exam in exams if exam.gold]
        for exam in answerable:
            answer = self.lianwen.ask(exam.question)
            self.ours.marks.append(_cut(mark(exam, answer, 0.0)))
            self.ours.shown.append(sum(len(each.clause.text) for each in answer.passages[:SHOWN]))
            chunks = self.plain.ask(exam.question, DEEPEST)
            self.theirs.marks.append(judge.mark(exam, chunks))
            self.theirs.shown.append(sum(len(each.page_content) for each in chunks[:SHOWN]))
        chunks = split(self._corpus.files)
        return tuple(exam.id for exam in answerable if judge.mark(exam, chunks).rank is None)

    def side(self, tally: Tally, precision: str) -> Side:
        """One system's figures."""
        return Side(
            precision=precision,
            ingest=ingest_figures(tally.ingests, self._corpus.characters),
            latency=latency(tally.times) if tally.times else None,
            quality=quality(scores(tally.marks)[0], tally.shown) if tally.marks else None,
        )


def measure(
    folder: Path | None,
    questions: Path | None,
    *,
    repeats: int,
    limit: int | None,
    work: Path,
    load_before: float,
) -> Report:
    """Run everything; ``work`` is an empty folder for models and indexes.

    :raises LianwenError: the corpus or the questions cannot be read.
    """
    exams = read_exams(questions)[:limit] if questions else []
    corpus = find_corpus(folder, limit, work / "shipped")
    trial = Trial(corpus, work)
    for turn in range(1, repeats + 1):
        trial.ingest(turn)
    unreachable: tuple[str, ...] = ()
    if exams:
        trial.lianwen.warm_up()
        trial.plain.ask(exams[0].question)
        for turn in range(1, repeats + 1):
            trial.ask(exams)
            print(f"questions {turn}: {len(exams)} asked of each", flush=True)
        unreachable = trial.judge(exams)
    return Report(
        date=dt.datetime.now(dt.UTC).date().isoformat(),
        corpus=corpus.name,
        documents=len(corpus.files),
        characters=corpus.characters,
        questions=len(exams),
        repeats=repeats,
        model=trial.lianwen.encoder.name,
        machine=machine.describe(load_before),
        lianwen=trial.side(trial.ours, trial.lianwen.encoder.precision()),
        plain=trial.side(trial.theirs, trial.plain.embeddings.precision()),
        unreachable=unreachable,
    )


def _cut(entry: Mark) -> Mark:
    """A rank beyond ten is a miss: our ranking is longer than the ten chunks asked for."""
    return entry if entry.rank is None or entry.rank <= DEEPEST else replace(entry, rank=None)
