"""Processes that send: each beats, and frees what another held that beats no more."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.telegram.reminding.clock import Clock
from knowledge.store.reminder_deliveries import ReminderDeliveries

LOGGER = logging.getLogger(__name__)

# Many times what a beat takes; a process that is this slow is stuck.
DEAD_AFTER = 120.0
BEAT_EVERY = 10.0
# Looks at the same beat: what kept us from looking (a database that was away, a machine that was
# stopped) may have kept others from beating.
LOOKS = 4


@dataclass(frozen=True, slots=True)
class _Seen:
    """Another process's beat: since when it stands still, and how often it was looked at."""

    beat: int
    since: float
    looks: int


class Workers:
    """One process among those on a database. Blocks; not for several threads at once.

    Death is told by a count that stands still while our own clock counts on: neither a clock
    that is set nor two machines that disagree about the time make a living process look dead.
    """

    def __init__(
        self, deliveries: ReminderDeliveries, clock: Clock, dead_after: float = DEAD_AFTER
    ) -> None:
        self.name = uuid.uuid4().hex
        self._deliveries = deliveries
        self._clock = clock
        self._dead_after = dead_after
        self._watched: dict[str, _Seen] = {}
        self._beaten = float("-inf")

    def beat(self) -> None:
        """Say that this one lives, at most every few seconds, and bury those that do not."""
        count = self._clock.monotonic()
        if count - self._beaten < BEAT_EVERY:
            return
        beats = self._deliveries.beat(self.name)
        self._beaten = count
        self._watched = {
            worker: self._look(worker, beat, count)
            for worker, beat in beats.items()
            if worker != self.name
        }
        for worker, seen in list(self._watched.items()):
            if seen.looks >= LOOKS and count - seen.since >= self._dead_after:
                # One that was not dead comes back and is looked at anew.
                del self._watched[worker]
                self._bury(worker, seen.beat)

    def _look(self, worker: str, beat: int, count: float) -> _Seen:
        seen = self._watched.get(worker)
        if seen is None or seen.beat != beat:
            return _Seen(beat, count, 1)
        return replace(seen, looks=seen.looks + 1)

    def let_go(self) -> None:
        """Free what is left of an earlier round that a failing database cut off."""
        self._report(self._deliveries.release(self.name))

    def leave(self) -> None:
        """Free what this one holds: it sends no more."""
        beat = self._deliveries.beat(self.name)[self.name]
        self._report(self._deliveries.bury(self.name, beat))

    def _bury(self, worker: str, beat: int) -> None:
        doubtful = self._deliveries.bury(worker, beat)
        LOGGER.info("发送进程 %s 已中断，它没发完的提醒由本进程接着发", worker[:8])
        self._report(doubtful)

    def _report(self, doubtful: Sequence[tuple[str, int]]) -> None:
        for key, person in doubtful:
            LOGGER.warning("进程中断时正在给 %s 发提醒 %s，可能已经收到，将再发一次", person, key)
