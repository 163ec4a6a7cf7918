"""Answers and citations in words, shared by the terminal and Telegram.

Pure functions over the model. Markup, colours and splitting are left to the
two renderers.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby, pairwise

from knowledge.model import Answer, Citation, Clause, Document, Outcome
from knowledge.naming import bracketed
from knowledge.numerals import int_to_chinese

NOTHING_TO_SHOW = "没有可以显示的内容，请换个说法再问一次。"

# A whole document shown by its articles names itself once.
_SHARED_FROM = 4
_LINE_ENDS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
# Everything else that would act on a screen instead of showing on it: controls
# (escape sequences among them), halves of surrogate pairs, bidirectional
# overrides that reorder what is read, and blanks of no width.
_UNSHOWABLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u2069\ud800-\udfff\ufeff]"
)


class Style(StrEnum):
    """What a piece of an answer is, for a renderer to dress.

    A ``QUOTE`` may be folded to its first lines; a ``WHOLE`` clause was asked for and is not.
    """

    DECISIVE = "decisive"
    PLACE = "place"
    QUOTE = "quote"
    WHOLE = "whole"
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
    return _place(citation, article(citation))


def source(citation: Citation) -> str:
    """The same as a list of sources has it, which does not go down to the 款."""
    return _place(citation, citation.clause.article)


def spot(citation: Citation) -> str:
    """Where a quote stands, in a word: its article, else the heading right above it."""
    headings = [heading for heading in map(_line, citation.clause.path) if heading]
    return _line(article(citation)) or next(reversed(headings), _line(title(citation.document)))


def whereabouts(citation: Citation) -> str:
    """《title》第九十七条, or 《title》· its heading: what heads a clause shown by itself."""
    where, label = _line(title(citation.document)), _line(citation.clause.article)
    headings = [heading for heading in map(_line, citation.clause.path) if heading]
    return f"{where}{label}" if label or not headings else f"{where}· {headings[-1]}"


def path(clause: Clause) -> str:
    """The headings above a clause, outermost first."""
    return " › ".join(filter(None, map(_line, clause.path)))


def _place(citation: Citation, label: str) -> str:
    headings, label = path(citation.clause), _line(label)
    where = _line(title(citation.document))
    if label:
        where += f"{label}（{headings}）" if headings else label
    elif headings:
        where += f"· {headings}"
    page = f"，原件第{citation.page}页" if citation.page else ""
    return where + _since(citation.document) + page


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
    return f"「{piece.text}」" if piece.style in {Style.QUOTE, Style.WHOLE} else piece.text


def plain_text(answer: Answer) -> str:
    """Write the whole answer without markup, as scripts read it."""
    return join(blocks(answer), undressed)


def _raw_blocks(answer: Answer) -> Iterator[list[Piece]]:
    yield _opening(answer)
    for number, citation in enumerate(answer.citations, 1):
        yield [Piece(Style.PLACE, f"【{number}】{spot(citation)}"), _quote(citation)]
    yield list(_sources(answer.citations))
    for case in answer.cases:
        yield [Piece(Style.PLACE, f"相关案例：{place(case)}"), _quote(case)]
    if answer.nearest:
        lines = [Piece(Style.PLAIN, f"· {_line(heading)}") for heading in answer.nearest]
        yield [Piece(Style.PLAIN, "较接近的条目，可以换成其中的说法再问："), *lines]
    if answer.suggestions:
        lines = [Piece(Style.PLAIN, f"· {_line(ask)}") for ask in answer.suggestions]
        yield [Piece(Style.PLAIN, "您是不是想问："), *lines]
    yield [Piece(Style.PLAIN, f"※ {note}") for note in map(clean, answer.notes) if note]
    yield [Piece(Style.PLAIN, contact_line(answer))]


def _quote(citation: Citation) -> Piece:
    return Piece(Style.QUOTE, citation.quote)


def _sources(citations: Sequence[Citation]) -> Iterator[Piece]:
    """The numbered list; several articles of one document that follow each other share a line."""
    if citations:
        yield Piece(Style.PLAIN, "依据：")
    number = 1
    for _, run in groupby(citations, key=lambda citation: citation.document.id):
        together = list(run)
        labels = [_line(citation.clause.article) for citation in together]
        if len(together) >= _SHARED_FROM and all(labels) and _follow_each_other(together):
            last = number + len(together) - 1
            where = f"{_line(title(together[0].document))}{labels[0]}至{labels[-1]}"
            yield Piece(Style.PLACE, f"{number}–{last}. {where}{_since(together[0].document)}")
        else:
            for at, citation in enumerate(together, number):
                yield Piece(Style.PLACE, f"{at}. {source(citation)}")
        number += len(together)


def _follow_each_other(citations: Sequence[Citation]) -> bool:
    places = [citation.clause.ordinal for citation in citations]
    return all(after == before + 1 for before, after in pairwise(places))


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
