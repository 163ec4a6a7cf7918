"""Characters at places → pieces of text, ordered by where they stand and not as they are stored.

Some producers store a quotation mark away from its place, or bold as the same character twice.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from itertools import pairwise

from ingest.reading.pdf.page import Glyph, Piece

_SAME_LINE = 0.35
_SAME_PLACE = 0.2
_PIECE_GAP = 0.9
_SPACE_GAP = 0.35
_SPACED_OUT = 0.3
"""All in ems."""

_RUN_FOR_SPACING = 4


def pieces_of(glyphs: Sequence[Glyph]) -> tuple[Piece, ...]:
    """Runs of text without a wide gap, on the lines that baselines make."""
    return tuple(
        piece
        for line in _lines(glyphs)
        for run in _runs(line)
        if (piece := _piece(run)) is not None
    )


def _lines(glyphs: Sequence[Glyph]) -> Iterator[list[Glyph]]:
    line: list[Glyph] = []
    height = 0.0
    for glyph in sorted(glyphs, key=lambda each: each.baseline):
        if line and glyph.baseline - height > _SAME_LINE * min(glyph.size, line[0].size):
            yield _without_doubles(line)
            line = []
        line.append(glyph)
        height = statistics.fmean(each.baseline for each in line[-8:])
    if line:
        yield _without_doubles(line)


def _without_doubles(line: list[Glyph]) -> list[Glyph]:
    kept: list[Glyph] = []
    for glyph in sorted(line, key=lambda each: each.left):
        doubled = any(
            before.text == glyph.text and glyph.left - before.left < _SAME_PLACE * glyph.size
            for before in kept[-3:]
        )
        if not doubled:
            kept.append(glyph)
    return kept


def _runs(line: Sequence[Glyph]) -> Iterator[list[Glyph]]:
    """Cut a line where it is blank for about a character; a blank is kept at a run's end."""
    run: list[Glyph] = []
    reached: float | None = None
    for glyph in line:
        if glyph.text.isspace():
            if run:
                run.append(glyph)
            continue
        if reached is not None and glyph.left - reached > _PIECE_GAP * glyph.size:
            yield run
            run = []
        run.append(glyph)
        reached = glyph.right
    if run:
        yield run


def _piece(run: Sequence[Glyph]) -> Piece | None:
    inked = [glyph for glyph in run if not glyph.text.isspace()]
    if not inked:
        return None
    size = statistics.median(glyph.size for glyph in inked)
    gaps = [after.left - before.right for before, after in pairwise(inked)]
    # A title set apart letter by letter has no words to part.
    spacing = statistics.median(gaps) if len(inked) >= _RUN_FOR_SPACING else 0.0
    spacing = spacing if spacing > _SPACED_OUT * size else 0.0
    text, blank, before = "", False, None
    for glyph in run:
        if glyph.text.isspace():
            blank = not spacing
            continue
        gap = 0.0 if before is None else glyph.left - before.right - spacing
        text += (" " if blank or gap > _SPACE_GAP * size else "") + glyph.text
        blank, before = False, glyph
    baseline = statistics.median(glyph.baseline for glyph in inked)
    return Piece(
        # The blank at a line's end says that the next line begins another word.
        text=text + (" " if blank else ""),
        left=inked[0].left,
        top=baseline - 0.88 * size,
        right=max(glyph.right for glyph in inked),
        bottom=baseline + 0.12 * size,
        size=size,
    )
