"""Text as it is compared: one width of characters, cut into sentences, parts and phrases. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise

BLANK = "\0"
"""Stands for each character that has been read already."""

_END = re.compile(r"[。;!?\n]+")
_BESIDE_END = 4  # characters on either side that tell an end of a clause's
_ENDS_BETWEEN = re.compile(rf"([^,。;]{{{_BESIDE_END}}})[。;]\n?(?=([^,。;]{{{_BESIDE_END}}}))")
_COMMA = re.compile(r"[,:;]+")
_ADDED = re.compile(r"\(((?![一二三四五六七八九十]+\))[\u4e00-\u9fff])\)")
_BRACKETS = re.compile(r"\(([^()]*)\)")


@lru_cache(maxsize=4096)
def fold(text: str) -> str:
    """NFKC, which also turns full-width digits and punctuation into ASCII; spaces dropped.

    What brackets add to a word, as in 国（境）外, is read as part of it.
    """
    folded = unicodedata.normalize("NFKC", text)
    joined = "\n".join("".join(line.split()) for line in folded.split("\n"))
    return _ADDED.sub(r"\1", joined)


def sentences(text: str) -> list[str]:
    """Folded text cut at 。；！？ and line ends."""
    return [each for each in _END.split(text) if each]


def phrases(text: str) -> list[str]:
    """Folded text cut at commas, colons and semicolons; what stands in brackets comes last."""
    inner = [phrase for found in _BRACKETS.findall(text) for phrase in _COMMA.split(found)]
    return [each for each in [*_COMMA.split(_BRACKETS.sub("", text)), *inner] if each]


def bracketed(text: str) -> list[str]:
    """What stands in (round) brackets of folded text."""
    return _BRACKETS.findall(text)


def with_ends_of(text: str, clauses: Sequence[str]) -> str:
    """Folded text with a full stop for each comma where a clause ends a sentence or a part of
    one between the same words.
    """
    ends = {(match[1], match[2]) for clause in clauses for match in _ENDS_BETWEEN.finditer(clause)}
    pieces = text.split(",")
    joined = pieces[0]
    for before, after in pairwise(pieces):
        around = (before[-_BESIDE_END:], after[:_BESIDE_END])
        joined += ("。" if around in ends else ",") + after
    return joined


def without_brackets(text: str) -> str:
    """Folded text without what stands in (round) brackets."""
    return _BRACKETS.sub("", text)


def blanked(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """The text with these spans read; places stay the same."""
    for start, end in spans:
        text = text[:start] + BLANK * (end - start) + text[end:]
    return text
