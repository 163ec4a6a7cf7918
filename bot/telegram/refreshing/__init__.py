"""Refreshing the knowledge base in chat: files are collected, previewed, put live, taken back;
those who asked about what changed are told.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from telegram import Bot
from telegram.ext import BaseHandler

from bot.telegram.desk import Desk, aside
from bot.telegram.refreshing.building import EVERY, RESTARTED, Building
from bot.telegram.refreshing.collecting import Collecting
from bot.telegram.refreshing.deciding import Deciding
from bot.telegram.refreshing.files import Files
from bot.telegram.refreshing.inbox import EVERY as LOOK_EVERY
from bot.telegram.refreshing.inbox import SETTLED, Folder
from bot.telegram.refreshing.leafing import Leafing
from bot.telegram.refreshing.process import Prepare, Process
from bot.telegram.refreshing.rolling_back import RollingBack
from bot.telegram.refreshing.showing import DEBOUNCE, Cards
from bot.telegram.refreshing.stating import Stating
from bot.telegram.refreshing.telling import Telling
from bot.wiring import open_store
from knowledge.store import RefreshState, Store


@dataclass(frozen=True, slots=True)
class Pace:
    """How often things are looked at, in seconds."""

    card: float = DEBOUNCE
    progress: float = EVERY
    folder: float = LOOK_EVERY
    settled: float = SETTLED


class Refreshing:
    """All that the bot does about refreshes."""

    def __init__(
        self,
        desk: Desk,
        *,
        store: Callable[[], Store] | None = None,
        prepare: Prepare | None = None,
        pace: Pace | None = None,
    ) -> None:
        """Put the features together.

        :param store: opens the knowledge base; by the settings where it is None.
        :param prepare: prepares a refresh; a process of its own where it is None.
        """
        pace, data_dir = pace or Pace(), desk.settings.data_dir
        opened = store or lru_cache(lambda: open_store(desk.settings))
        files = Files(data_dir)
        self._refreshes = desk.records.refreshes
        self._cards = Cards(desk, pace.card)
        self._folder = Folder(desk, files, every=pace.folder, settled=pace.settled)
        self._collecting = Collecting(desk, self._cards, files, self._folder)
        self._stating = Stating(desk, self._cards)
        self._telling = Telling(desk, opened)
        work = prepare or Process(data_dir)
        self._building = Building(desk, self._cards, work, data_dir, pace.progress)
        self._features = (
            self._collecting,
            self._stating,
            self._building,
            Leafing(desk, self._cards),
            Deciding(desk, self._cards, files, self._building, opened, self._telling.tell),
            RollingBack(desk, opened),
            self._telling,
        )

    def replies(self) -> Iterator[BaseHandler[Any, Any, Any]]:
        """Replies to prompts; they go before whatever else takes messages for questions."""
        yield from self._stating.replies()

    def attachments(self) -> Iterator[BaseHandler[Any, Any, Any]]:
        """Files; those of others than admins go on from there."""
        yield from self._collecting.attachments()

    def handlers(self) -> Iterator[BaseHandler[Any, Any, Any]]:
        """Commands and buttons."""
        for feature in self._features:
            yield from feature.handlers()

    async def recover(self) -> None:
        """Before any update: what the last run was building was not ended by it."""
        for each in await aside(self._refreshes.in_state, RefreshState.BUILDING):
            await aside(self._give_back, each.id)

    def beside(self, bot: Bot) -> Iterator[Coroutine[Any, Any, None]]:
        """What goes on beside the updates, until cancelled."""
        yield self._put_right(bot)
        yield self._folder.watch(bot)

    async def tell_rest(self, bot: Bot) -> None:
        """Tell of amendments whom a crash kept them from."""
        await self._telling.tell_rest(bot)

    async def close(self) -> None:
        """End what goes on beside the updates, the process that prepares among it."""
        await self._building.close()
        await self._cards.close()

    async def _put_right(self, bot: Bot) -> None:
        """Let the cards show what became of their refreshes."""
        states = (RefreshState.COLLECTING, RefreshState.READY)
        for each in await aside(self._refreshes.in_state, *states):
            if each.sources:
                self._cards.soon(bot, each.id, at_once=True)

    def _give_back(self, refresh_id: int) -> None:
        outcome = {"error": RESTARTED}
        before, after = [RefreshState.BUILDING], RefreshState.COLLECTING
        self._refreshes.move(refresh_id, before, after, outcome=outcome)
