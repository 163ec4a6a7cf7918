"""Which words carry a claim, which mean the same, and whom they name. Pure."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from importlib.resources import files

from knowledge.grounding.folding import BLANK, blanked
from knowledge.lexical import segments, words
from knowledge.wording import Lexicon, load_lexicon


def _lines(name: str) -> list[list[str]]:
    text = (files("knowledge.grounding") / "words" / name).read_text(encoding="utf-8")
    return [line.split() for line in text.splitlines() if line and line[0] != "#"]


def _listed(name: str) -> list[str]:
    return [word for line in _lines(name) for word in line]


NEUTRAL = frozenset(_listed("neutral.txt"))
"""Words that carry no claim."""

UNSAID = frozenset(_listed("unsaid.txt"))
"""Words of a clause that may be left out where it is told."""

EVERYBODY = frozenset(_listed("everybody.txt"))
"""Whom every rule of a document is for; they may be left out where they open a phrase."""

_GROUP = {word: number for number, group in enumerate(_lines("same.txt")) for word in group}
_SIZES = range(2, 7)  # characters of an everyday word
_GIVERS = frozenset(_listed("givers.txt"))
_PERSONS = re.compile("|".join(sorted(_listed("persons.txt"), key=len, reverse=True)))
# Who gives, not who is bound: 管理服务对象送的购物卡.
_GIVER = re.compile(
    "(?:给您|给你|向您)?所?(?:送|给|请|赠|寄|借|发|付|买单|赞助|提供|安排)"
    "|的(?:礼|红包|购物卡|加油卡|卡|烟|酒|茶|月饼|粽子|土特产|宴请|车|钱|款|财物|饭)"
)


@lru_cache(maxsize=4096)
def content(text: str) -> tuple[str, ...]:
    """The words of folded text that carry a claim, in order."""
    return tuple(
        word
        for run in text.split(BLANK)
        for word in segments(run)
        if any(char.isalnum() for char in word) and word not in NEUTRAL
    )


@lru_cache(maxsize=65536)
def same(word: str, other: str) -> bool:
    """Whether two words are one, mean the same, or one is part of the other."""
    if word == other:
        return True
    group = _GROUP.get(word)
    if group is not None and group == _GROUP.get(other):
        return True
    return len(word) > 1 and len(other) > 1 and (word in other or other in word)


@lru_cache(maxsize=1024)
def _words_of(text: str) -> frozenset[str]:
    return frozenset([*segments(text), *words(text)])


@cache
def alternatives(word: str) -> frozenset[str]:
    """The word and those that mean the same."""
    group = _GROUP.get(word)
    return frozenset({word, *(each for each, number in _GROUP.items() if number == group)})


def _stands_in(text: str, word: str) -> bool:
    return word in text if len(word) > 1 else word in text and word in _words_of(text)


@lru_cache(maxsize=65536)
def holds(text: str, word: str, around: str = "") -> bool:
    """Whether folded ``text`` has ``word`` or one that means the same.

    :param around: the word with the characters beside it where it was written; a lone
        character is nothing by itself.
    """
    if len(word) > 1:
        if word in text or any(_stands_in(text, each) for each in alternatives(word)):
            return True
        pieces = [piece for piece in words(word) if piece != word]
        whole = set("".join(pieces)) >= set(word)
        return whole and all(len(piece) > 1 and piece in text for piece in pieces)
    if any(same(word, each) for each in _words_of(text)):
        return True
    pairs = [around[at : at + 2] for at in range(len(around) - 1)]
    return any(word in pair and len(pair) > 1 and pair in text for pair in pairs)


def persons(text: str) -> list[tuple[str, bool]]:
    """Whom folded text names, and whether only as one with whom there is business, who gives."""
    return [
        (match[0].replace("和", ""), match[0] in _GIVERS and bool(_GIVER.match(text, match.end())))
        for match in _PERSONS.finditer(text)
    ]


def without_givers(text: str) -> str:
    """Folded text without those with whom there is business, where they are said to give."""
    givers = [match for match in _PERSONS.finditer(text) if match[0] in _GIVERS]
    given = [(match, _GIVER.match(text, match.end())) for match in givers]
    return blanked(text, [(match.start(), gift.end()) for match, gift in given if gift])


@cache
def _lexicon() -> Lexicon:
    return load_lexicon()


@lru_cache(maxsize=4096)
def called(word: str) -> tuple[str, ...]:
    """What rules call an everyday word, or the everyday words in a text."""
    return tuple(_lexicon().terms(word))


@lru_cache(maxsize=1024)
def everyday(text: str) -> tuple[str, ...]:
    """The everyday words in folded text, for which rules have words of their own."""
    return tuple(word for word in _everyday_words() if word in text)


@cache
def _everyday_words() -> tuple[str, ...]:
    """Those that hold no shorter one."""
    return tuple(
        word
        for word in _lexicon().words
        if len(word) in _SIZES and word.isalnum() and not called(word[1:] + BLANK + word[:-1])
    )
