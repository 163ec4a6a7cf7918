"""PDF files → text, page by page: what is text is read, what is a picture is recognised."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field

from ingest.reading.contents import Contents, Told
from ingest.reading.pdf.file import FAILURES, PdfFile, RawPage, broken, opened
from ingest.reading.pdf.page import Page
from ingest.reading.pdf.rows import pieces_of
from ingest.reading.pdf.scan import MOST_SCANNED, page_of_picture
from ingest.reading.pdf.tables import with_tables
from ingest.reading.pdf.text import contents_of
from knowledge.errors import UnreadableError

_log = logging.getLogger(__name__)
_FEW_CHARACTERS = 50
_PICTURED = 0.3
_OUTLINES = 300
"""Shapes on a page without text; letters drawn as outlines make about so many in a few lines."""
_END = b"%%EOF"
_END_WITHIN = 4096


@dataclass(slots=True)
class _Read:
    pages: list[Page] = field(default_factory=list)
    garbage: list[int] = field(default_factory=list)
    scanned: int = 0


def read_pdf(raw: bytes, name: str, told: Told) -> Contents:
    """Read a PDF; pages that are pictures are recognised, about 4 s each on two cores.

    :raises UnreadableError: it is empty, broken, encrypted, too long, or says nothing.
    """
    try:
        with opened(raw, name) as file:
            read = _read(file, name, told)
    except UnreadableError:
        raise
    except FAILURES as error:
        _log.exception("a PDF could not be read")
        raise broken(name) from error
    warnings = _warnings(raw, read)
    contents = contents_of(read.pages, len(read.pages), warnings)
    if not contents.text.strip():
        raise UnreadableError(
            f"「{name}」里没有读出文字。请确认页面清楚、方向正确，或者换成 Word、文本格式再导入。"
        )
    return contents


def _read(file: PdfFile, name: str, told: Told) -> _Read:
    read = _Read()
    raw = [file.page(number) for number in range(1, len(file) + 1)]
    scans = [page.number for page in raw if _is_scan(page)]
    if len(scans) > MOST_SCANNED:
        raise UnreadableError(
            f"「{name}」有 {len(scans)} 页是扫描图片，超过 {MOST_SCANNED} 页的上限。"
            "请拆分成几个文件再导入，或者先用扫描软件识别成文字。"
        )
    for page in raw:
        if page.number not in scans:
            pieces = with_tables(pieces_of(page.glyphs), page.rules)
            read.pages.append(Page(page.number, page.width, page.height, pieces, page.rules))
            continue
        if page.garbage:
            read.garbage.append(page.number)
        picture, unit = file.picture(page.number)
        read.pages.append(page_of_picture(picture, page.number, unit))
        read.scanned += 1
        told(read.scanned, len(scans))
    return read


def _is_scan(page: RawPage) -> bool:
    """Whether the page's text, if any, is not what one sees on it."""
    seen = sum(not glyph.text.isspace() for glyph in page.glyphs)
    if page.garbage:
        return True
    if seen == 0:
        return page.pictured > 0 or page.drawn > _OUTLINES
    return seen < _FEW_CHARACTERS and page.pictured > _PICTURED


def _warnings(raw: bytes, read: _Read) -> tuple[str, ...]:
    warnings = []
    if _END not in raw[-_END_WITHIN:]:
        warnings.append("文件结尾不完整，可能缺了内容。请与原文核对。")
    if read.garbage:
        warnings.append(
            f"第 {_listed(read.garbage)} 页的文字编码无法辨认，已改为按图片识别。请与原文核对。"
        )
    return tuple(warnings)


def _listed(numbers: Sequence[int]) -> str:
    shown = "、".join(str(number) for number in numbers[:10])
    return f"{shown} 等 {len(numbers)}" if len(numbers) > 10 else shown  # noqa: PLR2004
