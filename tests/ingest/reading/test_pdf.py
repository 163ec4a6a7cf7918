"""PDF files of all kinds, made here from invented rules, become the text they were made of."""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
from pathlib import Path

import pypdfium2
import pytest
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from ingest.reading.contents import Contents
from ingest.reading.pdf.characters import is_garbage, plain
from ingest.reading.pdf.reader import read_pdf
from ingest.structure import parse
from knowledge.model import ParsedDocument
from tests.ingest.reading.making_pdf import (
    drawn_text,
    joined,
    pdf_of,
    pictures_of,
    scanned_pdf_of,
)

_BODIES = (
    "茶水间由各科室轮流值日，值日人员应当在上班前十分钟烧好开水，下班后切断电源、关好门窗，并在《值日登记簿》上签字。",
    "不得在茶水间存放私人物品；确有需要的，应当贴上“自用”标签，写明姓名和日期，并在三日内取走。逾期不取的，由值日人员代为保管。",
    "使用微波炉的，每次不超过5分钟，用后应当擦拭干净。\n加热气味较大的食物，应当打开排风扇。",
    "有下列情形之一的，值日人员可以提醒：\n（一）用后不洗杯子，把茶叶倒进水池的；\n"
    "（二）取水后不关龙头，致使水流到走廊，影响他人通行，经两次提醒仍不改正，而且拒绝在登记簿上签字的；\n（三）占用冰箱两层以上的。",
    "违反本办法第三条规定的，停用茶水间一周；情节较重的，停用一个月。",
)
_NUMERALS = "一二三四五六七八九"


def _numeral(number: int) -> str:
    tens, ones = divmod(number, 10)
    leading = (_NUMERALS[tens - 1] if tens > 1 else "") + "十" if tens else ""
    return leading + (_NUMERALS[ones - 1] if ones else "")


def rules(articles: int) -> str:
    lines = ["# 某单位茶水间管理办法（试行）", "第一章 总则"]
    for number in range(1, articles + 1):
        if number == articles // 2 + 1:
            lines.append("第二章 使用和值日")
        lines.append(f"第{_numeral(number)}条 {_BODIES[number % len(_BODIES)]}")
    return "\n".join(lines)


RULES = rules(24)
TABLE = (
    "第一条 茶叶每月领用数量如下：\n| 科室 | 红茶（克） | 绿茶（克） |\n| 办公室 | 100 | 200 |\n"
    "| 后勤科 | 150 | 50 |\n第二条 领用应当登记，由专人负责保管。"
)


def read(raw: bytes) -> Contents:
    return read_pdf(raw, "茶水间.pdf", lambda done, total: None)


def parsed(raw: bytes) -> ParsedDocument:
    contents = read(raw)
    return parse(contents.text, name="茶水间", pages=contents.pages)


def said(document: ParsedDocument) -> list[tuple[object, ...]]:
    """All that is cited, without pages and the spaces of typesetting."""

    def bare(text: str) -> str:
        return re.sub(r"\s", "", text)

    return [
        (
            clause.article,
            tuple(bare(heading) for heading in clause.path),
            [
                (bare(each.text), [bare(item.text) for item in each.items])
                for each in clause.paragraphs
            ],
        )
        for clause in document.clauses
    ]


@pytest.mark.parametrize("columns", [1, 2])
def test_typeset_rules_are_read_back_as_they_were(columns: int) -> None:
    read_back = parsed(pdf_of(RULES, columns=columns, header="茶水间制度汇编 2024"))
    assert said(read_back) == said(parse(RULES, name=""))
    assert len(read_back.clauses) == 24
    assert read_back.document.title == "某单位茶水间管理办法（试行）"
    assert not read_back.warnings


def test_paragraphs_without_indents_are_told_by_where_their_lines_end() -> None:
    assert said(parsed(pdf_of(RULES, indent=False))) == said(parse(RULES, name=""))


def test_running_heads_and_page_numbers_are_no_part_of_the_text() -> None:
    text = read(pdf_of(RULES, header="茶水间制度汇编")).text
    assert "汇编" not in text
    assert not re.search(r"^\W*\d+\W*$", text, re.MULTILINE)


@pytest.mark.parametrize(
    "style", ["第{page}页 共{pages}页", "{page}/{pages}", "- {page} -", "{page}"]
)
def test_page_numbers_of_any_style_are_taken_off(style: str) -> None:
    text = read(pdf_of(RULES, number_style=style)).text
    assert text == read(pdf_of(RULES, page_numbers=False)).text


def test_a_year_on_a_line_of_its_own_amid_the_text_stays() -> None:
    assert "\n1998\n" in read(pdf_of(RULES.replace("第二章", "1998\n第二章"))).text


def test_every_clause_knows_the_page_on_which_it_begins() -> None:
    raw = pdf_of(RULES)
    document = parsed(raw)
    with pypdfium2.PdfDocument(raw) as drawn:
        sheets = [page.get_textpage().get_text_range() for page in drawn]
    assert len(sheets) > 1
    for clause in document.clauses:
        on = next(number for number, sheet in enumerate(sheets, 1) if f"{clause.article} " in sheet)
        assert clause.paragraphs[0].page == on


def test_a_paragraph_that_goes_on_overleaf_is_one_paragraph() -> None:
    long = "，".join("杯子用后应当洗净并且放回原处" for _ in range(140)) + "。"
    contents = read(pdf_of(f"第一条 {long}\n第二条 本办法自发布之日起施行。"))
    assert contents.page_count > 1
    assert contents.text.split("\n") == [f"第一条 {long}", "第二条 本办法自发布之日起施行。"]
    assert contents.pages == (1, contents.page_count)


@pytest.mark.parametrize("ruled", [True, False])
def test_a_table_keeps_a_row_on_a_line(ruled: bool) -> None:
    lines = read(pdf_of(TABLE, ruled=ruled)).text.split("\n")
    assert lines == TABLE.split("\n")


def test_a_cell_over_several_rows_is_said_in_each_of_them() -> None:
    made = io.BytesIO()
    canvas = Canvas(made, pagesize=A4)
    for x0, y0, x1, y1 in (
        (100, 700, 400, 700),
        (250, 660, 400, 660),
        (100, 620, 400, 620),
        (100, 620, 100, 700),
        (250, 620, 250, 700),
        (400, 620, 400, 700),
    ):
        canvas.line(x0, y0, x1, y1)
    for x, y, text in ((110, 655, "tea"), (260, 675, "red"), (260, 635, "green")):
        canvas.drawString(x, y, text)
    canvas.save()
    assert read(made.getvalue()).text == "| tea | red |\n| tea | green |"


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_page_lying_on_its_side_is_read_upright(turn: int) -> None:
    turned = io.BytesIO()
    with pypdfium2.PdfDocument(pdf_of(RULES)) as document:
        for page in document:
            page.set_rotation(turn)
        document.save(turned)
    assert said(parsed(turned.getvalue())) == said(parse(RULES, name=""))


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_text_printed_sideways_is_read_upright(turn: int) -> None:
    made = drawn_text(["第一条 用后洗杯。", "第二条 人走灯灭。"], turn=turn)
    assert read(made).text == "第一条 用后洗杯。\n第二条 人走灯灭。"


def test_characters_are_ordered_by_place_and_bold_doubles_are_one() -> None:
    # 引号 stored after the line it belongs to, as some producers do; 杯 printed twice for bold.
    made = drawn_text([], placed=[(0, "用“自"), (4, "”杯"), (5.03, "杯"), (3, "用")])
    assert read(made).text == "用“自用”杯"


def test_look_alikes_become_what_they_mean_and_punctuation_stays() -> None:
    assert plain("⼀⽉⻓\ufb01le，；：（）①ｏ\u00ad\x02") == "一月长file，；：（）①ｏ"


def test_a_text_layer_without_meaning_is_known() -> None:
    assert is_garbage("\ue012\ue013\ue014第条")
    assert is_garbage("µÚÒ»Ìõ Îª")
    assert not is_garbage("第一条 café 的温度是 5 ℃，误差±1")


def test_text_and_scanned_pages_are_read_page_by_page() -> None:
    told: list[tuple[int, int]] = []
    first = "# 茶水间管理办法\n第一条 用后洗杯，把茶叶倒进桶里，不得倒进水池。"
    second = "第二条 最后离开的人应当关灯、断电、锁门。"
    whole = joined(pdf_of(first), scanned_pdf_of(second), pdf_of("第三条 本办法自发布之日起施行。"))
    contents = read_pdf(whole, "混合.pdf", lambda done, total: told.append((done, total)))
    document = parse(contents.text, name="混合", pages=contents.pages)
    assert said(document) == said(
        parse(f"{first}\n{second}\n第三条 本办法自发布之日起施行。", name="")
    )
    assert [clause.paragraphs[0].page for clause in document.clauses] == [1, 2, 3]
    assert told == [(1, 1)]
    assert contents.confidence is not None
    assert contents.confidence > 0.95


def test_a_hidden_text_layer_over_a_scan_is_used_as_it_is() -> None:
    text = "第一条 用后洗杯，把茶叶倒进桶里，不得倒进水池，也不得留在杯中过夜。"
    lines = [text, text.replace("一", "二", 1)]
    picture = pictures_of(pdf_of("\n".join(lines)))[0]
    contents = read(drawn_text(lines, hidden_over=picture))
    assert contents.confidence is None  # nothing was recognised
    assert contents.text.split("\n") == lines


def test_a_text_layer_of_garbage_is_recognised_instead_and_a_warning_says_so() -> None:
    picture = pictures_of(pdf_of("第一条 用后洗杯，把茶叶倒进桶里。"))[0]
    contents = read(drawn_text(["\ue001\ue002\ue003\ue004" * 5], hidden_over=picture))
    assert "用后洗杯" in contents.text
    assert "\ue001" not in contents.text
    assert any("第 1 页" in warning for warning in contents.warnings)


@pytest.fixture(scope="module")
def office() -> str:
    """LibreOffice; where it is missing only a run that is to check everything fails."""
    program = shutil.which("soffice")
    if program is None:
        if os.environ.get("CI"):
            pytest.fail("soffice is missing: install libreoffice-writer")
        pytest.skip("soffice is not installed")
    return program


def test_a_pdf_from_an_office_suite_is_read_back_as_it_was(office: str, tmp_path: Path) -> None:
    paragraphs = "".join(
        f'<p style="text-indent:2em;margin:0;text-align:justify">{line}</p>'
        for line in RULES.replace("# ", "").split("\n")
    )
    source = tmp_path / "茶水间.html"
    source.write_text(f'<meta charset="utf-8"><body>{paragraphs}</body>', encoding="utf-8")
    subprocess.run(
        [
            office,
            "--headless",
            f"-env:UserInstallation=file://{tmp_path / 'profile'}",
            "--convert-to",
            "pdf:writer_web_pdf_Export",
            "--outdir",
            str(tmp_path),
            str(source),
        ],
        check=True,
        capture_output=True,
        timeout=120,
    )
    read_back = parsed((tmp_path / "茶水间.pdf").read_bytes())
    assert said(read_back) == said(parse(RULES, name=""))
