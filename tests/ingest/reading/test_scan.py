"""Scans made here from invented rules: what is printed is recognised, what is unsure is listed."""

from __future__ import annotations

import io
import logging
import re
import socket
import struct
import zlib
from difflib import SequenceMatcher
from functools import partial
from pathlib import Path

import pytest
from PIL import Image

from ingest.reading.contents import Contents
from ingest.reading.pdf import scan
from ingest.reading.pdf.scan import page_of_picture, read_picture
from ingest.reading.pdf.text import DOUBTFUL
from ingest.structure import parse
from knowledge.errors import UnreadableError
from tests.ingest.reading.making_pdf import bytes_of, pdf_of, pictures_of, scan_of

RULES = """# 某单位茶水间管理办法
第一章 总则
第一条 为了管好茶水间，方便职工用水，节约用电，根据《办公区管理规定（试行）》，制定本办法。
第二条 本办法适用于本单位全体职工，以及在本单位实习、借调的人员。
第三条 值日人员应当在上班前十分钟烧好开水，下班后切断电源、关好门窗，并在《值日登记簿》上签字。
第二章 使用
第四条 有下列情形之一的，值日人员可以提醒：
（一）用后不洗杯子，把茶叶倒进水池的；
（二）取水后不关龙头，致使水流到走廊，影响他人通行，经两次提醒仍不改正的；
（三）占用冰箱两层以上的。
第五条 使用微波炉的，每次不超过5分钟，用后应当擦拭干净。
第六条 本办法自2024年3月1日起施行。"""


def bare(text: str) -> str:
    return re.sub(r"\s|^# ", "", text)


def likeness(text: str, printed: str = RULES) -> float:
    """Share of characters recognised as they are."""
    one, other = bare(text), bare(printed)
    blocks = SequenceMatcher(None, one, other, autojunk=False).get_matching_blocks()
    return sum(block.size for block in blocks) / max(len(one), len(other))


def read(picture: Image.Image, name: str = "扫描.png", kind: str = "PNG") -> Contents:
    return read_picture(bytes_of(picture, kind), name, lambda done, total: None)


def said(text: str, pages: tuple[int, ...] = ()) -> list[tuple[object, ...]]:
    return [
        (
            clause.article,
            tuple(map(bare, clause.path)),
            [(bare(p.text), [bare(item.text) for item in p.items]) for p in clause.paragraphs],
        )
        for clause in parse(text, name="", pages=pages).clauses
    ]


@pytest.fixture(scope="session")
def sheet() -> Image.Image:
    return scan_of(RULES)[0]


@pytest.fixture(scope="session")
def clean(sheet: Image.Image) -> Contents:
    return read(sheet)


def test_a_clean_scan_is_recognised_character_by_character(clean: Contents) -> None:
    assert likeness(clean.text) >= 0.99
    assert clean.confidence is not None
    assert clean.confidence > 0.97
    assert clean.page_count == 1


def test_a_clean_scan_has_the_articles_items_and_title_of_its_text(clean: Contents) -> None:
    assert said(clean.text, clean.pages) == said(RULES)
    assert parse(clean.text, name="", pages=clean.pages).document.title == "某单位茶水间管理办法"


@pytest.mark.parametrize("how", ["askew and noisy", "on its side"])
def test_a_bad_scan_keeps_its_articles(how: str, sheet: Image.Image) -> None:
    if how == "on its side":
        picture = sheet.rotate(90, expand=True)
    else:
        picture = scan_of(RULES, noise=40, skew=-3)[0]
    contents = read(picture, kind="JPEG")
    assert likeness(contents.text) >= 0.98
    assert [article for article, *_ in said(contents.text)] == [
        article for article, *_ in said(RULES)
    ]


def test_a_blurred_line_is_listed_as_doubtful_and_clear_ones_are_not() -> None:
    lines = ["第一条 用后洗杯，把茶叶倒进桶里。", "第二条 值日人员应当切断电源关好门窗。"]
    picture = pictures_of(pdf_of("\n".join(lines), page_numbers=False))[0]
    band = (0, 250, picture.width, 302)
    line = picture.crop(band)
    picture.paste(line.reduce(6).resize(line.size), band)
    contents = read(picture)
    assert [doubt.page for doubt in contents.doubts] == [1]
    assert contents.doubts[0].confidence < DOUBTFUL
    assert bare(contents.doubts[0].text) == bare(contents.text.split("\n")[1])


def test_every_page_of_a_tiff_is_read_and_reported() -> None:
    pages = [
        pictures_of(pdf_of(text, page_numbers=False), dpi=150)[0].crop((0, 100, 1240, 400))
        for text in ("第一条 用后洗杯。", "第二条 人走灯灭。")
    ]
    made, told = io.BytesIO(), []
    pages[0].save(made, "TIFF", save_all=True, append_images=pages[1:])
    contents = read_picture(made.getvalue(), "扫描.tiff", lambda *done: told.append(done))
    assert bare(contents.text) == "第一条用后洗杯。第二条人走灯灭。"
    assert contents.pages == (1, 2)
    assert told == [(1, 2), (2, 2)]


def test_a_long_screenshot_is_read_in_parts_and_in_order() -> None:
    strip = pictures_of(pdf_of("\n".join(RULES.split("\n")[2:4]), page_numbers=False), dpi=120)[0]
    strip = strip.crop((80, 110, 930, 290))
    long = Image.new("RGB", (strip.width, 12 * strip.height), "white")
    for number in (0, 5, 11):
        long.paste(strip, (0, number * strip.height))
    text = bare(read(long).text)
    assert text.count("方便职工用水") == 3
    assert (
        text.index("第一条") < text.index("第二条") < text.rindex("第一条") < text.rindex("第二条")
    )


@pytest.mark.parametrize("mode", ["RGBA", "LA", "1", "I;16", "CMYK", "P"])
def test_pictures_of_any_kind_of_colour_become_dark_on_white(mode: str) -> None:
    grey = Image.new("L", (20, 10), 255)
    grey.paste(0, (0, 0, 10, 10))
    if mode == "I;16":
        picture = Image.frombytes("I;16", (20, 10), (b"\0\0" * 10 + b"\xff\xff" * 10) * 10)
    elif mode in ("RGBA", "LA"):
        picture = Image.new(mode, (20, 10))
        picture.putalpha(Image.eval(grey, lambda value: 255 - value))
    else:
        picture = grey.convert(mode)
    shown = scan._on_white(picture)
    assert shown.mode == "RGB"
    assert shown.getpixel((2, 5)) == (0, 0, 0)
    assert min(shown.getpixel((17, 5))) >= 254


def png_header(width: int, height: int) -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        )

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    body = zlib.compress(b"\0" * 1000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


@pytest.mark.parametrize("size", [(9_000, 9_000), (100_000, 100_000)])
def test_a_picture_bomb_is_refused_before_it_is_unpacked(size: tuple[int, int]) -> None:
    with pytest.raises(UnreadableError, match=r"「bomb\.png」超过 5000 万像素"):
        read_picture(png_header(*size), "bomb.png", lambda done, total: None)


@pytest.mark.parametrize(
    ("raw", "message"),
    [(b"", "空的"), (b"hello", "不是完整的图片"), (png_header(100, 100)[:60], "不是完整的图片")],
)
def test_what_is_no_picture_is_refused_by_name(raw: bytes, message: str) -> None:
    with pytest.raises(UnreadableError, match=message) as caught:
        read_picture(raw, "扫描.png", lambda done, total: None)
    assert "「扫描.png」" in str(caught.value)


def test_a_truncated_photograph_is_refused(sheet: Image.Image) -> None:
    whole = bytes_of(sheet, "JPEG")
    with pytest.raises(UnreadableError, match="不是完整的图片"):
        read_picture(whole[: len(whole) // 2], "照片.jpg", lambda done, total: None)


def test_a_tiff_of_too_many_pages_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan, "MOST_SCANNED", 1)
    made, page = io.BytesIO(), Image.new("L", (50, 50), 255)
    page.save(made, "TIFF", save_all=True, append_images=[page])
    with pytest.raises(UnreadableError, match="2 页"):
        read_picture(made.getvalue(), "扫描.tif", lambda done, total: None)


def test_a_blank_sheet_says_that_nothing_was_recognised() -> None:
    with pytest.raises(UnreadableError, match="没有认出文字"):
        read(Image.new("L", (800, 600), 255))


def test_nothing_is_downloaded_logged_or_written(
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    import rapidocr

    def listed() -> set[tuple[str, int]]:
        package = Path(str(rapidocr.__file__)).parent
        return {
            (str(path), path.stat().st_size)
            for path in package.rglob("*")
            if path.suffix != ".pyc" and path.name != "__pycache__"
        }

    def refuse(*_: object, where: str = "") -> None:
        raise AssertionError(f"the network was asked for: {where}")

    before = listed()
    for way in ("connect", "connect_ex"):
        monkeypatch.setattr(socket.socket, way, partial(refuse, where=way))
    monkeypatch.setattr(socket, "getaddrinfo", partial(refuse, where="getaddrinfo"))
    scan._engine.cache_clear()
    picture = pictures_of(pdf_of("第一条 用后洗杯。", page_numbers=False))[0].crop(
        (0, 100, 900, 300)
    )
    with caplog.at_level(logging.WARNING):
        page = page_of_picture(picture.convert("RGB"), 1)
    assert [bare(piece.text) for piece in page.pieces] == ["第一条用后洗杯。"]
    assert capfd.readouterr() == ("", "")
    assert not caplog.records
    assert listed() == before
