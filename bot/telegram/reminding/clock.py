"""What time it is, and whether that can be believed: clocks are set, machines sleep and wake."""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

LOGGER = logging.getLogger(__name__)


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


@dataclass(frozen=True, slots=True)
class Clock:
    """The host's two clocks: one tells the time and can be set, one only counts seconds."""

    now: Callable[[], dt.datetime] = _now
    monotonic: Callable[[], float] = time.monotonic


class Steadiness:
    """Watches the one clock by the other.

    A clock that jumps is often set right within minutes (by the network, after a dead battery).
    What was sent on a wrong day cannot be taken back, so that a jump is slept on.
    """

    def __init__(
        self,
        clock: Clock,
        known: Callable[[], dt.datetime | None] = lambda: None,
        tolerance: float = 120.0,
        hold: float = 600.0,
    ) -> None:
        """Watch a clock.

        :param known: an instant that has certainly been, asked for at the first look.
        :param tolerance: seconds that the clocks may part by between two looks.
        :param hold: seconds without a jump until the time is believed again.
        """
        self._known = known
        self._clock = clock
        self._tolerance = tolerance
        self._hold = hold
        self._last: tuple[dt.datetime, float] | None = None
        self._from = float("-inf")

    def believed(self) -> dt.datetime | None:
        """Look once more; the time, or None while it cannot be believed. Blocks at first."""
        now, count = self._clock.now(), self._clock.monotonic()
        if self._last is not None:
            then, counted = self._last
            jumped = (now - then).total_seconds() - (count - counted)
        else:
            known = self._known()
            # Only backwards: a machine that was off for a while finds the time ahead.
            jumped = min(0.0, (now - known).total_seconds()) if known else 0.0
        if abs(jumped) > self._tolerance:
            LOGGER.warning(
                "系统时钟跳了 %+.0f 秒，节日提醒暂停 %.0f 秒再发。请核对服务器时间和时间同步。",
                jumped,
                self._hold,
            )
            self._from = count + self._hold
        self._last = (now, count)
        return now if count >= self._from else None
