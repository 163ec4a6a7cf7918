"""Days off of a year that no notice is out for: the only importer of lunar_python.

After 全国年节及纪念日放假办法 as revised in 2024: what the law itself gives, without the days
that a notice moves to make a holiday longer.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from functools import lru_cache
from types import MappingProxyType

from lunar_python import Lunar, Solar

from knowledge.errors import QuestionError
from knowledge.holidays.model import Day, Festival, OfficialYear

# From the first year that notices are packaged for, to the last that the moon is known well for.
EARLIEST, LATEST = 2004, 2100

_DAY = dt.timedelta(days=1)
_SATURDAY = 5
# Article 2: how many days from the festival's own; 除夕 comes before 初一.
_LENGTHS = {Festival.SPRING: 3, Festival.LABOUR: 2, Festival.NATIONAL: 3}


def computed_year(number: int) -> OfficialYear:
    """The days off that the law gives for a year, each on a weekday or a weekend.

    :raises QuestionError: a year outside EARLIEST to LATEST.
    """
    statutory = {
        festival: [day + at * _DAY for at in range(_LENGTHS.get(festival, 1))]
        for festival, day in sorted(festival_days(number).items(), key=lambda item: item[1])
    }
    statutory[Festival.SPRING].insert(0, statutory[Festival.SPRING][0] - _DAY)
    names: dict[dt.date, list[Festival]] = {}
    for festival, days in statutory.items():
        for day in days:
            names.setdefault(day, []).append(festival)
    taken: set[dt.date] = set()
    for festival, days in statutory.items():
        # Article 6: a day on a weekend is made up for on a working day. So was, in 2009 and 2020,
        # the day that 中秋节 shared with 国庆节.
        owed = sum(is_weekend(day) or day in taken for day in days)
        taken |= set(days)
        for day in _working_days(days[-1], owed, set(names)):
            names[day] = [festival]
    return OfficialYear(
        number, tuple(Day(day, "、".join(names[day]), off=True) for day in sorted(names))
    )


@lru_cache(maxsize=256)
def festival_days(number: int) -> Mapping[Festival, dt.date]:
    """The day itself of every festival of a year: of 春节 初一, of 国庆节 1 October.

    :raises QuestionError: a year outside EARLIEST to LATEST.
    """
    if not EARLIEST <= number <= LATEST:
        raise QuestionError(f"只能查{EARLIEST}年至{LATEST}年的放假安排，请换一个年份。")
    # The solar terms of a lunar year; that of 1 June holds the 清明 before it.
    terms = Solar.fromYmd(number, 6, 1).getLunar().getJieQiTable()
    return MappingProxyType(
        {
            Festival.NEW_YEAR: dt.date(number, 1, 1),
            Festival.SPRING: _date(Lunar.fromYmd(number, 1, 1).getSolar()),
            Festival.QINGMING: _date(terms["清明"]),
            Festival.LABOUR: dt.date(number, 5, 1),
            Festival.DRAGON_BOAT: _date(Lunar.fromYmd(number, 5, 5).getSolar()),
            Festival.MID_AUTUMN: _date(Lunar.fromYmd(number, 8, 15).getSolar()),
            Festival.NATIONAL: dt.date(number, 10, 1),
        }
    )


def is_weekend(day: dt.date) -> bool:
    """Whether a day is a Saturday or Sunday."""
    return day.weekday() >= _SATURDAY


def _working_days(after: dt.date, count: int, off: set[dt.date]) -> Iterator[dt.date]:
    """The first ``count`` days after one that are neither weekends nor off."""
    day = after
    while count:
        day += _DAY
        if not is_weekend(day) and day not in off:
            yield day
            count -= 1


def _date(solar: Solar) -> dt.date:
    return dt.date(solar.getYear(), solar.getMonth(), solar.getDay())
