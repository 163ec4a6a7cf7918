"""Rows in reading order → paragraphs, told by indents, by where lines end, and by gaps."""

from __future__ import annotations

import re
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from ingest.lines import Line
from ingest.marks import article_mark, heading_mark, item_mark
from ingest.reading.pdf.columns import Block, Row
from ingest.reading.pdf.page import width_in_ems

_MANY = 5
_INDENT = (1.2, 3.2)
"""Ems by which a paragraph's first line is set in."""
_ROOM = 0.9
"""Ems that may stay free at the end of a full line, for spaces between Chinese and digits."""
_AT_MARGIN = 0.7
_HANGING = 4.5
_GAP = 1.22
"""Leadings from one line to the next, above which a paragraph ends."""
_MARKED_SHARE = 0.03
_FAR = 3.0
_CENTRED = 1.0
_TITLE = 1.15
_TITLE_GAP = 2.2
_RESIZED = 0.12
# Signs that may not begin a line, and those that may not end one.
_CLOSING = "，。、；：？！）》”’」』】〉…—,.;:?!)]}%％"
_OPENING = "（《“‘「『【〈([{"
_UNIT = re.compile(rf"[{re.escape(_OPENING)}]*(?:[A-Za-z0-9.,%％]+|.)?[{re.escape(_CLOSING)}]*")
_ENDED = re.compile(r"[。！？：!?:][”’」』）)》\"']*$")


@dataclass(slots=True)
class Paragraph:
    """Rows that make one line of the text; ``centred`` and ``size`` are those of the first."""

    rows: list[Row]
    centred: bool = False
    hanging: float | None = None

    @property
    def size(self) -> float:
        """The em of its first row."""
        return self.rows[0].piece.size

    @property
    def text(self) -> str:
        """Its rows joined; words of letters are kept apart."""
        text = ""
        for row in self.rows:
            line = row.piece.text
            words = text[-1:].isascii() and text[-1:].isalpha() and line[:1].isascii()
            text += (" " if words and line[:1].isalpha() else "") + line
        return text.strip()


@dataclass(frozen=True, slots=True)
class _Margins:
    """Left and right of a column, its leading, and how far a place may be off, in ems.

    ``middle`` is that of the sheet.
    """

    left: float
    right: float
    leading: float
    em: float
    slack: float
    middle: float


@dataclass(slots=True)
class _Reader:
    margins: Sequence[_Margins]
    marked: bool
    paragraphs: list[Paragraph] = field(default_factory=list)
    block: int = -1

    def add(self, row: Row, block: int) -> None:
        here = self.margins[block]
        centred = _is_centred(row, here)
        last = self.paragraphs[-1] if self.paragraphs else None
        if last is not None and self._goes_on(last, row, block, centred=centred):
            last.rows.append(row)
        else:
            self.paragraphs.append(Paragraph([row], centred))
        self.block = block

    def _goes_on(self, last: Paragraph, row: Row, block: int, *, centred: bool) -> bool:
        before, here, there = last.rows[-1], self.margins[block], self.margins[self.block]
        if before.row_of_cells or row.row_of_cells:
            return False
        same = block == self.block
        gap = row.piece.middle - before.piece.middle
        if last.centred and centred:
            return same and _is_title(last, row, here) and gap < _TITLE_GAP * row.piece.size
        apart = same and gap > (_GAP + here.slack) * here.leading
        resized = abs(before.piece.size - row.piece.size) > (_RESIZED + here.slack) * here.em
        if last.centred or apart or resized or not _is_full(before, row, there):
            return False
        if _begins(row):
            closed = _has_ended(before) or before.piece.text.strip().endswith("；")
            return not closed and self._fits_in(last, row, here)
        heading = centred and heading_mark(Line(last.text)) is not None
        return heading or self._fits_in(last, row, here)

    def _fits_in(self, last: Paragraph, row: Row, here: _Margins) -> bool:
        """Whether ``row`` stands where the paragraph's next line would."""
        inset = row.piece.left - here.left
        if inset < (_AT_MARGIN + here.slack) * here.em:
            return self.marked or not _has_ended(last.rows[-1])
        if last.hanging is not None:
            return abs(inset - last.hanging) < _AT_MARGIN * here.em
        first = last.rows[0].piece.left - here.left
        under_label = _AT_MARGIN * here.em < inset - first < _HANGING * here.em
        if len(last.rows) == 1 and under_label and _begins(last.rows[0]) and not _begins(row):
            last.hanging = inset
            return True
        return False


def paragraphs_of(blocks: Sequence[Block]) -> list[Paragraph]:
    """Join the rows of all blocks; a paragraph may go on in the next column or on the next page."""
    margins = _margins(blocks)
    reader = _Reader(margins, _marks_paragraphs(blocks, margins))
    for index, block in enumerate(blocks):
        for row in block.rows:
            reader.add(row, index)
    return reader.paragraphs


def _has_ended(row: Row) -> bool:
    return _ENDED.search(row.piece.text.strip()) is not None


def _begins(row: Row) -> bool:
    line = Line(row.piece.text.strip())
    return bool(article_mark(line) or heading_mark(line) or item_mark(line))


def _is_full(row: Row, after: Row, margins: _Margins) -> bool:
    """Whether the first sign of ``after`` had no room in ``row``: else the line was ended there."""
    unit = _UNIT.match(after.piece.text.strip())
    taken = unit[0] if unit else ""
    needed = width_in_ems(taken) + _ROOM + margins.slack
    return margins.right - row.piece.right < needed * margins.em


def _is_centred(row: Row, margins: _Margins) -> bool:
    piece = row.piece
    before, after = piece.left - margins.left, margins.right - piece.right
    if row.row_of_cells:
        return False
    level = abs(before - after) <= 2 * _CENTRED * margins.em
    if piece.size > _TITLE * margins.em:
        # A title may fill its line; with little below it the sheet alone shows the middle.
        on_sheet = abs((piece.left + piece.right) / 2 - margins.middle)
        return level or on_sheet <= _CENTRED * margins.em
    return level and min(before, after) > _INDENT[1] * margins.em


def _is_title(last: Paragraph, row: Row, margins: _Margins) -> bool:
    return row.piece.size > _TITLE * margins.em and not _begins(row) and not _begins(last.rows[-1])


def _marks_paragraphs(blocks: Sequence[Block], margins: Sequence[_Margins]) -> bool:
    """Whether this document sets its paragraphs off: first lines indented, or space between."""
    rows = indented = spaced = 0
    for block, here in zip(blocks, margins, strict=True):
        before: Row | None = None
        for row in block.rows:
            if row.row_of_cells or _is_centred(row, here):
                before = None
                continue
            rows += 1
            inset = (row.piece.left - here.left) / here.em
            indented += _INDENT[0] <= inset <= _INDENT[1]
            if before is not None:
                step = (row.piece.middle - before.piece.middle) / here.leading
                spaced += _GAP + here.slack < step < _FAR
            before = row
    return max(indented, spaced) > max(1, _MARKED_SHARE * rows)


def _margins(blocks: Sequence[Block]) -> list[_Margins]:
    """Each block's own margins where it has rows enough to show them, else its like's."""
    ems = [row.piece.size for block in blocks for row in block.rows for _ in row.piece.text[:40]]
    em = statistics.median(ems) if ems else 1.0
    own = [_measured(block, em) for block in blocks]
    usual = statistics.median_low(
        [each.leading for block, each in zip(blocks, own, strict=True) for _ in block.rows] or [em]
    )
    # A block of short paragraphs alone would take the space between them for its leading.
    own = [replace(each, leading=min(each.leading, usual)) for each in own]
    return [
        _with_others(mine, _alike(block.slot, blocks, own), len(block.rows))
        for block, mine in zip(blocks, own, strict=True)
    ]


def _alike(slot: int, blocks: Sequence[Block], own: Sequence[_Margins]) -> list[_Margins]:
    """Margins of the long blocks in the same place of their pages."""
    long = [
        (block.slot, margins)
        for block, margins in zip(blocks, own, strict=True)
        if len(block.rows) >= _MANY
    ]
    found = [margins for other, margins in long if other == slot]
    if found or slot:
        return found
    # What stands over two columns is as wide as all that stands there.
    wide = [each for _, each in long] or list(own)
    left, right = min(each.left for each in wide), max(each.right for each in wide)
    return [replace(wide[0], left=left, right=right)]


def _with_others(mine: _Margins, alike: Sequence[_Margins], rows: int) -> _Margins:
    if not alike:
        return mine
    left = statistics.median(each.left for each in alike)
    right = statistics.median(each.right for each in alike)
    leading = statistics.median(each.leading for each in alike)
    if rows < _MANY:
        return replace(mine, left=left, right=max(right, mine.right), leading=leading)
    # A column of nothing but first lines seems to begin where they do.
    inset = (mine.left - left) / mine.em
    if _INDENT[0] <= inset <= _INDENT[1]:
        return replace(mine, left=left, right=max(right, mine.right))
    return replace(mine, right=max(mine.right, mine.left + right - left - 2 * mine.em))


def _measured(block: Block, em: float) -> _Margins:
    pieces = [row.piece for row in block.rows if not row.row_of_cells]
    pieces = pieces or [row.piece for row in block.rows]
    near = 0.5 * em
    lefts = sorted(piece.left for piece in pieces)
    rights = sorted((piece.right for piece in pieces), reverse=True)
    fewest = 2 if len(pieces) >= _MANY else 1
    left = next((a for a in lefts if sum(a <= b <= a + near for b in lefts) >= fewest), lefts[0])
    right = next(
        (a for a in rights if sum(a - 2 * near <= b <= a for b in rights) >= fewest), rights[0]
    )
    steps = [
        after.middle - before.middle
        for before, after in pairwise(pieces)
        if after.middle > before.middle
    ]
    leading = statistics.median_low(steps) if steps else 1.6 * em
    return _Margins(left, right, leading, em, 0.3 if block.loose else 0.0, block.middle)
