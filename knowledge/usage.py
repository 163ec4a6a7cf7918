"""How the questions of some days went, in numbers. Drawing and telling them is left to the bot."""

from __future__ import annotations

import datetime as dt
import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from zoneinfo import ZoneInfo

from knowledge.asked import AskedQuestion
from knowledge.model import Outcome

SHANGHAI = ZoneInfo("Asia/Shanghai")
_MOST = 0.95


@dataclass(frozen=True, slots=True)
class Tally:
    """Questions counted, greetings apart.

    ``other`` are those that were refused. Times are milliseconds, None where nothing was asked.
    """

    asked: int = 0
    answered: int = 0
    no_basis: int = 0
    other: int = 0
    useful: int = 0
    useless: int = 0
    median_ms: float | None = None
    p95_ms: float | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """A period of whole days (Shanghai): one tally a day, empty ones too, and one of all.

    ``people`` is how many have asked, ``greetings`` what was said that is no question.
    """

    days: tuple[tuple[dt.date, Tally], ...]
    total: Tally
    people: int
    greetings: int

    @property
    def first(self) -> dt.date:
        """The period's first day."""
        return self.days[0][0]

    @property
    def last(self) -> dt.date:
        """The period's last day."""
        return self.days[-1][0]


def beginning(days: int, today: dt.date) -> dt.datetime:
    """The first instant of a period of ``days`` days that ends with ``today``."""
    first = today - dt.timedelta(days=days - 1)
    return dt.datetime.combine(first, dt.time(), SHANGHAI)


def counted(questions: Iterable[AskedQuestion], days: int, today: dt.date) -> Usage:
    """Count what was asked in the ``days`` days that end with ``today``."""
    since = beginning(days, today).date()
    by_day: dict[dt.date, list[AskedQuestion]] = {
        since + dt.timedelta(days=number): [] for number in range(days)
    }
    real, greetings = [], 0
    for each in questions:
        day = each.at.astimezone(SHANGHAI).date()
        if day not in by_day:
            continue
        if each.outcome == Outcome.SMALL_TALK:
            greetings += 1
            continue
        real.append(each)
        by_day[day].append(each)
    return Usage(
        tuple((day, _tally(asked)) for day, asked in by_day.items()),
        _tally(real),
        len({each.person for each in real}),
        greetings,
    )


def _tally(questions: Sequence[AskedQuestion]) -> Tally:
    if not questions:
        return Tally()
    outcomes: dict[str, int] = defaultdict(int)
    votes: dict[str, int] = defaultdict(int)
    for each in questions:
        outcomes[each.outcome] += 1
        votes[each.vote] += 1
    times = sorted(each.elapsed_ms for each in questions)
    answered, no_basis = outcomes[Outcome.ANSWERED], outcomes[Outcome.NO_BASIS]
    return Tally(
        asked=len(questions),
        answered=answered,
        no_basis=no_basis,
        other=len(questions) - answered - no_basis,
        useful=votes["useful"],
        useless=votes["useless"],
        median_ms=median(times),
        # The nearest rank: a time that somebody did wait.
        p95_ms=times[math.ceil(_MOST * len(times)) - 1],
    )
