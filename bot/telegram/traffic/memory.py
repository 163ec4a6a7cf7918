"""What was told to whom of late, so that it is not told again at once."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable

Clock = Callable[[], float]

PEOPLE_KEPT = 1_000


class Throttle:
    """Says yes once in ``seconds`` for each key; the oldest keys are forgotten."""

    def __init__(
        self, seconds: float, capacity: int = PEOPLE_KEPT, clock: Clock = time.monotonic
    ) -> None:
        self._seconds = seconds
        self._capacity = capacity
        self._clock = clock
        self._told: OrderedDict[Hashable, float] = OrderedDict()

    def allows(self, key: Hashable) -> bool:
        """Whether this key may be told again now; a yes counts as told."""
        now = self._clock()
        told = self._told.get(key)
        if told is not None and now - told < self._seconds:
            return False
        self._told[key] = now
        self._told.move_to_end(key)
        while len(self._told) > self._capacity:
            self._told.popitem(last=False)
        return True
