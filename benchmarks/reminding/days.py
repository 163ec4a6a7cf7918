"""Which reminders there must be, and when: written down or worked out here.

The plan that is under test is not asked.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from knowledge.holidays.calendar import Calendar

CHINA = ZoneInfo("Asia/Shanghai")
DAY = dt.timedelta(days=1)
HOUR = dt.time(9, 30)
QUIET_FROM, QUIET_TO = dt.time(21, 0), dt.time(8, 0)
BEFORE, EVE, BACK = "before", "eve", "back"
WORDS = {BEFORE: "some days before", EVE: "on the eve", BACK: "first day back"}

# 国办发明电〔2025〕7号: first and last day off with the weekends beside them, first day at work.
NOTICES = {
    2026: (
        ("元旦", "2026-01-01", "2026-01-03", "2026-01-04"),
        ("春节", "2026-02-15", "2026-02-23", "2026-02-24"),
        ("清明节", "2026-04-04", "2026-04-06", "2026-04-07"),
        ("劳动节", "2026-05-01", "2026-05-05", "2026-05-06"),
        ("端午节", "2026-06-19", "2026-06-21", "2026-06-22"),
        ("中秋节", "2026-09-25", "2026-09-27", "2026-09-28"),
        ("国庆节", "2026-10-01", "2026-10-07", "2026-10-08"),
    )
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """One reminder that must go out. Times in seconds since 1970; after ``closes`` it may not."""

    key: str
    moment: str
    due: float
    closes: float

    @property
    def day(self) -> dt.date:
        """The day in China on which it is due."""
        return china(self.due).date()


def wanted(first: dt.date, last: dt.date) -> list[Wanted]:
    """Every reminder due from one day to another, by time."""
    years = range(first.year, last.year + 2)
    every = (each for year in years for each in _of_year(year))
    return sorted(
        (each for each in every if first <= each.day <= last), key=lambda each: (each.due, each.key)
    )


def china(instant: float) -> dt.datetime:
    """An instant as clocks in China show it."""
    return dt.datetime.fromtimestamp(instant, CHINA)


def at(day: dt.date, hour: dt.time = HOUR) -> float:
    """An hour in China as an instant."""
    return dt.datetime.combine(day, hour, CHINA).timestamp()


def is_quiet(instant: float) -> bool:
    """Whether nothing may be sent then."""
    hour = china(instant).time()
    return hour >= QUIET_FROM or hour < QUIET_TO


def _of_year(year: int) -> Iterator[Wanted]:
    for name, first, back in _holidays(year):
        key, eve = f"{year}-{name}", first - DAY
        yield Wanted(f"{key}:{BEFORE}", BEFORE, at(first - 3 * DAY), at(eve))
        yield Wanted(f"{key}:{EVE}", EVE, at(eve), at(first + DAY, dt.time()))
        yield Wanted(f"{key}:{BACK}", BACK, at(back), at(back + 3 * DAY))


def _holidays(year: int) -> Iterator[tuple[str, dt.date, dt.date]]:
    """Name, first day off, first day at work; without a notice as they are computed."""
    if year in NOTICES:
        for name, first, _, back in NOTICES[year]:
            yield name, dt.date.fromisoformat(first), dt.date.fromisoformat(back)
        return
    for occasion in Calendar().year(year).occasions:
        yield occasion.key.partition("-")[2], occasion.first, occasion.back
