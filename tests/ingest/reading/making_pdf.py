"""PDF files and scans of a text, for tests and benchmarks: what an office would make of it.

The text is in the notation of ``ingest.lines``: a paragraph a line, "# " for the title, rows
between bars. Nothing outside the project's own packages is needed, the font included.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import pypdfium2
from PIL import Image, ImageFilter
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfgen.canvas import Canvas

from tests.ingest.reading.making_pdf_font import font_with

SIZE = 12.0
LEADING = 20.0
TITLE_SIZE = 18.0
MARGIN = 72.0
GUTTER = 24.0
_NOT_FIRST = "，。、；：？！）》”’」』】〉"
_NOT_LAST = "（《“‘「『【〈"
_ALWAYS = "—-0123456789第共页 /　"


@dataclass(slots=True)
class _Drawing:
    """What goes where: (page, x, y from the top, size, text) and lines (page, x0, y0, x1, y1)."""

    texts: list[tuple[int, float, float, float, str]] = field(default_factory=list)
    lines: list[tuple[int, float, float, float, float]] = field(default_factory=list)
    pages: int = 1


def pdf_of(
    text: str,
    *,
    columns: int = 1,
    header: str = "",
    page_numbers: bool = True,
    indent: bool = True,
    ruled: bool = True,
    number_style: str = "— {page} —",
) -> bytes:
    """Typeset ``text`` on A4 with reportlab.

    :param indent: set in the first lines of paragraphs by two characters.
    :param ruled: draw lines around the cells of tables.
    """
    font = font_with(frozenset(text + header + _ALWAYS))
    setter = _Setter(font, columns, indent=indent, ruled=ruled)
    for line in text.split("\n"):
        setter.add(line.strip())
    return _drawn(setter.drawing, font, header, number_style if page_numbers else "")


def drawn_text(
    lines: Sequence[str],
    *,
    turn: int = 0,
    placed: Sequence[tuple[float, str]] = (),
    hidden_over: Image.Image | None = None,
) -> bytes:
    """A page on which text is put as it is, in the order given.

    :param turn: degrees by which it is printed turned, counter-clockwise.
    :param placed: runs on one further line, each with its distance from the margin in ems.
    :param hidden_over: a picture of the page, over which text lies unseen as after recognition.
    """
    font = font_with(frozenset("".join(lines) + "".join(text for _, text in placed) + _ALWAYS))
    made = io.BytesIO()
    canvas = Canvas(made, pagesize=A4, invariant=True)
    if hidden_over is not None:
        canvas.drawInlineImage(hidden_over, 0, 0, *A4)
    canvas.translate(A4[0] / 2, A4[1] / 2)
    canvas.rotate(turn)
    ink = canvas.beginText()
    ink.setFont(font, 8)
    ink.setTextRenderMode(0 if hidden_over is None else 3)
    for number, line in enumerate(lines):
        ink.setTextOrigin(-280, 200 - 14 * number)
        ink.textOut(line)
    for offset, text in placed:
        ink.setTextOrigin(-200 + 8 * offset, 0)
        ink.textOut(text)
    canvas.drawText(ink)
    canvas.save()
    return made.getvalue()


def scan_of(
    text: str, *, dpi: int = 200, noise: float = 0.0, skew: float = 0.0, columns: int = 1
) -> list[Image.Image]:
    """Typeset ``text`` and draw its pages as pictures, as a scanner would.

    :param noise: standard deviation of the grey of each pixel, of 255; also blurs a little.
    :param skew: degrees by which the sheet lies askew, counter-clockwise.
    """
    return [
        _worn(page, noise, skew) for page in pictures_of(pdf_of(text, columns=columns), dpi=dpi)
    ]


def scanned_pdf_of(
    text: str, *, dpi: int = 200, noise: float = 0.0, skew: float = 0.0, columns: int = 1
) -> bytes:
    """A PDF whose pages are pictures alone."""
    return pdf_of_pictures(scan_of(text, dpi=dpi, noise=noise, skew=skew, columns=columns), dpi=dpi)


def pictures_of(pdf: bytes, *, dpi: int = 200) -> list[Image.Image]:
    """Draw the pages of a PDF."""
    with pypdfium2.PdfDocument(pdf) as document:
        return [page.render(scale=dpi / 72).to_pil().convert("L") for page in document]


def pdf_of_pictures(pictures: Sequence[Image.Image], *, dpi: int = 200) -> bytes:
    """A PDF with a picture a page."""
    made = io.BytesIO()
    first, *others = pictures
    first.save(made, "PDF", save_all=True, append_images=others, resolution=dpi, quality=90)
    return made.getvalue()


def joined(*pdfs: bytes) -> bytes:
    """One PDF with the pages of several."""
    made = io.BytesIO()
    with pypdfium2.PdfDocument.new() as whole:
        for pdf in pdfs:
            with pypdfium2.PdfDocument(pdf) as part:
                whole.import_pages(part)
        whole.save(made)
    return made.getvalue()


def bytes_of(picture: Image.Image, kind: str = "PNG") -> bytes:
    """A picture as a file."""
    made = io.BytesIO()
    picture.save(made, kind)
    return made.getvalue()


def _worn(page: Image.Image, noise: float, skew: float) -> Image.Image:
    if skew:
        page = page.rotate(skew, Image.Resampling.BICUBIC, expand=True, fillcolor=255)
    if noise:
        page = page.filter(ImageFilter.GaussianBlur(0.6))
        # effect_noise draws from its own generator: about the same each time, which is enough.
        grain = Image.effect_noise(page.size, noise)
        page = Image.blend(page, grain, 0.3)
    return page


class _Setter:
    """Sets paragraph after paragraph into columns and pages."""

    def __init__(self, font: str, columns: int, *, indent: bool, ruled: bool) -> None:
        self.drawing = _Drawing()
        self._font, self._columns, self._indent, self._ruled = font, columns, indent, ruled
        self._width = (A4[0] - 2 * MARGIN - (columns - 1) * GUTTER) / columns
        self._column, self._page = 0, 0
        self._top = self._y = MARGIN

    def add(self, line: str) -> None:
        if not line:
            return
        if line.startswith("# "):
            self._centred(line[2:], TITLE_SIZE, A4[0] - 2 * MARGIN)
            self._top = self._y = self._y + LEADING
        elif line.startswith("|"):
            self._row([cell.strip() for cell in line.strip("|").split("|")])
        elif line.startswith("第") and _is_heading(line):
            self._centred(line, SIZE, self._width)
        else:
            inset = 2 * SIZE if self._indent else 0.0
            for index, part in enumerate(self._wrapped(line, self._width, inset, SIZE)):
                self._put(part, self._x() + (0 if index else inset), SIZE)

    def _x(self) -> float:
        return MARGIN + self._column * (self._width + GUTTER)

    def _put(self, text: str, x: float, size: float) -> None:
        offset = x - self._x()
        self._room(LEADING)
        self.drawing.texts.append((self._page, self._x() + offset, self._y + size, size, text))
        self._y += LEADING * size / SIZE

    def _room(self, height: float) -> None:
        if self._y + height <= A4[1] - MARGIN:
            return
        self._column += 1
        if self._column == self._columns:
            self._column, self._page, self._top = 0, self._page + 1, MARGIN
            self.drawing.pages += 1
        self._y = self._top

    def _centred(self, text: str, size: float, width: float) -> None:
        for part in self._wrapped(text, width, 0, size):
            wide = pdfmetrics.stringWidth(part, self._font, size)
            self._put(part, self._x() + (width - wide) / 2, size)

    def _row(self, cells: Sequence[str]) -> None:
        width = self._width / len(cells)
        parts = [list(self._wrapped(cell, width - 8, 0, SIZE)) or [""] for cell in cells]
        height = LEADING * max(len(each) for each in parts)
        self._room(height)
        for index, lines in enumerate(parts):
            x = self._x() + index * width
            for number, part in enumerate(lines):
                y = self._y + number * LEADING + SIZE + 2
                self.drawing.texts.append((self._page, x + 4, y, SIZE, part))
            if self._ruled:
                self._frame(x, self._y, x + width, self._y + height)
        self._y += height

    def _frame(self, x0: float, y0: float, x1: float, y1: float) -> None:
        corners = ((x0, y0), (x1, y0), (x1, y1), (x0, y1), (x0, y0))
        for one, other in pairwise(corners):
            self.drawing.lines.append((self._page, *one, *other))

    def _wrapped(self, text: str, width: float, inset: float, size: float) -> Iterator[str]:
        """Break a paragraph as Chinese is: anywhere but before or after certain signs."""
        line, room = "", width - inset
        for char in text:
            if pdfmetrics.stringWidth(line + char, self._font, size) > room + 0.01:
                kept = ""
                while line and _sticks(line, kept or char):
                    line, kept = line[:-1], line[-1] + kept
                yield line
                line, room = kept, width
            line += char
        if line:
            yield line


def _sticks(line: str, rest: str) -> bool:
    """Whether the break before ``rest`` is not allowed."""
    digits = line[-1].isascii() and line[-1].isalnum() and rest[0].isascii() and rest[0].isalnum()
    return len(line) > 1 and (rest[0] in _NOT_FIRST or line[-1] in _NOT_LAST or digits)


def _is_heading(line: str) -> bool:
    return len(line) < 25 and line.split(maxsplit=1)[0].endswith(("编", "章", "节"))


def _drawn(drawing: _Drawing, font: str, header: str, number_style: str) -> bytes:
    made = io.BytesIO()
    canvas = Canvas(made, pagesize=A4, invariant=True)
    height = A4[1]
    for page in range(drawing.pages):
        if header:
            canvas.setFont(font, 9)
            canvas.drawString(MARGIN, height - 45, header)
        if number_style:
            canvas.setFont(font, 10)
            number = number_style.format(page=page + 1, pages=drawing.pages)
            canvas.drawCentredString(A4[0] / 2, 40, number)
        for number, x, y, size, text in drawing.texts:
            if number == page:
                canvas.setFont(font, size)
                canvas.drawString(x, height - y, text)
        for number, x0, y0, x1, y1 in drawing.lines:
            if number == page:
                canvas.line(x0, height - y0, x1, height - y1)
        canvas.showPage()
    canvas.save()
    return made.getvalue()
