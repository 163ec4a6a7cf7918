"""A cell's value → its text, as whoever made the sheet sees it."""

from __future__ import annotations

import datetime as dt
import re

from ingest.reading import limits

_QUOTED = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')
_EXACT = 1e15
"""Excel keeps so many digits."""

_DAY = re.compile(r"d|日", re.IGNORECASE)


def cell_text(value: object, number_format: str = "") -> str:
    """Return ``value`` as one line: 2024年1月31日, 5 and not 5.0, 15% where it shows so."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, dt.date | dt.time | dt.timedelta):
        return _time(value, number_format)
    if isinstance(value, int | float):
        return _number(value, _QUOTED.sub("", number_format))
    text = " ".join(str(value)[: limits.CELL].split())
    # #REF! and the like say nothing.
    return "" if re.fullmatch(r"#(?:REF!|N/A|VALUE!|DIV/0!|NAME\?|NULL!|NUM!)", text) else text


def _time(value: dt.date | dt.time | dt.timedelta, number_format: str) -> str:
    if isinstance(value, dt.datetime):
        return _moment(value, number_format)
    if isinstance(value, dt.date):
        return _day(value)
    if isinstance(value, dt.time):
        return f"{value:%H:%M}"
    minutes = int(value.total_seconds() // 60)
    return f"{minutes // 60}:{minutes % 60:02d}"


def _moment(value: dt.datetime, number_format: str) -> str:
    if (value.hour, value.minute) == (0, 0):
        shows_day = not number_format or number_format == "General" or _DAY.search(number_format)
        return _day(value) if shows_day else f"{value.year}年{value.month}月"
    return f"{_day(value)} {value:%H:%M}"


def _day(value: dt.date) -> str:
    return f"{value.year}年{value.month}月{value.day}日"


def _number(value: float, shown: str) -> str:
    if "%" in shown:
        return f"{_plain(value * 100)}%"
    return _plain(value)


def _plain(value: float) -> str:
    """Digits without exponent, and without the noise of binary fractions."""
    if isinstance(value, int) or (abs(value) < _EXACT and value.is_integer()):
        return str(int(value))
    text = f"{value:.12g}"
    return text if "e" not in text else f"{value:.15f}".rstrip("0").rstrip(".")
