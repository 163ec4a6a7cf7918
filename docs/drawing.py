"""Draws a chat as a phone shows it, from what a person wrote and what the Bot API peer received.

Only for the pictures in docs/: bubbles, bold, quotes, buttons, small pictures; no more.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import manimgx_fonts_cjk
from PIL import Image, ImageDraw, ImageFont

from tests.peer.chats import Sent
from tests.peer.markup import Entity

SCALE = 2
WIDTH = 430 * SCALE
MARGIN = 12 * SCALE
PADDING = 11 * SCALE
BUBBLE = 340 * SCALE
SIZE = 15 * SCALE
LINE = 22 * SCALE
BUTTON = 34 * SCALE
FOLDED_LINES = 3

_FONTS = next(Path(manimgx_fonts_cjk.__file__).parent.glob("*.ttc"))
_SC = 2  # the simplified Chinese face of the collection
_REGULAR, _BOLD = 400, 700

BACKGROUND, BOT, PERSON = "#d5e3dc", "#ffffff", "#e3fdd4"
INK, FAINT, ACCENT, TINT = "#15191d", "#75808a", "#3a8fc4", "#eef5fa"


@dataclass(frozen=True, slots=True)
class Said:
    """A message of the person's."""

    text: str


@dataclass(frozen=True, slots=True)
class _Run:
    """Characters of one style; ``quote`` numbers the quote that they stand in, 0 outside."""

    character: str
    bold: bool
    quote: int
    folded: bool


_Line = list[_Run]


def draw(conversation: Sequence[Said | Sent]) -> Image.Image:
    """One picture of a whole conversation, as wide as a phone and as long as it takes."""
    bubbles = [_bubble(each) for each in conversation]
    height = MARGIN + sum(each.height + MARGIN for each in bubbles)
    picture = Image.new("RGB", (WIDTH, height), BACKGROUND)
    y = MARGIN
    for message, bubble in zip(conversation, bubbles, strict=True):
        x = WIDTH - MARGIN - bubble.width if isinstance(message, Said) else MARGIN
        picture.paste(bubble, (x, y), bubble)
        y += bubble.height + MARGIN
    return picture


@cache
def _font(bold: bool) -> ImageFont.FreeTypeFont:
    font = ImageFont.truetype(_FONTS, SIZE, index=_SC)
    font.set_variation_by_axes([_BOLD if bold else _REGULAR])
    return font


def _bubble(message: Said | Sent) -> Image.Image:
    mine = isinstance(message, Said)
    inner = BUBBLE - 2 * PADDING
    entities = () if isinstance(message, Said) else message.parsed.entities
    lines = list(_shortened(list(_wrapped(_runs(message.text, entities), inner))))
    photo = _photo(message, inner)
    rows = _buttons(message)
    widest = max([_length(line) for line in lines] + [0])
    width = BUBBLE if rows or photo else min(BUBBLE, int(widest) + 2 * PADDING)
    body = 2 * PADDING + LINE * len(lines) + (photo.height if photo else 0)
    picture = Image.new("RGBA", (width, body + (BUTTON + 4 * SCALE) * len(rows)), (0, 0, 0, 0))
    pen = ImageDraw.Draw(picture)
    pen.rounded_rectangle((0, 0, width - 1, body - 1), 14 * SCALE, fill=PERSON if mine else BOT)
    y = PADDING
    if photo:
        picture.paste(photo, (PADDING, y))
        y += photo.height
    for line in lines:
        _write(pen, line, y, width)
        y += LINE
    _draw_buttons(pen, rows, body, width)
    return picture


def _runs(text: str, entities: Sequence[Entity]) -> Iterator[_Run]:
    """The characters with their style; Telegram counts offsets in UTF-16 units."""
    unit = 0
    for character in text:
        inside = [each for each in entities if each.offset <= unit < each.offset + each.length]
        bold = any(each.type == "bold" for each in inside)
        quotes = [1 + entities.index(each) for each in inside if "blockquote" in each.type]
        folded = any(_folds(each) for each in inside)
        yield _Run(character, bold, quotes[0] if quotes else 0, folded)
        unit += 2 if character > "\uffff" else 1


def _folds(entity: Entity) -> bool:
    return entity.type == "expandable_blockquote"


def _wrapped(runs: Iterator[_Run], width: float) -> Iterator[_Line]:
    line: _Line = []
    for run in runs:
        room = width - (PADDING if run.quote else 0)
        if run.character == "\n":
            yield line or [run]
            line = []
        elif _length([*line, run]) > room and run.character not in "，。；：、）」》！？":
            yield line
            line = [run]
        else:
            line.append(run)
    yield line


def _shortened(lines: list[_Line]) -> Iterator[_Line]:
    """Fold long expandable quotes as an app does before a tap."""
    shown: dict[int, int] = {}
    for index, line in enumerate(lines):
        quote = line[0].quote if line else 0
        if not (quote and line[0].folded):
            yield line
            continue
        shown[quote] = shown.get(quote, 0) + 1
        more = index + 1 < len(lines) and lines[index + 1] and lines[index + 1][0].quote == quote
        if shown[quote] < FOLDED_LINES or (shown[quote] == FOLDED_LINES and not more):
            yield line
        elif shown[quote] == FOLDED_LINES:
            yield [*line[:-2], _Run("… ▼", False, quote, True)]


def _length(line: _Line) -> float:
    return sum(_font(run.bold).getlength(run.character) for run in line if run.character != "\n")


def _write(pen: ImageDraw.ImageDraw, line: _Line, y: int, width: int) -> None:
    x: float = PADDING
    if line and line[0].quote:
        pen.rectangle((PADDING, y, width - PADDING, y + LINE - 1), fill=TINT)
        pen.rectangle((PADDING, y, PADDING + 3 * SCALE, y + LINE - 1), fill=ACCENT)
        x += PADDING
    for run in line:
        if run.character != "\n":
            font = _font(run.bold)
            pen.text((x, y), run.character, font=font, fill=INK)
            x += font.getlength(run.character)


def _photo(message: Said | Sent, width: int) -> Image.Image | None:
    if isinstance(message, Said) or message.photo is None:
        return None
    photo = Image.open(io.BytesIO(message.photo)).convert("RGB")
    return photo.resize((width, round(photo.height * width / photo.width)))


def _buttons(message: Said | Sent) -> list[list[str]]:
    if isinstance(message, Said):
        return []
    rows = (message.reply_markup or {}).get("inline_keyboard", ())
    return [[each["text"] for each in row] for row in rows]


def _draw_buttons(pen: ImageDraw.ImageDraw, rows: list[list[str]], y: int, width: int) -> None:
    gap = 4 * SCALE
    for row in rows:
        y += gap
        wide = (width - gap * (len(row) - 1)) / len(row)
        for place, label in enumerate(row):
            left = place * (wide + gap)
            pen.rounded_rectangle(
                (left, y, left + wide - 1, y + BUTTON - 1), 8 * SCALE, fill="#9fb8ad"
            )
            font = _font(bold=False)
            x = left + (wide - font.getlength(label)) / 2
            pen.text((x, y + (BUTTON - LINE) / 2), label, font=font, fill="#ffffff")
        y += BUTTON
