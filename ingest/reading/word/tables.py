"""A table's rows with merged cells filled in, so that each row can be read alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from ingest.reading.word.package import Element, child, flattened, local, number, value

if TYPE_CHECKING:
    from ingest.reading.word.body import Printed

Cell: TypeAlias = "tuple[Printed, ...]"
"""What one cell prints."""

_WRAPPERS = frozenset({"ins", "moveTo", "customXml"})
_WIDEST = 200


def rows(table: Element, read_cell: Callable[[Element], Cell]) -> list[list[Cell]]:
    """Return the cells of each row.

    A cell merged downwards is repeated in every row that it spans, one merged sideways
    stands once.

    :param read_cell: called once for each cell that has content of its own, in order.
    """
    found: list[list[Cell]] = []
    above: dict[int, Cell] = {}
    """By column: the content of the cell that reaches down to here."""
    for row in flattened(table, _WRAPPERS):
        if local(row) != "tr":
            continue
        cells: list[Cell] = []
        reaching: dict[int, Cell] = {}
        column = _offset(row)
        for cell in flattened(row, _WRAPPERS):
            if local(cell) != "tc":
                continue
            properties = child(cell, "tcPr")
            width = min(max(number(child(properties, "gridSpan")) or 1, 1), _WIDEST)
            if _merge(properties, "hMerge") != "continue":
                down = _merge(properties, "vMerge")
                content = above.get(column) if down == "continue" else None
                content = read_cell(cell) if content is None else _without_boxes(content)
                if down:
                    reaching[column] = content
                cells.append(content)
            column += width
        above = reaching
        if cells:
            found.append(cells)
    return found


def _offset(row: Element) -> int:
    """Columns that the row leaves out on its left."""
    return max(number(child(row, "trPr", "gridBefore")) or 0, 0)


def _merge(properties: Element | None, direction: str) -> str:
    """Return restart, continue, or nothing for an unmerged cell; no value means continue."""
    merged = child(properties, direction)
    return "" if merged is None else value(merged) or "continue"


def _without_boxes(content: Cell) -> Cell:
    """What hangs on a cell is printed once, beside its first row."""
    kept = tuple(printed for printed in content if not printed.boxed)
    return kept if len(kept) < len(content) else content
