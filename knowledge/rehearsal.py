"""What a refresh would change of the answers: the questions that the unit keeps, asked of both."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Protocol

from knowledge.errors import NotBuiltError, QuestionError
from knowledge.model import Answer, Citation, Question
from knowledge.naming import bracketed

FILE = "questions.txt"
# More would keep an admin waiting for minutes.
MOST = 300


class Answering(Protocol):
    """Whatever answers a question."""

    def ask(self, question: Question) -> Answer:
        """Answer it."""
        ...


@dataclass(frozen=True, slots=True)
class Said:
    """An answer as it is compared: how it ended, its deciding line, the places it cites."""

    outcome: str
    text: str
    places: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AnswerChange:
    """A question that would be answered otherwise. ``before`` is None where nothing was live."""

    question: str
    before: Said | None
    after: Said


def kept_questions(data_dir: Path) -> list[str]:
    """The unit's own questions (questions.txt in the data directory, one a line), else ours.

    Empty lines and those that begin with # are passed over.
    """
    own = data_dir / FILE
    if own.is_file():
        text = own.read_text(encoding="utf-8-sig", errors="replace")
    else:
        text = (files("knowledge") / "lexicon" / FILE).read_text(encoding="utf-8")
    lines = (line.strip() for line in text.splitlines())
    return list(dict.fromkeys(line for line in lines if line and line[0] != "#"))[:MOST]


def rehearse(
    questions: Sequence[str],
    before: Answering,
    after: Answering,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[AnswerChange, ...]:
    """Ask both everything; what they answer otherwise, in the order of the questions."""
    changes: list[AnswerChange] = []
    for number, text in enumerate(questions, start=1):
        try:
            later = _said(after.ask(Question(text)))
        except QuestionError as error:
            # A line that nobody could ask either must not keep a refresh from going on.
            later = Said("", str(error), ())
        earlier: Said | None = later
        if later.outcome:
            try:
                earlier = _said(before.ask(Question(text)))
            except NotBuiltError:
                earlier = None
        if earlier != later or not later.outcome:
            changes.append(AnswerChange(text, earlier, later))
        if progress:
            progress(number, len(questions))
    return tuple(changes)


def _said(answer: Answer) -> Said:
    return Said(answer.outcome, answer.text, tuple(map(_place, answer.citations)))


def _place(citation: Citation) -> str:
    clause, document = citation.clause, citation.document
    label = clause.article or (clause.path[-1] if clause.path else "")
    # The title alone would hide that another version answers.
    since = f"（{document.effective.year}）" if document.effective else ""
    return f"{bracketed(document.title)}{since}{label}"
