"""Hides numbers that name a person: identity cards, telephones, bank cards."""

from __future__ import annotations

import re
from collections.abc import Callable

IDENTITY, TELEPHONE, CARD = "〔证件号〕", "〔电话〕", "〔卡号〕"

# Digits of any width, with the blanks and dashes that people put between them.
_RUN = re.compile(
    r"(?<![\dA-Za-z])\+?[（(]?\d(?:[ \u3000\t\-－—–·.（()）]{0,2}\d){6,24}[XxｘＸ]?(?!\d)"
)
_ID = re.compile(r"[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dX]")
_OLD_ID = re.compile(r"[1-9]\d{5}\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}")
_MOBILE = re.compile(r"(?:0?0?86)?1[3-9]\d{9}")
_LANDLINE = re.compile(r"0(?:10|2\d|[3-9]\d{2})[2-9]\d{6,7}|400\d{7}|800\d{7}")
_CARD = re.compile(r"\d{13,19}")
_DATE = r"(?:19|20)\d{2}[-－—–.·]\d{1,2}[-－—–.·]\d{1,2}"
# One, several in a row, or from one to another.
_DATES = re.compile(rf"{_DATE}(?:[ \u3000\t\-－—–]{{1,2}}{_DATE})*")


def mask(text: str) -> str:
    """The text with every such number replaced by what it was; all else as it stood.

    Sums, dates, article and document numbers are shorter or of another shape and stay.
    """
    return _RUN.sub(_hidden, text)


def _hidden(found: re.Match[str]) -> str:
    run = found.group()
    if _DATES.fullmatch(run):
        return run
    digits = "".join(str(int(each)) for each in run if each.isdigit())
    digits += "X" if run[-1] in "XxｘＸ" else ""
    for shape, label in _SHAPES:
        if shape(digits):
            return label
    return _parts(run)


def _parts(run: str) -> str:
    """A run may be several numbers in a row: those between blanks are looked at apart."""
    pieces = re.split(r"([ \u3000\t]+)", run)
    if len(pieces) == 1:
        return run
    return "".join(mask(piece) if index % 2 == 0 else piece for index, piece in enumerate(pieces))


def _full(*shapes: re.Pattern[str]) -> Callable[[str], bool]:
    return lambda digits: any(shape.fullmatch(digits) for shape in shapes)


_SHAPES: tuple[tuple[Callable[[str], bool], str], ...] = (
    (_full(_ID, _OLD_ID), IDENTITY),
    (_full(_MOBILE, _LANDLINE), TELEPHONE),
    (_full(_CARD), CARD),
)
