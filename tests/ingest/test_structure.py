import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.structure import AFTER_THE_TEXT, parse
from knowledge.errors import UnreadableError
from knowledge.model import Clause, Kind, ParsedDocument

CORPUS = Path(__file__).parents[2].parent / "shared" / "corpus"


def clause(parsed: ParsedDocument, article: str) -> Clause:
    [found] = [clause for clause in parsed.clauses if clause.article == article]
    return found


def articles(parsed: ParsedDocument) -> list[str]:
    return [clause.article for clause in parsed.clauses if clause.article]


RULE = """# 茶水间管理办法

第一编 总　则

第一章　总 则

第一条　为了管好茶水间，制定本办法。

第二条 使用人应当做到：

（一）用后洗杯；

（二）关好水龙头。

违反前款规定的，由值日员提醒。

第二编 分则

第二章 使用

第一节 热水

第三条 热水供应至下午六时。
"""


def test_articles_stand_under_their_headings() -> None:
    parsed = parse(RULE, name="x")
    assert articles(parsed) == ["第一条", "第二条", "第三条"]
    assert clause(parsed, "第一条").path == ("第一编 总则", "第一章 总则")
    assert clause(parsed, "第三条").path == ("第二编 分则", "第二章 使用", "第一节 热水")


def test_items_belong_to_their_paragraph_and_the_line_after_them_is_a_new_one() -> None:
    first, second = clause(parse(RULE, name="x"), "第二条").paragraphs
    assert [item.label for item in first.items] == ["（一）", "（二）"]
    assert first.items[0].text == "（一）用后洗杯；"
    assert second.text == "违反前款规定的，由值日员提醒。"
    assert (first.ordinal, second.ordinal) == (1, 2)


def test_a_line_between_two_items_belongs_to_the_first() -> None:
    text = "第一条 标准如下：\n（一）热水每人一壶。\n节日加倍。\n（二）冷水不限。\n以上均免费。"
    first, second = clause(parse(text, name="x"), "第一条").paragraphs
    assert [item.text for item in first.items] == [
        "（一）热水每人一壶。",
        "节日加倍。",
        "（二）冷水不限。",
    ]
    assert second.text == "以上均免费。"


@pytest.mark.parametrize(
    "text",
    [
        "　　第一条　甲应当做。\n　　第二条　乙应当做。",
        "**第一条** 甲应当做。\n\n**第二条** 乙应当做。",
        "第一条\n\n甲应当做。\n\n第二条\n\n乙应当做。",
        "第一条甲应当做。\n第二条乙应当做。",
        "第1条 甲应当做。\n第 2 条 乙应当做。",
        "第一条：甲应当做。\n第二条、乙应当做。",
        "### 第一条 甲应当做。\n### 第二条 乙应当做。",
    ],
)
def test_articles_are_found_however_they_are_printed(text: str) -> None:
    parsed = parse(text, name="x")
    assert articles(parsed) == ["第一条", "第二条"]
    assert clause(parsed, "第一条").text == "甲应当做。"
    assert clause(parsed, "第二条").text == "乙应当做。"


def test_inserted_articles_keep_their_branch_number() -> None:
    parsed = parse("第九条 甲。\n第九条之一 乙。\n第十条 丙。", name="x")
    assert articles(parsed) == ["第九条", "第九条之一", "第十条"]
    assert not any("不连续" in warning or "重复" in warning for warning in parsed.warnings)


@pytest.mark.parametrize(
    "cited",
    [
        "第九十一条第二款规定的情形，从其规定。",
        "第一条、第三条所列的人员，从其规定。",
        "第一条规定的人员，从其规定。",
        "第一条至第三条的规定，也适用。",
    ],
)
def test_a_citation_at_the_start_of_a_line_is_no_article(cited: str) -> None:
    parsed = parse(f"第一条 甲应当做。\n第二条 乙应当做。\n{cited}\n第三条 丙应当做。", name="x")
    assert articles(parsed) == ["第一条", "第二条", "第三条"]
    assert cited in clause(parsed, "第二条").text


def test_a_wrapped_citation_of_the_next_number_is_no_article() -> None:
    text = (
        "第一条 甲应当做。\n第二条 有前款行为而又不听劝告的，依照本办法\n"
        "第三条给予提醒。\n第三条 由值日员提醒。"
    )
    parsed = parse(text, name="x")
    assert articles(parsed) == ["第一条", "第二条", "第三条"]
    assert "依照本办法第三条给予提醒。" in clause(parsed, "第二条").text


def test_a_line_cut_by_the_page_is_made_whole() -> None:
    text = (
        "第一条 值日员发现水龙头没有关好或者热水壶没\n\n有放回原处的，应当提醒使用人。\n第二条 乙。"
    )
    assert clause(parse(text, name="x"), "第一条").text.count("\n") == 0


def test_a_table_of_contents_is_left_out() -> None:
    contents = "目 录\n第一章 总则\n第二章 附则\n"
    body = "第一章 总则\n第一条 甲。\n第二章 附则\n第二条 乙。"
    parsed = parse(f"# 某规定\n{contents}{body}", name="x")
    assert [clause.path for clause in parsed.clauses] == [("第一章 总则",), ("第二章 附则",)]


def test_markdown_headings_are_headings() -> None:
    text = "# 要点\n## 第一编 总则\n### 第一章 范围\n第一条 甲。\n## 第二编 分则\n第二条 乙。"
    parsed = parse(text, name="x")
    assert clause(parsed, "第一条").path == ("第一编 总则", "第一章 范围")
    assert clause(parsed, "第二条").path == ("第二编 分则",)


def test_a_heading_may_have_its_name_on_the_next_line() -> None:
    parsed = parse("第一章\n总 则\n第一条 甲。\n第二条 乙。", name="x")
    assert clause(parsed, "第一条").path == ("第一章 总则",)


def test_subparts_stand_between_part_and_chapter() -> None:
    text = "第一编 物\n第一分编 通则\n第一章 规定\n第一条 甲。\n第二分编 所有\n第二条 乙。"
    parsed = parse(text, name="x")
    assert clause(parsed, "第一条").path == ("第一编 物", "第一分编 通则", "第一章 规定")
    assert clause(parsed, "第二条").path == ("第一编 物", "第二分编 所有")


def test_unnumbered_headings_between_articles_are_headings() -> None:
    parsed = parse("值日员规范\n第一条 守时。\n使用人规范\n第二条 爱惜。", name="x")
    assert clause(parsed, "第二条").path == ("使用人规范",)
    assert clause(parsed, "第一条").text == "守时。"


def test_a_preamble_is_a_clause_of_its_own() -> None:
    preamble = "全体使用人必须爱护茶水间，共同维护整洁的环境，特提出以下规范。"
    parsed = parse(
        f"# 某规范\n（2020年1月2日发布）\n{preamble}\n第一条 甲。\n第二条 乙。", name="x"
    )
    first = parsed.clauses[0]
    assert (first.article, first.path, first.text) == ("", (), preamble)


def test_a_note_with_dates_alone_is_no_clause() -> None:
    parsed = parse(
        "# 某规定\n（2020年1月2日某会通过\n2020年1月3日某会发布）\n第一条 甲。\n第二条 乙。",
        name="x",
    )
    assert parsed.clauses[0].article == "第一条"


def test_an_annex_is_not_glued_to_the_last_article() -> None:
    parsed = parse("第一条 甲。\n第二条 自发布之日起施行。\n附件：值日表\n周一由甲值日。", name="x")
    assert clause(parsed, "第二条").text == "自发布之日起施行。"
    assert parsed.clauses[-1].path == ("附件：值日表",)
    assert parsed.clauses[-1].text == "周一由甲值日。"


def test_a_signature_is_not_glued_to_the_last_article() -> None:
    parsed = parse("第一条 甲。\n第二条 自发布之日起施行。\n茶水管理办公室\n2020年1月2日", name="x")
    assert clause(parsed, "第二条").text == "自发布之日起施行。"
    assert parsed.clauses[-1].path == (AFTER_THE_TEXT,)
    assert any("第二条之后" in warning for warning in parsed.warnings)


def test_a_second_paragraph_on_entry_into_force_stays() -> None:
    text = "第一条 甲。\n第二条 本办法自2020年1月1日起施行。\n本办法施行前的事，从旧规定。"
    assert len(clause(parse(text, name="x"), "第二条").paragraphs) == 2


def test_slips_and_gaps_are_reported() -> None:
    parsed = parse("第一条 甲。\n弟二条 乙。\n第四条 丁。\n第四条 又丁。\n第三条 丙。", name="x")
    assert articles(parsed) == ["第一条", "第二条", "第四条", "第四条", "第三条"]
    warnings = "\n".join(parsed.warnings)
    assert "「弟二条」疑为误识" in warnings
    assert "编号不连续：第二条之后是第四条" in warnings
    assert "编号重复：第四条" in warnings
    assert "编号倒退：第四条之后是第三条" in warnings


def test_a_case_has_no_articles_of_its_own() -> None:
    text = """# 指导性案例第0号 某甲多接热水案

（2020年指导性案例第0号）

【关键词】

热水；节约

【指导意义】

1.关于是否多接的认定

某甲接水三壶，应当认定为多接，理由是每人以一壶为限。

【相关条款】

《茶水间管理办法》（2020年1月2日）

第五条

每人以一壶为限。

第六条 违者提醒。
"""
    parsed = parse(text, name="x")
    assert parsed.document.kind is Kind.CASE
    assert articles(parsed) == []
    assert [clause.path for clause in parsed.clauses] == [
        ("关键词",),
        ("指导意义", "1.关于是否多接的认定"),
        ("相关条款", "《茶水间管理办法》（2020年1月2日）"),
    ]


def test_text_without_articles_is_cut_at_its_headings() -> None:
    text = """# 关于节约用水的意见

各部门要节约用水，现提出以下意见，请遵照执行。

一、提高认识

（一）加强宣传

要在显眼处张贴标语，提醒每一个人节约用水。

二、加强检查。值日员应当每日检查水龙头，做好记录。

三、

各部门要落实责任。
"""
    parsed = parse(text, name="x")
    assert [clause.path for clause in parsed.clauses] == [
        (),
        ("一、提高认识", "（一）加强宣传"),
        ("二、加强检查",),
        ("三、各部门要落实责任",),
    ]
    assert parsed.clauses[-1].text == "三、各部门要落实责任。"


def test_a_long_section_is_cut_between_paragraphs() -> None:
    paragraph = "节约用水人人有责，" * 30 + "请大家落实。"
    parsed = parse("# 某意见\n## 一、认识\n" + "\n\n".join([paragraph] * 4), name="x")
    assert len(parsed.clauses) == 2
    assert {clause.path for clause in parsed.clauses} == {("一、认识",)}
    assert all(len(clause.text) <= 600 for clause in parsed.clauses)


def test_a_long_article_is_never_cut() -> None:
    parsed = parse("第一条 " + "节约用水，" * 400 + "完。\n第二条 乙。", name="x")
    assert len(clause(parsed, "第一条").text) > 1900


def test_marks_and_escapes_are_undone() -> None:
    parsed = parse("第一条 依照某发\\[2003\\]1号**文件**办理。\n第二条 乙。", name="x")
    assert clause(parsed, "第一条").text == "依照某发[2003]1号文件办理。"


def test_table_rows_are_no_paragraphs_of_their_own() -> None:
    text = "第一条 标准如下：\n| 类别 | 元 |\n| --- | --- |\n| 一类 | 5 |\n其余从简。\n第二条 乙。"
    first, second = clause(parse(text, name="x"), "第一条").paragraphs
    assert len(first.items) == 3
    assert second.text == "其余从简。"


def test_a_list_that_nothing_leads_to_is_a_row_of_paragraphs() -> None:
    parsed = parse(
        "# 甲\n## 一、次数\n- 每周一次\n- 每月一报\n## 二、数目\n共有：\n- 一壶", name="x"
    )
    alone, led = parsed.clauses
    assert [paragraph.text for paragraph in alone.paragraphs] == ["每周一次", "每月一报"]
    assert [item.text for item in led.paragraphs[0].items] == ["一壶"]


def test_annexes_named_in_a_notice_are_told_from_the_annexes() -> None:
    text = (
        "# 关于节水的通知\n请认真执行下列办法。\n附件：节水办法\n\n附件：\n节水从我做起，人人有责。"
    )
    assert [clause.path for clause in parse(text, name="x").clauses] == [(), ("附件",)]
    numbered = "第一条 甲。\n第二条 乙。\n附件1：登记表\n请填写。\n附件2：说明\n请用钢笔。"
    paths = [clause.path for clause in parse(numbered, name="x").clauses]
    assert paths[2:] == [("附件1：登记表",), ("附件2：说明",)]


def test_the_same_content_has_the_same_ids() -> None:
    assert parse(RULE, name="甲") == parse(RULE, name="乙")
    first = parse(RULE, name="x")
    assert first.document.id != parse(RULE.replace("六时", "七时"), name="x").document.id
    assert [clause.id for clause in first.clauses][:2] == [
        f"{first.document.id}-0001",
        f"{first.document.id}-0002",
    ]


def test_an_empty_text_is_reported() -> None:
    parsed = parse("", name="空文件")
    assert parsed.document.title == "空文件"
    assert any("没有读出正文" in warning for warning in parsed.warnings)


FRAGMENTS = [
    "第一条",
    "第二条 ",
    "弟三条",
    "第一章",
    "第一章 总则",
    "附件：",
    "附：1.",
    "（一）",
    "一、",
    "1.",
    "【关键词】",
    "# ",
    "## ",
    "- ",
    "目录",
    "自2020年1月1日起施行",
    "自发布之日起30日后施行",
    "9999年12月31日发布",
    "《甲》",
    "废止",
    "。",
    "，",
    "某案",
    "总则",
]
fragments = st.sampled_from([*FRAGMENTS, "\n", "\n\n", "| a |", "---\n", "**", "\\["])


@settings(max_examples=150, deadline=None)
@given(st.lists(fragments | st.text(max_size=8), max_size=30).map("".join))
def test_any_text_is_parsed_into_its_own_characters(text: str) -> None:
    try:
        parsed = parse(text, name="x")
    except UnreadableError:
        assert text.startswith("---")
        return
    for entry in parsed.clauses:
        assert entry.paragraphs
        assert set(entry.text) <= set(text) | {"\n"}


def corpus_manifest() -> list[dict[str, object]]:
    path = CORPUS / "manifest.json"
    if not path.is_file():
        pytest.skip("the corpus is not here")
    entries: list[dict[str, object]] = json.loads(path.read_text(encoding="utf-8"))
    return entries


def test_every_article_of_the_corpus_is_found() -> None:
    for entry in corpus_manifest():
        path = CORPUS / str(entry["file"])
        parsed = parse(path.read_text(encoding="utf-8"), name=path.stem)
        assert parsed.document.title == entry["title"]
        # The manifest counts articles that cases quote, and passes over misspelt ones.
        slips = sum("疑为误识" in warning for warning in parsed.warnings)
        counted = 0 if entry["kind"] == "cases" else entry["articles"]
        assert len(set(articles(parsed))) - slips == counted, entry["title"]
