"""Which days are off, and the occasions that get reminders, whatever a year's days come from."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from knowledge.holidays.computed import (
    EARLIEST,
    LATEST,
    computed_year,
    festival_days,
    is_weekend,
)
from knowledge.holidays.model import (
    AddedDays,
    Day,
    Festival,
    Occasion,
    OfficialYear,
    Origin,
    Year,
    stretches,
)
from knowledge.holidays.official import packaged_year

# Where festivals fall together, the first of these gives the occasion its key.
_MAIN_FIRST = (
    Festival.SPRING,
    Festival.NATIONAL,
    Festival.LABOUR,
    Festival.MID_AUTUMN,
    Festival.DRAGON_BOAT,
    Festival.QINGMING,
    Festival.NEW_YEAR,
)
_DAY = dt.timedelta(days=1)
# Notices for the next year come out from late October to the middle of December.
_ASK_FROM = (11, 15)
_KEY = re.compile(r"([0-9]{4})-(.+)")
_ADDED = "added-"


@dataclass(frozen=True, slots=True)
class _Notice:
    """One year's days, listed by date, and where they come from."""

    origin: Origin
    papers: tuple[str, ...]
    days: Mapping[dt.date, Day]


class Calendar:
    """Days off, year by year: an admin's file, else the packaged notice, else computed days.

    Immutable; make a new one when a file or added days change. Safe to call from several threads.

    :param files: the years that an admin imported; of two for one year the later counts.
    """

    def __init__(self, files: Iterable[OfficialYear] = (), added: Sequence[AddedDays] = ()) -> None:
        self._files = {each.number: each for each in files}
        self._added = tuple(added)
        self._notices: dict[int, _Notice] = {}
        self._years: dict[int, Year] = {}

    def year(self, number: int) -> Year:
        """A year's holidays and its worked weekend days, without added days.

        A holiday over New Year, and a weekend worked for it, belong to the later year.

        :raises QuestionError: a year outside EARLIEST to LATEST.
        """
        if number not in self._years:
            notice = self._notice(number)
            worked = sorted(date for date in notice.days if not self.is_off(date))
            self._years[number] = Year(
                number, notice.origin, self._occasions(number), tuple(worked), notice.papers
            )
        return self._years[number]

    def origin(self, number: int) -> Origin:
        """Where a year's days come from.

        :raises QuestionError: a year outside EARLIEST to LATEST.
        """
        return self._notice(number).origin

    def between(self, first: dt.date, last: dt.date) -> list[Occasion]:
        """The occasions, added days among them, that begin from ``first`` to ``last``, by date."""
        # 元旦 may begin in the December before its year.
        numbers = range(max(first.year, EARLIEST), min(last.year + 1, LATEST) + 1)
        found = [each for number in numbers for each in self.year(number).occasions]
        found += map(self._added_occasion, self._added)
        within = (each for each in found if first <= each.first <= last)
        return sorted(within, key=lambda each: (each.first, each.key))

    def is_off(self, day: dt.date) -> bool:
        """Whether a day is off: as a notice lists it, else as the weekend has it."""
        # The next year's notice may reach back into December, and it is the later word.
        for number in (day.year + 1, day.year, day.year - 1):
            if EARLIEST <= number <= LATEST:
                listed = self._notice(number).days.get(day)
                if listed is not None:
                    return listed.off
        return is_weekend(day)

    def occasion(self, key: str) -> Occasion | None:
        """The occasion with that key; None where there is none, or no longer."""
        if key.startswith(_ADDED):
            found = map(self._added_occasion, self._added)
            return next((each for each in found if each.key == key), None)
        parts = _KEY.fullmatch(key)
        if parts is None or not EARLIEST <= int(parts[1]) <= LATEST:
            return None
        occasions = self.year(int(parts[1])).occasions
        return next((each for each in occasions if each.key == key), None)

    def unknown_year(self, today: dt.date) -> int | None:
        """The year whose days an admin should import now, or None.

        That is the current one where its days are only computed, and from 15 November the next.
        """
        asked = [today.year]
        if (today.month, today.day) >= _ASK_FROM:
            asked.append(today.year + 1)
        return next(
            (
                number
                for number in asked
                if EARLIEST <= number <= LATEST and self.origin(number) is Origin.COMPUTED
            ),
            None,
        )

    def _notice(self, number: int) -> _Notice:
        if number not in self._notices:
            if number in self._files:
                origin, year = Origin.FILE, self._files[number]
            elif packaged := packaged_year(number):
                origin, year = Origin.PACKAGE, packaged
            else:
                origin, year = Origin.COMPUTED, computed_year(number)
            days = {day.date: day for day in year.days}
            self._notices[number] = _Notice(origin, year.papers, days)
        return self._notices[number]

    def _occasions(self, number: int) -> tuple[Occasion, ...]:
        """Runs of days off that end in a year and hold a festival.

        A run is what is off in a row, weekends included: people are away for all of it.
        """
        near = [each for each in (number - 1, number, number + 1) if EARLIEST <= each <= LATEST]
        names = {
            date: day.name
            for each in near
            for date, day in self._notice(each).days.items()
            if self.is_off(date)
        }
        official = self.origin(number) is not Origin.COMPUTED
        found = []
        for first, last in stretches(names, self.is_off):
            festivals = _festivals(number, first, last, names)
            if last.year == number and festivals:
                found.append(
                    Occasion(
                        key=f"{number}-{festivals[0]}",
                        name="、".join(festivals),
                        festivals=festivals,
                        first=first,
                        last=last,
                        back=last + _DAY,
                        official=official,
                    )
                )
        return tuple(found)

    def _added_occasion(self, days: AddedDays) -> Occasion:
        back = days.last + _DAY
        while self.is_off(back):
            back += _DAY
        return Occasion(
            key=f"{_ADDED}{days.id}",
            name=days.name,
            festivals=(),
            first=days.first,
            last=days.last,
            back=back,
            official=True,
        )


def _festivals(
    number: int, first: dt.date, last: dt.date, names: Mapping[dt.date, str]
) -> tuple[Festival, ...]:
    """The festivals of a run of days off, the main one first.

    Whose own day lies within counts, too: the notice of 2020 gave 1 October, which was both
    国庆节 and 中秋节, and the package names but one. A day off given once is no festival.
    """
    words = {
        word for date, name in names.items() if first <= date <= last for word in name.split("、")
    }
    own = festival_days(number)
    return tuple(
        festival for festival in _MAIN_FIRST if festival in words or first <= own[festival] <= last
    )
