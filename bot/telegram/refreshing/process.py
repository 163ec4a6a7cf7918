"""Preparing a refresh in a process of its own: answers must not wait for it, nor die of it."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from knowledge.running import INGEST_LOCK

LOGGER = logging.getLogger(__name__)

# The process itself waits half an hour for another one that is building.
SILENCE = 2_400.0
HUNG = -1
"""The exit status of what was given up."""

_ENDING = 10.0


@dataclass(frozen=True, slots=True)
class Step:
    """How far a preparation is: what is being done, how much of it is done, and in all."""

    phase: str
    done: int
    of: int


Heard = Callable[[Step], None]
Prepare = Callable[[int, Heard], Awaitable[int]]
"""Prepares the refresh of that number, telling its steps; its exit status. Ends when cancelled."""


class Process:
    """``lianwen prepare-refresh``, run beside the bot with the bot's own settings."""

    def __init__(
        self, data_dir: Path, command: Sequence[str] = (), silence: float = SILENCE
    ) -> None:
        """Prepare under a data directory.

        :param command: the program; the bot's own where there is none.
        :param silence: seconds without a word after which it is given up.
        """
        self._data_dir = data_dir
        self._command = tuple(command) or (sys.executable, "-m", "bot")
        self._silence = silence

    async def __call__(self, refresh_id: int, heard: Heard) -> int:
        """Run it to its end."""
        process = await asyncio.create_subprocess_exec(
            *self._command,
            "prepare-refresh",
            str(refresh_id),
            "--data-dir",
            str(self._data_dir),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            # With whatever it starts itself, it can be ended as one.
            start_new_session=True,
        )
        try:
            assert process.stdout is not None  # noqa: S101  # asked for above
            while line := await asyncio.wait_for(process.stdout.readline(), self._silence):
                step = _step(line)
                if step is not None:
                    heard(step)
            return await asyncio.wait_for(process.wait(), _ENDING)
        except TimeoutError:
            LOGGER.error("更新第 %s 号的预览没有动静，已停止", refresh_id)
            return HUNG
        finally:
            await asyncio.shield(_end(process))


def is_taken(data_dir: Path) -> bool:
    """Whether some process is building on a data directory just now. Blocks for a moment."""
    try:
        with FileLock(data_dir.expanduser() / INGEST_LOCK, timeout=0):
            return False
    except Timeout:
        return True


async def _end(process: asyncio.subprocess.Process) -> None:
    """See to it that it is gone, and all that it started."""
    if process.returncode is not None:
        return
    for kind in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, kind)
        try:
            await asyncio.wait_for(process.wait(), _ENDING / 2)
        except TimeoutError:
            continue
        return


def _step(line: bytes) -> Step | None:
    try:
        given = json.loads(line)
        return Step(str(given["phase"]), int(given["done"]), int(given["of"]))
    except (ValueError, KeyError, TypeError):
        LOGGER.debug("not a step: %r", line[:200])
        return None
