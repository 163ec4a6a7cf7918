"""Telling members that articles which their questions were answered from have been amended."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from telegram import Bot, Update
from telegram.error import TelegramError
from telegram.ext import BaseHandler, CallbackQueryHandler

from bot.telegram.desk import Desk, aside
from bot.telegram.messages.buttons import pattern, pressed
from bot.telegram.messages.screens import notify
from bot.telegram.refreshing.telling_screens import MUTE, Touched, amended
from bot.telegram.visiting import Visit, only
from knowledge.amending import affected
from knowledge.errors import LianwenError
from knowledge.library import Library
from knowledge.people import Member
from knowledge.store import Store
from knowledge.store.muted import AMENDMENTS

LOGGER = logging.getLogger(__name__)

KEPT = dt.timedelta(days=14)
MUTED = "好的，条文变动以后不再通知您。想恢复时发送 /privacy。"


@dataclass(frozen=True, slots=True)
class _News:
    """What one member is to be told of one refresh; ``key`` is claimed once they know."""

    member: Member
    touched: Sequence[Touched]
    key: str


class Telling:
    """Tells each member once a generation, and stops when they say so."""

    def __init__(self, desk: Desk, store: Callable[[], Store]) -> None:
        self._desk = desk
        self._records = desk.records
        self._store = store
        self._one_at_a_time = asyncio.Lock()

    def handlers(self) -> Iterator[BaseHandler[Any, Any, Any]]:
        """「以后不再通知」."""
        yield CallbackQueryHandler(self.mute, pattern(MUTE))

    @only()
    async def mute(self, update: Update, visit: Visit) -> None:
        """Tell this member of amendments no more."""
        query = pressed(update)
        member = visit.member.telegram_id
        await aside(self._records.muted.set, member, AMENDMENTS, muted=True)
        await query.answer(MUTED, show_alert=True)
        if query.message is None:
            return
        try:
            await query.edit_message_reply_markup(None)
        except TelegramError as error:  # pressed twice, or too old to be edited
            LOGGER.info("按钮没能去掉：%s", error.message)

    async def tell(self, bot: Bot) -> int:
        """Tell everyone who should know and does not; how many were told by this call.

        That they know is noted afterwards: better told twice over a crash than never.
        """
        async with self._one_at_a_time:
            live, due = await aside(self._due)
            library = await self._library() if due else None
            told: set[int] = set()
            for news in due:
                if await aside(self._live) != live:
                    break  # taken back or amended again meanwhile: what is due is another matter
                person, screen = news.member.telegram_id, amended(news.touched, library)
                if await notify(bot, self._records.members, person, screen):
                    await aside(self._records.once.claim, news.key)
                    told.add(person)
            return len(told)

    async def tell_rest(self, bot: Bot) -> None:
        """The same, at the start and every so often: for those whom a crash kept it from."""
        try:
            await self.tell(bot)
        except LianwenError as error:
            LOGGER.warning("没能告知条文变动，稍后再试：%s", error)

    def _due(self) -> tuple[int | None, Sequence[_News]]:
        """The live generation, and who should be told of what, earlier refreshes first. Blocks.

        What was rolled back is not told: only what stands counts.
        """
        now = dt.datetime.now(dt.UTC)
        standing = [e for e in self._records.amendments.standing() if e.at > now - KEPT]
        if not standing:
            return None, ()
        days = dt.timedelta(days=self._desk.settings.question_days)
        asked = self._records.asked.since(now - days)
        members = [each for each in self._records.members.list() if self._wants(each)]
        due: list[_News] = []
        for generation in sorted({each.generation_id for each in standing}):
            touched = affected(asked, [e for e in standing if e.generation_id == generation])
            opening = f"amended:{generation}:"
            told = self._records.once.opening_with(opening)
            for member in members:
                person = self._records.asked.person(member.telegram_id)
                if person in touched and opening + person not in told:
                    due.append(_News(member, touched[person], opening + person))
        return self._live(), due

    def _wants(self, member: Member) -> bool:
        muted = self._records.muted.is_muted(member.telegram_id, AMENDMENTS)
        return member.reachable and not muted

    def _live(self) -> int | None:
        live = self._store().live_generation()
        return live.id if live else None

    async def _library(self) -> Library | None:
        try:
            return await aside(self._desk.asker.library)
        except LianwenError:  # it says since when a text applies, no more
            return None
