"""Rows of cells → lines: titles, notes, and records 「列名：值；列名：值」 under a header. Pure.

A record is a list entry, so that it stays a paragraph of its own: nothing is joined to it, and
no heading or article is read into it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ingest.reading.contents import escaped

_HEADER_WITHIN = 12
"""Rows, from the top, among which a header is looked for."""

_HEADER_LENGTH = 30
_HEADER_DEPTH = 3
_SHARE = 0.6
_NUMBER_COLUMNS = frozenset(("序号", "编号", "No.", "NO."))
_JOINED = "—"
"""Stands between the two lines of a header in two lines: 住宿标准—部级."""


@dataclass(frozen=True, slots=True)
class Table:
    """A sheet's cells as text.

    ``typed`` marks those that are numbers or dates. ``merged`` are areas whose value stands in
    the first cell: first row, first column, and the row and column after the last, from 0.
    """

    rows: list[list[str]]
    typed: list[list[bool]]
    merged: Sequence[tuple[int, int, int, int]] = ()


def lines_of_table(table: Table) -> list[str]:
    """Return the table's lines; "# …" is the title where the first row is one."""
    rows = _filled(table)
    head = _header(rows, table)
    if head is None:
        return _without_header(rows)
    first, after = head
    columns = _columns(rows[first:after])
    lines = [*_above(rows[:first]), *_body(rows[after:], columns, rows[first])]
    return [line for line in lines if line]


def _filled(table: Table) -> list[list[str]]:
    rows = [list(row) for row in table.rows]
    width = max(map(len, rows), default=0)
    for top, left, bottom, right in table.merged:
        if top >= len(rows) or left >= width:
            continue
        value = rows[top][left]
        for row in rows[top : min(bottom, len(rows))]:
            row[left : min(right, width)] = [value] * (min(right, width) - left)
    # Sheets reach further than what is written in them, by their frames and colours.
    used = [any(column) for column in zip(*rows, strict=True)]
    return [[cell for cell, is_used in zip(row, used, strict=True) if is_used] for row in rows]


def _distinct(row: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(cell for cell in row if cell))


def _header(rows: Sequence[Sequence[str]], table: Table) -> tuple[int, int] | None:
    """Find the rows of the header: the first that names most columns and holds no values."""
    width = max((sum(map(bool, row)) for row in rows), default=0)
    for index, row in enumerate(rows[:_HEADER_WITHIN]):
        names = _distinct(row)
        if len(names) < 2 or sum(map(bool, row)) < _SHARE * width:  # noqa: PLR2004  # one is a title
            continue
        if any(table.typed[index]) or any(len(name) > _HEADER_LENGTH for name in names):
            return None
        after = _end_of_header(index, table)
        if not any(len(_distinct(below)) > 1 for below in rows[after:]):
            return None
        return index, after
    return None


def _end_of_header(first: int, table: Table) -> int:
    """A header of several lines has names merged down, or one name above several."""
    after = first + 1
    for top, left, bottom, right in table.merged:
        if top != first:
            continue
        if bottom - top > 1:
            after = max(after, bottom)
        elif right - left > 1 and _is_header_line(table, first + 1):
            after = max(after, first + 2)
    return min(after, first + _HEADER_DEPTH, len(table.rows))


def _is_header_line(table: Table, index: int) -> bool:
    if index >= len(table.rows):
        return False
    names = _distinct(table.rows[index])
    short = all(len(name) <= _HEADER_LENGTH for name in names)
    return bool(names) and short and not any(table.typed[index])


def _columns(header: Sequence[Sequence[str]]) -> list[str]:
    """Name each column by the lines above it, a name that is merged down once."""
    return [_JOINED.join(_distinct(names)) for names in zip(*header, strict=True)]


def _above(rows: Sequence[Sequence[str]]) -> list[str]:
    """What stands above a header: the title, then notes."""
    lines: list[str] = []
    for row in rows:
        text = " ".join(_distinct(row))
        if text:
            lines.append(escaped(text) if lines else f"# {text}")
    return lines


def _body(
    rows: Sequence[Sequence[str]], columns: Sequence[str], header: Sequence[str]
) -> list[str]:
    lines: list[str] = []
    for row in rows:
        cells = _distinct(row)
        if list(row) == list(header):
            # Repeated on each printed page.
            continue
        if len(cells) == 1:
            lines.append(_alone(row, columns, cells[0]))
        elif cells:
            lines.append(_record(row, columns))
    return lines


def _alone(row: Sequence[str], columns: Sequence[str], text: str) -> str:
    """A row of one value: a note or heading across the sheet, or a record cut short."""
    across = sum(map(bool, row)) == len(row)
    first = next(index for index, cell in enumerate(row) if cell)
    return escaped(text) if across or first == 0 else _record(row, columns)


def _record(row: Sequence[str], columns: Sequence[str]) -> str:
    parts: list[str] = []
    for name, cell in zip(columns, row, strict=True):
        if not cell or name in _NUMBER_COLUMNS:
            continue
        part = f"{name}：{cell}" if name else cell
        # A value merged across columns of one name is said once.
        if part not in parts:
            parts.append(part.rstrip("；"))
    return "- " + "；".join(parts) if parts else ""


def _without_header(rows: Sequence[Sequence[str]]) -> list[str]:
    """A text typed into cells is read as lines, other tables as rows."""
    lines: list[str] = []
    for row in rows:
        cells = _distinct(row)
        if len(cells) == 1:
            lines.append(escaped(cells[0]))
        elif cells:
            lines.append("| " + " | ".join(cell.replace("|", "｜") for cell in row) + " |")
    return lines
