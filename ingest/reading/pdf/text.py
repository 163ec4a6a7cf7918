"""Pages of placed text → the lines of Contents; the same for a PDF's text and for scans."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from ingest.lines import Line
from ingest.marks import article_mark, heading_mark
from ingest.reading.contents import Contents, Doubt, escaped
from ingest.reading.pdf.columns import Row, blocks_of
from ingest.reading.pdf.heads import without_heads
from ingest.reading.pdf.page import Page
from ingest.reading.pdf.paragraphs import Paragraph, paragraphs_of

DOUBTFUL = 0.97
"""Confidence below which a recognised line is listed for a person to look at.

A line's confidence is its characters' mean, so one wrong character moves it little: of 78 lines
with an error, on sheets too coarse to read well, 53 lie below 0.97 and 11 below 0.9; of 114 right
ones there 18 and 4, of 64 on clean sheets none.
"""
MOST_DOUBTS = 200

_TITLE_SIZE = 1.2
_TITLE_LENGTHS = range(4, 80)
_TITLE_WITHIN = 8
# The head of an official paper is set larger than the title below it.
_LETTERHEAD = ("文件", "公报", "令")


def contents_of(pages: Sequence[Page], page_count: int, warnings: Sequence[str] = ()) -> Contents:
    """Lay out all pages as text: heads off, columns in order, lines joined to paragraphs."""
    blocks = blocks_of(without_heads(pages))
    paragraphs = paragraphs_of(blocks)
    title = _title(paragraphs)
    rows = [row for block in blocks for row in block.rows]
    return Contents(
        text="\n".join(_line(each, is_title=each is title) for each in paragraphs),
        pages=tuple(each.rows[0].page for each in paragraphs),
        page_count=page_count,
        confidence=_confidence(rows),
        doubts=_doubts(rows),
        warnings=tuple(warnings),
    )


def _line(paragraph: Paragraph, *, is_title: bool) -> str:
    if paragraph.rows[0].row_of_cells:
        return paragraph.text
    return ("# " if is_title else "") + escaped(paragraph.text)


def _title(paragraphs: Sequence[Paragraph]) -> Paragraph | None:
    """The largest centred line at the beginning, where it is clearly larger than the text."""
    if not paragraphs:
        return None
    usual = statistics.median(each.size for each in paragraphs for _ in each.text)
    first = [each for each in paragraphs[:_TITLE_WITHIN] if not each.rows[0].row_of_cells]
    fit = [
        each
        for each in first
        if each.centred
        and each.size > _TITLE_SIZE * usual
        and len(each.text) in _TITLE_LENGTHS
        and not each.text.endswith(_LETTERHEAD)
        and not article_mark(Line(each.text))
        and not heading_mark(Line(each.text))
    ]
    return max(fit, key=lambda each: each.size, default=None)


def _confidence(rows: Sequence[Row]) -> float | None:
    known = [
        (row.piece.confidence, len(row.piece.text))
        for row in rows
        if row.piece.confidence is not None
    ]
    total = sum(length for _, length in known)
    return sum(confidence * length for confidence, length in known) / total if total else None


def _doubts(rows: Sequence[Row]) -> tuple[Doubt, ...]:
    doubts = [
        Doubt(row.page, row.piece.text.strip(), row.piece.confidence)
        for row in rows
        if row.piece.confidence is not None and row.piece.confidence < DOUBTFUL
    ]
    worst = sorted(doubts, key=lambda doubt: doubt.confidence)[:MOST_DOUBTS]
    return tuple(doubt for doubt in doubts if doubt in worst)
