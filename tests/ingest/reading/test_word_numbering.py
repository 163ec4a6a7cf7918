from __future__ import annotations

import re
from pathlib import Path

import pytest

from knowledge.numerals import int_to_chinese
from tests.ingest.reading.making_word import (
    TRACKED,
    clauses,
    converted,
    definition,
    instance,
    level,
    lines,
    numbered,
    paragraph,
    read,
    run,
    word,
)

CHINESE = "chineseCountingThousand"


def rule(*, automatic: bool) -> tuple[list[str], list[str]]:
    """150 articles in 8 chapters, every third with items: its blocks, and the lines they print."""
    blocks, printed = [], []

    def add(label: str, gap: str, text: str, list_id: int, depth: int) -> None:
        printed.append(f"{label}{gap}{text}")
        blocks.append(
            numbered(text, list_id, depth) if automatic else paragraph(f"{label}{gap}{text}")
        )

    for article in range(1, 151):
        if article % 19 == 1:
            chapter = int_to_chinese(article // 19 + 1)
            add(f"第{chapter}章", " ", f"第{chapter}部分的规矩", 1, 0)
        ends = "有下列情形之一的，给予警告处分：" if article % 3 == 0 else "应当遵守纪律。"
        number = int_to_chinese(article)
        add(f"第{number}条", " ", f"规定所说的第{number}类人员，{ends}", 2, 0)
        for item in range(1, 13 if article % 30 == 0 else 4):
            if article % 3 == 0:
                add(f"（{int_to_chinese(item)}）", "", f"情形{item}；", 2, 1)
    return blocks, printed


RULE_LISTS = (
    definition(0, level(0, CHINESE, "第%1章")),
    definition(1, level(0, CHINESE, "第%1条"), level(1, CHINESE, "（%2）", suffix="nothing")),
    instance(1, 0),
    instance(2, 1),
)


def test_automatic_numbers_make_the_same_150_articles_as_typed_ones() -> None:
    blocks, printed = rule(automatic=True)
    contents = read(word(*blocks, lists=RULE_LISTS))
    assert contents.text.split("\n") == printed
    found = clauses(contents.text)
    assert len(found) == 150
    assert found == clauses("\n".join(printed))
    assert contents.warnings == ()


def test_typed_numbers_are_left_as_they_are() -> None:
    blocks, printed = rule(automatic=False)
    assert lines(word(*blocks)) == printed


def test_automatic_numbers_are_those_that_libreoffice_prints(tmp_path: Path) -> None:
    blocks, _ = rule(automatic=True)
    styles = [CHINESE, "decimal", "upperRoman", "lowerLetter", "chineseLegalSimplified"]
    lists = [
        *(definition(index, level(0, style, "%1、")) for index, style in enumerate(styles, 5)),
        *(instance(index, index) for index in range(5, 5 + len(styles))),
    ]
    more = [numbered("某项", index) for index in range(5, 5 + len(styles)) for _ in range(120)]
    definitions = sorted([*RULE_LISTS, *lists], key=lambda each: each.startswith("<w:num "))
    raw = word(*blocks, *more, lists=definitions)
    text = converted(raw, ".docx", "txt:Text (encoded):UTF8", tmp_path / "a").decode("utf-8-sig")
    printed = [re.sub(r"\s", "", line) for line in text.split("\n") if line.strip()]
    assert [re.sub(r"\s", "", line) for line in lines(raw)] == printed


def test_libreoffice_s_own_docx_reads_the_same(tmp_path: Path) -> None:
    blocks, printed = rule(automatic=True)
    raw = converted(word(*blocks, lists=RULE_LISTS), ".docx", "docx", tmp_path / "a")
    assert lines(raw) == printed


@pytest.mark.parametrize(
    ("style", "number", "expected"),
    [
        (CHINESE, 10, "十"),
        (CHINESE, 20, "二十"),
        (CHINESE, 100, "一百"),
        (CHINESE, 101, "一百零一"),
        (CHINESE, 110, "一百一十"),
        (CHINESE, 111, "一百一十一"),
        ("chineseCounting", 99, "九十九"),
        ("chineseCounting", 101, "一○一"),
        ("taiwaneseCounting", 11, "十一"),
        ("japaneseCounting", 110, "百十"),
        ("ideographDigital", 10, "一〇"),
        ("chineseLegalSimplified", 12, "壹拾贰"),
        ("decimal", 12, "12"),
        ("decimalZero", 7, "07"),
        ("decimalFullWidth", 12, "１２"),
        ("decimalEnclosedCircle", 20, "⑳"),
        ("decimalEnclosedCircle", 21, "21"),
        ("upperRoman", 14, "XIV"),
        ("lowerRoman", 9, "ix"),
        ("lowerLetter", 28, "bb"),
        ("upperLetter", 26, "Z"),
        ("ideographTraditional", 3, "丙"),
        ("ideographZodiac", 12, "亥"),
    ],
)
def test_each_format_is_written_as_word_writes_it(style: str, number: int, expected: str) -> None:
    start = f'<w:lvlOverride w:ilvl="0"><w:startOverride w:val="{number}"/></w:lvlOverride>'
    lists = [definition(0, level(0, style, "[%1]")), instance(1, 0, start)]
    assert lines(word(numbered("某", 1), lists=lists)) == [f"[{expected}] 某"]


def test_articles_run_on_over_chapters_while_sections_begin_anew() -> None:
    lists = [
        definition(
            0,
            level(0, CHINESE, "第%1章"),
            level(1, CHINESE, "第%2节"),
            level(2, CHINESE, "第%3条", '<w:lvlRestart w:val="0"/>'),
            level(3, CHINESE, "（%4）", suffix="nothing"),
        ),
        instance(1, 0),
    ]
    body = [numbered("某", 1, depth) for depth in (0, 1, 2, 3, 3, 2, 3, 1, 2, 0, 1, 2)]
    assert lines(word(*body, lists=lists)) == [
        "第一章 某", "第一节 某", "第一条 某", "（一）某", "（二）某", "第二条 某", "（一）某",
        "第二节 某", "第三条 某", "第二章 某", "第一节 某", "第四条 某",
    ]  # fmt: skip


def test_several_levels_in_one_number_and_the_legal_form_of_it() -> None:
    lists = [
        definition(
            0,
            level(0, CHINESE, "第%1章"),
            level(1, "decimal", "%1.%2", "<w:isLgl/>"),
            level(2, "lowerLetter", "%1.%2.%3"),
        ),
        instance(1, 0),
    ]
    body = [numbered("某", 1, depth) for depth in (0, 1, 1, 2, 0, 1)]
    assert lines(word(*body, lists=lists)) == [
        "第一章 某", "1.1 某", "1.2 某", "一.2.a 某", "第二章 某", "2.1 某",
    ]  # fmt: skip


def test_lists_of_one_definition_count_on_until_one_restarts() -> None:
    restart = '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="5"/></w:lvlOverride>'
    lists = [
        definition(0, level(0, "decimal", "%1、")),
        instance(1, 0),
        instance(2, 0),
        instance(3, 0, restart),
    ]
    body = [numbered("某", list_id) for list_id in (1, 1, 2, 1, 3, 3, 1)]
    body.insert(2, paragraph("中间隔着一段话。"))
    assert lines(word(*body, lists=lists)) == [
        "1、某", "2、某", "中间隔着一段话。", "3、某", "4、某", "5、某", "6、某", "7、某",
    ]  # fmt: skip


def test_an_override_may_bring_a_level_of_its_own() -> None:
    own = f'<w:lvlOverride w:ilvl="0">{level(0, CHINESE, "第%1条")}</w:lvlOverride>'
    lists = [definition(0, level(0, "decimal", "%1、")), instance(1, 0, own)]
    assert lines(word(numbered("某", 1), lists=lists)) == ["第一条 某"]


def test_a_definition_may_lie_behind_a_list_style() -> None:
    lists = [
        definition(0, level(0, CHINESE, "第%1条"), more='<w:styleLink w:val="条文"/>'),
        definition(1, more='<w:numStyleLink w:val="条文"/>'),
        instance(1, 0),
        instance(2, 1),
    ]
    assert lines(word(numbered("某", 2), lists=lists)) == ["第一条 某"]


def test_styles_number_their_paragraphs_and_those_based_on_them() -> None:
    def style(key: str, more: str) -> str:
        return (
            f'<w:style w:type="paragraph" w:customStyle="1" w:styleId="{key}">'
            f'<w:name w:val="{key}"/>{more}</w:style>'
        )

    in_list = "<w:pPr><w:numPr>{}</w:numPr></w:pPr>"
    styles = [
        style("chapter", in_list.format('<w:numId w:val="1"/>')),
        # The level is said by the list alone, which names the style.
        style("article", in_list.format('<w:numId w:val="1"/>')),
        style("child", '<w:basedOn w:val="article"/>'),
        style("bare", '<w:basedOn w:val="article"/>' + in_list.format('<w:numId w:val="0"/>')),
        style("deeper", '<w:basedOn w:val="chapter"/>' + in_list.format('<w:ilvl w:val="2"/>')),
    ]
    lists = [
        definition(
            0,
            level(0, CHINESE, "第%1章", '<w:pStyle w:val="chapter"/>'),
            level(1, CHINESE, "第%2条", '<w:pStyle w:val="article"/>'),
            level(2, CHINESE, "（%3）"),
        ),
        instance(1, 0),
    ]
    used = ["chapter", "article", "child", "bare", "deeper"]
    body = [paragraph("某", f'<w:pStyle w:val="{key}"/>') for key in used]
    body.append(numbered("某", 0, 0, '<w:pStyle w:val="article"/>'))
    assert lines(word(*body, lists=lists, styles=styles)) == [
        "第一章 某", "第一条 某", "第二条 某", "某", "（一）某", "某",
    ]  # fmt: skip


def test_an_article_that_opens_like_a_citation_stays_an_article() -> None:
    """第一条规定…, without a space, would be taken for a mention of another article."""
    lists = [definition(0, level(0, CHINESE, "第%1条", suffix="nothing")), instance(1, 0)]
    body = [numbered("规定本办法的目的。", 1), numbered("的确如此。", 1)]
    found = clauses(read(word(*body, lists=lists)).text)
    assert [(article, text) for article, _, text in found] == [
        ("第一条", "规定本办法的目的。"),
        ("第二条", "的确如此。"),
    ]


def test_a_list_without_a_definition_is_said_to_have_lost_its_numbers() -> None:
    contents = read(word(numbered("某", 7)))
    assert contents.text == "某"
    assert "自动编号" in contents.warnings[0]


def test_bullets_are_points_of_a_list() -> None:
    lists = [definition(0, level(0, "bullet", "\uf0b7")), instance(1, 0)]
    assert lines(word(paragraph("包括："), numbered("某", 1), lists=lists)) == ["包括：", "- 某"]


def test_tracked_changes_are_accepted_and_deleted_articles_do_not_count() -> None:
    lists = [definition(0, level(0, CHINESE, "第%1条")), instance(1, 0)]
    gone = (
        '<w:p><w:pPr><w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr>'
        f'<w:rPr><w:del w:id="1" {TRACKED}/></w:rPr></w:pPr>'
        f'<w:del w:id="2" {TRACKED}><w:r><w:delText>删去的。</w:delText></w:r></w:del></w:p>'
    )
    edited = (
        run("应当")
        + f'<w:del w:id="3" {TRACKED}><w:r><w:delText>不</w:delText></w:r></w:del>'
        + f'<w:ins w:id="4" {TRACKED}>{run("严格")}</w:ins>'
        + f'<w:moveFrom w:id="5" {TRACKED}>{run("搬走")}</w:moveFrom>'
        + f'<w:moveTo w:id="6" {TRACKED}>{run("遵守")}</w:moveTo>'
        + run("。")
    )
    body = [numbered("首先。", 1), gone, numbered(edited, 1)]
    assert lines(word(*body, lists=lists)) == ["第一条 首先。", "第二条 应当严格遵守。"]
