"""Updates on their way to the handlers: none lost, none twice, each person's in order."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, cast

from telegram import Bot, Update
from telegram.error import TelegramError
from telegram.ext import BaseUpdateProcessor

from bot.telegram.desk import aside
from knowledge.errors import StoreError
from knowledge.store import Inbox

LOGGER = logging.getLogger(__name__)

# Updates taken in at once, nearly all of them waiting for their turn: more than ever come.
TAKEN_IN = 10_000
# A crash may be another update's fault, and kills come from outside; a loop goes on for ever.
ATTEMPTS = 5

# How many updates done last are known without the database.
_GONE_KEPT = 500

GivenUp = Callable[[Update], Awaitable[None]]


class NotStoredError(TelegramError):
    """An update could not be written down: Telegram must send it again."""


class Intake(asyncio.Queue[object]):
    """The queue between PTB's two halves; what is in it is on disk first.

    PTB confirms an update to Telegram (the offset of the next poll, the webhook's 200) once
    ``put`` has returned, and sees to it that it comes again where ``put`` fails.
    """

    def __init__(self, inbox: Inbox) -> None:
        super().__init__()
        self._inbox = inbox
        self._held: set[int] = set()
        self._owed: set[int] = set()
        # Done, but one that comes again may have been looked up just before.
        self._gone: deque[int] = deque(maxlen=_GONE_KEPT)
        self.closing = False
        """Whether the application stops: what has not begun waits for the next start."""

    async def put(self, item: object) -> None:
        """Write an update down, then let it in; one that came before is let go.

        :raises NotStoredError: it could not be written.
        """
        if not isinstance(item, Update):
            # The mark with which the application ends its queue.
            self.closing = True
        elif kept(item) and not await self._take(item):
            return
        await super().put(item)

    async def resume(self, bot: Bot) -> None:
        """Let in what the last run left undone, before anything new."""
        for waiting in await aside(self._inbox.waiting):
            try:
                update = Update.de_json(json.loads(waiting.payload), bot)
            except Exception:
                LOGGER.exception("存下的消息 %s 读不出来，只能放弃", waiting.update_id)
                await self.done(waiting.update_id)
                continue
            self._held.add(waiting.update_id)
            self.put_nowait(update)
        if self._held:
            LOGGER.info("上次停机时有 %d 条消息没有处理完，现在继续。", len(self._held))

    async def begun(self, update_id: int) -> int:
        """Count an attempt; how many that makes. Counting must cost no answer."""
        try:
            return await aside(self._inbox.begin, update_id)
        except StoreError as error:
            LOGGER.error("消息 %s 的处理次数没能记下：%s", update_id, error)
            return 1

    async def done(self, update_id: int) -> None:
        """Note that an update has been dealt with; what cannot be noted now is noted later."""
        self._owed.add(update_id)
        owed = frozenset(self._owed)
        try:
            await aside(self._inbox.done, owed)
        except StoreError as error:
            LOGGER.error("消息 %s 已处理，但没能记下：%s", update_id, error)
            return
        self._owed -= owed
        self._held -= owed
        self._gone.extend(owed)

    async def _take(self, update: Update) -> bool:
        number = update.update_id
        try:
            open_still = await aside(self._inbox.take, number, _payload(update))
        except StoreError as error:
            LOGGER.error("收到的消息没能存下，将请 Telegram 重发：%s", error)
            raise NotStoredError(f"update {number} was not stored") from error
        # No await from here on: the same update may be on its way in twice.
        if not open_still or number in self._held or number in self._gone:
            return False
        self._held.add(number)
        return True


@dataclass(slots=True)
class _Turn:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    members: int = 0


class PerPersonProcessor(BaseUpdateProcessor):
    """Runs updates side by side, but those of one person in order."""

    __slots__ = ("_given_up", "_intake", "_turns")

    def __init__(self, intake: Intake, given_up: GivenUp, taken_in: int = TAKEN_IN) -> None:
        """Work on what ``intake`` holds.

        :param given_up: told of an update that was begun again and again and never ended.
        """
        super().__init__(taken_in)
        self._intake = intake
        self._given_up = given_up
        self._turns: dict[int, _Turn] = {}

    async def do_process_update(self, update: object, coroutine: Awaitable[Any]) -> None:
        """Wait for the person's earlier updates, then run."""
        if not isinstance(update, Update) or not kept(update):
            await coroutine
            return
        person = update.effective_user.id if update.effective_user else 0
        turn = self._turns.setdefault(person, _Turn())
        turn.members += 1
        try:
            async with turn.lock:
                await self._work(update, cast("Coroutine[Any, Any, Any]", coroutine))
        finally:
            turn.members -= 1
            if not turn.members:
                del self._turns[person]

    async def initialize(self) -> None:
        """Nothing to prepare."""

    async def shutdown(self) -> None:
        """Nothing to release."""

    async def _work(self, update: Update, coroutine: Coroutine[Any, Any, Any]) -> None:
        if self._intake.closing:
            coroutine.close()
            return
        attempts = await self._intake.begun(update.update_id)
        if attempts > ATTEMPTS:
            coroutine.close()
            LOGGER.error("消息 %s 处理了 %d 次都中断，不再处理", update.update_id, ATTEMPTS)
            # First of all: whatever brought us down must not do so once more.
            await self._intake.done(update.update_id)
            await self._given_up(update)
            return
        # A handler that has to leave an update for the next start raises CancelledError,
        # which PTB passes on; any other error it has reported before it comes back.
        await coroutine
        await self._intake.done(update.update_id)


def _payload(update: Update) -> str:
    """The update as JSON that reads back; PTB's own fails on dates in fields it does not know."""
    return json.dumps(update.to_dict(), default=_plainly)


def _plainly(value: object) -> int | str:
    return int(value.timestamp()) if isinstance(value, dt.datetime) else str(value)


def kept(update: Update) -> bool:
    """Whether an update is worth keeping: what is typed inline is stale within seconds."""
    return update.inline_query is None and update.chosen_inline_result is None
