"""Workbooks as offices make them, for tests."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

from openpyxl import Workbook


def workbook(*sheets: tuple[str, list[list[Any]]], merged: str = "", hidden: str = "") -> bytes:
    """A workbook with ``sheets`` (name, rows); ``merged`` are areas of the first, "A1:C1 …"."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets:
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
        if name == hidden:
            sheet.sheet_state = "hidden"
    for area in merged.split():
        book.worksheets[0].merge_cells(area)
    return saved(book)


def saved(book: Workbook) -> bytes:
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def allowances() -> bytes:
    """A title across the sheet, a header of two lines, a city merged down, a note at the end."""
    rows: list[list[Any]] = [
        ["某某市差旅住宿费标准", None, None, None, None],
        ["序号", "地区", "住宿费标准（元/人·天）", None, "执行日期"],
        [None, None, "部级", "其他人员", None],
        [1, "甲市", 1100, 500, dt.date(2024, 1, 31)],
        [2, None, 1000.0, 450.5, dt.datetime.fromisoformat("2024-07-01")],
        [3, "乙市", None, 380, None],
        ["注：旺季可以上浮。", None, None, None, None],
    ]
    merged = "A1:E1 A2:A3 B2:B3 C2:D2 E2:E3 B4:B5 A7:E7"
    return workbook(("标准", rows), merged=merged)
