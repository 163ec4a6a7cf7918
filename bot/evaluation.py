"""`lianwen evaluate`: how well questions with known answers are ranked, cited, declined.

Measures only; the figures go to whoever compares them. The file's form is that
of the questions of `ask --jsonl`, plus "type", "gold" and "answerable".
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from knowledge.errors import UnreadableError
from knowledge.model import Answer, Outcome, Question
from knowledge.naming import plain_title

CUTOFFS = (1, 3, 5, 10)
Place = tuple[str, str]
"""(document title, article), article "" for a document without articles."""


@dataclass(frozen=True, slots=True)
class Exam:
    """One question with what answers it. ``gold`` is empty where nothing should."""

    id: str
    type: str
    question: Question
    gold: frozenset[Place]


@dataclass(frozen=True, slots=True)
class Mark:
    """How one question went. ``rank`` is the 1-based place of the first gold, or None;
    ``ranked`` the first places of the ranking.
    """

    exam: Exam
    rank: int | None
    cited: bool
    outcome: Outcome
    elapsed_ms: float
    ranked: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True)
class Score:
    """Figures over a group of questions; shares in [0, 1], latencies in milliseconds."""

    group: str
    count: int
    hits: tuple[float, ...]
    reciprocal_rank: float
    cited: float
    declined: float
    p50: float
    p95: float


def read_exams(path: Path) -> list[Exam]:
    """Questions from a JSON-lines file.

    :raises UnreadableError: it cannot be read, or a line lacks its fields.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        entries = [json.loads(line) for line in lines if line.strip()]
        return [
            Exam(
                id=str(entry["id"]),
                type=str(entry.get("type", "")),
                question=Question(entry["question"], tuple(entry.get("turns") or ())),
                gold=frozenset(
                    (plain_title(gold["doc"]), gold["article"]) for gold in entry["gold"]
                ),
            )
            for entry in entries
        ]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UnreadableError(
            f"评测文件读不了：{path}。每行应是一个 JSON 对象，含 id、question、gold。"
        ) from error


def mark(exam: Exam, answer: Answer, elapsed_ms: float) -> Mark:
    """Compare an answer with what should answer."""
    ranking = list(
        dict.fromkeys(
            (plain_title(ranked.document.title), ranked.clause.article)
            for ranked in answer.passages
        )
    )
    cited = {
        (plain_title(citation.document.title), citation.clause.article)
        for citation in answer.citations
    }
    places = [position for position, place in enumerate(ranking, 1) if place in exam.gold]
    return Mark(
        exam,
        places[0] if places else None,
        bool(cited & exam.gold),
        answer.outcome,
        elapsed_ms,
        tuple(ranking[: max(CUTOFFS)]),
    )


def sit(
    exams: Iterable[Exam], ask: Callable[[Question], Answer], done: Callable[[], None]
) -> list[Mark]:
    """Ask every question and mark the answers; ``done`` is called after each."""
    marks = []
    for exam in exams:
        start = time.perf_counter()
        answer = ask(exam.question)
        marks.append(mark(exam, answer, (time.perf_counter() - start) * 1000))
        done()
    return marks


def scores(marks: Sequence[Mark]) -> list[Score]:
    """Figures over all answerable questions, then by type."""
    answerable = [entry for entry in marks if entry.exam.gold]
    groups: dict[str, list[Mark]] = {"全部可答": answerable} if answerable else {}
    for entry in marks:
        groups.setdefault(entry.exam.type or "（未分类）", []).append(entry)
    return [_score(name, group) for name, group in groups.items()]


def _score(group: str, marks: Sequence[Mark]) -> Score:
    count = len(marks)
    times = [entry.elapsed_ms for entry in marks]
    return Score(
        group=group,
        count=count,
        hits=tuple(
            sum(entry.rank is not None and entry.rank <= k for entry in marks) / count
            for k in CUTOFFS
        ),
        reciprocal_rank=sum(1 / entry.rank for entry in marks if entry.rank) / count,
        cited=sum(entry.cited for entry in marks) / count,
        declined=sum(entry.outcome is not Outcome.ANSWERED for entry in marks) / count,
        p50=p50(times),
        p95=p95(times),
    )


def p50(values: Sequence[float]) -> float:
    """The median; 0 of nothing."""
    return statistics.median(values) if values else 0.0


def p95(values: Sequence[float]) -> float:
    """What 95 in 100 do not exceed; 0 of nothing."""
    return sorted(values)[round(0.95 * (len(values) - 1))] if values else 0.0
