"""Two clocks in a small file: the benchmark moves them, processes that remind read them.

A process that is killed leaves the file as it is, and the next one reads on.
"""

from __future__ import annotations

import datetime as dt
import mmap
from pathlib import Path

from bot.telegram.reminding.clock import Clock

# The two clocks, then how wrong the first one is in each process.
_WALL, _COUNT, _WRONG = 0, 1, 2
PROCESSES = 6
# Machines count from when they were started; no two agree.
_APART = 12_345.6


class Page:
    """One file. Every value is eight bytes in their place, so that none is read half written."""

    def __init__(self, path: Path, *, create: bool = False) -> None:
        if create:
            path.write_bytes(bytes(8 * (_WRONG + PROCESSES)))
        with path.open("r+b") as file:
            self._values = memoryview(mmap.mmap(file.fileno(), 0)).cast("d")

    @property
    def time(self) -> float:
        """The right time, in seconds since 1970."""
        return self._values[_WALL]

    @property
    def count(self) -> float:
        """Seconds that have passed, whatever was done to the time."""
        return self._values[_COUNT]

    def set(self, time: float) -> None:
        """Make it another time, for everybody and for good; only one of the clocks knows."""
        self._values[_WALL] = time

    def go_on(self, seconds: float) -> None:
        """Let time pass: both clocks know. More than a little only while nobody looks."""
        self._values[_WALL] += seconds
        self._values[_COUNT] += seconds

    def wrong(self, process: int) -> float:
        """By how many seconds a process's time is wrong."""
        return self._values[_WRONG + process]

    def go_wrong(self, process: int, seconds: float) -> None:
        """Let one process's time be wrong; 0 puts it right."""
        self._values[_WRONG + process] = seconds

    def clock(self, process: int) -> Clock:
        """The two clocks as a process has them."""

        def now() -> dt.datetime:
            return dt.datetime.fromtimestamp(self.time + self.wrong(process), dt.UTC)

        return Clock(now, lambda: self.count + _APART * process)
