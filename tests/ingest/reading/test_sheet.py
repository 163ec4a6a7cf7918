"""Workbooks: rows as records, values as people see them."""

import datetime as dt
from typing import Any

import openpyxl
import pytest

from ingest.reading import limits
from ingest.reading.contents import Contents
from ingest.reading.sheet.cells import cell_text
from ingest.reading.sheet.reader import read_sheet
from ingest.structure import parse
from knowledge.errors import UnreadableError
from tests.ingest.reading.making_sheets import allowances, saved, workbook


def read(raw: bytes, name: str = "标准表.xlsx") -> Contents:
    return read_sheet(raw, name, lambda _done, _total: None)


def lines(*rows: list[Any], merged: str = "") -> list[str]:
    return read(workbook(("表", list(rows)), merged=merged)).text.split("\n")


def test_rows_become_records_under_a_header_of_two_lines() -> None:
    assert read(allowances()).text.split("\n") == [
        "# 某某市差旅住宿费标准",
        "- 地区：甲市；住宿费标准（元/人·天）—部级：1100；住宿费标准（元/人·天）—其他人员：500；"
        "执行日期：2024年1月31日",
        "- 地区：甲市；住宿费标准（元/人·天）—部级：1000；住宿费标准（元/人·天）—其他人员：450.5；"
        "执行日期：2024年7月1日",
        "- 地区：乙市；住宿费标准（元/人·天）—其他人员：380",
        "注：旺季可以上浮。",
    ]


def test_each_record_stays_a_paragraph_of_its_own() -> None:
    document = parse(read(allowances()).text, name="标准表")
    assert document.document.title == "某某市差旅住宿费标准"
    paragraphs = [each.text for clause in document.clauses for each in clause.paragraphs]
    assert len(paragraphs) == 4
    assert paragraphs[2] == "地区：乙市；住宿费标准（元/人·天）—其他人员：380"


def test_a_record_is_no_article_title_or_heading_whatever_it_holds() -> None:
    rows = [
        ["条款", "内容"],
        ["第一条", "《某某办法》（2018年）"],
        ["第二条", "本办法（试行"],
        ["第三条", "完）"],
    ]
    document = parse("\n".join(lines(*rows)), name="标准表")
    assert document.document.title == "标准表"
    assert [each.text for clause in document.clauses for each in clause.paragraphs] == [
        "条款：第一条；内容：《某某办法》（2018年）",
        "条款：第二条；内容：本办法（试行",
        "条款：第三条；内容：完）",
    ]


def test_many_rows_are_cut_into_clauses_between_rows() -> None:
    rows = [["物品", "用途说明"], *([f"物品{n}", "招待来访的客人时使用" * 3] for n in range(60))]
    document = parse("\n".join(lines(*rows)), name="标准表")
    assert len(document.clauses) > 3
    assert all(len(clause.text) <= 700 for clause in document.clauses)
    paragraphs = [each.text for clause in document.clauses for each in clause.paragraphs]
    assert [text.split("；")[0] for text in paragraphs] == [f"物品：物品{n}" for n in range(60)]


def test_several_sheets_are_sections_and_hidden_ones_are_named_not_read() -> None:
    table = [["物品", "数量"], ["杯子", 10]]
    contents = read(workbook(("甲表", table), ("乙表", table), ("丙表", table), hidden="乙表"))
    assert contents.text.split("\n") == [
        "# 标准表",
        "## 甲表",
        "- 物品：杯子；数量：10",
        "## 丙表",
        "- 物品：杯子；数量：10",
    ]
    assert "「乙表」" in contents.warnings[0]


def test_a_text_typed_into_cells_is_read_as_text() -> None:
    contents = lines(["茶水间管理办法"], ["第一条 用后洗杯。"], [None, "第二条 关水。"])
    assert contents == ["# 标准表", "茶水间管理办法", "第一条 用后洗杯。", "第二条 关水。"]
    document = parse("\n".join(contents), name="标准表")
    assert [clause.article for clause in document.clauses] == ["第一条", "第二条"]


def test_rows_without_a_header_stay_rows() -> None:
    assert lines([1, 2], [3, 4])[1:] == ["| 1 | 2 |", "| 3 | 4 |"]


def test_a_header_repeated_on_each_page_is_no_record() -> None:
    header = ["物品", "数量"]
    assert lines(header, ["杯", 1], header, ["壶", 2])[1:] == [
        "- 物品：杯；数量：1",
        "- 物品：壶；数量：2",
    ]


def test_columns_and_rows_that_are_only_coloured_count_for_nothing() -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for row in (["物品", "数量"], ["杯", 1]):
        sheet.append(row)
    sheet.cell(5000, 300).number_format = "0.00"
    contents = read(saved(book))
    assert contents.text.split("\n") == ["# 标准表", "- 物品：杯；数量：1"]
    assert contents.warnings == ()


@pytest.mark.parametrize(
    ("value", "number_format", "text"),
    [
        (dt.date(2024, 1, 31), "yyyy/m/d", "2024年1月31日"),
        (dt.datetime.fromisoformat("2024-01-31"), "yyyy/m/d", "2024年1月31日"),
        (dt.datetime.fromisoformat("2024-01-01"), 'yyyy"年"m"月"', "2024年1月"),
        (dt.datetime.fromisoformat("2024-01-31T09:30"), "", "2024年1月31日 09:30"),
        (dt.time(9, 30), "", "09:30"),
        (dt.timedelta(hours=26, minutes=5), "", "26:05"),
        (5.0, "General", "5"),
        (0.1 + 0.2, "General", "0.3"),
        (1234567.5, "#,##0.00", "1234567.5"),
        (0.155, "0.0%", "15.5%"),
        (0.5, '0.0"%以内"', "0.5"),
        (123456789012345678, "0", "123456789012345678"),
        (1e-7, "General", "0.0000001"),
        (float("inf"), "General", "inf"),
        (float("nan"), "General", "nan"),
        (True, "", "是"),
        (None, "", ""),
        ("#REF!", "", ""),
        (" 一 行\n两行 ", "", "一 行 两行"),
    ],
)
def test_values_read_as_they_are_seen(value: object, number_format: str, text: str) -> None:
    assert cell_text(value, number_format) == text


def test_formulas_that_were_never_worked_out_are_told() -> None:
    contents = read(workbook(("表", [["物品", "数量", "备注"], ["杯", "=1+1", "无"]])))
    assert "- 物品：杯；备注：无" in contents.text
    assert "公式" in contents.warnings[0]


def test_more_rows_than_the_limit_are_left_out_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [["物品", "数量"], *([f"物品{n}", n] for n in range(100))]
    monkeypatch.setattr(limits, "SHEET_ROWS", 11)
    contents = read(workbook(("表", rows)))
    assert contents.text.count("物品：") == 10
    assert "只读了前 11 行" in contents.warnings[0]


def test_a_table_that_memory_would_not_hold_is_not_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "SHEET_XML", 1000)
    with pytest.raises(UnreadableError, match="太大"):
        read(allowances())


@pytest.mark.parametrize("raw", [workbook(("表", [])), workbook(("表", [[None, " "]]))])
def test_an_empty_workbook_is_refused(raw: bytes) -> None:
    with pytest.raises(UnreadableError, match="没有文字"):
        read(raw)


def test_a_damaged_workbook_is_refused() -> None:
    with pytest.raises(UnreadableError, match="已损坏"):
        read(allowances()[:-100])
