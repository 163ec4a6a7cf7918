"""Answers as Telegram messages: HTML, and plain text for when that is refused.

Pure. Both forms are cut at the same places, so the nth plain message says what
the nth HTML message says.
"""

from __future__ import annotations

import html
import re

from bot.wording import Block, Piece, Style, blocks, join, undressed
from knowledge.model import Answer

# Telegram counts UTF-16 units after parsing (Bot API, sendMessage: 4,096) and
# drops every entity past the hundredth. A margin stays for both.
MESSAGE_UNITS = 4_000
MESSAGE_ENTITIES = 90
# Longer quotes are folded to a few lines that a tap opens.
FOLDED_FROM = 200

_CONTINUED = Piece(Style.PLACE, "（接上文）")
_LEAST_HEAD = 500
_QUOTE_MARKS = 2
_SENTENCE_END = re.compile("[。；！？!?;]")

Page = list[Block]


def render(answer: Answer) -> list[str]:
    """Render HTML messages, each within Telegram's limits; at least one."""
    return [join(page, _as_html) for page in _pages(blocks(answer))]


def plain(answer: Answer) -> list[str]:
    """Render the same messages without markup; quotes stand in 「」."""
    return [join(page, undressed) for page in _pages(blocks(answer))]


def utf16_units(text: str) -> int:
    """Measure as Telegram does: 𠮷 and most emoji are 2."""
    return len(text) + sum(character > "\uffff" for character in text)


def _as_html(piece: Piece) -> str:
    text = html.escape(piece.text, quote=False)
    if piece.style is Style.DECISIVE:
        return f"<b>{text}</b>"
    if piece.style is Style.QUOTE:
        opening = "blockquote expandable" if len(piece.text) > FOLDED_FROM else "blockquote"
        return f"<{opening}>{text}</blockquote>"
    return text


def _pages(whole: list[Block]) -> list[Page]:
    """Fill messages with blocks in order; break between blocks where one can."""
    pages: list[Page] = [[]]
    room, marks = MESSAGE_UNITS, MESSAGE_ENTITIES
    for block in whole:
        for part in _parts(block):
            needed, entities = _units(part) + 2, _entities(part)
            if pages[-1] and (needed > room or entities > marks):
                pages.append([])
                room, marks = MESSAGE_UNITS, MESSAGE_ENTITIES
            pages[-1].append(part)
            room, marks = room - needed, marks - entities
    return pages


def _parts(block: Block) -> list[Block]:
    """Leave a block whole, or cut one that fills more than a message."""
    if _units(block) <= MESSAGE_UNITS:
        return [block]
    parts: list[Block] = []
    current: list[Piece] = []
    room = MESSAGE_UNITS
    for piece in block:
        text = piece.text
        while _cost(text) > room:
            if room >= _LEAST_HEAD:
                head, text = _cut(text, room - _QUOTE_MARKS - 1)
                current.append(Piece(piece.style, head))
            parts.append(tuple(current))
            current = [_CONTINUED]
            room = MESSAGE_UNITS - _cost(_CONTINUED.text)
        if text:
            current.append(Piece(piece.style, text))
            room -= _cost(text)
    # A part that says only that it goes on says nothing.
    return parts if current == [_CONTINUED] else [*parts, tuple(current)]


def _cut(text: str, units: int) -> tuple[str, str]:
    """Split where a 款 or line ends, else a sentence, else anywhere, within ``units``."""
    end = _fitting(text, units)
    border = text.rfind("\n", 1, end + 1)
    if border < 0:
        ends = [match.end() for match in _SENTENCE_END.finditer(text, 0, end)]
        border = ends[-1] if ends else end
    return text[:border].rstrip(), text[border:].lstrip()


def _fitting(text: str, units: int) -> int:
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
    return sum(piece.style in {Style.DECISIVE, Style.QUOTE} for piece in block)
