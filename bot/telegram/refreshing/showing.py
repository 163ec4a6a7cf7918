"""Where the card of each refresh stands, and keeping it as it should be: one card, edited."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Coroutine
from typing import Any

from telegram import Bot
from telegram.constants import ParseMode
from telegram.error import TelegramError

from bot.telegram.desk import Desk, aside
from bot.telegram.messages.rendering import html_of
from bot.telegram.messages.screens import Screen, replace, show
from bot.telegram.messages.sending import NO_PREVIEW
from bot.telegram.refreshing import cards
from bot.telegram.traffic.limiting import COURTESY
from knowledge.errors import StoreError
from knowledge.people import Role
from knowledge.store import Refresh, RefreshState

LOGGER = logging.getLogger(__name__)

# The messages of an album come one after another, each when it has been downloaded.
DEBOUNCE = 0.8
TRIES = 3
PAUSE = 2.0
_NOTES = 6

Place = tuple[int, int]
"""A chat and a message in it."""


class Cards:
    """The cards of all refreshes. One a bot; what it holds besides the database may be lost."""

    def __init__(self, desk: Desk, debounce: float = DEBOUNCE) -> None:
        self._refreshes = desk.records.refreshes
        self._members = desk.records.members
        self._debounce = debounce
        self._locks: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._also: defaultdict[int, set[Place]] = defaultdict(set)
        self._asking: set[Place] = set()
        self._notes: defaultdict[int, list[str]] = defaultdict(list)
        self._status: dict[int, str] = {}
        self._due: dict[int, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def draw(self, refresh: Refresh, page: int = 0) -> Screen:
        """The card as it should be now."""
        notes, status = self._notes.get(refresh.id, ()), self._status.get(refresh.id, "")
        return cards.card(refresh, notes, status, page)

    def note(self, refresh_id: int, line: str) -> None:
        """Add a line to the card."""
        notes = self._notes[refresh_id]
        if line not in notes:
            self._notes[refresh_id] = [*notes, line][-_NOTES:]

    def forget_notes(self, refresh_id: int) -> None:
        """Take the lines off the card that were added."""
        self._notes.pop(refresh_id, None)

    def say(self, refresh_id: int, status: str) -> None:
        """Let the card say how far something is."""
        self._status[refresh_id] = status

    def status(self, refresh_id: int) -> str:
        """What was said last."""
        return self._status.get(refresh_id, "")

    def watch(self, refresh_id: int, place: Place) -> None:
        """Keep another message as the card is: another admin looks at it."""
        self._also[refresh_id].add(place)

    def ask(self, place: Place, *, asking: bool = True) -> None:
        """Let a question stand in a card's place: how far a build is must not wipe it away."""
        (self._asking.add if asking else self._asking.discard)(place)

    def soon(self, bot: Bot, refresh_id: int, *, at_once: bool = False) -> None:
        """Put the card right in a moment; calls meanwhile make one of it."""
        waiting = self._due.get(refresh_id)
        if waiting is not None:
            waiting.cancel()
        delay = 0.0 if at_once else self._debounce
        self._due[refresh_id] = self.start(self._later(bot, refresh_id, delay))

    def start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Do something beside the updates; it ends with the bot."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def put(self, bot: Bot, refresh_id: int) -> None:
        """Put the card right now: edit it, or send it where it is not there (any more).

        :raises TelegramError: Telegram cannot be reached.
        """
        async with self._locks[refresh_id]:
            refresh = await aside(self._refreshes.get, refresh_id)
            if refresh is None:
                return
            screen = self.draw(refresh)
            self._asking -= {*self._also[refresh_id], (refresh.person, refresh.card or 0)}
            for place in tuple(self._also[refresh_id] - {(refresh.person, refresh.card)}):
                if not await replace(bot, *place, screen):
                    self._also[refresh_id].discard(place)
            if not await self._is_reachable(refresh.person):
                return
            card = refresh.card
            if card is None or not await replace(bot, refresh.person, card, screen):
                await self._send(bot, refresh, screen)
            if not refresh.state.is_open:
                self._also.pop(refresh_id, None)

    async def show_again(self, bot: Bot, refresh: Refresh, reader: int) -> None:
        """Show the card below everything else; what stood for it before says so."""
        screen = self.draw(refresh)
        if refresh.person != reader:
            sent = await show(bot, reader, screen)
            if sent is not None:
                self.watch(refresh.id, (reader, sent.message_id))
            return
        async with self._locks[refresh.id]:
            await self._send(bot, refresh, screen)
            if refresh.card is not None:
                moved = cards.moved(refresh)
                await replace(bot, refresh.person, refresh.card, moved)

    async def hint(self, bot: Bot, refresh_id: int) -> None:
        """Show how far a build is, unless Telegram is busy."""
        async with self._locks[refresh_id]:
            refresh = await aside(self._refreshes.get, refresh_id)
            if refresh is None or refresh.state is not RefreshState.BUILDING:
                return
            screen = self.draw(refresh)
            own = {(refresh.person, refresh.card)} if refresh.card is not None else set()
            for chat_id, message_id in (own | self._also[refresh_id]) - self._asking:
                try:
                    await bot.edit_message_text(
                        html_of(screen.blocks),
                        chat_id,
                        message_id,
                        parse_mode=ParseMode.HTML,
                        link_preview_options=NO_PREVIEW,
                        reply_markup=screen.keyboard,
                        rate_limit_args=COURTESY,  # type: ignore[call-arg]  # ExtBot takes it
                    )
                except TelegramError as error:  # the preview matters, not this
                    LOGGER.debug("progress of refresh %s: %s", refresh_id, error.message)

    async def close(self) -> None:
        """End what is going on beside the updates."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _later(self, bot: Bot, refresh_id: int, delay: float) -> None:
        await asyncio.sleep(delay)
        # From here on no later call may cut it off halfway through a message.
        self._due.pop(refresh_id, None)
        for attempt in range(1, TRIES + 1):
            try:
                await self.put(bot, refresh_id)
            except (TelegramError, StoreError) as error:
                LOGGER.warning(
                    "更新第 %s 号的卡片没能显示（第 %d 次）：%s", refresh_id, attempt, error
                )
                await asyncio.sleep(PAUSE * attempt)
            else:
                return

    async def _send(self, bot: Bot, refresh: Refresh, screen: Screen) -> None:
        sent = await show(bot, refresh.person, screen)
        if sent is not None:
            await aside(self._refreshes.show_at, refresh.id, sent.message_id)

    async def _is_reachable(self, person: int) -> bool:
        member = await aside(self._members.get, person)
        return member is not None and member.reachable and member.role is Role.ADMIN
