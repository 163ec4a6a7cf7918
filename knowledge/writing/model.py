"""What a model has written, sentence by sentence, and what was found of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from knowledge.model import Clause, Document


@dataclass(frozen=True, slots=True)
class Given:
    """One passage that the model was given, by its number from 1 on.

    ``text`` is what it was shown of the clause, a verbatim part of it.
    """

    number: int
    document: Document
    clause: Clause
    text: str


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence as the model wrote it, without its [n]; ``cites`` are those numbers."""

    text: str
    cites: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Reply:
    """A model's answer: its sentences in order, the one that decides first.

    ``unknown`` says what the text does not tell; it makes no claim about a rule.
    """

    sentences: tuple[Sentence, ...]
    unknown: str = ""


class Fault(StrEnum):
    """Why a sentence must not be sent."""

    UNCITED = "uncited"
    NOT_GIVEN = "not_given"
    MISQUOTED = "misquoted"
    ARTICLE = "article"
    DOCUMENT = "document"
    NUMBER = "number"
    PERIOD = "period"
    SANCTION = "sanction"
    SUPERSEDED = "superseded"
    UNSUPPORTED = "unsupported"
    INSTRUCTION = "instruction"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found of one sentence; it may be sent where ``faults`` is empty."""

    sentence: Sentence
    faults: tuple[Fault, ...] = ()

    @property
    def stands(self) -> bool:
        """Whether it may be sent."""
        return not self.faults


def standing(verdicts: Sequence[Verdict]) -> tuple[Sentence, ...]:
    """The sentences that may be sent, in order."""
    return tuple(each.sentence for each in verdicts if each.stands)
