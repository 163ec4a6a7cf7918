"""Whether a thing is told without what the clause says of it alone: 酒水 for 高档酒水. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from knowledge.grounding.folding import BLANK, blanked, without_brackets
from knowledge.grounding.folding import phrases as phrases_of
from knowledge.grounding.polarity import operator_spans
from knowledge.grounding.propositions import Proposition
from knowledge.grounding.statements import Statement
from knowledge.grounding.vocabulary import NEUTRAL
from knowledge.lexical import segments

_OF = "的"
_SEPARATES = re.compile("、|或者|或|以及|和|及|与")


@dataclass(frozen=True)
class _Thing:
    """A word, what stands right before it, and the words before it in its phrase.

    ``attribute`` is a content word that it is joined to, over a 的 as well; ``opens`` says that
    a member of a list begins with it, ``follows`` that a 的 stands before it, and ``narrowed``
    that one stands before its attribute, as in 的领导职务.
    """

    word: str
    attribute: str
    opens: bool
    follows: bool
    narrowed: bool
    phrase: str


def drops_attribute(said: Statement, told: Proposition) -> bool:
    """Whether a member of a list, what follows a 的, or what a verb is of lacks its attribute."""
    known = _things(told.said.text)
    return any(
        _is_bare(each, known) if each.opens or each.follows else _is_cut_short(each, known)
        for each in _things(said.text)
    )


def _is_cut_short(thing: _Thing, known: tuple[_Thing, ...]) -> bool:
    """Whether it is 安排职务 for 安排领导职务."""
    beside = [each.word for each in known if thing.attribute == each.attribute != ""]
    return thing.word not in beside and any(each.endswith(thing.word) for each in beside)


def _is_bare(thing: _Thing, known: tuple[_Thing, ...]) -> bool:
    found = [each for each in (_as(thing.word, other) for other in known) if each]
    if thing.opens:
        return bool(found) and not any(
            not each.attribute or each.attribute in thing.phrase for each in found
        )
    # 的职务 for 的领导职务: what stands between is left out.
    return any(each.narrowed for each in found) and not any(each.follows for each in found)


def _as(word: str, other: _Thing) -> _Thing | None:
    """``other`` as a thing called ``word``, where it is one: 领导职务 is a 职务."""
    if other.word == word:
        return other
    if not other.word.endswith(word):
        return None
    return _Thing(
        word, other.word.removesuffix(word), other.opens, False, other.follows, other.phrase
    )


@lru_cache(maxsize=4096)
def _things(text: str) -> tuple[_Thing, ...]:
    return tuple(each for phrase in phrases_of(without_brackets(text)) for each in _in(phrase))


def _in(phrase: str) -> list[_Thing]:
    found: list[_Thing] = []
    words = ["", "", *segments(blanked(phrase, operator_spans(phrase)))]
    for at, word in enumerate(words[2:], 2):
        if len(word) == 1 or not _carries(word):
            continue
        before = words[at - 1]
        follows = before == _OF
        attribute = words[at - 2] if follows else before
        found.append(
            _Thing(
                word,
                attribute if _carries(attribute) else "",
                bool(_SEPARATES.fullmatch(before)),
                follows,
                not follows and words[at - 2] == _OF,
                phrase,
            )
        )
    return found


def _carries(word: str) -> bool:
    return bool(word) and BLANK not in word and word not in NEUTRAL and word.isalnum()
