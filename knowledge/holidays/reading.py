"""An admin's file of a year's days off, in the shape of the project holiday-cn, checked whole.

Strict: a wrong date here would send reminders on a wrong day, so whatever looks like a slip is
refused with a word on what to correct.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Mapping, Sequence

from knowledge.errors import UnreadableError
from knowledge.holidays.computed import EARLIEST, LATEST, festival_days, is_weekend
from knowledge.holidays.model import Day, Festival, OfficialYear, stretches

LARGEST = 1_000_000  # bytes; a real file has 5,000

_AGAIN = "请改正后重新发送。"
_SHAPE = "请发送 holiday-cn 格式的文件，里面有 year 和 days 两项。"
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_BETWEEN = re.compile(r"[、，,/和与及\s]+")
_QUOTES = "“”\"'「」"
_ALIASES = {
    **{str(festival): festival for festival in Festival},
    "清明": Festival.QINGMING,
    "五一": Festival.LABOUR,
    "端午": Festival.DRAGON_BOAT,
    "中秋": Festival.MID_AUTUMN,
    "国庆": Festival.NATIONAL,
    "十一": Festival.NATIONAL,
}
_SHOWN = 20
_LONGEST_RUN = 15  # days; the longest so far had 10, in January 2020
_PAPERS, _PAPER = 20, 500


def read_year(data: bytes | str, number: int | None = None) -> OfficialYear:
    """Read a file; its days come by date, their names as the seven festivals are called here.

    :param number: the year that it must be of.
    :raises UnreadableError: anything in it is wrong; the message says which entry and what to do.
    """
    given = _parsed(_decoded(data))
    year = _year(given.get("year"), number)
    entries = given.get("days")
    if not isinstance(entries, list) or not entries:
        raise UnreadableError("文件的 days 里没有日期，请填好每一天后重新发送。")
    days: dict[dt.date, Day] = {}
    places: dict[dt.date, int] = {}
    for place, entry in enumerate(entries, 1):
        day = _day(place, entry, year)
        if day.date in days:
            raise UnreadableError(
                f"第{places[day.date]}条和第{place}条都是{day.date}，请只留下正确的一条后重新发送。"
            )
        days[day.date], places[day.date] = day, place
    _check(year, days)
    return OfficialYear(
        year, tuple(days[date] for date in sorted(days)), _papers(given.get("papers"))
    )


def _decoded(data: bytes | str) -> str:
    if len(data) > LARGEST:
        raise UnreadableError(f"文件超过1MB，不像是一年的放假安排，{_SHAPE}")
    if isinstance(data, str):
        return data.removeprefix("\ufeff")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UnreadableError("文件不是 UTF-8 编码，请另存为 UTF-8 后重新发送。") from None


def _parsed(text: str) -> Mapping[str, object]:
    try:
        given = json.loads(text)
    except json.JSONDecodeError as error:
        raise UnreadableError(
            f"文件不是正确的 JSON，第{error.lineno}行第{error.colno}个字符处读不下去，{_AGAIN}"
        ) from None
    except (ValueError, RecursionError):  # a number of thousands of digits; brackets in brackets
        raise UnreadableError(f"文件里的数字太长，或者括号套得太深，{_SHAPE}") from None
    if not isinstance(given, dict):
        raise UnreadableError(f"文件不是放假安排，{_SHAPE}")
    return given


def _year(given: object, number: int | None) -> int:
    # True is an int to Python.
    if type(given) is not int or not EARLIEST <= given <= LATEST:
        raise UnreadableError(
            f"文件的 year 应当是{EARLIEST}至{LATEST}之间的一个整数，如 2027，{_AGAIN}"
        )
    if number is not None and given != number:
        raise UnreadableError(f"文件是{given}年的放假安排，不是{number}年的，请换一个文件。")
    return given


def _papers(given: object) -> tuple[str, ...]:
    if given is None:
        return ()
    if not isinstance(given, list) or len(given) > _PAPERS:
        raise UnreadableError(f"文件的 papers 应当是不超过{_PAPERS}个通知网址的列表，{_AGAIN}")
    papers = []
    for place, paper in enumerate(given, 1):
        if not isinstance(paper, str) or not paper.isprintable() or len(paper) > _PAPER:
            raise UnreadableError(
                f"papers 的第{place}项应当是一行不超过{_PAPER}字的通知网址，{_AGAIN}"
            )
        papers.append(paper)
    return tuple(papers)


def _day(place: int, entry: object, year: int) -> Day:
    where = f"第{place}条"
    if not isinstance(entry, dict):
        raise UnreadableError(f"{where}应当有 name、date、isOffDay 三项，{_AGAIN}")
    name, date, off = entry.get("name"), _date(entry.get("date")), entry.get("isOffDay")
    if date is None:
        raise UnreadableError(
            f"{where}的 date「{_shown(entry.get('date'))}」不是日期，"
            f"请写成 {year}-01-01 的样子后重新发送。"
        )
    where = f"{where}（{date}）"
    if not dt.date(year - 1, 12, 15) <= date <= dt.date(year + 1, 1, 15):
        raise UnreadableError(f"{where}不在{year}年前后，{_AGAIN}")
    if not isinstance(off, bool):
        raise UnreadableError(f"{where}的 isOffDay 应当是 true（放假）或 false（上班），{_AGAIN}")
    if not off and not is_weekend(date):
        raise UnreadableError(f"{where}不是周末，却写成调休上班，{_AGAIN}")
    return Day(date, "、".join(_festivals(where, name)), off)


def _date(given: object) -> dt.date | None:
    if not isinstance(given, str) or not _DATE.fullmatch(given):
        return None
    try:
        return dt.date.fromisoformat(given)
    except ValueError:
        return None


def _festivals(where: str, name: object) -> Sequence[Festival]:
    """The festivals of 「国庆节、中秋节」."""
    if isinstance(name, str):
        words = [word.strip(_QUOTES) for word in _BETWEEN.split(name.strip())]
        found = [_ALIASES[word] for word in words if word in _ALIASES]
        if len(found) == len(words):
            return list(dict.fromkeys(found))
    raise UnreadableError(
        f"{where}的 name「{_shown(name)}」不是节日，"
        f"请写成{'、'.join(Festival)}中的一个，合在一起的用顿号隔开。"
    )


def _check(year: int, days: Mapping[dt.date, Day]) -> None:
    """Hold a year's days against each other and against the festivals' own days."""

    def is_off(date: dt.date) -> bool:
        return days[date].off if date in days else is_weekend(date)

    named: dict[Festival, list[dt.date]] = {festival: [] for festival in Festival}
    for day in days.values():
        for word in day.name.split("、") if day.off else ():
            named[Festival(word)].append(day.date)
    missing = [festival for festival, dates in named.items() if not dates]
    if missing:
        raise UnreadableError(f"文件里没有{'、'.join(missing)}的放假日，请补上后重新发送。")
    for festival, dates in named.items():
        runs = stretches(dates, is_off)
        first, last = runs[0]
        own = festival_days(year)[festival]
        if len(runs) > 1 or not first <= own <= last:
            raise UnreadableError(
                f"{festival}的放假日应当连在一起，并且包括{own}（{festival}当天），{_AGAIN}"
            )
        if (last - first).days + 1 > _LONGEST_RUN:
            raise UnreadableError(
                f"{festival}从{first}到{last}连放超过{_LONGEST_RUN}天，请核对日期后重新发送。"
            )


def _shown(given: object) -> str:
    """A wrong value, short enough to be recognised in a message; "" for a list or an object."""
    text = str(given) if isinstance(given, str | int | float) else ""
    printable = "".join(filter(str.isprintable, text))
    return printable if len(printable) <= _SHOWN else f"{printable[:_SHOWN]}…"
