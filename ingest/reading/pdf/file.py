"""pypdfium2 behind our own types: a PDF's characters, ruling lines and pages as pictures."""

from __future__ import annotations

import ctypes
import logging
import math
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pypdfium2  # ships without types
import pypdfium2.raw as pdfium
from PIL import Image

from ingest.reading.pdf.characters import is_garbage, plain
from ingest.reading.pdf.page import Glyph, Rule
from knowledge.errors import UnreadableError

MOST_PAGES = 500
"""Longer than any rule; what is longer is a book."""
SCAN_DPI = 200
LONGEST_SIDE = 3600
"""Pixels of a rendered page; A3 at 200 dpi has 3307."""

_UNEXPECTED = (ValueError, ArithmeticError, LookupError, OSError, TypeError)
_log = logging.getLogger(__name__)
_THIN = 3.0  # points; a filled rectangle no thicker than this is a line
_SQUARE = re.compile("[\u2e80-\u9fff\uff01-\uff60]")
_OBJECTS_READ = 20_000
_QUARTER = 90
_SURROGATES = range(0xD800, 0xE000)

FAILURES = (pypdfium2.PdfiumError, ctypes.ArgumentError, *_UNEXPECTED)
"""What reading a damaged PDF may raise."""

_Turn = Callable[[float, float], tuple[float, float]]


@dataclass(frozen=True, slots=True)
class RawPage:
    """What a page holds: its characters, lines, and how much of it pictures cover.

    ``drawn`` is the number of shapes on it; text turned into outlines makes many.
    """

    number: int
    width: float
    height: float
    glyphs: tuple[Glyph, ...]
    rules: tuple[Rule, ...]
    pictured: float
    drawn: int
    garbage: bool


class PdfFile:
    """An open PDF; pages are numbered from 1."""

    def __init__(self, document: pypdfium2.PdfDocument) -> None:
        self._document = document

    def __len__(self) -> int:
        return len(self._document)

    def page(self, number: int) -> RawPage:
        """Read one page's characters and lines, turned so that most text is upright."""
        page = self._document[number - 1]
        try:
            text_page = page.get_textpage()
            try:
                turned = _main_angle(text_page.raw, text_page.count_chars())
                box = page.get_bbox()
                turn, width, height = _turn(turned, box)
                glyphs, garbage = _glyphs(text_page, turn, box)
            finally:
                text_page.close()
            rules, pictured, drawn = _shapes(page, turn)
        finally:
            page.close()
        return RawPage(number, width, height, glyphs, rules, pictured, drawn, garbage)

    def picture(self, number: int) -> tuple[Image.Image, float]:
        """Draw one page as it is shown; also return the pixels per point."""
        page = self._document[number - 1]
        try:
            longest = max(page.get_size())
            scale = min(SCAN_DPI / 72, LONGEST_SIDE / max(longest, 1.0))
            bitmap = page.render(scale=scale)
            try:
                return bitmap.to_pil().convert("RGB"), scale
            finally:
                bitmap.close()
        finally:
            page.close()


@contextmanager
def opened(raw: bytes, name: str) -> Iterator[PdfFile]:
    """Open a PDF.

    :raises UnreadableError: it is empty, broken, encrypted or too long.
    """
    if not raw.strip(b"\0 \r\n\t"):
        raise UnreadableError(f"「{name}」是空的。请检查文件，重新导入。")
    try:
        document = pypdfium2.PdfDocument(raw)
    except pypdfium2.PdfiumError as error:
        _log.info("cannot open a PDF", exc_info=True)
        if error.err_code in (pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY):
            raise UnreadableError(
                f"「{name}」加了密码，打不开。请先去掉密码（打开后另存为不加密的 PDF）再导入。"
            ) from error
        raise broken(name) from error
    try:
        pages = len(document)
        if pages == 0:
            raise broken(name)
        if pages > MOST_PAGES:
            raise UnreadableError(
                f"「{name}」有 {pages} 页，超过 {MOST_PAGES} 页的上限。请拆分成几个文件再导入。"
            )
        yield PdfFile(document)
    finally:
        document.close()


def broken(name: str) -> UnreadableError:
    """The refusal of a file that is damaged."""
    return UnreadableError(
        f"「{name}」不是完整的 PDF 文件，可能已损坏或没有下载完。请在电脑上确认能打开，再重新导入。"
    )


def _main_angle(text_page: pdfium.FPDF_TEXTPAGE, count: int) -> int:
    """The direction most characters run in, in degrees: 0, 90, 180 or 270."""
    angles = Counter(
        round(math.degrees(pdfium.FPDFText_GetCharAngle(text_page, index)) / _QUARTER) % 4
        for index in range(count)
        if pdfium.FPDFText_GetUnicode(text_page, index) > ord(" ")
    )
    return _QUARTER * angles.most_common(1)[0][0] if angles else 0


def _turn(angle: int, box: tuple[float, float, float, float]) -> tuple[_Turn, float, float]:
    """How to turn the page's points so that text at ``angle`` is upright and y grows downwards.

    pdfium gives a character's angle clockwise.
    """
    left, bottom, right, top = box
    turns: dict[int, _Turn] = {
        0: lambda x, y: (x - left, top - y),
        90: lambda x, y: (top - y, right - x),
        180: lambda x, y: (right - x, y - bottom),
        270: lambda x, y: (y - bottom, x - left),
    }
    width, height = right - left, top - bottom
    return turns[angle], *((width, height) if angle in (0, 180) else (height, width))


def _glyphs(
    text_page: pypdfium2.PdfTextPage, turn: _Turn, box: tuple[float, float, float, float]
) -> tuple[tuple[Glyph, ...], bool]:
    raw, found, texts = text_page.raw, [], []
    bounds, x, y = pdfium.FS_RECTF(), ctypes.c_double(), ctypes.c_double()
    for index in range(text_page.count_chars()):
        if pdfium.FPDFText_IsGenerated(raw, index) == 1:
            continue
        char = _character(raw, index)
        texts.append(char)
        char = plain(char)
        if not char:
            continue
        pdfium.FPDFText_GetLooseCharBox(raw, index, bounds)
        pdfium.FPDFText_GetCharOrigin(raw, index, x, y)
        if not (box[0] - 1 <= x.value <= box[2] + 1 and box[1] - 1 <= y.value <= box[3] + 1):
            continue  # outside what is shown
        one, other = turn(bounds.left, bounds.top), turn(bounds.right, bounds.bottom)
        width, height = abs(one[0] - other[0]), abs(one[1] - other[1])
        left, baseline = turn(x.value, y.value)
        # A Chinese character is as wide as its font's em; for others the height tells about it.
        size = width if _SQUARE.match(char) and width else 0.8 * height
        found.append(Glyph(char, left, left + width, baseline, size or 1.0))
    return tuple(found), is_garbage("".join(texts))


def _character(raw: pdfium.FPDF_TEXTPAGE, index: int) -> str:
    code = pdfium.FPDFText_GetUnicode(raw, index)
    if pdfium.FPDFText_HasUnicodeMapError(raw, index) == 1 or code in _SURROGATES:
        return "\ufffd"
    return chr(code) if code <= sys.maxunicode else "\ufffd"


def _shapes(page: pypdfium2.PdfPage, turn: _Turn) -> tuple[tuple[Rule, ...], float, int]:
    """Ruling lines, the share of the page that pictures cover, and the number of shapes."""
    rules: list[Rule] = []
    left, bottom, right, top = page.get_bbox()
    area, covered, drawn = max((right - left) * (top - bottom), 1.0), 0.0, 0
    kinds = (pdfium.FPDF_PAGEOBJ_PATH, pdfium.FPDF_PAGEOBJ_IMAGE)
    for count, each in enumerate(page.get_objects(filter=kinds)):
        if count > _OBJECTS_READ:
            break
        x0, y0, x1, y1 = each.get_bounds()
        if each.type == pdfium.FPDF_PAGEOBJ_IMAGE:
            covered += max(x1 - x0, 0) * max(y1 - y0, 0) / area
            continue
        drawn += 1
        for one, other in _lines(each, (x0, y0, x1, y1)):
            rule = _rule(turn(*one), turn(*other))
            if rule is not None:
                rules.append(rule)
    return tuple(rules), min(covered, 1.0), drawn


_Point = tuple[float, float]


def _lines(
    path: pypdfium2.PdfObject, bounds: tuple[float, float, float, float]
) -> Iterator[tuple[_Point, _Point]]:
    """The straight strokes of a path: itself where it is thin, else its segments."""
    x0, y0, x1, y1 = bounds
    if min(x1 - x0, y1 - y0) <= _THIN:
        if x1 - x0 > y1 - y0:
            yield (x0, (y0 + y1) / 2), (x1, (y0 + y1) / 2)
        else:
            yield ((x0 + x1) / 2, y0), ((x0 + x1) / 2, y1)
        return
    matrix = path.get_matrix()
    start = last = None
    x, y = ctypes.c_float(), ctypes.c_float()
    for index in range(min(pdfium.FPDFPath_CountSegments(path.raw), 1000)):
        segment = pdfium.FPDFPath_GetPathSegment(path.raw, index)
        pdfium.FPDFPathSegment_GetPoint(segment, x, y)
        point = matrix.on_point(x.value, y.value)
        kind = pdfium.FPDFPathSegment_GetType(segment)
        if kind == pdfium.FPDF_SEGMENT_MOVETO:
            start = point
        elif kind == pdfium.FPDF_SEGMENT_LINETO and last is not None:
            yield last, point
        if pdfium.FPDFPathSegment_GetClose(segment) and start is not None:
            yield point, start
        last = point


def _rule(one: _Point, other: _Point) -> Rule | None:
    """A line along one axis; None for what is slanted or no longer than a letter."""
    wide, high = abs(one[0] - other[0]), abs(one[1] - other[1])
    if max(wide, high) < 2 * _THIN or min(wide, high) > 1:
        return None
    left, right = sorted((one[0], other[0]))
    top, bottom = sorted((one[1], other[1]))
    if wide > high:
        middle = (top + bottom) / 2
        return Rule(left, middle, right, middle)
    middle = (left + right) / 2
    return Rule(middle, top, middle, bottom)
