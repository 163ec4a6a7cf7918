"""PDF files that cannot be read, or only in part: each is refused by name or warned about."""

from __future__ import annotations

import contextlib
import io

import pytest
from PIL import Image
from reportlab.lib.pagesizes import A4
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

from ingest.reading.contents import Contents
from ingest.reading.pdf import file as pdf_file
from ingest.reading.pdf import reader as pdf
from ingest.reading.pdf.reader import read_pdf
from knowledge.errors import UnreadableError
from tests.ingest.reading.making_pdf import pdf_of, pdf_of_pictures

RULES = "# 某单位茶水间管理办法\n" + "\n".join(
    f"第{number}条 用后洗杯，把茶叶倒进桶里，不得倒进水池。" for number in range(1, 60)
)


def read(raw: bytes) -> Contents:
    return read_pdf(raw, "茶水间.pdf", lambda done, total: None)


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"", "空的"),
        (b"\0\0\n", "空的"),
        (b"hello", "不是完整的 PDF"),
        (b"%PDF-1.7\n%%EOF", "不是完整的 PDF"),
    ],
)
def test_what_is_no_pdf_is_refused_by_name(raw: bytes, message: str) -> None:
    with pytest.raises(UnreadableError, match=message) as caught:
        read(raw)
    assert "「茶水间.pdf」" in str(caught.value)


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9, 0.99])
def test_a_truncated_pdf_is_refused_or_warned_about(share: float) -> None:
    whole = pdf_of(RULES)
    try:
        warnings = read(whole[: int(len(whole) * share)]).warnings
    except UnreadableError as error:
        warnings = (str(error),)
    assert any("不完整" in said or "不是完整的 PDF" in said for said in warnings)


def test_damage_in_the_middle_raises_nothing_unexpected() -> None:
    whole = bytearray(pdf_of(RULES[:120]))
    for start in range(0, len(whole), len(whole) // 9):
        damaged = bytes(whole[:start]) + b"\xff\0<<9 0 R" * 5 + bytes(whole[start + 50 :])
        with contextlib.suppress(UnreadableError):
            assert read(damaged).page_count >= 1


def test_a_pdf_with_a_password_is_refused_and_says_why() -> None:
    made = io.BytesIO()
    lock = StandardEncryption("user", ownerPassword="owner", canPrint=0)
    canvas = Canvas(made, pagesize=A4, encrypt=lock)
    canvas.drawString(100, 700, "tea")
    canvas.save()
    with pytest.raises(UnreadableError, match="密码"):
        read(made.getvalue())


def test_too_many_pages_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf_file, "MOST_PAGES", 1)
    with pytest.raises(UnreadableError, match="拆分"):
        read(pdf_of(RULES))


def test_too_many_scanned_pages_are_refused_before_any_is_recognised(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pdf, "MOST_SCANNED", 1)
    told: list[int] = []
    blank = pdf_of_pictures([Image.new("L", (400, 600), 255)] * 2)
    with pytest.raises(UnreadableError, match="2 页是扫描图片"):
        read_pdf(blank, "扫描.pdf", lambda done, total: told.append(done))
    assert not told


def test_a_blank_pdf_says_that_nothing_was_read() -> None:
    with pytest.raises(UnreadableError, match="没有读出文字"):
        read(pdf_of("", page_numbers=False))
