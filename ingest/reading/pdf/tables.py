"""Tables on a page → one piece a row, as "| a | b |", where lines or alignment make it sure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from ingest.reading.pdf.page import Piece, Rule, em_of, merged, rows_of

_NEAR = 3.0
_SLACK = 1.0
_FEWEST_LINES = 2
_FEWEST_COLUMNS = 2
_FEWEST_ALIGNED = 3
_ALIGNED = 0.6
_APART = 1.5
_SHORT = 16

_Box = tuple[float, float, float, float]


def with_tables(pieces: Sequence[Piece], rules: Sequence[Rule]) -> tuple[Piece, ...]:
    """``pieces`` with those inside ruled tables made into rows."""
    left = list(pieces)
    rows: list[Piece] = []
    for grid in _connected(rules):
        made, inside = _read_grid(grid, left)
        if made:
            rows += made
            left = [piece for piece in left if piece not in inside]
    return tuple(left + rows)


def with_aligned(rows: Sequence[Sequence[Piece]]) -> list[list[Piece]]:
    """Rows of one column of a page, those that stand under one another cell by cell made rows."""
    made: list[list[Piece]] = []
    index = 0
    while index < len(rows):
        end = index + 1
        while end < len(rows) and _same_columns(rows[index], rows[end]):
            end += 1
        if end - index >= _FEWEST_ALIGNED and _are_cells(rows[index:end]):
            made += [[_row_of([piece.text for piece in row], row)] for row in rows[index:end]]
        else:
            made += [list(row) for row in rows[index:end]]
        index = end
    return made


def _same_columns(above: Sequence[Piece], below: Sequence[Piece]) -> bool:
    if len(above) != len(below) or len(above) < _FEWEST_COLUMNS:
        return False
    near = _ALIGNED * max(above[0].size, 1e-6)
    return all(
        abs(one.left - other.left) < near
        or abs((one.left + one.right) - (other.left + other.right)) < 2 * near
        for one, other in zip(above, below, strict=True)
    )


def _are_cells(rows: Sequence[Sequence[Piece]]) -> bool:
    apart = all(
        after.left - before.right > _APART * before.size
        for row in rows
        for before, after in pairwise(row)
    )
    return apart and all(len(piece.text) <= _SHORT for row in rows for piece in row[:-1])


def _row_of(cells: Sequence[str], pieces: Sequence[Piece]) -> Piece:
    shown = [" ".join(cell.split()).replace("|", "\\|") for cell in cells]
    return replace(merged(pieces), text=f"| {' | '.join(shown)} |", cells=True)


def _connected(rules: Sequence[Rule]) -> list[list[Rule]]:
    """Lines that touch one another, as groups."""
    groups: list[tuple[_Box, list[Rule]]] = []
    for rule in rules:
        box, members = (rule.left, rule.top, rule.right, rule.bottom), [rule]
        apart = []
        for other, others in groups:
            if _touch(box, other):
                box, members = _around(box, other), others + members
            else:
                apart.append((other, others))
        groups = [*apart, (box, members)]
    return [members for _, members in groups]


def _touch(one: _Box, other: _Box) -> bool:
    return (
        one[0] <= other[2] + _NEAR
        and other[0] <= one[2] + _NEAR
        and one[1] <= other[3] + _NEAR
        and other[1] <= one[3] + _NEAR
    )


def _around(one: _Box, other: _Box) -> _Box:
    return (
        min(one[0], other[0]),
        min(one[1], other[1]),
        max(one[2], other[2]),
        max(one[3], other[3]),
    )


def _places(values: Sequence[float]) -> list[float]:
    """Sorted values, those of one line drawn twice or in parts being one."""
    places: list[float] = []
    for value in sorted(values):
        if not places or value - places[-1] > _NEAR:
            places.append(value)
    return places


def _read_grid(grid: Sequence[Rule], pieces: Sequence[Piece]) -> tuple[list[Piece], list[Piece]]:
    """The rows of one grid and the pieces they are made of; none where it is no table."""
    across = [rule for rule in grid if rule.top == rule.bottom]
    down = [rule for rule in grid if rule.left == rule.right and rule.top != rule.bottom]
    heights = _places([rule.top for rule in across])
    columns = _places([rule.left for rule in down])
    if len(heights) < _FEWEST_LINES or len(columns) <= _FEWEST_COLUMNS:
        return [], []
    inside = [
        piece
        for piece in pieces
        if heights[0] - _SLACK < piece.middle < heights[-1] + _SLACK
        and columns[0] - _SLACK < (piece.left + piece.right) / 2 < columns[-1] + _SLACK
    ]
    rows = []
    for top, bottom in pairwise(heights):
        cells = []
        for left, right in _cells_across((top + bottom) / 2, columns, down):
            above, below = _height_of((left + right) / 2, (top, bottom), heights, across)
            cells.append(_within(inside, (left, above, right, below)))
        found = [piece for cell in cells for piece in cell]
        if found:
            shown = replace(_row_of(["".join(p.text for p in cell) for cell in cells], found))
            rows.append(replace(shown, top=top, bottom=bottom, left=columns[0], right=columns[-1]))
    return rows, inside


def _cells_across(
    height: float, columns: Sequence[float], down: Sequence[Rule]
) -> list[tuple[float, float]]:
    """Left and right of each cell at ``height``; cells merged sideways have no line between."""
    edges = [
        place
        for place in columns
        if place in (columns[0], columns[-1])
        or any(abs(rule.left - place) <= _NEAR and rule.top < height < rule.bottom for rule in down)
    ]
    return list(pairwise(edges))


def _height_of(
    middle: float, band: tuple[float, float], heights: Sequence[float], across: Sequence[Rule]
) -> tuple[float, float]:
    """Top and bottom of the cell at ``middle``, which may reach over several rows.

    What stands in such a cell is repeated in each of its rows, so that a row says all of it.
    """

    def ruled(height: float) -> bool:
        return any(
            abs(rule.top - height) <= _NEAR and rule.left < middle < rule.right for rule in across
        )

    top = max((h for h in heights if h <= band[0] and ruled(h)), default=heights[0])
    bottom = min((h for h in heights if h >= band[1] and ruled(h)), default=heights[-1])
    return top, bottom


def _within(pieces: Sequence[Piece], box: _Box) -> list[Piece]:
    left, top, right, bottom = box
    found = [
        piece
        for piece in pieces
        if left <= (piece.left + piece.right) / 2 < right and top <= piece.middle < bottom
    ]
    return [piece for row in rows_of(found) for piece in row] if em_of(found) else []
