"""「改文件信息」: an admin says in a reply what a document's title, number or dates are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from telegram import ForceReply, Update
from telegram.ext import (
    ApplicationHandlerStop,
    BaseHandler,
    CallbackQueryHandler,
    MessageHandler,
    filters,
)

from bot.previewing import read_statement
from bot.telegram.desk import Desk, aside
from bot.telegram.messages.buttons import number, pattern, pressed, values
from bot.telegram.messages.screens import Screen, lines, show, turn
from bot.telegram.messages.sending import deliver
from bot.telegram.refreshing import cards as screens
from bot.telegram.refreshing.showing import Cards
from bot.telegram.visiting import Visit, only
from ingest.frontmatter import stated
from ingest.preview import Incoming
from knowledge.errors import LianwenError
from knowledge.model import Document
from knowledge.people import Role
from knowledge.store import Refresh, RefreshState

CORRECTED = "已记下，「{file}」的信息已改。请在卡片上再按「预览」。"
TRY_AGAIN = "没有改动。请再回复一次那条消息。"


class Stating:
    """Takes corrections of what was read off documents."""

    def __init__(self, desk: Desk, cards: Cards) -> None:
        self._refreshes = desk.records.refreshes
        self._cards = cards

    def replies(self) -> Iterator[BaseHandler[Any, Any, Any]]:
        """Replies to prompts; they go before whatever else takes messages for questions."""
        yield MessageHandler(
            filters.UpdateType.MESSAGE & filters.REPLY & filters.ChatType.PRIVATE & filters.TEXT,
            self.written,
        )

    def handlers(self) -> Iterator[BaseHandler[Any, Any, Any]]:
        """The list of documents, and one of them."""
        yield CallbackQueryHandler(self.choose, pattern(screens.DOCUMENTS))
        yield CallbackQueryHandler(self.ask, pattern(screens.DOCUMENT))

    @only(Role.ADMIN)
    async def choose(self, update: Update, visit: Visit) -> None:
        """Show the documents that may be corrected."""
        query = pressed(update)
        refresh = await self._named(values(query))
        preview = screens.preview_of(refresh) if refresh else None
        if refresh is None or preview is None:
            await query.answer(screens.GONE, show_alert=True)
            return
        page = number(values(query), 1) or 0
        await turn(query, screens.documents(refresh, preview, page))

    @only(Role.ADMIN)
    async def ask(self, update: Update, visit: Visit) -> None:
        """Ask for a reply with the lines to change."""
        query = pressed(update)
        refresh = await self._named(values(query))
        incoming = _incoming(refresh, values(query)[-1]) if refresh else None
        if refresh is None or incoming is None:
            await query.answer(screens.GONE, show_alert=True)
            return
        await query.answer()
        text = screens.statement(refresh, incoming.file, _as_said(refresh, incoming))
        await deliver(visit.bot, visit.member.telegram_id, text, None, ForceReply(selective=True))

    async def written(self, update: Update, visit: Visit) -> None:
        """Take a reply to a prompt; anything else goes on to the other handlers."""
        message = update.effective_message
        prompt = message.reply_to_message if message else None
        if message is None or prompt is None or visit.member.role is not Role.ADMIN:
            return
        own = prompt.from_user is not None and prompt.from_user.id == visit.bot.id
        named = screens.stated_in(prompt.text or "") if own else None
        if named is None:
            return
        line = await aside(self._state, *named, message.text or "")
        self._cards.soon(visit.bot, named[0])
        await show(visit.bot, visit.member.telegram_id, Screen([lines(line)]), message.message_id)
        raise ApplicationHandlerStop

    def _state(self, refresh_id: int, key: str, text: str) -> str:
        """Keep a correction; what to tell the admin. Blocks."""
        refresh = self._refreshes.get(refresh_id)
        incoming = _incoming(refresh, key) if refresh else None
        source = screens.source_of(refresh, incoming) if refresh and incoming else None
        if refresh is None or incoming is None or source is None:
            return screens.GONE
        try:
            given = read_statement(text)
            stated(given, name=incoming.file)
        except LianwenError as error:
            return f"{error}\n{TRY_AGAIN}"
        if not self._refreshes.state(refresh_id, source.sha256, incoming.file, given):
            return screens.NO_LONGER
        return CORRECTED.format(file=incoming.file)

    async def _named(self, given: list[str]) -> Refresh | None:
        refresh_id = number(given, 0)
        refresh = None if refresh_id is None else await aside(self._refreshes.get, refresh_id)
        able = {RefreshState.COLLECTING, RefreshState.READY}
        return refresh if refresh and refresh.state in able else None


def _incoming(refresh: Refresh, key: str) -> Incoming | None:
    preview = screens.preview_of(refresh)
    read = preview.incoming if preview else ()
    return next((each for each in read if screens.key_of(each.file) == key), None)


def _as_said(refresh: Refresh, incoming: Incoming) -> Document:
    """A document with what was said of it since the preview."""
    source = screens.source_of(refresh, incoming)
    given = source.stated.get(incoming.file, {}) if source else {}
    return replace(incoming.document, **stated(given, name=incoming.file))
