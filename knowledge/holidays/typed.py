"""Days as people type them: 「升学季 2027-06-20 2027-07-10」, 「升学季 6月20日至7月10日」. Pure."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from dataclasses import dataclass

from knowledge.errors import ReminderError

NAME_CHARS = 20
LONGEST = 120  # days

# A slip of the year would be found out years later.
_FARTHEST = dt.timedelta(days=2 * 366)
_DAY = dt.timedelta(days=1)
_HOW = "请照样子写，例如：升学季 2027-06-20 2027-07-10，或 升学季 6月20日至7月10日。"
_DATE = re.compile(
    r"(?<!\d)(?:"
    r"(?P<packed>20\d{6})"
    r"|(?:(?P<year>\d{4})\s*[-./年]\s*)?(?P<month>\d{1,2})\s*[-./月]\s*(?P<day>\d{1,2})\s*[日号]?"
    r")(?!\d)"
)
# 6月20日至30日: the month is not said twice.
_SAME_MONTH = re.compile(r"\s*(?:至|到|[-~—–]+)\s*(?P<day>\d{1,2})\s*[日号]")
# What stands between a name and its days and belongs to neither.
_AROUND = " \t\n,，。、:：;；-~—–()（）「」“”\"'"
_LEADING = {"从", "自"}
_MOST_DATES = 2


@dataclass(frozen=True, slots=True)
class NewDays:
    """Days that somebody wants a reminder for, and what they call them."""

    name: str
    first: dt.date
    last: dt.date


@dataclass(frozen=True, slots=True)
class _Written:
    """A date as it stands in a text, at ``start:end``; ``year`` None where it is left out."""

    start: int
    end: int
    year: int | None
    month: int
    day: int


def read_days(text: str, today: dt.date) -> NewDays:
    """A name with one day or two; days without a year are the next such ones.

    :raises ReminderError: it cannot be read so, or makes no sense; the message says what to write.
    """
    text = unicodedata.normalize("NFKC", text)
    dates = _dates(text)
    if not dates:
        raise ReminderError(f"没有看到日期。{_HOW}")
    if len(dates) > _MOST_DATES:
        raise ReminderError(f"看到了两个以上的日期，一次只能加一段日子。{_HOW}")
    before, after = text[: dates[0].start].strip(_AROUND), text[dates[-1].end :].strip(_AROUND)
    return _checked(after if before in _LEADING else before or after, dates, today)


def new_days(name: str, first: str, last: str, today: dt.date) -> NewDays:
    """The same where name and days come apart.

    :raises ReminderError: as ``read_days``.
    """
    dates = []
    for text in (first, last):
        folded = unicodedata.normalize("NFKC", text).strip()
        found = _dates(folded)
        if len(found) != 1 or (found[0].start, found[0].end) != (0, len(folded)):
            raise ReminderError(f"“{text.strip()}”不是日期，请写成 2027-06-20 的样子。")
        dates += found
    return _checked(name, dates, today)


def _dates(text: str) -> list[_Written]:
    found: list[_Written] = []
    for match in _DATE.finditer(text):
        if packed := match["packed"]:
            numbers = int(packed[:4]), int(packed[4:6]), int(packed[6:])
        else:
            numbers = int(match["year"] or 0), int(match["month"]), int(match["day"])
        found.append(_Written(*match.span(), numbers[0] or None, *numbers[1:]))
    if len(found) == 1 and (rest := _SAME_MONTH.match(text, found[0].end)):
        one = found[0]
        found.append(_Written(*rest.span(), one.year, one.month, int(rest["day"])))
    return found


def _checked(name: str, dates: list[_Written], today: dt.date) -> NewDays:
    name = " ".join(name.split())
    if not any(character.isalnum() for character in name):
        raise ReminderError(f"没有看到名称。{_HOW}")
    if len(name) > NAME_CHARS:
        raise ReminderError(f"名称太长，请写在{NAME_CHARS}字以内，例如：升学季。")
    first = _first(dates, today)
    last = first if len(dates) == 1 else _last(dates[1], first)
    if last < first:
        raise ReminderError(f"最后一天（{last}）在第一天（{first}）之前，请改正后再写一次。")
    if first <= today:
        raise ReminderError(
            f"{first}已经到了或者过去了，提醒要发在前面。请写明天以后的日子，年份也请核对。"
        )
    if (last - first).days + 1 > LONGEST:
        raise ReminderError(f"{first}至{last}超过{LONGEST}天，请写短一些，或分成几段。")
    if last > today + _FARTHEST:
        raise ReminderError(f"{first}至{last}太远了，请写两年以内的日子，年份也请核对。")
    return NewDays(name, first, last)


def _first(dates: list[_Written], today: dt.date) -> dt.date:
    written = dates[0]
    year = written.year or dates[-1].year
    if year is not None:
        return _date(year, written)
    this = _date_or_none(today.year, written)
    if this is None or this <= today:
        # 29 February, say, is in the next year that has it or in none that is near.
        return _date(today.year + 1, written)
    return this


def _last(written: _Written, first: dt.date) -> dt.date:
    if written.year is not None:
        return _date(written.year, written)
    same = _date(first.year, written)
    return same if same >= first else _date(first.year + 1, written)


def _date(year: int, written: _Written) -> dt.date:
    found = _date_or_none(year, written)
    if found is None:
        raise ReminderError(
            f"没有{year}年{written.month}月{written.day}日这一天，请改正后再写一次。"
        )
    return found


def _date_or_none(year: int, written: _Written) -> dt.date | None:
    try:
        return dt.date(year, written.month, written.day)
    except ValueError:
        return None
