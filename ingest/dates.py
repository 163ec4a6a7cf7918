"""Dates as documents print them: 2015年3月1日, 2003.11.13, 二〇〇八年十一月二十日. Pure."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

from knowledge.numerals import chinese_to_int

_YEAR = r"[0-9０-９一二三四五六七八九零〇○OＯo]{4}"
_SMALL = r"[0-9０-９一二三四五六七八九十]{1,3}"
DATE = rf"{_YEAR}\s*[年.\-/]\s*{_SMALL}\s*[月.\-/]\s*{_SMALL}\s*日?"
"""A pattern for a date inside a sentence, to build others from."""

_PARTS = re.compile(
    rf"(?P<year>{_YEAR})\s*[年.\-/]\s*(?P<month>{_SMALL})\s*[月.\-/]\s*(?P<day>{_SMALL})\s*日?"
)
_ZERO = str.maketrans(dict.fromkeys("OＯo○", "〇"))


def dates_in(text: str) -> Iterator[dt.date]:
    """Yield every date in ``text``; one that no calendar has is passed over."""
    for match in _PARTS.finditer(text):
        day = _to_date(match)
        if day is not None:
            yield day


def first_date(text: str) -> dt.date | None:
    """Return the first date in ``text``, or None."""
    return next(dates_in(text), None)


def _to_date(match: re.Match[str]) -> dt.date | None:
    try:
        return dt.date(
            chinese_to_int(match["year"].translate(_ZERO)),
            chinese_to_int(match["month"]),
            chinese_to_int(match["day"]),
        )
    except ValueError:
        return None
