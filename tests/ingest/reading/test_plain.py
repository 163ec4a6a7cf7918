"""Text files: which encoding, and whether they are text."""

import pytest

from ingest.reading.plain import read_plain
from knowledge.errors import UnreadableError

SIMPLE = "第一条　为了管好茶水间，制定本办法。\n第二条　用后洗杯，随手关水。\n"
TRADITIONAL = "第一條　為了管好茶水間，制定本辦法。\n第二條　用後洗杯，隨手關水。\n" * 3


def read(raw: bytes) -> str:
    contents = read_plain(raw, "甲.txt", lambda _done, _total: None)
    assert contents.pages == ()
    return contents.text


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "gb2312", "gbk", "gb18030"]
)
def test_the_encodings_in_use_are_told_apart(encoding: str) -> None:
    assert read(SIMPLE.encode(encoding)) == SIMPLE


def test_utf_16_in_either_order_needs_its_mark() -> None:
    assert read(b"\xfe\xff" + SIMPLE.encode("utf-16-be")) == SIMPLE
    with pytest.raises(UnreadableError, match="另存为 UTF-8"):
        read(SIMPLE.encode("utf-16-be"))


def test_big5_is_not_taken_for_gb18030_though_it_decodes_as_such() -> None:
    raw = TRADITIONAL.encode("big5")
    assert raw.decode("gb18030") != TRADITIONAL
    assert read(raw) == TRADITIONAL


def test_rare_characters_do_not_make_a_text_big5() -> None:
    text = "第一条　䶮、㙓、𠮷、等人名照写。\n" * 20
    assert read(text.encode("gb18030")) == text


def test_markdown_and_line_ends_stay_as_they_are() -> None:
    text = "---\ntitle: 办法\n---\n# 办法\r\n\r\n**第一条** 用后洗杯。\\\n| a | b |\n"
    assert read(text.encode()) == text


@pytest.mark.parametrize("raw", [b" \r\n\t", b"\xef\xbb\xbf \n", "\u3000\n".encode()])
def test_blank_files_are_refused(raw: bytes) -> None:
    with pytest.raises(UnreadableError, match=r"「甲\.txt」是空的"):
        read(raw)


@pytest.mark.parametrize(
    "raw", [SIMPLE.encode()[:-2], SIMPLE.encode() + b"\xff" * 9, b"\xff\xfe\0"]
)
def test_bytes_that_no_encoding_explains_are_refused_not_guessed_at(raw: bytes) -> None:
    with pytest.raises(UnreadableError, match=r"认不出「甲\.txt」的文字编码"):
        read(raw)


@pytest.mark.parametrize("raw", [b"a\0b", b"\x01\x02\x03", "第一条\x1b".encode()])
def test_control_characters_show_that_it_is_no_text(raw: bytes) -> None:
    with pytest.raises(UnreadableError, match="不是文本文件"):
        read(raw)
