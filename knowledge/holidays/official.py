"""Days off as the State Council's notices gave them: the only importer of chinese_calendar."""

from __future__ import annotations

from functools import cache

from chinese_calendar.constants import Holiday, holidays, workdays

from knowledge.holidays.model import Day, Festival, OfficialYear

_FESTIVALS = {
    Holiday.new_years_day: Festival.NEW_YEAR,
    Holiday.spring_festival: Festival.SPRING,
    Holiday.tomb_sweeping_day: Festival.QINGMING,
    Holiday.labour_day: Festival.LABOUR,
    Holiday.dragon_boat_festival: Festival.DRAGON_BOAT,
    Holiday.mid_autumn_festival: Festival.MID_AUTUMN,
    Holiday.national_day: Festival.NATIONAL,
}
_DECEMBER = 12
# A notice covers its whole year; of a year that lacks these the package holds a few days only.
_AT_LEAST = {Festival.SPRING, Festival.NATIONAL}


def packaged_year(number: int) -> OfficialYear | None:
    """What the package knows of a year's notice; None where it has none for that year."""
    days = _notices().get(number, ())
    if not {day.name for day in days if day.off} >= _AT_LEAST:
        return None
    return OfficialYear(number, days)


@cache
def _notices() -> dict[int, tuple[Day, ...]]:
    """Every day listed, by the year of its notice: a 元旦 in December is the next year's."""
    found: dict[int, list[Day]] = {}
    listed = [(date, name, True) for date, name in holidays.items()]
    listed += [(date, name, False) for date, name in workdays.items()]
    for date, name, off in sorted(listed):
        # A day off given once keeps its own name: 2015-09-03.
        kind = Holiday(name)
        word = _FESTIVALS.get(kind, kind.chinese)
        ahead = word == Festival.NEW_YEAR and date.month == _DECEMBER
        found.setdefault(date.year + ahead, []).append(Day(date, str(word), off))
    return {number: tuple(days) for number, days in found.items()}
