"""Looking through a preview: its pages, what changed document by document."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from telegram import Update
from telegram.ext import BaseHandler, CallbackQueryHandler

from bot.telegram.desk import Desk, aside
from bot.telegram.messages.buttons import number, pattern, pressed, values
from bot.telegram.messages.screens import Screen, turn
from bot.telegram.refreshing import cards as screens
from bot.telegram.refreshing.showing import Cards
from bot.telegram.visiting import Visit, only
from ingest.preview import Preview
from knowledge.people import Role
from knowledge.store import Refresh

Draw = Callable[[Refresh, Preview, list[str]], Screen | None]


class Leafing:
    """Answers the buttons that only show."""

    def __init__(self, desk: Desk, cards: Cards) -> None:
        self._refreshes = desk.records.refreshes
        self._cards = cards

    def handlers(self) -> Iterator[BaseHandler[Any, Any, Any]]:
        """Back to the card, the documents that changed, and one of them."""
        yield CallbackQueryHandler(self.card, pattern(screens.CARD))
        yield CallbackQueryHandler(self.places, pattern(screens.PLACES))
        yield CallbackQueryHandler(self.place, pattern(screens.PLACE))

    @only(Role.ADMIN)
    async def card(self, update: Update, visit: Visit) -> None:
        """Show a page of the card."""
        query = pressed(update)
        refresh_id = number(values(query), 0)
        refresh = None if refresh_id is None else await aside(self._refreshes.get, refresh_id)
        if refresh is None:
            await query.answer(screens.GONE, show_alert=True)
            return
        page = number(values(query), 1) or 0
        if query.message is not None:
            place = (query.message.chat.id, query.message.message_id)
            self._cards.ask(place, asking=False)
        await turn(query, await aside(self._cards.draw, refresh, page))

    @only(Role.ADMIN)
    async def places(self, update: Update, visit: Visit) -> None:
        """Show which documents' articles changed."""
        await self._turn(update, lambda r, p, given: screens.places(r, p, number(given, 1) or 0))

    @only(Role.ADMIN)
    async def place(self, update: Update, visit: Visit) -> None:
        """Show one document's articles, old and new."""

        def draw(refresh: Refresh, preview: Preview, given: list[str]) -> Screen | None:
            at, page = number(given, 1), number(given, 2) or 0
            return None if at is None else screens.place(refresh, preview, at, page)

        await self._turn(update, draw)

    async def _turn(self, update: Update, draw: Draw) -> None:
        query = pressed(update)
        screen = await aside(self._drawn, values(query), draw)
        if screen is None:
            await query.answer(screens.GONE, show_alert=True)
        else:
            await turn(query, screen)

    def _drawn(self, given: list[str], draw: Draw) -> Screen | None:
        """Blocks: a preview of thousands of articles takes a while to read."""
        refresh_id = number(given, 0)
        refresh = None if refresh_id is None else self._refreshes.get(refresh_id)
        preview = screens.preview_of(refresh) if refresh else None
        return draw(refresh, preview, given) if refresh and preview else None
