"""The machine-readable form of questions and answers that scripts depend on."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bot.wording import blocks
from knowledge.assistant import Assistant
from knowledge.errors import LianwenError, QuestionError
from knowledge.model import Answer, Outcome, Question, Ranked


@dataclass(frozen=True, slots=True)
class Asked:
    """One question of a batch, with the id that its answer will carry."""

    id: str
    question: Question


def read_questions(lines: Iterable[str]) -> Iterator[Asked]:
    """Questions from JSON lines {"id", "question", "turns": […]}; blank lines are skipped.

    :raises QuestionError: a line is not such an object; the message names the line.
    """
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            entry = json.loads(line)
            text, turns = entry["question"], entry.get("turns") or []
            if not (isinstance(text, str) and isinstance(turns, list)):
                raise TypeError("question is text, turns a list")
            asked = Asked(str(entry.get("id", number)), Question(text, tuple(map(str, turns))))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise QuestionError(
                f"第 {number} 行不是有效的问题。每行应是一个 JSON 对象，"
                '例如 {"id":"1","question":"月饼能收吗"}。'
            ) from error
        yield asked


def answer_line(assistant: Assistant, asked: Asked) -> str:
    """Ask, and give the answer as one line of JSON.

    A question that cannot be asked (empty, too long) is answered with outcome
    ``refused`` and the reason: one bad line must not end a batch.
    """
    start = time.perf_counter()
    try:
        answer = assistant.ask(asked.question)
    except QuestionError as error:
        answer = Answer(Outcome.REFUSED, str(error))
    elapsed = (time.perf_counter() - start) * 1000
    return json.dumps(as_record(asked, answer, elapsed), ensure_ascii=False)


def as_record(asked: Asked, answer: Answer, elapsed_ms: float) -> dict[str, object]:
    """The object of the command-line contract (see the README)."""
    return {
        "id": asked.id,
        "question": asked.question.text,
        "outcome": answer.outcome.value,
        "answer": as_text(answer),
        "citations": [
            {
                "document": citation.document.title,
                "article": citation.clause.article,
                "paragraph": citation.paragraph,
                "quote": citation.quote,
            }
            for citation in answer.citations
        ],
        "passages": ranking_of(answer.passages),
        "elapsed_ms": round(elapsed_ms, 1),
    }


def ranking_of(passages: Iterable[Ranked]) -> list[dict[str, object]]:
    """The ranking with each (document, article) once, at its best place."""
    best: dict[tuple[str, str], float] = {}
    for ranked in passages:
        best.setdefault((ranked.document.title, ranked.clause.article), ranked.score)
    return [
        {"document": document, "article": article, "score": round(score, 4)}
        for (document, article), score in best.items()
    ]


def as_text(answer: Answer) -> str:
    """The whole answer as plain text, as a person reads it."""
    return "\n\n".join("\n".join(piece.text for piece in block) for block in blocks(answer))


def describe(error: LianwenError) -> str:
    """An expected failure as one line."""
    return " ".join(str(error).split())
