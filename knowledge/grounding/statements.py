"""One statement, of a sentence or of a clause, read for what it says. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache

from knowledge.grounding.amounts import Amount, amounts
from knowledge.grounding.folding import blanked, phrases
from knowledge.grounding.places import places
from knowledge.grounding.polarity import Governed, Sign, governed, operators
from knowledge.grounding.sanctions import (
    MEASURES,
    Sanction,
    circumstance_spans,
    circumstances,
    sanctions,
)

# What else says that something follows.
_FOLLOWS = re.compile("前款|处理|追究|处罚|负责任|承担责任")


@dataclass(frozen=True)
class Statement:
    """Folded text, and what has been read of it.

    ``plain`` is the text without places, grades, circumstances and amounts, each character
    of which is blank.
    """

    text: str
    plain: str
    amounts: tuple[Amount, ...]
    sanctions: tuple[Sanction, ...]
    circumstances: frozenset[str]

    @cached_property
    def words(self) -> tuple[str, ...]:
        """Its content words, in order; operators are none."""
        return tuple(each.word for each in self.governed)

    @cached_property
    def governed(self) -> list[Governed]:
        """Its content words with what governs each."""
        return governed(self.plain)

    @cached_property
    def operators(self) -> list[Sign]:
        """What it forbids, allows, requires, waives or denies."""
        return operators(self.plain)

    @cached_property
    def measures(self) -> frozenset[str]:
        """What it says may follow, besides grades."""
        return frozenset(MEASURES.findall(self.plain))

    @property
    def decides(self) -> bool:
        """Whether anything follows from it: a grade, a measure, a duty, a permission."""
        ruling = [each for each in self.operators if each is not Sign.DENY]
        return bool(self.sanctions or self.measures or ruling or _FOLLOWS.search(self.plain))

    @cached_property
    def phrases(self) -> tuple[Statement, ...]:
        """Its parts between commas, each read by itself."""
        return tuple(read(each) for each in phrases(self.text))


@lru_cache(maxsize=8192)
def read(text: str, counted: str | None = None) -> Statement:
    """Read folded text; what is blank in it has been read already.

    :param counted: see ``places.places``.
    """
    plain = blanked(text, [span for _, span in places(text, counted)])
    found = sanctions(plain)
    conditions = circumstances(plain)
    plain = blanked(plain, circumstance_spans(plain))
    plain = blanked(plain, [(each.start, each.end) for each in found])
    counts = amounts(plain)
    plain = blanked(plain, [(each.start, each.end) for each in counts])
    return Statement(text, plain, tuple(counts), tuple(found), conditions)
