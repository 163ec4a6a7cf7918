"""Hides numbers that name a person: identity cards, telephones, bank cards."""

from __future__ import annotations

import re
from dataclasses import dataclass

IDENTITY, TELEPHONE, CARD = "〔证件号〕", "〔电话〕", "〔卡号〕"

# What nobody sees, and what people put between digits.
_UNSEEN = "\u00ad\u034f\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\u20e3\ufe0f\ufeff"
_DASHES = r"\-－\u2010-\u2015−"
_SUMMING = r"/／_＿*＊"
_GAP = rf"[{_UNSEEN}]*(?:[ \u3000\u00a0\t{_DASHES}.．·{_SUMMING}（()）][{_UNSEEN}]*){{0,3}}"
# Digits of any width, as far as they go; one number, or several in a row.
_RUN = re.compile(rf"(?<!\d)[+（(]{{0,2}}\d(?:{_GAP}\d){{9,}}(?:{_GAP}[XxｘＸ](?![A-Za-z]))?")
_PIECE = re.compile(rf"\d(?:[{_UNSEEN}]*\d)*")
_LETTER = re.compile(r"[A-Za-z]")

_BORN = r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}"
_ID = re.compile(rf"[1-9]\d{{5}}(?:19|20)\d{{2}}{_BORN}[\dX]")
_OLD_ID = re.compile(rf"[1-9]\d{{5}}\d{{2}}{_BORN}")
_PHONE = re.compile(r"(?:0?0?86)?1[3-9]\d{9}|0(?:10|2\d|[3-9]\d{2})[2-9]\d{6,7}|400\d{7}|800\d{7}")
_CARD = re.compile(r"\d{13,19}")
# Where its surroundings leave it open whether it is one.
_LIKELY_CARD = re.compile(r"[3-6]\d{14,18}")
_LONGEST = 19

_YEAR, _MONTH, _DAY = r"(?:19|20)\d{2}", r"(?:0?[1-9]|1[0-2])", r"(?:0?[1-9]|[12]\d|3[01])"
_POINT = rf"[{_DASHES}.．·/／_]"
_DATE = re.compile(rf"{_YEAR}{_POINT}{_MONTH}{_POINT}{_DAY}")
_TIME = re.compile(
    rf"{_DATE.pattern}|{_YEAR}{_POINT}{_MONTH}|{_YEAR}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
)
_SUM = re.compile(r"[1-9]\d*00")
# 统一社会信用代码: companies have one, people do not. An identity number may end in X as well.
_COMPANY = re.compile(
    rf"(?<![A-Za-z\d])((?!{_ID.pattern})(?=\d*[A-WYZ]|9\d{{16}}X)"
    r"(?:1[12]|5[1239]|9[123])\d{6}[\dA-HJ-NPQRTUWXY]{10})(?![A-Za-z\d])",
    re.IGNORECASE,
)


def mask(text: str) -> str:
    """The text with every such number replaced by what it was; all else as it stood.

    Sums, dates, article and document numbers are shorter or of another shape and stay.
    """
    # What stands beside a number may be told once that number is gone.
    while (shown := _masked(text)) != text:
        text = shown
    return text


def _masked(text: str) -> str:
    parts = _COMPANY.split(text)
    parts[::2] = [_RUN.sub(_hidden, each) for each in parts[::2]]
    return "".join(parts)


def _hidden(found: re.Match[str]) -> str:
    lettered = bool(_LETTER.match(found.string, found.start() - 1)) if found.start() else False
    return _Run(found.group(), lettered).hidden()


@dataclass(frozen=True, slots=True)
class _Number:
    """Pieces ``first`` to before ``end`` of a run; a time has no label, and stays."""

    first: int
    end: int
    label: str


@dataclass(frozen=True, slots=True)
class _Reading:
    """A way to read a run from its start: digits accounted for, those beyond doubt, and how."""

    told: int = 0
    certain: int = 0
    numbers: tuple[_Number, ...] = ()

    def then(self, number: _Number, digits: int) -> _Reading:
        certain = 0 if number.label == CARD else digits
        return _Reading(self.told + digits, self.certain + certain, (*self.numbers, number))


class _Run:
    """Digits in a row, in pieces. Which of them make a number is for :meth:`hidden` to tell."""

    def __init__(self, run: str, lettered: bool) -> None:
        self._run = run
        self._lettered = lettered
        # Character by character, so that places are the same in both.
        self._plain = "".join(str(int(each)) if each.isdecimal() else each for each in run)
        self._spans = [each.span() for each in _PIECE.finditer(self._plain)]
        self._pieces = ["".join(filter(str.isdecimal, self._plain[a:b])) for a, b in self._spans]
        self._ends_in_x = run[-1] in "XxｘＸ"
        self._dated = {
            index + place
            for index in range(len(self._pieces) - 2)
            if _DATE.fullmatch(self._between(index, index + 3))
            for place in range(3)
        }

    def hidden(self) -> str:
        """The run with its numbers replaced, in the reading that leaves the fewest digits over."""
        shown, at = "", 0
        for number in self._reading().numbers:
            if number.label:
                start, end = self._place(number)
                shown += self._run[at:start] + number.label
                at = end
        return shown + self._run[at:]

    def _reading(self) -> _Reading:
        best = [_Reading()]
        for end in range(1, len(self._pieces) + 1):
            readings, digits = [best[-1]], ""
            for first in range(end - 1, -1, -1):
                digits = self._pieces[first] + digits
                if len(digits) > _LONGEST:
                    break
                label = self._label(first, end, digits)
                if label is not None:
                    number = _Number(first, end, label)
                    readings.append(best[first].then(number, len(digits)))
            best.append(max(readings, key=lambda each: (each.told, each.certain)))
        return best[-1]

    def _label(self, first: int, end: int, digits: str) -> str | None:
        """What these pieces are together; "" for a time, None for nothing known."""
        if _TIME.fullmatch(self._between(first, end)):
            return ""
        if not self._one(first, end, digits):
            return None
        if self._is_id(end, digits):
            return IDENTITY
        whole = end - first == len(self._pieces)
        if _PHONE.fullmatch(digits) and (whole or not self._holds_date(first, end)):
            return TELEPHONE
        return self._loose_label(first, end, digits)

    def _one(self, first: int, end: int, digits: str) -> bool:
        """Whether these pieces may be one number at all."""
        if end - first == 1:
            return True
        if all(map(_SUM.fullmatch, self._pieces[first:end])):
            return False
        # Numbers of articles come in ones and twos, parts of a telephone number in threes.
        return end - first == len(self._pieces) or len(digits) >= 3 * (end - first)

    def _loose_label(self, first: int, end: int, digits: str) -> str | None:
        """As :meth:`_label`, of what much else looks like."""
        if self._holds_date(first, end) or (end - first > 1 and self._holds_number(first, end)):
            return None
        if _OLD_ID.fullmatch(digits):
            return IDENTITY
        return CARD if self._card(first, end).fullmatch(digits) else None

    def _is_id(self, end: int, digits: str) -> bool:
        return bool(_ID.fullmatch(digits)) or self._takes_x(end, digits)

    def _takes_x(self, end: int, digits: str) -> bool:
        last = self._ends_in_x and end == len(self._pieces)
        return last and bool(_ID.fullmatch(digits + "X"))

    def _card(self, first: int, end: int) -> re.Pattern[str]:
        """What a bank card's number looks like here."""
        if self._lettered and first == 0:
            return _LIKELY_CARD
        if end - first == 1:
            return _CARD
        whole = end - first == len(self._pieces)
        return _CARD if whole and not re.search(f"[{_SUMMING}]", self._run) else _LIKELY_CARD

    def _holds_date(self, first: int, end: int) -> bool:
        return not self._dated.isdisjoint(range(first, end))

    def _holds_number(self, first: int, end: int) -> bool:
        """Whether one of the pieces is a number by itself."""
        return any(
            _PHONE.fullmatch(each) or _ID.fullmatch(each) for each in self._pieces[first:end]
        )

    def _between(self, first: int, end: int) -> str:
        return self._plain[self._spans[first][0] : self._spans[end - 1][1]]

    def _place(self, number: _Number) -> tuple[int, int]:
        """Where a number stands, with its + and with the bracket that it closes."""
        start, end = self._spans[number.first][0], self._spans[number.end - 1][1]
        digits = "".join(self._pieces[number.first : number.end])
        if self._takes_x(number.end, digits):
            end = len(self._run)
        inside = self._run[start:end]
        opening = "+（(" if set("）)") & set(inside) and not set("（(") & set(inside) else "+"
        while start and self._run[start - 1] in opening:
            start -= 1
        return start, end
