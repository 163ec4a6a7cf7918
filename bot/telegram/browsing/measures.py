"""/measures: the unit's eight measures for clean enforcement, as a list and one by one."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from telegram import InlineKeyboardButton, Update
from telegram.ext import BaseHandler, CallbackQueryHandler, CommandHandler, filters

from bot.telegram.answers.article_view import prefix_of
from bot.telegram.browsing.shelf import (
    clause_numbered,
    document_of,
    gist_of,
    label,
    label_of,
    open_screen,
    pager,
    short,
    turn_screen,
)
from bot.telegram.desk import Desk
from bot.telegram.messages.buttons import button, keyboard, number, pattern, pressed, values
from bot.telegram.messages.rendering import pages
from bot.telegram.messages.screens import Screen, lines, titled
from bot.telegram.visiting import Visit
from bot.wording import Block, Piece, Style, clean, title
from knowledge.library import Library
from knowledge.marks import mark
from knowledge.model import Clause, Document, Kind
from knowledge.verification import cite

MEASURES, MEASURE = "measures", "measure"
NONE_HELD = "还没有录入廉政执法措施。请联系管理员导入本单位印发的文件。"
SAMPLE = "※ 这是示范文本，不是本单位印发的文件；请以本单位的正式文件为准。"

_EIGHT = "八条措施"
_IN_A_ROW = 4


class Measures:
    """Shows the measures held."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def handlers(self) -> Iterator[BaseHandler[Any, Any, Any]]:
        """/measures and its buttons."""
        yield CommandHandler("measures", self.open, filters=filters.UpdateType.MESSAGE)
        yield CallbackQueryHandler(self.overview, pattern(MEASURES))
        yield CallbackQueryHandler(self.one, pattern(MEASURE))

    async def open(self, update: Update, visit: Visit) -> None:
        """Answer /measures with the list."""
        await open_screen(self._desk, update, overview)

    async def overview(self, update: Update, visit: Visit) -> None:
        """Go back to the list, or to that of another document."""
        given = values(pressed(update))
        await turn_screen(self._desk, update, partial(overview, prefix=given[0] if given else ""))

    async def one(self, update: Update, visit: Visit) -> None:
        """Show one measure."""
        given = [*values(pressed(update)), ""]
        draw = partial(one, prefix=given[0], ordinal=number(given, 1), page=number(given, 2) or 0)
        await turn_screen(self._desk, update, draw)


def held(library: Library) -> list[Document]:
    """The documents of measures: the eight first, the unit's own before a sample."""

    def order(document: Document) -> tuple[bool, bool, bool, int]:
        day = document.effective or document.issued
        eight = _EIGHT in f"{document.title}{document.stands_in_for}"
        return (not document.in_force, not eight, document.sample, -day.toordinal() if day else 0)

    found = [each for each in library.documents.values() if each.kind is Kind.MEASURE]
    return sorted(found, key=order)


def overview(library: Library, prefix: str = "") -> Screen | None:
    """The list of measures of one document, the first held where ``prefix`` is ""."""
    documents = held(library)
    if not documents:
        return Screen([lines(NONE_HELD)])
    document = document_of(library, prefix) if prefix else documents[0]
    if document is None or document.kind is not Kind.MEASURE:
        return None
    measures = _measures(library, document)
    listed = [
        Piece(Style.PLAIN, f"{label_of(clause)}　{gist_of(document, clause)}")
        for clause in measures
    ]
    whole = pages([tuple(listed)] if listed else [], head=_head(library, document))
    buttons = [
        button(label_of(each), MEASURE, prefix_of(document), each.ordinal) for each in measures
    ]
    # Only the buttons of a sheet far beyond eight measures would not fit; they are turned to.
    rows = [buttons[at : at + _IN_A_ROW] for at in range(0, min(len(buttons), 80), _IN_A_ROW)]
    others = [
        [button(label(f"另有：{each.title}"), MEASURES, prefix_of(each))]
        for each in documents
        if each.id != document.id
    ]
    return Screen(whole[0], keyboard(*rows, *others[:5]))


def one(library: Library, prefix: str, ordinal: int | None, page: int = 0) -> Screen | None:
    """One measure whole, with the way to its neighbours and back to the list."""
    document = document_of(library, prefix)
    if document is None or document.kind is not Kind.MEASURE:
        return None
    clause = clause_numbered(library, document, ordinal)
    if clause is None:
        return None
    citation = cite(document, clause, clause.text)
    head = (*_head(library, document), Piece(Style.DECISIVE, label_of(clause)))
    sheets = pages([(Piece(Style.WHOLE, clean(citation.quote)),)], head=head)
    page = min(page, len(sheets) - 1)
    turning = pager(page, len(sheets), MEASURE, prefix_of(document), clause.ordinal)
    back = [button("返回目录", MEASURES, prefix_of(document))]
    return Screen(sheets[page], keyboard(turning, _beside(library, document, clause), back))


def _beside(library: Library, document: Document, clause: Clause) -> list[InlineKeyboardButton]:
    measures = _measures(library, document)
    at = next((place for place, each in enumerate(measures) if each.id == clause.id), None)
    if at is None:
        return []
    row = []
    if at > 0:
        row.append(button("上一条", MEASURE, prefix_of(document), measures[at - 1].ordinal))
    if at + 1 < len(measures):
        row.append(button("下一条", MEASURE, prefix_of(document), measures[at + 1].ordinal))
    return row


def _measures(library: Library, document: Document) -> list[Clause]:
    """The articles; of a sheet without any, its sections."""
    clauses = library.clauses_of(document.id)
    return [clause for clause in clauses if clause.article] or clauses


def _head(library: Library, document: Document) -> Block:
    marks = mark(library, document)
    note = SAMPLE if document.sample else f"（{marks}）" if marks else ""
    return titled(short(title(document)), note)
