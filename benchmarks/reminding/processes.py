"""Worker processes as the benchmark sees them: started, told to tick, killed, read afterwards."""

from __future__ import annotations

import asyncio
import os
import random
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from benchmarks.corpus import ROOT
from benchmarks.reminding.worker import DONE, READY

STARTED_WITHIN = 120.0
TICKED_WITHIN = 180.0
# Processes of one bot may run on machines in any part of the world.
ZONES = ("Asia/Shanghai", "UTC", "America/New_York", "Pacific/Kiritimati")
# Two ticks at once do not begin at the very same moment.
APART = 0.03

_DIED = re.compile(r"^(\S+) .*正在给 (\d+) 发提醒 (\S+)，可能已经收到")
_ERROR = re.compile(r"^\S+ ((?:ERROR|CRITICAL) .*)")
_LOST = re.compile(r"^(\S+) .*给 (\d+) 的提醒没有回音，可能已经收到")


@dataclass(frozen=True, slots=True)
class Doubt:
    """A line of the log: a person may have got it already. ``key`` is "" where it isn't told."""

    at: str
    person: int
    key: str


class Worker:
    """One place for a process, and whoever lives there just now."""

    def __init__(self, number: int, clock: Path, given: Mapping[str, str], log: Path) -> None:
        """Nothing is started yet.

        :param given: its environment, read when a process is started.
        """
        self.number = number
        self.log = log
        self._command = (sys.executable, "-m", "benchmarks.reminding.worker", str(clock))
        self._given = given
        self._process: asyncio.subprocess.Process | None = None

    @property
    def lives(self) -> bool:
        """Whether there is a process that has not ended."""
        return self._process is not None and self._process.returncode is None

    async def start(self, rng: random.Random) -> None:
        """Start a process, and wait until it takes ticks."""
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(*self._command, str(self.number)),
                cwd=ROOT,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                env={**os.environ, **self._given, "TZ": rng.choice(ZONES)},
            )
        if await self._line(STARTED_WITHIN) != READY:
            raise RuntimeError(f"a worker did not start: {self.log.read_text()[-2000:]}")

    async def tick(self, rng: random.Random) -> bool:
        """Let it tick; False where it died of it."""
        assert self._process
        assert self._process.stdin
        await asyncio.sleep(rng.uniform(0, APART) if self.number else 0)
        with suppress(ConnectionError):
            self._process.stdin.write(b"tick\n")
            await self._process.stdin.drain()
        if await self._line(TICKED_WITHIN) == DONE:
            return True
        # Pipes break before a process is gone; time must not go on without anybody noticing.
        await self._process.wait()
        return False

    async def kill(self) -> None:
        """SIGKILL, and wait until it is gone."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    async def stop(self) -> None:
        """Let it end as the bot does when it is stopped."""
        if self._process is not None and self._process.returncode is None:
            assert self._process.stdin
            self._process.stdin.close()
            await self._process.wait()

    async def _line(self, within: float) -> str:
        assert self._process
        assert self._process.stdout
        async with asyncio.timeout(within):
            return (await self._process.stdout.readline()).decode().strip()

    def doubts(self) -> Iterator[Doubt]:
        """Whom it has said may get a reminder twice."""
        for line in self._lines():
            if found := _DIED.match(line):
                yield Doubt(found[1], int(found[2]), found[3])
            elif found := _LOST.match(line):
                yield Doubt(found[1], int(found[2]), "")

    def errors(self) -> Iterator[str]:
        """What was logged as an error."""
        for line in self._lines():
            if found := _ERROR.match(line):
                yield found[1]

    def _lines(self) -> list[str]:
        return self.log.read_text(encoding="utf-8").splitlines() if self.log.is_file() else []


def memory_of(pid: int) -> float:
    """MiB of memory that a process takes (Linux)."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


def seconds_of(pid: int) -> float:
    """Seconds of processor time that a process has used (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
