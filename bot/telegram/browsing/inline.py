"""Inline mode: 「@机器人 97条」 in any chat quotes an article there. Members only."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from typing import Any

from telegram import (
    InlineQueryResultArticle,
    InlineQueryResultsButton,
    InputTextMessageContent,
    Update,
)
from telegram.constants import ParseMode
from telegram.error import BadRequest
from telegram.ext import BaseHandler, InlineQueryHandler

from bot.telegram.browsing.shelf import gist_of, label_of, short
from bot.telegram.desk import Desk, aside
from bot.telegram.membership.joining import FROM_INLINE
from bot.telegram.messages.rendering import MESSAGE_UNITS, fitting, html_of, utf16_units
from bot.telegram.messages.sending import NO_PREVIEW
from bot.telegram.visiting import Visit
from bot.wording import Block, Piece, Style, clean, path, title, whereabouts
from knowledge.errors import QuestionError
from knowledge.library import Library
from knowledge.marks import mark
from knowledge.model import Clause
from knowledge.standing import caveats, standing
from knowledge.verification import cite

LOGGER = logging.getLogger(__name__)

USAGE = "输入条号或关键词，例如：97条、监察法第十五条、礼品"
NOTHING_FOUND = "没有找到。换个条号或关键词试试，例如：97条、礼品"
CUT_SHORT = "※ 条文较长，以上是开头部分；全文请在与我的私聊里用 /rules 查看。"

_RESULTS = 10
# What stands around the quote: place, standing, source, notes.
_AROUND = 1_200
_LEAST_HEAD = 200
_ENDS = "。；！？\n"
# The knowledge base may change; what one member sees is not for others.
_CACHE_SECONDS = 5


class Inline:
    """Answers inline queries with articles."""

    def __init__(self, desk: Desk) -> None:
        self._asker = desk.asker

    def handlers(self) -> Iterator[BaseHandler[Any, Any, Any]]:
        """Every inline query of a member."""
        yield InlineQueryHandler(self.look_up)

    async def look_up(self, update: Update, visit: Visit) -> None:
        """Offer the articles that the words name, or the nearest to them."""
        query, _member = update.inline_query, visit.member  # nobody else's query gets past this
        if query is None:
            return
        text, results, hint = clean(query.query), [], USAGE
        if text:
            try:
                results = await aside(self._results, text)
                hint = "" if results else NOTHING_FOUND
            except QuestionError:
                hint = USAGE
        try:
            await query.answer(
                results,
                cache_time=_CACHE_SECONDS,
                is_personal=True,
                button=_leading_here(hint),
            )
        except BadRequest as error:  # they have typed on: the answer came too late
            LOGGER.info("没能答复行内查询：%s", error.message)

    def _results(self, text: str) -> list[InlineQueryResultArticle]:
        found = self._asker.find(text, _RESULTS)
        library = self._asker.library()
        # A refresh may come between the two.
        return [result(library, each) for each in found if library.clauses.get(each.id) == each]


def result(library: Library, clause: Clause) -> InlineQueryResultArticle:
    """An article as it is offered, and the message that choosing it sends."""
    document = library.documents[clause.document_id]
    return InlineQueryResultArticle(
        id=clause.id,
        title=short(f"{title(document)}{label_of(clause)}"),
        description=" · ".join(filter(None, [mark(library, document), gist_of(document, clause)])),
        input_message_content=InputTextMessageContent(
            html_of(quoted(library, clause)),
            parse_mode=ParseMode.HTML,
            link_preview_options=NO_PREVIEW,
        ),
    )


def quoted(library: Library, clause: Clause) -> Sequence[Block]:
    """One message's worth of an article: place, standing, source, the words, what to mind."""
    document = library.documents[clause.document_id]
    words = beginning(clause.text, MESSAGE_UNITS - _AROUND)
    citation = cite(document, clause, words)
    source = clean(document.source or document.issuer)
    head = (
        Piece(Style.DECISIVE, short(whereabouts(citation), 150)),
        *_plain(short(path(clause), 150), short(standing(library, document), 150)),
        *_plain(f"来源：{short(source, 150)}" if source else ""),
    )
    notes = [f"※ {short(note, 200)}" for note in caveats(document)]
    if words != clause.text:
        notes.insert(0, CUT_SHORT)
    blocks = [head, (Piece(Style.QUOTE, clean(citation.quote)),)]
    return [*blocks, _plain(*notes)] if notes else blocks


def beginning(text: str, units: int) -> str:
    """The text, or as much of its beginning as fits, up to the end of a sentence."""
    if utf16_units(text) <= units:
        return text
    fits = text[: fitting(text, units)]
    end = max(fits.rfind(mark) for mark in _ENDS) + 1
    return fits[:end].rstrip() if end >= _LEAST_HEAD else fits


def _plain(*texts: str) -> Block:
    return tuple(Piece(Style.PLAIN, text) for text in texts if text)


def _leading_here(hint: str) -> InlineQueryResultsButton | None:
    """Above the results: what is missing, leading to a chat with the bot, which greets."""
    return InlineQueryResultsButton(hint, start_parameter=FROM_INLINE) if hint else None
