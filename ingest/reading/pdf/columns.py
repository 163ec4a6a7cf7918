"""A page's pieces → rows in the order in which they are read, column by column."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from ingest.reading.pdf.page import Page, Piece, em_of, merged, rows_of
from ingest.reading.pdf.tables import with_aligned

_STEP = 0.25
_NARROWEST = 0.8
_MIDDLE = (0.25, 0.75)
_SIDE_BY_SIDE = 4
_FILLED = 0.55
_LARGER = 1.15

WHOLE, LEFT, RIGHT = range(3)
"""Slots: the page's whole width, or one of two columns."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of text in its column; ``row_of_cells`` where it is a table's row, done as it is."""

    piece: Piece
    page: int

    @property
    def row_of_cells(self) -> bool:
        """Whether it stands in a table."""
        return self.piece.cells


@dataclass(frozen=True, slots=True)
class Block:
    """Rows of one column without interruption.

    ``slot`` says which column, ``middle`` where the middle of the sheet is.
    """

    rows: tuple[Row, ...]
    slot: int
    middle: float
    loose: bool


def blocks_of(pages: Sequence[Page]) -> list[Block]:
    """All pages' rows in reading order: full-width ones where they stand, columns left to right."""
    gutters = [gutter_of(page.pieces) for page in pages]
    found = [gutter for gutter in gutters if gutter is not None]
    usual = statistics.median(found) if found else None
    blocks = []
    for page, gutter in zip(pages, gutters, strict=True):
        blocks += _blocks(page, gutter if gutter is not None else _borrowed(page, usual))
    return blocks


def gutter_of(pieces: Sequence[Piece]) -> float | None:
    """Where the blank between two columns is; None where the page has one column."""
    em = em_of(pieces)
    text = [piece for piece in pieces if not piece.cells]
    if len(text) < 2 * _SIDE_BY_SIDE:
        return None
    low, high = min(p.left for p in text), max(p.right for p in text)
    step = _STEP * em
    crossing = [0] * (int((high - low) / step) + 2)
    for piece in text:
        # A title stands over both columns and may end in the middle of the page.
        if piece.size <= _LARGER * em:
            for place in range(int((piece.left - low) / step), int((piece.right - low) / step) + 1):
                crossing[place] += 1
    first, last = _widest_blank(crossing)
    if (last - first + 1) * _STEP < _NARROWEST:
        return None
    middle = low + (first + last + 1) / 2 * step
    return middle if _are_columns(text, middle, low, high) else None


def _widest_blank(crossing: Sequence[int]) -> tuple[int, int]:
    """First and last of the steps about the middle that the fewest pieces cross."""
    middle = range(int(_MIDDLE[0] * len(crossing)), int(_MIDDLE[1] * len(crossing)) + 1)
    fewest = min(crossing[place] for place in middle)
    runs = [
        list(run)
        for blank, run in groupby(middle, key=lambda place: crossing[place] == fewest)
        if blank
    ]
    widest = max(runs, key=len)
    return widest[0], widest[-1]


def _are_columns(text: Sequence[Piece], middle: float, low: float, high: float) -> bool:
    """Whether lines on both sides of ``middle`` run through: cells of a table are short."""
    left = [piece for piece in text if piece.right <= middle]
    right = [piece for piece in text if piece.left >= middle]
    if min(len(left), len(right)) < _SIDE_BY_SIDE:
        return False
    return statistics.median(piece.right - piece.left for piece in left) > _FILLED * (
        middle - low
    ) and statistics.median(piece.right - piece.left for piece in right) > _FILLED * (high - middle)


def _borrowed(page: Page, usual: float | None) -> float | None:
    """The other pages' gutter, for a page whose second column is short or empty."""
    if usual is None:
        return None
    text = [piece for piece in page.pieces if not piece.cells]
    crossing = sum(piece.left < usual < piece.right for piece in text)
    right = sum(piece.left >= usual for piece in text)
    return usual if crossing <= right else None


def _blocks(page: Page, gutter: float | None) -> list[Block]:
    if gutter is None:
        return _block(page.pieces, WHOLE, page)
    blocks: list[Block] = []
    band: list[Piece] = []

    def close() -> None:
        sides = ([p for p in band if p.right <= gutter], [p for p in band if p.right > gutter])
        for slot, side in zip((LEFT, RIGHT), sides, strict=True):
            blocks.extend(_block(side, slot, page))
        band.clear()

    full: list[Piece] = []
    for row in rows_of(page.pieces):
        if any(piece.left < gutter < piece.right for piece in row):
            close()
            full += row
        else:
            blocks.extend(_block(full, WHOLE, page))
            full = []
            band.extend(row)
    close()
    return blocks + _block(full, WHOLE, page)


def _block(pieces: Sequence[Piece], slot: int, page: Page) -> list[Block]:
    rows = [Row(_tidied(merged(row)), page.number) for row in with_aligned(rows_of(pieces)) if row]
    return [Block(tuple(rows), slot, page.width / 2, page.loose)] if rows else []


def _tidied(piece: Piece) -> Piece:
    text = " ".join(piece.text.split())
    return replace(piece, text=text + (" " if piece.text.endswith(" ") else ""))
