"""Many people at once, each person's messages one after another."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import Any

from telegram import Update
from telegram.ext import BaseUpdateProcessor

# Updates taken in at once, most of them waiting; and those being worked on.
TAKEN_IN = 256
WORKED_ON = 8


@dataclass(slots=True)
class _Queue:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    members: int = 0


class PerPersonProcessor(BaseUpdateProcessor):
    """Runs updates side by side, but those of one person in order.

    Waiting for one's own turn takes no working place, so that a person who
    sends twenty questions delays nobody else.
    """

    __slots__ = ("_queues", "_working")

    def __init__(self, taken_in: int = TAKEN_IN, worked_on: int = WORKED_ON) -> None:
        super().__init__(taken_in)
        self._queues: dict[int, _Queue] = {}
        self._working = asyncio.Semaphore(worked_on)

    async def do_process_update(self, update: object, coroutine: Awaitable[Any]) -> None:
        """Wait for the person's earlier updates and for a working place, then run."""
        person = update.effective_user if isinstance(update, Update) else None
        if person is None:
            await coroutine
            return
        queue = self._queues.setdefault(person.id, _Queue())
        queue.members += 1
        try:
            async with queue.lock, self._working:
                await coroutine
        finally:
            queue.members -= 1
            if not queue.members:
                del self._queues[person.id]

    async def initialize(self) -> None:
        """Nothing to prepare."""

    async def shutdown(self) -> None:
        """Nothing to release."""
