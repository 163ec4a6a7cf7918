"""Web pages: the whole text, and nothing of the page around it."""

import pytest

from ingest.reading.web.reader import read_web
from ingest.structure import parse
from knowledge.errors import UnreadableError
from knowledge.model import ParsedDocument
from tests.ingest.reading import making_web
from tests.ingest.reading.making_web import ARTICLES, TITLE

AROUND = (
    "首页",
    "要闻",
    "当前位置",
    "打印",
    "相关链接",
    "供暖",
    "主办",
    "ICP",
    "版权",
    "浏览次数",
    "第九条",
)


def lines(page: bytes | str) -> list[str]:
    raw = page.encode() if isinstance(page, str) else page
    return read_web(raw, "甲.html", lambda _done, _total: None).text.split("\n")


def parsed(page: bytes) -> ParsedDocument:
    return parse("\n".join(lines(page)), name="甲")


PAGES = {
    "government": making_web.government_page(),
    "gb2312": making_web.government_page("gb2312"),
    "big5 said, gb18030 meant": making_web.government_page("gb2312").replace(b"gb2312", b"utf-8"),
    "tables": making_web.table_layout_page(),
    "word": making_web.saved_by_word(),
    "divisions": making_web.page_of_divisions(),
    "wechat": making_web.wechat_page(),
    "index": making_web.page_with_index(),
    "no end tags": f"<html><body><h2>{TITLE}</h2>{'<p>'.join(('', *ARTICLES))}".encode(),
    "in pre": f"<html><body><pre>{TITLE}\n{chr(10).join(ARTICLES)}</pre></body></html>".encode(),
    "one span": f"<html><title>{TITLE}</title><body><span>{'<br/>'.join(ARTICLES)}</span>".encode(),
}


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_every_article_comes_out_whole_and_in_order(page: bytes) -> None:
    assert [line for line in lines(page) if line in ARTICLES] == list(ARTICLES)


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_nothing_around_the_text_comes_with_it(page: bytes) -> None:
    text = "\n".join(lines(page))
    assert [word for word in AROUND if word in text] == []


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_title_articles_and_dates_are_found_in_what_comes_out(page: bytes) -> None:
    document = parsed(page)
    assert document.document.title == TITLE
    assert [clause.article for clause in document.clauses[:4]] == [
        "第一条",
        "第二条",
        "第三条",
        "第四条",
    ]
    assert str(document.document.effective) == "2024-03-01"
    assert len(document.clauses[2].paragraphs[0].items) == 3
    assert document.clauses[3].path == ("第二章 附则",)


def test_particulars_above_a_text_are_what_is_known_of_it_and_no_part_of_it() -> None:
    document = parsed(making_web.page_with_index())
    assert document.document.issuer == "后勤处"
    assert str(document.document.issued) == "2024-02-01"
    assert "索引" not in str(document.clauses)


def test_an_annex_in_a_box_of_its_own_belongs_to_the_text() -> None:
    assert lines(making_web.page_of_divisions())[-2:] == [
        "附件：茶水间物品清单",
        "杯子十个，茶壶两把。",
    ]


def test_a_table_of_values_comes_as_rows_with_merged_cells_filled() -> None:
    page = making_web.government_page(body=making_web.paragraphs() + making_web.TABLE)
    assert lines(page)[-6:] == [
        "各类人员的标准如下：",
        "| 人员 | 每日标准（元） | 每日标准（元） |",
        "| 人员 | 住宿 | 伙食 |",
        "| 部级 | 800 | 100 |",
        "| 其他人员 | 500 |  |",
        "第五条　超过标准的，自行承担。",
    ]


def test_a_table_of_links_is_a_menu() -> None:
    menu = "<table><tr><td><a href=a>法规库</a></td><td><a href=b>案例库</a></td></tr></table>"
    assert "法规库" not in "".join(lines(f"<html>{menu}<p>第一条 洗杯。</p><p>第二条 关水。</p>"))


def test_headings_keep_their_level_and_lists_their_numbers() -> None:
    page = "<html><h1>办法</h1><h2>一般要求</h2><ol><li>洗杯。<li>关水。</ol><ul><li>其他。</ul>"
    assert lines(page) == ["# 办法", "## 一般要求", "1. 洗杯。", "2. 关水。", "其他。"]


def test_numbers_that_are_typed_are_not_given_twice() -> None:
    assert lines("<html><ol><li>1. 洗杯。</li><li>（二）关水。</li></ol>") == [
        "1. 洗杯。",
        "（二）关水。",
    ]


def test_marks_of_ours_in_a_page_are_only_characters() -> None:
    assert lines("<html><p># 不是标题。</p><p>| 不是表 |，而是话。</p>") == [
        "\\# 不是标题。",
        "\\| 不是表 |，而是话。",
    ]


def test_hidden_text_and_scripts_are_left_out_but_not_what_stands_beside_them() -> None:
    page = (
        "<html><p>第一条 洗<script>x()</script>杯。</p><p style='display:none'>第二条 藏。</p>"
        "<p>第三条<!-- 注 -->　关<b>水</b>。</p><noscript>请开脚本。</noscript>"
    )
    assert lines(page) == ["第一条 洗杯。", "第三条　关水。"]


def test_a_wrapped_source_makes_no_spaces_between_chinese() -> None:
    assert lines("<html><p>第一条　用后\n    洗杯，use\n  soap。</p>") == [
        "第一条　用后洗杯，use soap。"
    ]


def test_the_site_is_no_title() -> None:
    page = "<html><title>某某市人民政府</title><p>第一条 洗杯。</p><p>第二条 关水。</p>"
    assert lines(page) == ["第一条 洗杯。", "第二条 关水。"]


def test_a_damaged_byte_costs_one_character_where_the_encoding_is_stated() -> None:
    page = making_web.government_page().replace("茶水间由".encode(), b"\xff" + "水间由".encode())
    assert "第二条　\ufffd水间由后勤处管理。" in lines(page)


@pytest.mark.parametrize(
    "page",
    ["<html></html>", "<html><script>x</script></html>", "<html><!-- x --></html>", "<body>"],
)
def test_a_page_without_text_is_refused_with_what_to_do(page: str) -> None:
    with pytest.raises(UnreadableError, match="打印成 PDF"):
        lines(page)
