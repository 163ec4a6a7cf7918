"""A page as pieces of text and ruling lines at places: what a PDF and a scan have in common."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

WIDE = 1.0
"""Width of a Chinese character in ems; letters and digits take about half of it."""
_NARROW = 0.55


@dataclass(frozen=True, slots=True)
class Glyph:
    """One character at its place, y growing downwards; lengths in one unit for a whole page.

    ``size`` is the em of its font. ``left`` is where the pen stood, not where the ink begins.
    """

    text: str
    left: float
    right: float
    baseline: float
    size: float


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text without a wide gap; ``cells`` is True for a finished row of a table.

    ``confidence`` is in [0, 1], None where the text was not recognised but read.
    """

    text: str
    left: float
    top: float
    right: float
    bottom: float
    size: float
    confidence: float | None = None
    cells: bool = False

    @property
    def middle(self) -> float:
        """Its height on the page."""
        return (self.top + self.bottom) / 2


@dataclass(frozen=True, slots=True)
class Rule:
    """A ruling line: horizontal where ``top`` equals ``bottom``, else vertical."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Page:
    """A page, its number counted from 1; ``loose`` where positions are only about right."""

    number: int
    width: float
    height: float
    pieces: tuple[Piece, ...]
    rules: tuple[Rule, ...] = ()
    loose: bool = False


def em_of(pieces: Sequence[Piece]) -> float:
    """The size that most characters have; 1 where there are none."""
    sizes = [piece.size for piece in pieces for _ in range(min(len(piece.text), 40))]
    return statistics.median(sizes) if sizes else 1.0


def width_in_ems(text: str) -> float:
    """About how wide ``text`` is set."""
    return sum(_NARROW if char < "\u0250" else WIDE for char in text)


def rows_of(pieces: Iterable[Piece]) -> list[list[Piece]]:
    """Pieces beside one another, each row from left to right, rows from top to bottom."""
    rows: list[list[Piece]] = []
    for piece in sorted(pieces, key=lambda each: each.middle):
        last = rows[-1] if rows else []
        reach = 0.5 * min(piece.size, last[0].size) if last else 0.0
        beside = bool(last) and piece.middle - statistics.fmean(p.middle for p in last) <= reach
        if beside and not piece.cells and not last[0].cells:
            last.append(piece)
        else:
            rows.append([piece])
    return [sorted(row, key=lambda each: each.left) for row in rows]


def merged(row: Sequence[Piece]) -> Piece:
    """One piece of pieces that stand in a row, parted by spaces."""
    if len(row) == 1:
        return row[0]
    known = [(each.confidence, len(each.text)) for each in row if each.confidence is not None]
    weight = sum(length for _, length in known)
    return Piece(
        text=" ".join(piece.text for piece in row),
        left=min(piece.left for piece in row),
        top=min(piece.top for piece in row),
        right=max(piece.right for piece in row),
        bottom=max(piece.bottom for piece in row),
        size=max(row, key=lambda each: len(each.text)).size,
        confidence=sum(c * n for c, n in known) / weight if weight else None,
    )
