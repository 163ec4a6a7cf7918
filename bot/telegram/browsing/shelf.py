"""What the browsing screens share: short names of documents in buttons, lists with pages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update

from bot.telegram.desk import Desk, aside
from bot.telegram.messages.buttons import button, pressed
from bot.telegram.messages.screens import Screen, show, turn
from bot.telegram.traffic.failing import explained
from bot.wording import clean
from knowledge.errors import LianwenError, UnfaithfulQuoteError
from knowledge.library import Library
from knowledge.model import Clause, Document
from knowledge.quoting import opening_of
from knowledge.verification import cite

STALE = "这个按钮已经过期：知识库更新过了。请重新发送命令，打开最新的目录。"

_LEAST_PREFIX = 10
_TITLE_CHARS = 60
_LABEL_CHARS = 36
_GIST_CHARS = 26
# Bot API, answerCallbackQuery: text is at most 200 characters.
_ALERT_CHARS = 200

Draw = Callable[[Library], Screen | None]


def document_of(library: Library, prefix: str) -> Document | None:
    """The one document so named, or None where there is none, or more than one."""
    if prefix in library.documents:
        return library.documents[prefix]
    if len(prefix) < _LEAST_PREFIX:
        return None
    found = [each for key, each in library.documents.items() if key.startswith(prefix)]
    return found[0] if len(found) == 1 else None


def clause_numbered(library: Library, document: Document, ordinal: int | None) -> Clause | None:
    """The clause of a document that has this ordinal, or None."""
    clauses = library.clauses_of(document.id)
    return next((clause for clause in clauses if clause.ordinal == ordinal), None)


def label_of(clause: Clause) -> str:
    """第九十七条, or the heading right above a section."""
    return " ".join(clean(clause.article or (clause.path[-1] if clause.path else "前言")).split())


def gist_of(document: Document, clause: Clause) -> str:
    """The first words of a clause, verbatim."""
    opening = clean(opening_of(clause)) if clause.paragraphs else ""
    try:
        words = cite(document, clause, opening[:_GIST_CHARS].strip()).quote
    except UnfaithfulQuoteError:  # an empty section, or one that opens with what is not shown
        return ""
    return words if len(opening) <= _GIST_CHARS else f"{words}…"


def short(title: str, most: int = _TITLE_CHARS) -> str:
    """A title for a line of a list: one line, cut where it is very long."""
    title = " ".join(clean(title).split())
    return title if len(title) <= most else f"{title[: most - 1]}…"


def label(text: str) -> str:
    """A text for a button."""
    return short(text, _LABEL_CHARS)


def cut(items: Sequence[object], page: int, size: int) -> tuple[int, int, int]:
    """Which page is meant, where it starts, and how many there are; at least one."""
    count = max(1, -(-len(items) // size))
    page = min(max(page, 0), count - 1)
    return page, page * size, count


def pager(page: int, count: int, word: str, *before: object) -> list[InlineKeyboardButton]:
    """Buttons to the pages beside this one; ``before`` goes before the page in their data."""
    row = []
    if page > 0:
        row.append(button("上一页", word, *before, page - 1))
    if page + 1 < count:
        row.append(button(f"下一页（{page + 1}/{count}）", word, *before, page + 1))
    return row


def with_row(screen: Screen, *row: InlineKeyboardButton) -> Screen:
    """The same screen with one more row of buttons under it."""
    rows = screen.keyboard.inline_keyboard if screen.keyboard else ()
    return replace(screen, keyboard=InlineKeyboardMarkup([*map(list, rows), list(row)]))


async def open_screen(desk: Desk, update: Update, draw: Draw) -> None:
    """Answer a command with a screen drawn from what is held now."""
    message = update.effective_message
    if message is None:
        return
    screen = await aside(_drawn, desk, draw)
    if screen is not None:
        await show(message.get_bot(), message.chat_id, screen)


async def turn_screen(desk: Desk, update: Update, draw: Draw) -> None:
    """Answer a button with a screen in the place of its message; stale ones with a line."""
    query = pressed(update)
    try:
        screen = await aside(_drawn, desk, draw)
    except LianwenError as error:
        line = explained(error, desk.settings.contact)
        await query.answer(short(line, _ALERT_CHARS), show_alert=True)
        return
    if screen is None:
        await query.answer(STALE, show_alert=True)
    else:
        await turn(query, screen)


def _drawn(desk: Desk, draw: Draw) -> Screen | None:
    return draw(desk.asker.library())
