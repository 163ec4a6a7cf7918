"""「生效」 and 「取消」: one admin decides, the others are told."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from typing import Any

from telegram import Bot, CallbackQuery, Update
from telegram.ext import BaseHandler, CallbackQueryHandler

from bot.telegram.desk import Desk, aside
from bot.telegram.messages.buttons import number, pattern, pressed, values
from bot.telegram.messages.screens import Screen, lines, show, turn
from bot.telegram.messages.sending import notify
from bot.telegram.refreshing import cards as screens
from bot.telegram.refreshing.building import Building
from bot.telegram.refreshing.files import Files
from bot.telegram.refreshing.showing import Cards
from bot.telegram.visiting import Visit, only
from bot.wording import clean
from ingest.generation import discard, go_live
from ingest.preview import Preview
from knowledge.errors import LianwenError, OvertakenError
from knowledge.people import Member, Role
from knowledge.store import Generation, Refresh, RefreshState, Store

LOGGER = logging.getLogger(__name__)

ANEW = "预览之后知识库又更新过，已自动重新预览，请按新的内容再决定。"
WORKING = "正在生效，请稍候……"
CANCELLABLE = (RefreshState.COLLECTING, RefreshState.BUILDING, RefreshState.READY)

Tell = Callable[[Bot], Awaitable[int]]
"""Tells people of what a refresh amended; how many it told."""


class Deciding:
    """Puts refreshes live, or gives them up."""

    def __init__(
        self,
        desk: Desk,
        cards: Cards,
        files: Files,
        building: Building,
        store: Callable[[], Store],
        tell: Tell,
    ) -> None:
        self._desk = desk
        self._refreshes = desk.records.refreshes
        self._cards = cards
        self._files = files
        self._building = building
        self._store = store
        self._tell = tell
        self._one_at_a_time = asyncio.Lock()

    def handlers(self) -> Iterator[BaseHandler[Any, Any, Any]]:
        """The buttons that end a refresh, with their questions before."""
        for word, handle in (
            (screens.LIVE, self.live),
            (screens.LIVE_SURE, self.live),
            (screens.CANCEL, self.ask_to_cancel),
            (screens.CANCEL_SURE, self.cancel),
        ):
            yield CallbackQueryHandler(handle, pattern(word))

    @only(Role.ADMIN)
    async def live(self, update: Update, visit: Visit) -> None:
        """Let what was previewed answer from now on; asked again where there are doubts."""
        query = pressed(update)
        async with self._one_at_a_time:
            refresh = await self._named(query)
            if refresh is None:
                return
            preview = screens.preview_of(refresh)
            if not _is_seen(refresh, preview, number(values(query), 1)) or preview is None:
                await self._tell_late(query, visit, refresh)
                return
            if screens.doubts(preview) and (query.data or "").startswith(f"{screens.LIVE}|"):
                await turn(query, screens.sure(refresh, preview))
                return
            await query.answer(WORKING)
            try:
                generation = await aside(self._switch, refresh)
            except OvertakenError:
                await self._build_anew(visit.bot, refresh)
                return
            except LianwenError as error:
                LOGGER.warning("更新第 %s 号没能生效：%s", refresh.id, error)
                line = f"{error}处理后再按一次「生效」。"
                await show(visit.bot, visit.member.telegram_id, Screen([lines(line)]))
                return
            step = partial(self._refreshes.move, actor=visit.member.telegram_id)
            await aside(step, refresh.id, [RefreshState.READY], RefreshState.LIVE)
        await self._announce(visit.bot, visit.member, refresh, preview, generation)

    @only(Role.ADMIN)
    async def ask_to_cancel(self, update: Update, visit: Visit) -> None:
        """Ask before files are deleted."""
        query = pressed(update)
        refresh = await self._named(query)
        if refresh is None:
            return
        if refresh.state not in CANCELLABLE:
            await self._tell_late(query, visit, refresh)
            return
        if query.message is not None:
            self._cards.ask((query.message.chat.id, query.message.message_id))
        await turn(query, screens.cancelling(refresh))

    @only(Role.ADMIN)
    async def cancel(self, update: Update, visit: Visit) -> None:
        """Give a refresh up, with its files and what was built of them."""
        query = pressed(update)
        refresh = await self._named(query)
        if refresh is None:
            return
        async with self._one_at_a_time:
            step = partial(self._refreshes.move, actor=visit.member.telegram_id)
            moved = await aside(step, refresh.id, CANCELLABLE, RefreshState.CANCELLED)
        # Pressed again after a crash, what is left of it goes.
        if moved is None and refresh.state is not RefreshState.CANCELLED:
            await self._tell_late(query, visit, refresh)
            return
        await query.answer()
        await self._building.stop(visit.bot, refresh.id)
        await aside(self._give_up, refresh)
        self._cards.soon(visit.bot, refresh.id, at_once=True)

    async def _named(self, query: CallbackQuery) -> Refresh | None:
        """The refresh that a button names; its message is kept as the card from now on."""
        refresh_id = number(values(query), 0)
        refresh = None if refresh_id is None else await aside(self._refreshes.get, refresh_id)
        if refresh is None:
            await query.answer(screens.GONE, show_alert=True)
        elif query.message is not None:
            self._cards.watch(refresh.id, (query.message.chat.id, query.message.message_id))
        return refresh

    async def _tell_late(self, query: CallbackQuery, visit: Visit, refresh: Refresh) -> None:
        ended = refresh.state in {RefreshState.LIVE, RefreshState.CANCELLED}
        await query.answer(screens.TAKEN if ended else screens.NO_LONGER, show_alert=True)
        self._cards.soon(visit.bot, refresh.id, at_once=True)

    async def _build_anew(self, bot: Bot, refresh: Refresh) -> None:
        before, after = [RefreshState.READY], RefreshState.BUILDING
        if await aside(self._refreshes.move, refresh.id, before, after):
            self._cards.note(refresh.id, ANEW)
            self._building.begin(bot, refresh.id)

    def _switch(self, refresh: Refresh) -> Generation:
        """Put the refresh's generation live, unless a crash came right after that. Blocks.

        :raises OvertakenError: it is not there any more.
        :raises LianwenError: as ``go_live``.
        """
        store = self._store()
        published = _own(store.generations(), refresh)
        if published is not None:
            return published
        staged = _own(store.staged(), refresh)
        if staged is None:
            raise OvertakenError(ANEW)
        return go_live(store, staged)

    def _give_up(self, refresh: Refresh) -> None:
        """Blocks."""
        store = self._store()
        staged = _own(store.staged(), refresh)
        if staged is not None:
            discard(store, staged)
        self._files.remove(refresh.id)

    async def _announce(
        self, bot: Bot, actor: Member, refresh: Refresh, preview: Preview, live: Generation
    ) -> None:
        """Tell the other admins, and beside the updates whoever asked about what changed."""
        self._cards.forget_notes(refresh.id)
        self._cards.soon(bot, refresh.id, at_once=True)
        who = clean(actor.name) or "一位管理员"
        line = (
            f"{who}更新了知识库（第 {live.id} 版）：{screens.summary(preview)}。"
            "如有不妥，发送 /rollback 退回上一版。"
        )
        for admin in await aside(self._desk.records.members.list, Role.ADMIN):
            key = f"refreshed:{live.id}:{admin.telegram_id}"
            other = admin.telegram_id != actor.telegram_id
            if other and await aside(self._desk.records.once.claim, key):
                await notify(bot, self._desk.records.members, admin.telegram_id, line)
        self._cards.start(self._follow_up(bot, refresh.id))

    async def _follow_up(self, bot: Bot, refresh_id: int) -> None:
        try:
            # Whoever asks next should not wait for the new indexes to be opened.
            await aside(self._desk.asker.library)
            told = await self._tell(bot)
        except Exception:
            LOGGER.exception("更新已生效，但没能全部告知提问人，稍后再试")
            return
        if told:
            self._cards.say(refresh_id, f"已告知 {told} 位提问人。")
            self._cards.soon(bot, refresh_id, at_once=True)


def _is_seen(refresh: Refresh, preview: Preview | None, staged_id: int | None) -> bool:
    """Whether a button put live what its admin has read."""
    waits = refresh.state is RefreshState.READY and preview is not None and not preview.unchanged
    return waits and refresh.staged_id is not None and refresh.staged_id == staged_id


def _own(generations: list[Generation], refresh: Refresh) -> Generation | None:
    """The generation built for a refresh: by name, for numbers may be given again."""
    name = refresh.outcome.get("generation")
    return next((each for each in generations if each.name == name), None)
