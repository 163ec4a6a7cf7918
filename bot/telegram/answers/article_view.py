"""「原文」: one whole article with its place and standing, and the way to its neighbours."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from telegram import CallbackQuery, InlineKeyboardButton, Update
from telegram.ext import BaseHandler, CallbackQueryHandler

from bot.telegram.answers.answer_buttons import ORIGINAL
from bot.telegram.desk import Desk, aside
from bot.telegram.messages.buttons import button, keyboard, number, pattern, pressed, values
from bot.telegram.messages.rendering import pages
from bot.telegram.messages.screens import Screen, lines, show, turn
from bot.telegram.traffic.failing import explained
from bot.telegram.visiting import Visit
from bot.wording import Block, Piece, Style, clean, path, whereabouts
from knowledge.errors import LianwenError
from knowledge.library import Library
from knowledge.model import Clause, Document, Kind
from knowledge.standing import caveats, standing
from knowledge.verification import cite

STALE = "知识库已经更新，这一条的编号变了。请重新问一次，或发送 /rules 查看现行的文件。"

# Bot API, answerCallbackQuery: up to 200 characters.
ALERT_CHARS = 200
# In the data of buttons that show a clause in the place of the one shown.
ARTICLE = "article"
# In the data of buttons that list what stands under one heading of a document (see /rules).
HELD = "held"
# A document's id is a long hash; so many of its digits tell it from every other one held.
PREFIX = 12


def prefix_of(document: Document) -> str:
    """What stands for a document in a button's data."""
    return document.id[:PREFIX]


def article_screen(
    library: Library, clause_id: str, page: int = 0, *, contents: bool = True
) -> Screen:
    """One clause whole, cut into messages where it is long, with buttons to move on.

    A clause that is no longer held gives a line that says so; a page beyond the last, the last.

    :param contents: whether a button leads to the list that the clause stands in.
    """
    clause = library.clauses.get(clause_id)
    if clause is None:
        return Screen([lines(STALE)])
    sheets = _sheets(library, clause)
    page = min(max(page, 0), len(sheets) - 1)
    around = library.clauses_of(clause.document_id)
    rows = [_pager(clause, page, len(sheets)), _neighbours(around, clause)]
    if contents and len(around) > 1:
        document = library.documents[clause.document_id]
        rows.append(
            [button("目录", HELD, prefix_of(document), clause.ordinal, len(clause.path), 0)]
        )
    return Screen(sheets[page], keyboard(*rows))


class ArticleView:
    """Answers 「原文」 and the buttons under an article."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def handlers(self) -> Iterator[BaseHandler[Any, Any, Any]]:
        """Opening an article anew, and moving on in place."""
        yield CallbackQueryHandler(self.open, pattern(ORIGINAL))
        yield CallbackQueryHandler(self.move, pattern(ARTICLE))

    async def open(self, update: Update, visit: Visit) -> None:
        """Show the article below the message whose button was pressed."""
        query = pressed(update)
        screen = await self._screen(query)
        if screen is None or query.message is None:
            return
        await query.answer()
        await show(visit.bot, query.message.chat.id, screen, reply_to=query.message.message_id)

    async def move(self, update: Update, visit: Visit) -> None:
        """Show another page or article in the place of the one shown."""
        query = pressed(update)
        screen = await self._screen(query)
        if screen is not None:
            await turn(query, screen)

    async def _screen(self, query: CallbackQuery) -> Screen | None:
        """What the button leads to; None where its query has been answered with a line."""
        given = values(query)
        library = await aside(self._desk.asker.library)
        if not given or given[0] not in library.clauses:
            await query.answer(STALE, show_alert=True)
            return None
        try:
            return await aside(article_screen, library, given[0], number(given, 1) or 0)
        except LianwenError as error:
            line = explained(error, self._desk.settings.contact)
            await query.answer(line[:ALERT_CHARS], show_alert=True)
            return None


def _sheets(library: Library, clause: Clause) -> list[list[Block]]:
    document = library.documents[clause.document_id]
    citation = cite(document, clause, clause.text)
    title = Piece(Style.DECISIVE, whereabouts(citation))
    known = (path(clause), clean(standing(library, document)), _source(document))
    body = (Piece(Style.WHOLE, clean(citation.quote)),)
    notes = lines(*(f"※ {clean(note)}" for note in caveats(document)))
    blocks: list[Block] = [body, *([notes] if notes else [])]
    return pages(blocks, head=(title, *lines(*known)))


def _source(document: Document) -> str:
    """Where a case comes from; rules are known by their titles."""
    source = clean(document.source) if document.kind is Kind.CASE else ""
    return f"来源：{source}" if source else ""


def _pager(clause: Clause, page: int, count: int) -> list[InlineKeyboardButton]:
    if count == 1:
        return []
    row = []
    if page > 0:
        row.append(button("上一页", ARTICLE, clause.id, page - 1))
    if page + 1 < count:
        row.append(button(f"下一页（{page + 1}/{count}）", ARTICLE, clause.id, page + 1))
    return row


def _neighbours(around: Sequence[Clause], clause: Clause) -> list[InlineKeyboardButton]:
    """To the clause before and after it: 条 where it has a number, else 节."""
    at = around.index(clause)
    row = []
    if at > 0:
        before = around[at - 1]
        row.append(button(f"上一{_unit(before)}", ARTICLE, before.id))
    if at + 1 < len(around):
        after = around[at + 1]
        row.append(button(f"下一{_unit(after)}", ARTICLE, after.id))
    return row


def _unit(clause: Clause) -> str:
    return "条" if clause.article else "节"
