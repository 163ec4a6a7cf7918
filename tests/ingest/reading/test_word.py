from __future__ import annotations

import pytest

from ingest.structure import parse
from knowledge.errors import UnreadableError
from tests.ingest.reading.making_word import (
    NAMESPACES,
    TRACKED,
    changed,
    clauses,
    definition,
    instance,
    level,
    lines,
    numbered,
    paragraph,
    read,
    run,
    typed,
    word,
)

CHINESE = "chineseCountingThousand"


def field(instruction: str, result: str = "", *, ends: bool = True) -> str:
    mark = '<w:r><w:fldChar w:fldCharType="{}"/></w:r>'
    return (
        mark.format("begin")
        + f'<w:r><w:instrText xml:space="preserve">{instruction}</w:instrText></w:r>'
        + (mark.format("separate") + result if result else "")
        + (mark.format("end") if ends else "")
    )


def box(text: str) -> str:
    """A text box as Word writes it: twice, for newer and for older programs."""
    inside = f"<w:txbxContent>{paragraph(text)}</w:txbxContent>"
    return (
        '<w:r><mc:AlternateContent><mc:Choice Requires="wps"><w:drawing><wps:txbx>'
        f"{inside}</wps:txbx></w:drawing></mc:Choice><mc:Fallback><w:pict><v:textbox>"
        f"{inside}</v:textbox></w:pict></mc:Fallback></mc:AlternateContent></w:r>"
    )


def cell(text: str, properties: str = "") -> str:
    content = text if text.startswith("<w:p>") else paragraph(text)
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{content}</w:tc>"


def table(*rows: str) -> str:
    made = "".join(f"<w:tr>{row}</w:tr>" for row in rows)
    return f"<w:tbl><w:tblPr/><w:tblGrid/>{made}</w:tbl>"


def test_a_deleted_paragraph_end_joins_two_paragraphs() -> None:
    mark = f'<w:rPr><w:del w:id="1" {TRACKED}/></w:rPr>'
    assert lines(word(paragraph("前半句，", mark), paragraph("后半句。"))) == ["前半句，后半句。"]


def test_footnotes_stand_at_the_end_and_are_no_part_of_the_article() -> None:
    reference = '<w:r><w:footnoteReference w:id="{}"/></w:r>'
    body = [
        paragraph(run("第一条 纪律") + reference.format(3) + run("是尺。")),
        paragraph(run("第二条 规矩是界。") + reference.format(2)),
    ]
    contents = read(word(*body, footnotes=["后一条注。", "前一条注，见第九条。"]))
    assert contents.text.split("\n") == [
        "第一条 纪律是尺。",
        "第二条 规矩是界。",
        "## 注释",
        "注1：前一条注，见第九条。",
        "注2：后一条注。",
    ]
    found = clauses(contents.text)
    assert [text for article, _, text in found if article] == ["纪律是尺。", "规矩是界。"]
    assert found[-1][:2] == ("", ("注释",))
    assert "2 条脚注" in contents.warnings[0]


def test_merged_cells_are_repeated_down_and_stand_once_across() -> None:
    made = table(
        cell("地区", '<w:vMerge w:val="restart"/>') + cell("标准", '<w:gridSpan w:val="2"/>'),
        cell("", "<w:vMerge/>") + cell("甲|乙") + cell(paragraph("一行") + paragraph("二行")),
        cell("", "<w:vMerge/>") + cell("丙") + cell(""),
    )
    assert lines(word(paragraph("标准如下："), made)) == [
        "标准如下：",
        "| 地区 | 标准 |",
        "| 地区 | 甲｜乙 | 一行 二行 |",
        "| 地区 | 丙 |  |",
    ]


def test_numbers_in_a_table_count_and_a_frame_of_one_column_is_no_table() -> None:
    lists = [definition(0, level(0, "decimal", "%1")), instance(1, 0)]
    made = table(*(cell(numbered("", 1)) + cell(text) for text in ("甲", "乙")))
    frame = table(cell(paragraph("第一条 框中的条文。") + paragraph("第二条 还有一条。")))
    assert lines(word(made, frame, lists=lists)) == [
        "| 1 | 甲 |", "| 2 | 乙 |", "第一条 框中的条文。", "第二条 还有一条。",
    ]  # fmt: skip


def test_a_text_box_is_read_once_and_kept_out_of_articles() -> None:
    head = paragraph(box("某机关文件") + run("某机关办公室"))
    body = [paragraph(box("旁注") + run("第一条 正文。")), paragraph("第二条 后文。")]
    assert lines(word(head)) == ["某机关办公室", "某机关文件"]
    assert lines(word(head, *body)) == [
        "某机关办公室", "某机关文件", "第一条 正文。", "第二条 后文。", "## 文本框", "旁注",
    ]  # fmt: skip


def test_only_what_is_printed_is_read() -> None:
    link = f'<w:hyperlink r:id="x">{run("链接")}</w:hyperlink>'
    control = f"<w:sdt><w:sdtPr/><w:sdtContent>{run('控件')}</w:sdtContent></w:sdt>"
    tag = f'<w:smartTag w:element="x">{run("标记")}</w:smartTag>'
    over, base = run("lián"), run("廉")
    ruby = f"<w:r><w:ruby><w:rt>{over}</w:rt><w:rubyBase>{base}</w:rubyBase></w:ruby></w:r>"
    content = (
        run("可见") + run("隐藏", "<w:vanish/>") + run("软\u00ad连\u200b字") + link + control + tag
        + field(" PAGEREF x ", run("域")) + field(r" eq \o\ac(○,11) ") + ruby
        + '<w:r><w:sym w:font="Wingdings" w:char="F0FE"/><w:softHyphen/></w:r>'
    )  # fmt: skip
    assert lines(word(paragraph(content))) == ["可见软连字链接控件标记域⑪廉☑"]


def test_styles_may_hide_text_and_a_run_may_show_it_again() -> None:
    styles = [
        '<w:style w:type="character" w:styleId="unseen"><w:name w:val="unseen"/>'
        "<w:rPr><w:vanish/></w:rPr></w:style>",
        '<w:style w:type="paragraph" w:styleId="secret"><w:name w:val="secret"/>'
        "<w:rPr><w:vanish/></w:rPr></w:style>",
    ]
    seen = run("可见") + run("隐藏", '<w:rStyle w:val="unseen"/>')
    secret = paragraph(
        run("隐藏") + run("又见", '<w:vanish w:val="0"/>'), '<w:pStyle w:val="secret"/>'
    )
    assert lines(word(paragraph(seen), secret, styles=styles)) == ["可见", "又见"]


def test_a_manual_break_begins_a_line_but_not_within_a_title() -> None:
    broken = run("上行") + "<w:r><w:br/></w:r>" + run("下行")
    body = [paragraph(broken, '<w:pStyle w:val="Title"/>'), paragraph(broken)]
    assert lines(word(*body)) == ["# 上行下行", "上行", "下行"]


def test_marks_of_our_own_notation_are_not_read_into_the_text() -> None:
    text = word(paragraph("# 不是标题"), paragraph("|不是表格"), paragraph("**不是粗体**"))
    found = parse(read(text).text, name="某文").clauses
    assert found[0].text == "# 不是标题\n|不是表格\n**不是粗体**"


def test_a_table_of_contents_is_left_out() -> None:
    entry = run("第一章 总则") + field(" PAGEREF a ", run("3"))
    mark = '<w:r><w:fldChar w:fldCharType="{}"/></w:r>'
    begin = (
        mark.format("begin")
        + "<w:r><w:instrText>TOC \\o</w:instrText></w:r>"
        + mark.format("separate")
    )
    body = [
        paragraph("目  录"),
        paragraph(begin + entry),
        paragraph(run("第二章 处分")),
        paragraph(mark.format("end")),
        paragraph("第一章 总则"),
        paragraph("第一条 正文。"),
    ]
    assert lines(word(*body)) == ["第一章 总则", "第一条 正文。"]
    control = (
        '<w:sdt><w:sdtPr><w:docPartObj><w:docPartGallery w:val="Table of Contents"/>'
        f"</w:docPartObj></w:sdtPr><w:sdtContent>{''.join(body[:3])}</w:sdtContent></w:sdt>"
    )
    assert lines(word(control, *body[4:])) == ["第一章 总则", "第一条 正文。"]


def test_a_table_of_contents_without_an_end_swallows_nothing() -> None:
    broken = field(" TOC ", run("残缺的目录"), ends=False)
    assert "第一条 正文。" in lines(word(paragraph(broken), paragraph("第一条 正文。")))


def test_headings_are_marked_only_where_they_tear_nothing_apart() -> None:
    def styled(text: str, style: str) -> str:
        return paragraph(text, f'<w:pStyle w:val="{style}"/>')

    plain = word(styled("某意见", "Title"), styled("总体要求", "Heading1"), paragraph("正文。"))
    assert lines(plain) == ["# 某意见", "## 总体要求", "正文。"]
    rule = word(
        styled("某规定", "Heading1"),
        styled("（2024年1月1日印发）", "Heading2"),
        styled("某机关纪律检查工作", "Heading2"),
        styled("第一章 总则", "Heading2"),
        styled("一般要求", "Heading3"),
        styled("第一条 正文。", "Heading3"),
        styled("（一）一项；", "Heading4"),
        styled("第二条 后文。", "Heading3"),
        styled("起草说明", "Heading2"),
        paragraph("说明的话。"),
    )
    assert lines(rule) == [
        "# 某规定", "（2024年1月1日印发）", "某机关纪律检查工作", "第一章 总则", "一般要求",
        "第一条 正文。", "（一）一项；", "第二条 后文。", "### 起草说明", "说明的话。",
    ]  # fmt: skip
    paths = [path for article, path, _ in clauses(read(rule).text) if article]
    assert paths == [("第一章 总则",)] * 2


def test_files_of_other_programs_are_read_though_parts_are_missing() -> None:
    raw = typed("第一条 正文。\n第二条 后文。")

    def bare(name: str, content: bytes) -> bytes | None:
        if name.endswith(("styles.xml", "numbering.xml")):
            return None
        return content.replace(b"document.main+xml", b"document.macroEnabled.main+xml")

    def strict(name: str, content: bytes) -> bytes:
        return content.replace(
            b"http://schemas.openxmlformats.org/wordprocessingml/2006/main",
            b"http://purl.oclc.org/ooxml/wordprocessingml/main",
        ).replace(
            b"http://schemas.openxmlformats.org/officeDocument/2006/",
            b"http://purl.oclc.org/ooxml/officeDocument/",
        )

    expected = ["第一条 正文。", "第二条 后文。"]
    assert lines(changed(raw, bare)) == expected
    assert lines(changed(raw, strict)) == expected


def test_entities_are_refused_instead_of_expanded() -> None:
    bomb = (
        f'<!DOCTYPE w:document [<!ENTITY a "炸弹">]><w:document {NAMESPACES}><w:body>'
        "<w:p><w:r><w:t>&a;</w:t></w:r></w:p></w:body></w:document>"
    )

    def change(name: str, content: bytes) -> bytes:
        return bomb.encode() if name == "word/document.xml" else content

    with pytest.raises(UnreadableError, match=r"「某规定.docx」.*DTD"):
        read(changed(typed("x"), change))


def without_text(name: str, content: bytes) -> bytes:
    return content.replace(b"<w:t>x</w:t>", b"<w:drawing/>") if "document" in name else content


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "是空的"),
        (b"\0" * 100, "是空的"),
        (typed(""), "没有文字"),
        (changed(typed("x"), without_text), "只有图片"),
        (typed("某条文" * 900)[:-500], "已损坏或不完整"),
        (typed("某")[:200], "已损坏或不完整"),
        (b"PK\x03\x04" + b"x" * 500, "已损坏或不完整"),
        ("不是文档".encode(), "不是 Word 文档"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
            "设有打开密码",
        ),
        (changed(typed("x"), lambda name, _: None if "document" in name else b"<a/>"), "没有 Word"),
        (changed(typed("x"), lambda name, content: content[:-20]), "已损坏或不完整"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(raw: bytes, said: str) -> None:
    with pytest.raises(UnreadableError, match=f"「某规定.docx」.*{said}.*。$"):
        read(raw)
