"""Excel workbooks: a row with a header above it as one record, other rows as table rows."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import PurePosixPath

import openpyxl
from openpyxl.worksheet.worksheet import Worksheet

from ingest.reading import limits
from ingest.reading.archive import BETWEEN
from ingest.reading.contents import Contents, Told
from ingest.reading.kinds import broken
from ingest.reading.sheet.cells import cell_text
from ingest.reading.sheet.records import Table, lines_of_table
from knowledge.errors import UnreadableError

_SHEET_PART = re.compile(r"xl/worksheets/[^/]+\.xml", re.IGNORECASE)
_UNCOUNTED = re.compile(rb"<f\b[^<>]*>[^<]*</f>\s*(?:<v\s*/>|<v></v>|</c>)")


def read_sheet(raw: bytes, name: str, told: Told) -> Contents:
    """Read a workbook: each visible sheet a section, each of its rows a record where it can be.

    :raises UnreadableError: where it is damaged, too large, or empty.
    """
    warnings = list(_checked(raw, name))
    book = _opened(raw, name)
    visible = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
    hidden = [sheet.title for sheet in book.worksheets if sheet.sheet_state != "visible"]
    if hidden:
        listed = "、".join(f"「{title}」" for title in hidden[:10])
        warnings.append(f"隐藏的工作表没有读：{listed}。需要的话请取消隐藏后再导入。")
    sections: list[tuple[str, list[str]]] = []
    left = limits.SHEET_CELLS
    for done, sheet in enumerate(visible[: limits.SHEETS], start=1):
        table, cut = _table(sheet, left)
        left -= sum(map(len, table.rows))
        if cut:
            warnings.append(f"工作表「{sheet.title}」太大，只读了前 {len(table.rows)} 行。")
        if lines := lines_of_table(table):
            sections.append((sheet.title, lines))
        told(done, len(visible))
    if not sections:
        raise UnreadableError(f"「{name}」的工作表里没有文字。请检查内容，或者把它移出导入的范围。")
    return Contents("\n".join(_text(sections, name)), warnings=tuple(warnings))


def _text(sections: list[tuple[str, list[str]]], name: str) -> Iterator[str]:
    """Put a title above all, and where there are several sheets the name of each above it."""
    if len(sections) == 1 and sections[0][1][0].startswith("# "):
        yield from sections[0][1]
        return
    yield f"# {PurePosixPath(name.rpartition(BETWEEN)[2]).stem}"
    for title, lines in sections:
        if len(sections) > 1:
            yield f"## {title}"
        # A sheet's own title is one line among others under the workbook's.
        yield from (line.removeprefix("# ") for line in lines)


def _checked(raw: bytes, name: str) -> Iterator[str]:
    """Look at the XML before it is loaded: how much it is, and whether formulas have values.

    :raises UnreadableError: where it is more than memory holds.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as opened:
            parts = [info for info in opened.infolist() if _SHEET_PART.fullmatch(info.filename)]
            size = sum(info.file_size for info in parts)
            if size > limits.SHEET_XML:
                raise UnreadableError(
                    f"「{name}」的表格太大（解开后 {size // limits.MIB} MB）。"
                    "请拆成几个文件，或者删去空行空列后另存再导入。"
                )
            if any(_UNCOUNTED.search(opened.read(info)) for info in parts):
                yield (
                    "有些公式还没有计算结果，这些格子没有读。"
                    "请用 Excel 或 WPS 打开，保存一次后重新导入。"
                )
    except (zipfile.BadZipFile, OSError, EOFError, ValueError, RuntimeError) as error:
        raise broken(name) from error


def _opened(raw: bytes, name: str) -> openpyxl.Workbook:
    if not openpyxl.DEFUSEDXML:
        raise UnreadableError("缺少 defusedxml，读表格不安全。请重新安装（make setup）后再导入。")
    try:
        return openpyxl.load_workbook(io.BytesIO(raw), data_only=True, keep_links=False)
    except (MemoryError, UnreadableError):
        raise
    except Exception as error:  # openpyxl raises whatever a damaged part runs it into
        raise broken(name) from error


def _table(sheet: Worksheet, left: int) -> tuple[Table, bool]:
    """Take a sheet's values as text, merged ones in every cell they cover."""
    # Only what is written: a colour in the last column would make a million empty cells.
    written = {
        (row - 1, column - 1): cell
        for (row, column), cell in sheet._cells.items()
        if cell.value is not None and column <= limits.SHEET_COLUMNS
    }
    height = max((row for row, _ in written), default=-1) + 1
    width = max((column for _, column in written), default=-1) + 1
    last = min(height, limits.SHEET_ROWS, left // max(width, 1))
    rows = [[""] * width for _ in range(last)]
    typed = [[False] * width for _ in range(last)]
    for (row, column), cell in written.items():
        if row < last:
            rows[row][column] = cell_text(cell.value, str(cell.number_format))
            typed[row][column] = not isinstance(cell.value, str)
    merged = [
        (span.min_row - 1, span.min_col - 1, span.max_row, span.max_col)
        for span in sheet.merged_cells.ranges
    ]
    return Table(rows, typed, merged), height > last
