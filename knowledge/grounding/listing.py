"""A phrase of a clause, taken apart: what each telling of it needs, and what it lists. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from knowledge.grounding.amounts import Amount
from knowledge.grounding.folding import BLANK, blanked
from knowledge.grounding.polarity import Sign, operator_spans
from knowledge.grounding.statements import Statement, read
from knowledge.grounding.vocabulary import EVERYBODY, NEUTRAL, UNSAID, persons
from knowledge.lexical import segments

_SEPARATOR = re.compile(
    "、|或者|(?<![多少])或(?!多|少)|以及|和(?![平谐解])|(?<![以涉危])及(?![时早])"
)
_MARKS = frozenset("的其在由向对与因为于以将把被给上中后时内等") | {BLANK, "一律", "及其"}
_CATCH_ALL = "其他"
# Whom a rule of the document is for by itself, where they open a phrase.
_OPENS = re.compile("(?:对于?)?(?:违纪|违法)?")
_OFFENDING = {"违纪", "违法"}
_PASSIVE = "被"
# What 等 sums a list up in.
_SUMS_UP = frozenset(
    ["亲属", "财物", "活动", "安排", "单位", "原因", "组织", "人员", "机构", "方式", "情形", "途径"]
)
_LONGEST = 2  # words before a mark that may be one alternative
_UNSAID = frozenset({Sign.PLAIN, Sign.OBLIGE})


@dataclass(frozen=True)
class Item:
    """A thing that is said: a word, a number, a choice of grades, or a negation."""

    word: str = ""
    amount: Amount | None = None
    grades: frozenset[str] = frozenset()
    sign: Sign | None = None


Choice = tuple[tuple[Item, ...], ...]
"""Alternatives, each of some things that are said together."""


@dataclass
class _Piece:
    """What stands between two separators, with where its marks are: places between items."""

    items: list[Item] = field(default_factory=list)
    marks: list[int] = field(default_factory=list)
    bridges: bool = False

    def first(self) -> int:
        """How many items belong to the alternatives before it."""
        inner = [mark for mark in self.marks if 0 < mark < len(self.items)]
        if self.is_catch_all:
            return min(inner[0], _LONGEST) if inner else max(len(self.items) - 1, 1)
        if inner and inner[0] <= _LONGEST:
            return inner[0]
        return min(1, len(self.items))

    def last(self) -> int:
        """Where what belongs to the alternatives after it begins."""
        inner = [mark for mark in self.marks if mark < len(self.items)]
        after = inner[-1] if inner else 0
        return after if after else max(len(self.items) - 1, 0)

    @property
    def is_catch_all(self) -> bool:
        """Whether it is 其他…, which any other alternative goes without."""
        return bool(self.items) and self.items[0].word.startswith(_CATCH_ALL)

    @property
    def is_alternative(self) -> bool:
        """Whether all of it is one, with nothing that belongs to others as well."""
        return not any(0 < mark < len(self.items) for mark in self.marks)


@dataclass(frozen=True)
class Lists:
    """``needed`` is all that is said of every alternative; of each choice one is enough."""

    needed: tuple[Item, ...]
    choices: tuple[Choice, ...]


@lru_cache(maxsize=8192)
def listed(
    text: str, *, closed: bool = False, parallel: bool = False, elides: bool = False
) -> tuple[Lists, ...]:
    """Take a phrase of folded text apart, in each way that it may be told.

    :param closed: whether nothing that it lists may be left out.
    :param parallel: whether alternatives of as many words are told each by itself, as they are
        of a prohibition.
    :param elides: whether 未能拒收的 stands for 未能拒收的礼品.
    """
    statement = read(text)
    pieces = [each for each in _pieces(statement) if each.items]
    signs = tuple(Item(sign=sign) for sign in statement.operators if sign not in _UNSAID)
    if closed or len(pieces) < _LONGEST:
        items = tuple(item for each in pieces for item in each.items)
        whole = Lists((*signs, *items), ())
        shorter = Lists((*signs, *items[:-1]), ())
        return (whole, shorter) if elides and len(items) > 1 and _elides(text, items) else (whole,)
    if all(any(item.amount for item in each.items) for each in pieces):
        return (Lists(signs, (tuple(tuple(each.items) for each in pieces),)),)
    found = [_taken_apart(pieces, signs)]
    if pieces[-1].is_catch_all:
        found.append(_taken_apart(pieces[:-1], signs))
    if parallel and len(pieces) == _LONGEST:
        found += _side_by_side(pieces, signs)
    return tuple(found)


def _elides(text: str, items: Sequence[Item]) -> bool:
    return text.endswith(f"的{items[-1].word}") and bool(items[-1].word)


def _side_by_side(pieces: Sequence[_Piece], signs: tuple[Item, ...]) -> Iterator[Lists]:
    """提拔职务或者进一步使用: each of the two is told by itself."""
    one, other = (each.items for each in pieces)
    length = len(_text(other))
    for at in range(len(one)):
        if abs(len(_text(one[at:])) - length) <= 1:
            yield Lists((*signs, *one[:at]), ((tuple(one[at:]), tuple(other)),))


def _text(items: Sequence[Item]) -> str:
    return "".join(each.word for each in items)


def _taken_apart(pieces: Sequence[_Piece], signs: tuple[Item, ...]) -> Lists:
    needed, choices = [*signs], list[Choice]()
    current: list[tuple[Item, ...]] = []
    for number, piece in enumerate(pieces):
        opens, ends = not number, number == len(pieces) - 1
        if not opens and not ends and piece.is_alternative and not piece.bridges:
            current.append(tuple(piece.items))
            continue
        first = 0 if opens else piece.first()
        last = len(piece.items) if ends else max(piece.last(), first)
        if not opens:
            current.append(tuple(piece.items[:first]))
            choices.append(tuple(each for each in current if each))
            current = []
        needed += piece.items[first:last]
        if not ends:
            current = [tuple(piece.items[last:])]
    return Lists(tuple(needed), tuple(choices))


def _pieces(statement: Statement) -> list[_Piece]:
    plain = blanked(statement.plain, operator_spans(statement.plain))
    found: list[_Piece] = []
    at, before = 0, ""
    for match in [*_SEPARATOR.finditer(plain), None]:
        end = match.start() if match else len(plain)
        piece = _piece(statement, plain, at, end)
        after = match[0] if match else ""
        # 接受或者提供宴请、旅游: it ends one list, and another begins with it.
        inner = bool(before and after) and before != after
        somebody = plain[at:end] in {name for name, _ in persons(plain[at:end])}
        piece.bridges = inner and len(piece.items) > 1 and not somebody
        found.append(piece)
        at, before = match.end() if match else end, after
    return found


def _piece(statement: Statement, plain: str, start: int, end: int) -> _Piece:
    piece = _Piece()
    read_already: list[tuple[int, Item]] = [
        *((each.start, Item(amount=each)) for each in statement.amounts if not each.is_article),
        *((each.start, Item(grades=each.grades)) for each in statement.sanctions),
    ]
    people = any(each.unit == "人" for each in statement.amounts)
    at, summed = start, False
    for word in _words(plain[start:end]):
        piece.items += [item for place, item in read_already if at <= place < at + len(word)]
        summed = word == "等" or (summed and word in _SUMS_UP)
        if word == _PASSIVE:
            piece.items.append(Item(word))
        elif word in _MARKS or word[0] == BLANK:
            piece.marks.append(len(piece.items))
        elif _OPENS.fullmatch(plain[:at]) and _is_everybody(word, plain, at):
            pass
        elif _is_needed(word) and not summed and not (people and word == "人数"):
            piece.items.append(Item(word))
        at += len(word)
    return piece


def _is_everybody(word: str, plain: str, at: int) -> bool:
    after = plain[at + len(word) :]
    return word in EVERYBODY or (word in _OFFENDING and after.startswith(tuple(EVERYBODY)))


def _words(text: str) -> list[str]:
    """Its words; lone characters that stand together as one, and what is blank as one."""
    found: list[str] = []
    for run in re.split(f"({BLANK}+)", text):
        for word in [run] if BLANK in run else segments(run):
            alone = len(word) == 1 and word not in _MARKS and word not in NEUTRAL
            if found and alone and _is_lone(found[-1]):
                found[-1] += word
            else:
                found.append(word)
    return [each for each in found if each]


def _is_lone(word: str) -> bool:
    return len(word) == 1 and word not in _MARKS and word not in NEUTRAL and word != BLANK


def _is_needed(word: str) -> bool:
    return len(word) > 1 and word not in NEUTRAL and word not in UNSAID
