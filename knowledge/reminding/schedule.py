"""When reminders are due: days and hours in China, as instants. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from knowledge.holidays.model import Occasion
from knowledge.reminding.model import Moment

CHINA = ZoneInfo("Asia/Shanghai")

_DAY = dt.timedelta(days=1)
_HOUR = dt.timedelta(hours=1)
# A return check still helps on the third day back; after that the gifts are forgotten or eaten.
_BACK_FOR = 3


@dataclass(frozen=True, slots=True)
class Timing:
    """When a unit wants its reminders, in China's time.

    ``at`` is the hour they go out, ``days_before`` how many days before a holiday the first
    does. Nothing goes out from ``quiet_from`` to ``quiet_to``; equal ones mean no quiet hours.
    """

    at: dt.time = dt.time(9, 30)
    days_before: int = 3
    quiet_from: dt.time = dt.time(21, 0)
    quiet_to: dt.time = dt.time(8, 0)
    moments: frozenset[Moment] = frozenset(Moment)

    def is_quiet(self, instant: dt.datetime) -> bool:
        """Whether nothing may go out at an instant."""
        hour = instant.astimezone(CHINA).time()
        if self.quiet_from <= self.quiet_to:
            return self.quiet_from <= hour < self.quiet_to
        return hour >= self.quiet_from or hour < self.quiet_to


@dataclass(frozen=True, slots=True)
class Due:
    """One reminder and its time (UTC): late ones still go out before ``closes``."""

    occasion: Occasion
    moment: Moment
    at: dt.datetime
    closes: dt.datetime

    @property
    def key(self) -> str:
        """What it is known by for ever: 2026-端午节:before."""
        return f"{self.occasion.key}:{self.moment}"


def dues(occasions: Iterable[Occasion], timing: Timing) -> list[Due]:
    """The reminders of some occasions, by time."""
    found = [due for occasion in occasions for due in _of(occasion, timing)]
    return sorted(found, key=lambda due: (due.at, due.key))


def _of(occasion: Occasion, timing: Timing) -> Iterator[Due]:
    first, added = occasion.first, not occasion.festivals
    eve = first - _DAY
    before = first - timing.days_before * _DAY
    moments = timing.moments
    # Where the eve has a reminder of its own, the earlier one makes sense until then.
    until = eve if Moment.EVE in moments and not added and before < eve else first
    if Moment.BEFORE in moments:
        yield Due(occasion, Moment.BEFORE, _at(before, timing), _at(until, timing))
    if added:
        return  # weeks on end have no eve, and nothing to hand in after them
    if Moment.EVE in moments and (eve != before or Moment.BEFORE not in moments):
        at = _at(eve, timing)
        yield Due(occasion, Moment.EVE, at, max(_evening(first, timing), at + _HOUR))
    if Moment.BACK in moments:
        back, closes = occasion.back, occasion.back + _BACK_FOR * _DAY
        yield Due(occasion, Moment.BACK, _at(back, timing), _at(closes, timing))


def _evening(day: dt.date, timing: Timing) -> dt.datetime:
    """When a day ends: at the quiet hours of its night, or at midnight."""
    last = dt.datetime.combine(day, dt.time(23, 59), CHINA)
    by_night = timing.is_quiet(last) and timing.quiet_from > timing.quiet_to
    ends = timing.quiet_from if by_night else dt.time()
    end = dt.datetime.combine(day if by_night else day + _DAY, ends, CHINA)
    return end.astimezone(dt.UTC)


def _at(day: dt.date, timing: Timing) -> dt.datetime:
    """The unit's hour on a day in China, or the end of quiet hours that it lies in."""
    instant = dt.datetime.combine(day, timing.at, CHINA)
    if timing.is_quiet(instant):
        later = timing.quiet_to >= timing.at
        instant = dt.datetime.combine(day if later else day + _DAY, timing.quiet_to, CHINA)
    return instant.astimezone(dt.UTC)
