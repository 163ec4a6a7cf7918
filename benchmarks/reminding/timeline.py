"""How far a run may go on at once: seconds while something is at hand, a day where nothing is."""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Iterable, Sequence

from benchmarks.reminding.days import Wanted

HOUR, DAY = 3600.0, 86400.0
# As often as the bot ticks.
TICK = (18.0, 22.0)
# Reminders are previewed two days ahead.
AHEAD = 48 * HOUR
HOT_BEFORE, HOT_AFTER = 60.0, 240.0


class Timeline:
    """The reminders of a run, and other instants at which something is planned."""

    def __init__(
        self, wanted: Sequence[Wanted], instants: Iterable[float], rng: random.Random
    ) -> None:
        self._wanted = wanted
        self._rng = rng
        stops = {*instants}
        for each in wanted:
            stops |= {each.due - AHEAD, each.due - AHEAD + 1, each.due - HOT_BEFORE}
            stops |= {each.due - AHEAD - HOUR, each.due - 1, each.closes - 1, each.closes}
        self._stops = sorted(stops)

    def pause(self, now: float, *, busy: bool) -> float:
        """Seconds until the next tick."""
        if busy or self._hot(now):
            return self._rng.uniform(*TICK)
        most = HOUR if self._near(now) else DAY
        place = bisect_right(self._stops, now)
        # What is planned comes with the tick, a moment after it rather than on the dot.
        to = self._stops[place] - now if place < len(self._stops) else most
        return min(most, to + self._rng.random())

    def _hot(self, now: float) -> bool:
        return any(each.due - HOT_BEFORE <= now < each.due + HOT_AFTER for each in self._wanted)

    def _near(self, now: float) -> bool:
        return any(each.due - AHEAD - HOUR <= now < each.closes + HOUR for each in self._wanted)
