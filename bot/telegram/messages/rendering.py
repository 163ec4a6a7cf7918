"""Answers as Telegram messages: HTML, and plain text for when that is refused.

Pure. Both forms are cut at the same places, so the nth plain message says what
the nth HTML message says.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence

from bot.wording import Block, Piece, Style, blocks, join, undressed
from knowledge.model import Answer

# Telegram counts UTF-16 units after parsing (Bot API, sendMessage: 4,096) and
# drops every entity past the hundredth. A margin stays for both.
MESSAGE_UNITS = 4_000
MESSAGE_ENTITIES = 90

_CONTINUED = Piece(Style.PLACE, "（接上文）")
_LEAST_HEAD = 500
_QUOTE_MARKS = 2
_SENTENCE_END = re.compile("[。；！？!?;]")
# Telegram folds an expandable quote to its first lines, which a tap opens.
_TAGS = {
    Style.DECISIVE: ("b", "b"),
    Style.QUOTE: ("blockquote expandable", "blockquote"),
    Style.WHOLE: ("blockquote", "blockquote"),
}

Page = list[Block]


def answer_pages(answer: Answer) -> list[Page]:
    """Lay an answer out as messages, each within Telegram's limits; at least one."""
    return pages(blocks(answer))


def html_of(page: Sequence[Block]) -> str:
    """Write a page as Telegram's HTML; whatever the text holds stays text."""
    return join(page, _as_html)


def plain_of(page: Sequence[Block]) -> str:
    """Write the same page without markup; quotes stand in 「」."""
    return join(page, undressed)


def utf16_units(text: str) -> int:
    """Measure as Telegram does: 𠮷 and most emoji are 2."""
    return len(text) + sum(character > "\uffff" for character in text)


def _as_html(piece: Piece) -> str:
    text = html.escape(piece.text, quote=False)
    if piece.style not in _TAGS:
        return text
    opening, closing = _TAGS[piece.style]
    return f"<{opening}>{text}</{closing}>"


def pages(whole: Sequence[Block], head: Block = ()) -> list[Page]:
    """Fill messages with blocks in order; break between blocks where one can.

    :param head: opens every message.
    """
    # A head that leaves no room for anything else would be the text itself.
    units = max(MESSAGE_UNITS - (_units(head) + 2 if head else 0), 2 * _LEAST_HEAD)
    filled: list[Page] = [[]]
    room, marks = units, MESSAGE_ENTITIES - _entities(head)
    for block in whole:
        for part in _parts(block, units):
            needed, entities = _units(part) + 2, _entities(part)
            if filled[-1] and (needed > room or entities > marks):
                filled.append([])
                room, marks = units, MESSAGE_ENTITIES - _entities(head)
            filled[-1].append(part)
            room, marks = room - needed, marks - entities
    return [[head, *page] if head else page for page in filled]


def _parts(block: Block, units: int) -> list[Block]:
    """Leave a block whole, or cut one that fills more than a message."""
    if _units(block) <= units:
        return [block]
    parts: list[Block] = []
    current: list[Piece] = []
    room = units
    for piece in block:
        text = piece.text
        while _cost(text) > room:
            if room >= _LEAST_HEAD:
                head, text = _cut(text, room - _QUOTE_MARKS - 1)
                current.append(Piece(piece.style, head))
            parts.append(tuple(current))
            current = [_CONTINUED]
            room = units - _cost(_CONTINUED.text)
        if text:
            current.append(Piece(piece.style, text))
            room -= _cost(text)
    # A part that says only that it goes on says nothing.
    return parts if current == [_CONTINUED] else [*parts, tuple(current)]


def _cut(text: str, units: int) -> tuple[str, str]:
    """Split where a 款 or line ends, else a sentence, else anywhere, within ``units``."""
    end = fitting(text, units)
    border = text.rfind("\n", 1, end + 1)
    if border < 0:
        ends = [match.end() for match in _SENTENCE_END.finditer(text, 0, end)]
        border = ends[-1] if ends else end
    return text[:border].rstrip(), text[border:].lstrip()


def fitting(text: str, units: int) -> int:
    """How many leading characters take at most ``units`` UTF-16 units."""
    for index, character in enumerate(text):
        units -= 2 if character > "\uffff" else 1
        if units < 0:
            return index
    return len(text)


def _cost(text: str) -> int:
    return utf16_units(text) + _QUOTE_MARKS + 1


def _units(block: Block) -> int:
    return sum(_cost(piece.text) for piece in block)


def _entities(block: Block) -> int:
    return sum(piece.style in _TAGS for piece in block)
