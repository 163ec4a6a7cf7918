"""Answers and citations in words, shared by the terminal and Telegram.

Pure functions over the model. Markup, colours and splitting are left to the
two renderers.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from knowledge.model import Answer, Citation, Document, Outcome
from knowledge.naming import bracketed
from knowledge.numerals import int_to_chinese

NOTHING_TO_SHOW = "没有可以显示的内容，请换个说法再问一次。"

_LINE_ENDS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
# Everything else that would act on a screen instead of showing on it: controls
# (escape sequences among them), halves of surrogate pairs, bidirectional
# overrides that reorder what is read, and blanks of no width.
_UNSHOWABLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u2069\ud800-\udfff\ufeff]"
)


class Style(StrEnum):
    """What a piece of an answer is, for a renderer to dress."""

    DECISIVE = "decisive"
    PLACE = "place"
    QUOTE = "quote"
    PLAIN = "plain"


@dataclass(frozen=True, slots=True)
class Piece:
    """One run of text in one style; never empty, may hold several lines."""

    style: Style
    text: str


Block = tuple[Piece, ...]


def clean(text: str) -> str:
    """Drop the characters that drive a screen and keep the words.

    Line ends of every kind become line feeds and tabs a space; controls and
    bidirectional overrides go. Blank margins are trimmed, as Telegram does.
    """
    text = _LINE_ENDS.sub("\n", text).replace("\t", " ")
    return _UNSHOWABLE.sub("", text).strip()


def date(day: dt.date) -> str:
    """2024年1月1日."""
    return f"{day.year}年{day.month}月{day.day}日"


def title(document: Document) -> str:
    """The document's title in 《》, cleaned."""
    return bracketed(clean(document.title))


def article(citation: Citation) -> str:
    """第九十七条, or 第九十七条第一款 where the quote lies in one of several 款."""
    label = clean(citation.clause.article)
    if not label or citation.paragraph is None or len(citation.clause.paragraphs) < 2:  # noqa: PLR2004
        return label
    return f"{label}第{int_to_chinese(citation.paragraph)}款"


def place(citation: Citation) -> str:
    """Where a quote stands: title, article, headings above it, date of effect."""
    path = " › ".join(filter(None, map(_line, citation.clause.path)))
    label = _line(article(citation))
    where = _line(title(citation.document))
    if label:
        where += f"{label}（{path}）" if path else label
    elif path:
        where += f"· {path}"
    return where + _since(citation.document)


def contact_line(answer: Answer) -> str:
    """Where to turn for a binding opinion; "" where the answer names nobody."""
    contact = clean(answer.contact)
    if not contact or contact.endswith("。"):
        return contact
    return f"以上内容供学习参考。需要正式认定或有约束力的答复，请咨询{contact}。"


def blocks(answer: Answer) -> list[Block]:
    """Lay out the whole answer, top to bottom, as blocks with a blank line between.

    Never empty, and every piece is cleaned.
    """
    found = [block for block in map(_filled, _raw_blocks(answer)) if block]
    return found or [(Piece(Style.PLAIN, NOTHING_TO_SHOW),)]


def join(parts: Iterable[Block], dress: Callable[[Piece], str]) -> str:
    """Set blocks one under another, a blank line between, each piece dressed."""
    return "\n\n".join("\n".join(map(dress, block)) for block in parts)


def undressed(piece: Piece) -> str:
    """Write a piece without markup; a quote stands in 「」."""
    return f"「{piece.text}」" if piece.style is Style.QUOTE else piece.text


def plain_text(answer: Answer) -> str:
    """Write the whole answer without markup, as scripts read it."""
    return join(blocks(answer), undressed)


def _raw_blocks(answer: Answer) -> Iterator[list[Piece]]:
    yield _opening(answer)
    for citation in answer.citations:
        yield [Piece(Style.PLACE, place(citation)), Piece(Style.QUOTE, citation.quote)]
    for case in answer.cases:
        yield [Piece(Style.PLACE, f"相关案例：{place(case)}"), Piece(Style.QUOTE, case.quote)]
    if answer.nearest:
        lines = [Piece(Style.PLAIN, f"· {_line(heading)}") for heading in answer.nearest]
        yield [Piece(Style.PLAIN, "较接近的条目，可以换成其中的说法再问："), *lines]
    if answer.suggestions:
        lines = [Piece(Style.PLAIN, f"· {_line(ask)}") for ask in answer.suggestions]
        yield [Piece(Style.PLAIN, "您是不是想问："), *lines]
    yield [Piece(Style.PLAIN, f"※ {note}") for note in map(clean, answer.notes) if note]
    yield [Piece(Style.PLAIN, contact_line(answer))]


def _opening(answer: Answer) -> list[Piece]:
    """Let the first line, which decides, stand out; a longer text goes on plainly."""
    if answer.outcome is Outcome.SMALL_TALK:
        return [Piece(Style.PLAIN, answer.text)]
    first, _, rest = clean(answer.text).partition("\n")
    return [Piece(Style.DECISIVE, first), Piece(Style.PLAIN, rest)]


def _filled(pieces: list[Piece]) -> Block:
    cleaned = (Piece(piece.style, clean(piece.text)) for piece in pieces)
    return tuple(piece for piece in cleaned if piece.text)


def _line(text: str) -> str:
    return " ".join(clean(text).split())


def _since(document: Document) -> str:
    if document.effective:
        return f"，{date(document.effective)}起施行"
    return f"，{date(document.issued)}发布" if document.issued else ""
