from __future__ import annotations

from pathlib import Path

import pytest

from ingest.reading.contents import Contents
from ingest.reading.word import old as old_word
from ingest.reading.word.old import read_old_word
from ingest.reading.word.reader import read_word
from ingest.structure import parse
from knowledge.errors import UnreadableError
from tests.ingest.reading.making_word import (
    converted,
    definition,
    instance,
    level,
    numbered,
    paragraph,
    run,
    typed,
    word,
)

CHINESE = "chineseCountingThousand"
ARTICLES = 150


def read(raw: bytes) -> Contents:
    return read_old_word(raw, "某规定.doc", lambda done, of: None)


def told_nothing(done: int, of: int) -> None: ...


def blocks(*, chapters: int, articles: int, levels: int = 1) -> list[str]:
    """Articles under chapters, every fifth with two items."""
    made = []
    for article in range(articles):
        if article % 19 == 0:
            made.append(numbered("某章", chapters))
        made.append(numbered(f"编号为{article + 1}的正文。", 2, levels - 1))
        if article % 5 == 4:
            made += [numbered(text, 2, levels) for text in ("甲项；", "乙项。")]
    return made


@pytest.fixture(scope="module")
def automatic(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, bytes]:
    """A rule with automatic numbers as .docx and, made by LibreOffice, as .doc."""
    lists = [
        definition(0, level(0, CHINESE, "第%1章")),
        definition(1, level(0, CHINESE, "第%1条"), level(1, CHINESE, "（%2）", suffix="nothing")),
        instance(1, 0),
        instance(2, 1),
    ]
    raw = word(*blocks(chapters=1, articles=ARTICLES), lists=lists)
    return raw, converted(raw, ".docx", "doc", tmp_path_factory.mktemp("doc") / "a")


def test_automatic_numbers_survive_the_old_format(automatic: tuple[bytes, bytes]) -> None:
    new, old = automatic
    expected = read_word(new, "某规定.docx", told_nothing).text
    contents = read(old)
    assert contents.text.split("\n") == expected.split("\n")
    found = parse(contents.text, name="某规定").clauses
    assert len(found) == ARTICLES
    assert found[-1].article == "第一百五十条"
    assert contents.warnings == ()


def test_typed_numbers_tables_and_notes_survive_the_old_format(tmp_path: Path) -> None:
    cells = "".join(
        f'<w:tc><w:tcPr><w:tcW w:w="2000" w:type="dxa"/></w:tcPr>{paragraph(text)}</w:tc>'
        for text in ("职级", "标准")
    )
    grid = '<w:gridCol w:w="2000"/>' * 2
    raw = word(
        paragraph("第一章 总则"),
        paragraph(run("第一条 正文") + run("隐藏", "<w:vanish/>") + run("有注")
                  + '<w:r><w:footnoteReference w:id="2"/></w:r>' + run("。")),
        f"<w:tbl><w:tblPr/><w:tblGrid>{grid}</w:tblGrid><w:tr>{cells}</w:tr></w:tbl>",
        paragraph("第二条 后文。"),
        footnotes=["注的话。"],
    )  # fmt: skip
    assert read(converted(raw, ".docx", "doc", tmp_path / "a")).text.split("\n") == [
        "第一章 总则",
        "第一条 正文有注。",
        "| 职级 | 标准 |",
        "第二条 后文。",
        "## 注释",
        "注1：注的话。",
    ]


def running_on(old: bytes, text: str) -> bytes:
    """A .doc whose level printed as ``text`` no longer restarts: MS-DOC 2.9.150, fNoRestart.

    LibreOffice has no such setting, so that it cannot write one.
    """
    changed = bytearray(old)
    at = old.find(text.encode("utf-16-le")) - 2
    for start in range(at - 28, at - 120, -1):
        fixed = old[start : start + 28]
        if fixed[:4] == b"\1\0\0\0" and 28 + fixed[24] + fixed[25] == at - start:
            changed[start + 5] |= 0x08
            changed[start + 26] = 0
            return bytes(changed)
    raise AssertionError("no such level")


def test_articles_run_on_over_chapters_in_one_list(tmp_path: Path) -> None:
    lists = [
        definition(
            0,
            level(0, CHINESE, "第%1章"),
            level(1, CHINESE, "第%2条"),
            level(2, CHINESE, "（%3）"),
        ),
        instance(2, 0),
    ]
    raw = word(*blocks(chapters=2, articles=40, levels=2), lists=lists)
    old = converted(raw, ".docx", "doc", tmp_path / "a")
    again = [line[:3] for line in read(old).text.split("\n") if "正文" in line]
    on = read(running_on(old, "第\1条")).text
    assert again[19] == "第一条"
    assert [clause.article for clause in parse(on, name="某").clauses][-1] == "第四十条"


def test_a_new_document_under_the_old_name_and_the_reverse_are_read(
    automatic: tuple[bytes, bytes],
) -> None:
    assert read(typed("第一条 正文。")).text == "第一条 正文。"
    old = automatic[1]
    assert read_word(old, "某规定.docx", told_nothing).text == read(old).text


def test_libreoffice_is_asked_where_the_converter_gives_up_and_the_admin_is_told(
    automatic: tuple[bytes, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    def gives_up(source: Path, target: Path) -> None:
        raise ValueError(source)

    monkeypatch.setattr(old_word, "convert", gives_up)
    new, old = automatic
    contents = read(old)
    assert contents.text == read_word(new, "某规定.docx", told_nothing).text
    assert "核对条文编号" in contents.warnings[-1]
    monkeypatch.setattr(old_word.shutil, "which", lambda _: None)
    with pytest.raises(UnreadableError, match="已损坏或不完整"):
        read(old)


def test_a_libreoffice_that_hangs_is_ended_with_all_it_started(
    automatic: tuple[bytes, bytes], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    hanging = tmp_path / "soffice"
    hanging.write_text(f"#!/bin/sh\nsleep 60 &\necho $! > {tmp_path}/child\nwait\n")
    hanging.chmod(0o755)
    monkeypatch.setattr(old_word.shutil, "which", lambda _: str(hanging))
    monkeypatch.setattr(old_word, "_SECONDS", 1)
    old = automatic[1]
    with pytest.raises(UnreadableError, match="已损坏或不完整"):
        read(old[:2048] + b"\xff" * (len(old) - 2048) + old[-4096:])
    child = int((tmp_path / "child").read_text())
    stat = Path(f"/proc/{child}/stat")
    assert not stat.exists() or stat.read_text().split()[2] == "Z"


def test_an_encrypted_document_asks_for_its_password_to_be_taken_off(
    automatic: tuple[bytes, bytes],
) -> None:
    old = bytearray(automatic[1])
    start = next(at for at in range(0, len(old), 512) if old[at : at + 2] == b"\xec\xa5")
    old[start + 0x0B] |= 0x01  # fEncrypted
    with pytest.raises(UnreadableError, match=r"「某规定.doc」设有打开密码.*。$"):
        read(bytes(old))


def test_truncated_and_damaged_documents_are_refused(
    automatic: tuple[bytes, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(old_word.shutil, "which", lambda _: None)
    old = automatic[1]
    for raw in (old[: len(old) // 2], old[:600], old[:2048] + b"\xff" * (len(old) - 2048)):
        with pytest.raises(UnreadableError, match=r"「某规定.doc」.*损坏.*。$"):
            read(raw)


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "是空的"),
        (b"{\\rtf1 x}", "RTF"),
        ("网页".encode(), "不是 Word 97—2003 文档"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "不是 Word 97—2003 文档"),
    ],
)
def test_what_is_no_old_document_is_refused_by_name(raw: bytes, said: str) -> None:
    with pytest.raises(UnreadableError, match=f"「某规定.doc」.*{said}.*。$"):
        read(raw)
