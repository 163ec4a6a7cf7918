"""「预览」: builds one refresh after another, shows how far it is, and what came of it."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from telegram import Bot, Update
from telegram.error import TelegramError
from telegram.ext import BaseHandler, CallbackQueryHandler

from bot.telegram.desk import Desk, aside
from bot.telegram.messages.buttons import number, pattern, pressed, values
from bot.telegram.messages.screens import Screen, lines, show
from bot.telegram.refreshing import cards as screens
from bot.telegram.refreshing.process import HUNG, Prepare, Step, is_taken
from bot.telegram.refreshing.showing import Cards
from bot.telegram.visiting import Visit, only
from bot.wording import clean
from knowledge.people import Role
from knowledge.store import RefreshState

LOGGER = logging.getLogger(__name__)

EVERY = 1.5
LOOK_AGAIN = 2.0
# An edited card makes no sound: whoever waited longer has put the phone away.
LONG = 20.0

PREPARING = "正在准备……"
OCCUPIED = "另一个进程正在更新知识库，等它结束后接着做。"
BROKEN = "建立预览的程序意外中断了。请再试一次；仍然不行，请维护人员查看日志。"
STUCK = "建立预览的程序很久没有进展，已停止。请再试一次；仍然不行，请减少文件或分批再试。"
RESTARTED = "机器人重新启动，预览中断了。请再按一次预览。"


class Building:
    """Builds previews, one at a time; the others wait."""

    def __init__(
        self, desk: Desk, cards: Cards, prepare: Prepare, data_dir: Path, every: float = EVERY
    ) -> None:
        """Build under a data directory.

        :param prepare: does the work; it moves the refresh on.
        :param every: seconds between two looks at how far it is.
        """
        self._refreshes = desk.records.refreshes
        self._cards = cards
        self._prepare = prepare
        self._data_dir = data_dir
        self._every = every
        self._waiting: list[int] = []
        self._worker: asyncio.Task[None] | None = None
        self._current: asyncio.Task[None] | None = None

    def handlers(self) -> Iterator[BaseHandler[Any, Any, Any]]:
        """「预览」."""
        yield CallbackQueryHandler(self.preview, pattern(screens.BUILD))

    @only(Role.ADMIN)
    async def preview(self, update: Update, visit: Visit) -> None:
        """Begin building, unless somebody has."""
        query = pressed(update)
        refresh_id = number(values(query), 0)
        refresh = None if refresh_id is None else await aside(self._refreshes.get, refresh_id)
        if refresh is None:
            await query.answer(screens.GONE, show_alert=True)
            return
        if query.message is not None:
            self._cards.watch(refresh.id, (query.message.chat.id, query.message.message_id))
        moved = None
        if refresh.sources:
            collecting, building = RefreshState.COLLECTING, RefreshState.BUILDING
            step = partial(self._refreshes.move, actor=visit.member.telegram_id)
            moved = await aside(step, refresh.id, [collecting], building)
        if moved is not None:
            await query.answer()
            self._cards.forget_notes(refresh.id)
            self.begin(visit.bot, refresh.id)
        elif refresh.state is RefreshState.BUILDING and refresh.id not in self._waiting:
            # A crash came after the step, and before the work.
            await query.answer()
            self.begin(visit.bot, refresh.id)
        else:
            await query.answer(screens.NO_LONGER, show_alert=True)
            self._cards.soon(visit.bot, refresh.id, at_once=True)

    def begin(self, bot: Bot, refresh_id: int) -> None:
        """Put a refresh in the queue; it is in the state BUILDING."""
        self._waiting.append(refresh_id)
        self._cards.say(refresh_id, PREPARING)
        self._number(bot)
        self._cards.soon(bot, refresh_id, at_once=True)
        if self._worker is None or self._worker.done():
            self._worker = self._cards.start(self._work(bot))

    async def stop(self, bot: Bot, refresh_id: int) -> None:
        """Build a refresh no longer; when this returns, nothing is at work on it."""
        if self._waiting[:1] == [refresh_id] and self._current is not None:
            self._current.cancel()
            await asyncio.wait({self._current})
        elif refresh_id in self._waiting:
            self._waiting.remove(refresh_id)
            self._number(bot)

    async def close(self) -> None:
        """End what is at work; its refresh is found in BUILDING at the next start."""
        if self._worker is not None:
            self._worker.cancel()
            await asyncio.gather(self._worker, return_exceptions=True)

    def _number(self, bot: Bot) -> None:
        """Tell those who wait how many are before them."""
        for before, refresh_id in enumerate(self._waiting[1:], start=1):
            self._cards.say(refresh_id, f"排队中，前面还有 {before} 项。")
            self._cards.soon(bot, refresh_id)

    async def _work(self, bot: Bot) -> None:
        while self._waiting:
            refresh_id = self._waiting[0]
            self._current = asyncio.create_task(self._build(bot, refresh_id))
            try:
                await asyncio.wait({self._current})
            except asyncio.CancelledError:
                self._current.cancel()
                await asyncio.wait({self._current})
                raise
            error = None if self._current.cancelled() else self._current.exception()
            if error is not None:
                LOGGER.error("更新第 %s 号的预览出错", refresh_id, exc_info=error)
            self._current = None
            self._waiting.remove(refresh_id)
            self._number(bot)

    async def _build(self, bot: Bot, refresh_id: int) -> None:
        begun = time.monotonic()
        self._cards.say(refresh_id, PREPARING)
        showing = asyncio.create_task(self._show(bot, refresh_id))
        try:
            while await aside(is_taken, self._data_dir):
                self._cards.say(refresh_id, OCCUPIED)
                await asyncio.sleep(LOOK_AGAIN)
            self._cards.say(refresh_id, PREPARING)
            status = await self._prepare(refresh_id, partial(self._heard, refresh_id))
        except Exception:
            # Whatever it is, the refresh must not stay where nobody works on it.
            LOGGER.exception("更新第 %s 号的预览没能建立", refresh_id)
            status = 1
        finally:
            showing.cancel()
            await asyncio.gather(showing, return_exceptions=True)
        await self._ended(bot, refresh_id, status, time.monotonic() - begun)

    async def _show(self, bot: Bot, refresh_id: int) -> None:
        shown = ""
        while True:
            await asyncio.sleep(self._every)
            status = self._cards.status(refresh_id)
            if status != shown:
                shown = status
                await self._cards.hint(bot, refresh_id)

    def _heard(self, refresh_id: int, step: Step) -> None:
        how_far = f"{step.done}/{step.of}" if step.of else "……"
        self._cards.say(refresh_id, f"{clean(step.phase)}：{how_far}")

    async def _ended(self, bot: Bot, refresh_id: int, status: int, seconds: float) -> None:
        """Whatever came of it, show it; a process that died left the refresh where it was."""
        self._cards.say(refresh_id, "")
        outcome = {"error": STUCK if status == HUNG else BROKEN}
        back = partial(self._refreshes.move, outcome=outcome)
        if await aside(back, refresh_id, [RefreshState.BUILDING], RefreshState.COLLECTING):
            LOGGER.error("更新第 %s 号的预览中断，退出码 %s", refresh_id, status)
        self._cards.soon(bot, refresh_id, at_once=True)
        refresh = await aside(self._refreshes.get, refresh_id)
        if refresh is None or seconds < LONG or not refresh.state.is_open:
            return
        line = "预览好了，请看卡片。" if refresh.state is RefreshState.READY else "预览没有完成。"
        with suppress(TelegramError):
            await show(bot, refresh.person, Screen([lines(line)]), refresh.card)
