"""Holidays as values: a year's days off, and the occasions that reminders are written for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

_DAY = dt.timedelta(days=1)


class Festival(StrEnum):
    """The seven holidays, by the names that the State Council's notices use."""

    NEW_YEAR = "元旦"
    SPRING = "春节"
    QINGMING = "清明节"
    LABOUR = "劳动节"
    DRAGON_BOAT = "端午节"
    MID_AUTUMN = "中秋节"
    NATIONAL = "国庆节"


class Origin(StrEnum):
    """Where a year's days come from, the most trusted first."""

    FILE = "file"
    PACKAGE = "package"
    COMPUTED = "computed"


@dataclass(frozen=True, slots=True)
class Day:
    """One day that a notice lists: off, or worked though a weekend; ``name`` says for what.

    Two festivals that share their days are joined by 、. Not every weekend within a holiday is
    listed.
    """

    date: dt.date
    name: str
    off: bool


@dataclass(frozen=True, slots=True)
class OfficialYear:
    """What one year's notice says. ``days`` may reach into the years beside it.

    ``papers`` are the addresses of the notices, as the file gives them.
    """

    number: int
    days: tuple[Day, ...]
    papers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AddedDays:
    """Days that an admin wants a reminder for: 升学季, 婚丧高发期, 机构改革.

    ``id`` is the row's number in the store.
    """

    id: int
    name: str
    first: dt.date
    last: dt.date


@dataclass(frozen=True, slots=True)
class Occasion:
    """Days in a row that get one set of reminders: a holiday, two that fell together, added days.

    ``key`` stays the same when official days take the place of computed ones: 2026-端午节;
    added-12 for added days. ``festivals`` holds the main one first and is empty for added days.
    ``first`` and ``last`` are the days off; of added days, the days themselves. ``back`` is the
    first day worked after ``last``. ``official`` is False where the days are only computed.
    """

    key: str
    name: str
    festivals: tuple[Festival, ...]
    first: dt.date
    last: dt.date
    back: dt.date
    official: bool


@dataclass(frozen=True, slots=True)
class Year:
    """One calendar year: its occasions by date, and the weekend days that are worked."""

    number: int
    origin: Origin
    occasions: tuple[Occasion, ...]
    worked: tuple[dt.date, ...]
    papers: tuple[str, ...] = ()


def stretches(
    days: Iterable[dt.date], is_off: Callable[[dt.date], bool]
) -> list[tuple[dt.date, dt.date]]:
    """The first and last days of the runs of days off that ``days`` lie in, each run once.

    ``days`` are off themselves, whatever ``is_off`` says of the days beside them.
    """
    found: list[tuple[dt.date, dt.date]] = []
    for day in sorted(set(days)):
        if found and day <= found[-1][1]:
            continue
        first = last = day
        while is_off(first - _DAY):
            first -= _DAY
        while is_off(last + _DAY):
            last += _DAY
        found.append((first, last))
    return found
