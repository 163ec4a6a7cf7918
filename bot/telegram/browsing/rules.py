"""/rules: the documents held, in groups, with their standing; each down to its articles."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from telegram import InlineKeyboardButton, Update
from telegram.ext import BaseHandler, CallbackQueryHandler, CommandHandler, filters

from bot.telegram.answers.article_view import HELD, article_screen, prefix_of
from bot.telegram.browsing.shelf import (
    clause_numbered,
    cut,
    document_of,
    gist_of,
    label,
    label_of,
    open_screen,
    pager,
    short,
    turn_screen,
    with_row,
)
from bot.telegram.desk import Desk
from bot.telegram.messages.buttons import button, keyboard, number, pattern, pressed, values
from bot.telegram.messages.screens import Screen, lines, titled
from bot.telegram.visiting import Visit
from bot.wording import Block, Piece, Style, clean, date, title
from knowledge.library import Library
from knowledge.marks import mark
from knowledge.model import Clause, Document, Kind
from knowledge.outline import Part, part_at, whole

RULES, CLAUSE = "rules", "clause"
NONE_HELD = "知识库里还没有文件。请联系管理员运行 lianwen ingest。"

# Cases have a command of their own.
GROUPS: tuple[tuple[Kind, str], ...] = (
    (Kind.RULE, "党内法规和制度"),
    (Kind.LAW, "国家法律"),
    (Kind.MEASURE, "廉政措施"),
    (Kind.REQUIREMENT, "工作要求"),
    (Kind.GUIDE, "要点归纳"),
    (Kind.NOTICE, "通知"),
)

_DOCUMENTS = 8
_HEADINGS = 10
_ARTICLES = 16
_ARTICLES_IN_A_ROW = 4
_NOTE_CHARS = 300
# A forged page must not make the data of a button too long.
_PAGES = 9_999


class Rules:
    """Shows the documents held."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def handlers(self) -> Iterator[BaseHandler[Any, Any, Any]]:
        """/rules and its buttons."""
        yield CommandHandler("rules", self.open, filters=filters.UpdateType.MESSAGE)
        yield CallbackQueryHandler(self.list, pattern(RULES))
        yield CallbackQueryHandler(self.part, pattern(HELD))
        yield CallbackQueryHandler(self.clause, pattern(CLAUSE))

    async def open(self, update: Update, visit: Visit) -> None:
        """Answer /rules with the groups."""
        await open_screen(self._desk, update, overview)

    async def list(self, update: Update, visit: Visit) -> None:
        """Show the groups, or the documents of one."""
        given = values(pressed(update))
        draw = partial(listing, group=number(given, 0), page=number(given, 1) or 0)
        await turn_screen(self._desk, update, draw if given else overview)

    async def part(self, update: Update, visit: Visit) -> None:
        """Show a document from the top, or what stands under one of its headings."""
        given = [*values(pressed(update)), ""]
        draw = partial(
            contents,
            prefix=given[0],
            first=number(given, 1),
            depth=number(given, 2) or 0,
            page=number(given, 3) or 0,
        )
        await turn_screen(self._desk, update, draw)

    async def clause(self, update: Update, visit: Visit) -> None:
        """Show an article, with the way back to the list it stands in."""
        given = [*values(pressed(update)), ""]
        draw = partial(
            article,
            prefix=given[0],
            ordinal=number(given, 1),
            depth=number(given, 2) or 0,
            page=number(given, 3) or 0,
        )
        await turn_screen(self._desk, update, draw)


def overview(library: Library) -> Screen:
    """The groups, with how many documents are in each."""
    groups = [(place, name, len(_of(library, kind))) for place, (kind, name) in enumerate(GROUPS)]
    rows = [
        [button(f"{name}（{count}）", RULES, place, 0)] for place, name, count in groups if count
    ]
    if not rows:
        return Screen([lines(NONE_HELD)])
    total = sum(count for _, _, count in groups)
    block = titled("已收录的文件", f"共 {total} 份。选一类查看，可以逐章翻到每一条。")
    return Screen([block], keyboard(*rows))


def listing(library: Library, group: int | None, page: int = 0) -> Screen | None:
    """The documents of one group, a page at a time, with their standing."""
    if group is None or group >= len(GROUPS):
        return None
    kind, name = GROUPS[group]
    documents = _of(library, kind)
    if not documents:
        return None
    page, start, count = cut(documents, page, _DOCUMENTS)
    shown = list(enumerate(documents[start : start + _DOCUMENTS], start + 1))
    block = (
        *titled(f"{name}（{len(documents)} 份）"),
        *(
            Piece(Style.PLAIN, f"{place}. {short(title(each))} · {short(mark(library, each))}")
            for place, each in shown
        ),
    )
    opening = [button(str(place), HELD, prefix_of(each), "", 0, 0) for place, each in shown]
    back = [button("返回分类", RULES)]
    return Screen([block], keyboard(opening, pager(page, count, RULES, group), back))


def contents(
    library: Library, prefix: str, first: int | None = None, depth: int = 0, page: int = 0
) -> Screen | None:
    """What stands under a heading of a document: lower headings and articles.

    :param first: the ordinal of a clause under that heading; None means the document's top.
    :param depth: how many headings down from the title it is.
    """
    document = document_of(library, prefix)
    if document is None:
        return None
    clauses = library.clauses_of(document.id)
    part = whole(clauses) if first is None else part_at(clauses, first, depth)
    if part is None:
        return None
    inside = part.contents
    articles = all(isinstance(each, Clause) and each.article for each in inside)
    page, start, count = cut(inside, page, _ARTICLES if articles else _HEADINGS)
    size = _ARTICLES if articles else _HEADINGS
    shown = inside[start : start + size]
    listed = tuple(Piece(Style.PLAIN, _line(document, each)) for each in shown)
    rows = _rows(document, part, shown, page)
    turning = pager(page, count, HELD, prefix_of(document), part.first, part.depth)
    back = _back(document, part)
    blocks = [_head(library, document, part), listed]
    return Screen(blocks, keyboard(*rows, turning, back))


def article(
    library: Library, prefix: str, ordinal: int | None, depth: int = 0, page: int = 0
) -> Screen | None:
    """One article, with the way back to the page of the list it was opened from."""
    document = document_of(library, prefix)
    clause = clause_numbered(library, document, ordinal) if document else None
    if document is None or clause is None:
        return None
    screen = article_screen(library, clause.id, contents=False)
    depth, page = min(depth, len(clause.path)), min(page, _PAGES)
    return with_row(
        screen,
        button("返回目录", HELD, prefix_of(document), clause.ordinal, depth, page),
        button("文件首页", HELD, prefix_of(document), "", 0, 0),
    )


def _of(library: Library, kind: Kind) -> list[Document]:
    """The documents of a kind as they were read in, those that were replaced last."""
    found = [each for each in library.documents.values() if each.kind is kind]
    return sorted(found, key=lambda each: not each.in_force)


def _head(library: Library, document: Document, part: Part) -> Block:
    name = short(title(document), 120)
    if part.depth:
        return titled(name, " › ".join(short(heading) for heading in part.path))
    facts = [
        mark(library, document),
        clean(document.issuer),
        clean(document.number),
        f"{date(document.issued)}发布" if document.issued else "",
        f"{date(document.effective)}起施行" if document.effective else "",
    ]
    caveat, source = clean(document.caveat), clean(document.source)
    return titled(
        name,
        short(" · ".join(filter(None, facts)), _NOTE_CHARS),
        f"来源：{short(source, _NOTE_CHARS)}" if source else "",
        f"※ {short(caveat, _NOTE_CHARS)}" if caveat else "",
    )


def _line(document: Document, entry: Part | Clause) -> str:
    if isinstance(entry, Clause):
        gist = gist_of(document, entry)
        return f"· {short(label_of(entry))}" + (f"　{gist}" if gist else "")
    articles = [clause.article for clause in entry.clauses if clause.article]
    if not articles:
        return f"· {short(entry.heading)}"
    span = articles[0] if len(articles) == 1 else f"{articles[0]}至{articles[-1]}"
    return f"· {short(entry.heading)}（{span}）"


def _rows(
    document: Document, part: Part, shown: tuple[Part | Clause, ...], page: int
) -> list[list[InlineKeyboardButton]]:
    """Articles side by side, headings a row each, in the order of the text."""
    prefix = prefix_of(document)
    rows: list[list[InlineKeyboardButton]] = []
    room = 0
    for entry in shown:
        if isinstance(entry, Part):
            rows.append([button(label(entry.heading), HELD, prefix, entry.first, entry.depth, 0)])
            room = 0
            continue
        opening = button(label(label_of(entry)), CLAUSE, prefix, entry.ordinal, part.depth, page)
        if entry.article and room:
            rows[-1].append(opening)
            room -= 1
        else:
            rows.append([opening])
            room = _ARTICLES_IN_A_ROW - 1 if entry.article else 0
    return rows


def _back(document: Document, part: Part) -> list[InlineKeyboardButton]:
    """Up to the heading above, and to the group of the document."""
    row = []
    if part.depth:
        row.append(button("返回上一级", HELD, prefix_of(document), part.first, part.depth - 1, 0))
    kinds = [kind for kind, _ in GROUPS]
    if document.kind in kinds:
        row.append(button("返回文件列表", RULES, kinds.index(document.kind), 0))
    return row
