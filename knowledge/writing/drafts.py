"""How a model's answer to one question came about, for whoever counts or explains it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from knowledge.model import Answer
from knowledge.writing.model import Given, Sentence, Verdict


class Fallback(StrEnum):
    """Why the rule's own words are sent instead."""

    UNAVAILABLE = "unavailable"
    BUSY = "busy"
    SPENT = "spent"
    UNREADABLE = "unreadable"
    NOT_ENOUGH = "not_enough"


@dataclass(frozen=True, slots=True)
class Judged:
    """What was found of a sentence in the end; ``before`` of the one that it rewrites."""

    verdict: Verdict
    before: Verdict | None = None


@dataclass(frozen=True, slots=True)
class Text:
    """What the model wrote, judged.

    ``unsure`` is whether it says that the passages do not tell everything that was asked;
    ``missing`` is what they do not tell, as far as that was found to be so.
    """

    judged: tuple[Judged, ...]
    unsure: bool = False
    missing: tuple[str, ...] = ()

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """What was found of each sentence in the end."""
        return tuple(each.verdict for each in self.judged)

    @property
    def sentences(self) -> tuple[Sentence, ...]:
        """Those that may be sent, in order."""
        return tuple(each.sentence for each in self.verdicts if each.stands)


@dataclass(frozen=True, slots=True)
class Draft:
    """One answer: what the model was given and wrote, and what came of it.

    ``quoting`` is the answer in the rule's own words, ``answer`` what is sent. ``seconds``
    is what all this took, ``model_seconds`` how much of it the model; ``cached`` where
    it was written before.
    """

    given: tuple[Given, ...]
    text: Text
    quoting: Answer
    answer: Answer
    fallback: Fallback | None
    seconds: float
    model_seconds: float
    cached: bool = False
