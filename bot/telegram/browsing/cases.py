"""/cases: warning cases by kind of conduct and by year, each with its sections and source."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from telegram import InlineKeyboardButton, Update
from telegram.ext import BaseHandler, CallbackQueryHandler, CommandHandler, filters

from bot.telegram.answers.article_view import prefix_of
from bot.telegram.browsing.shelf import (
    cut,
    document_of,
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
from knowledge.cases import OTHER, Case, by_kind, by_year, cases, kinds_of, kinds_table, year_of
from knowledge.library import Library
from knowledge.model import Clause, Document, Kind
from knowledge.verification import cite

CASES, CASE = "cases", "case"
KIND, YEAR = "k", "y"
NONE_HELD = "知识库里还没有警示案例。请联系管理员导入。"

_PAGE = 8
# Forged numbers must not make the data of a button too long.
_LARGEST = 9_999
_IN_A_ROW = 2
_YEARS_IN_A_ROW = 4


class Cases:
    """Shows the cases held."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def handlers(self) -> Iterator[BaseHandler[Any, Any, Any]]:
        """/cases and its buttons."""
        yield CommandHandler("cases", self.open, filters=filters.UpdateType.MESSAGE)
        yield CallbackQueryHandler(self.list, pattern(CASES))
        yield CallbackQueryHandler(self.one, pattern(CASE))

    async def open(self, update: Update, visit: Visit) -> None:
        """Answer /cases with the kinds and years."""
        await open_screen(self._desk, update, overview)

    async def list(self, update: Update, visit: Visit) -> None:
        """Show the kinds and years, or the cases of one of them."""
        given = values(pressed(update))
        if len(given) <= 1:
            await turn_screen(self._desk, update, overview)
            return
        draw = partial(listing, by=given[0], chosen=number(given, 1), page=number(given, 2) or 0)
        await turn_screen(self._desk, update, draw)

    async def one(self, update: Update, visit: Visit) -> None:
        """Show one case."""
        given = [*values(pressed(update)), "", "", "", ""]
        draw = partial(
            one,
            prefix=given[0],
            back=(given[1], number(given, 2), number(given, 3) or 0),
            page=number(given, 4) or 0,
        )
        await turn_screen(self._desk, update, draw)


def overview(library: Library) -> Screen:
    """How many cases there are, by kind and by year."""
    held = cases(library)
    if not held:
        return Screen([lines(NONE_HELD)])
    kinds = [
        button(f"{kind} {len(found)}", CASES, KIND, _names().index(kind), 0)
        for kind, found in by_kind(held).items()
    ]
    years = [
        button(
            f"{year}年 {len(found)}" if year else f"年份不详 {len(found)}",
            CASES,
            YEAR,
            year or 0,
            0,
        )
        for year, found in by_year(held).items()
    ]
    block = titled("警示案例", f"共 {len(held)} 件。按行为类型或公布年份查看：")
    return Screen([block], keyboard(*_rows(kinds, _IN_A_ROW), *_rows(years, _YEARS_IN_A_ROW)))


def listing(library: Library, by: str, chosen: int | None, page: int = 0) -> Screen | None:
    """The cases of one kind (by its place in the table) or of one year (0: without one)."""
    if chosen is None:
        return None
    held = cases(library)
    if by == KIND and chosen < len(_names()):
        name = _names()[chosen]
        found = by_kind(held).get(name, [])
    elif by == YEAR:
        name = f"{chosen}年" if chosen else "年份不详"
        found = by_year(held).get(chosen or None, [])
    else:
        return None
    if not found:
        return None
    page, start, count = cut(found, page, _PAGE)
    shown = list(enumerate(found[start : start + _PAGE], start + 1))
    block = (
        *titled(f"警示案例 · {name}（{len(found)} 件）"),
        *(Piece(Style.PLAIN, f"{place}. {short(case.document.title)}") for place, case in shown),
    )
    buttons = [
        button(str(place), CASE, prefix_of(case.document), by, chosen, page, 0)
        for place, case in shown
    ]
    back = [button("返回分类", CASES)]
    return Screen(
        [block], keyboard(*_rows(buttons, _PAGE), pager(page, count, CASES, by, chosen), back)
    )


def one(
    library: Library, prefix: str, back: tuple[str, int | None, int] = ("", None, 0), page: int = 0
) -> Screen | None:
    """One case whole: its kinds, year and source, then section after section.

    :param back: the list it was opened from: by what, which, and the page.
    """
    document = document_of(library, prefix)
    if document is None or document.kind is not Kind.CASE:
        return None
    sections = [
        _section(document, clause) for clause in library.clauses_of(document.id) if clause.text
    ]
    sheets = pages(sections, head=_head(library, document))
    page = min(page, len(sheets) - 1)
    by, chosen, listed = back
    row = [button("返回分类", CASES)]
    if by in {KIND, YEAR} and chosen is not None and max(chosen, listed) <= _LARGEST:
        turning = pager(page, len(sheets), CASE, prefix_of(document), by, chosen, listed)
        row = [button("返回列表", CASES, by, chosen, listed), *row]
    else:
        turning = pager(page, len(sheets), CASE, prefix_of(document), "", "", "")
    return Screen(sheets[page], keyboard(turning, row))


def _head(library: Library, document: Document) -> Block:
    case = Case(document, kinds_of(document, library.clauses_of(document.id)), year_of(document))
    told = f"类型：{'、'.join(case.kinds)}" + (f"　年份：{case.year}年" if case.year else "")
    source = clean(document.source or document.issuer)
    return titled(
        short(title(document), 120), told, f"来源：{short(source, 120)}" if source else ""
    )


def _section(document: Document, clause: Clause) -> Block:
    """A section with its heading; the words before the first heading stand without one."""
    quote = Piece(Style.QUOTE, clean(cite(document, clause, clause.text).quote))
    if not clause.path and not clause.article:
        return (quote,)
    return (Piece(Style.PLACE, f"【{label_of(clause)}】"), quote)


def _names() -> list[str]:
    return [*kinds_table(), OTHER]


def _rows(buttons: Sequence[InlineKeyboardButton], width: int) -> list[list[InlineKeyboardButton]]:
    return [list(buttons[at : at + width]) for at in range(0, len(buttons), width)]
