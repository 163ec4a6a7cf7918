"""Sending a reminder to everybody who waits for it, each once."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import httpx
from telegram.error import BadRequest, NetworkError, TelegramError
from telegram.ext import ExtBot

from bot.telegram.desk import aside
from bot.telegram.messages.screens import Screen, show
from bot.telegram.reminding.clock import Clock
from bot.telegram.reminding.workers import Workers
from knowledge.errors import StoreError
from knowledge.store.reminder_deliveries import DeliveryState, ReminderDeliveries

LOGGER = logging.getLogger(__name__)

# Requests under way at once: enough for thirty a second at a third of a second each, few
# enough for an officer's answer not to queue behind them.
LANES = 10
# People claimed at once; a crash leaves no more than these to be found by others.
BATCH = 60
# What tells that a request never reached Telegram.
_UNSENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)


@dataclass(slots=True)
class _Run:
    """One reminder being sent. ``stopped``: no more for now."""

    key: str
    screen: Screen
    claimed: deque[int] = field(default_factory=deque)
    claiming: asyncio.Lock = field(default_factory=asyncio.Lock)
    stopped: bool = False


class Sending:
    """Works off the deliveries of a reminder."""

    def __init__(self, deliveries: ReminderDeliveries, workers: Workers, clock: Clock) -> None:
        self._deliveries = deliveries
        self._workers = workers
        self._clock = clock
        self._ending = False
        self._unwritten: list[Callable[[], object]] = []

    async def write_down(self) -> bool:
        """Note what a failing database kept us from noting; True where nothing is left of it."""
        waiting, self._unwritten = self._unwritten, []
        for note in waiting:
            await self._note(note)
        return not self._unwritten

    async def send(
        self, bot: ExtBot[Any], key: str, screen: Screen, may_go_on: Callable[[], bool]
    ) -> None:
        """Send to whoever waits, until nobody does or sending must pause; the next tick goes on.

        :param may_go_on: False once quiet hours begin or the reminder's time is over.
        """
        if not await self.write_down():
            return
        run = _Run(key, screen)
        await aside(self._workers.let_go)
        lanes = [self._lane(bot, run, may_go_on) for _ in range(LANES)]
        # Every lane ends before anything is made of how they ended.
        ends = await asyncio.gather(*lanes, return_exceptions=True)
        for person in run.claimed:
            await self._put_back(run, person, repeated=False)
        for end in ends:
            if isinstance(end, BaseException):
                raise end

    def end(self) -> None:
        """Begin no further request; those under way are finished."""
        self._ending = True

    async def _lane(self, bot: ExtBot[Any], run: _Run, may_go_on: Callable[[], bool]) -> None:
        try:
            while not (run.stopped or self._ending) and may_go_on():
                person = await self._next(run)
                if person is None:
                    return
                if await aside(self._deliveries.begin, run.key, person, self._workers.name):
                    await self._one(bot, run, person)
        except StoreError as error:
            LOGGER.error("节日提醒暂停，稍后接着发：%s", error)
            run.stopped = True

    async def _next(self, run: _Run) -> int | None:
        async with run.claiming:
            if not run.claimed and not run.stopped:
                name = self._workers.name
                run.claimed.extend(await aside(self._deliveries.claim, run.key, name, BATCH))
                run.stopped = not run.claimed
            return run.claimed.popleft() if run.claimed else None

    async def _one(self, bot: ExtBot[Any], run: _Run, person: int) -> None:
        try:
            sent = await show(bot, person, run.screen, tries=1)
        except BadRequest as error:  # a NetworkError by descent, but not by nature
            LOGGER.warning("提醒没能发给 %s：%s", person, error.message)
            await self._settle(run, person, DeliveryState.FAILED)
        except TelegramError as error:
            run.stopped = True
            lost = _may_have_arrived(error)
            words = "没有回音，可能已经收到" if lost else "没有发出去，稍后再发"
            LOGGER.warning("给 %s 的提醒%s：%s", person, words, error.message)
            await self._put_back(run, person, repeated=lost)
        else:
            state = DeliveryState.SENT if sent is not None else DeliveryState.BLOCKED
            await self._settle(run, person, state)

    async def _put_back(self, run: _Run, person: int, *, repeated: bool) -> None:
        name = self._workers.name
        back = self._deliveries.put_back
        if not await self._note(partial(back, run.key, person, name, repeated=repeated)):
            run.stopped = True

    async def _settle(self, run: _Run, person: int, state: DeliveryState) -> None:
        at = self._clock.now()
        if not await self._note(partial(self._deliveries.settle, run.key, person, state, at)):
            run.stopped = True

    async def _note(self, note: Callable[[], object]) -> bool:
        """Write down what came of a request: now, or as soon as the database takes it."""
        try:
            await aside(note)
        except StoreError as error:
            LOGGER.error("提醒的结果没能记下，稍后再记：%s", error)
            self._unwritten.append(note)
            return False
        return True


def _may_have_arrived(error: TelegramError) -> bool:
    """Whether the connection broke between the request and its answer.

    An answer that says no (429, 5xx, a wrong token) is an answer.
    """
    cause = error.__cause__
    broke = isinstance(error, NetworkError) and isinstance(cause, httpx.HTTPError)
    return broke and not isinstance(cause, _UNSENT)
