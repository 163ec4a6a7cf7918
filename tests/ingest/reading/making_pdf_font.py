"""A Chinese font for the tests' PDF files, made from the packaged one: systems may have none."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont as ReportlabFont

from bot.chart_font import chart_font

_fonts: dict[str, frozenset[str]] = {}


def font_with(characters: frozenset[str]) -> str:
    """The name of a registered font with these characters; made once for all that it covers."""
    for name, covered in _fonts.items():
        if characters <= covered:
            return name
    name = f"Lianwen{len(_fonts)}"
    pdfmetrics.registerFont(ReportlabFont(name, io.BytesIO(_truetype(characters, name))))
    _fonts[name] = characters
    return name


def _truetype(characters: frozenset[str], name: str) -> bytes:
    """The packaged font with quadratic outlines: reportlab reads no others."""
    made = io.BytesIO()
    with tempfile.TemporaryDirectory() as folder:
        wanted = "".join(sorted(char for char in characters if char.isprintable()))
        with TTFont(chart_font(Path(folder), wanted)) as font:
            _quadratic(font, name).save(made)
    return made.getvalue()


def _quadratic(font: TTFont, named: str) -> TTFont:
    order, outlines = font.getGlyphOrder(), font.getGlyphSet()
    builder = FontBuilder(font["head"].unitsPerEm, isTTF=True)
    builder.setupGlyphOrder(order)
    builder.setupCharacterMap(font.getBestCmap())
    glyphs = {}
    for name in order:
        pen = TTGlyphPen(None)
        outlines[name].draw(Cu2QuPen(pen, max_err=1.0, reverse_direction=True))
        glyphs[name] = pen.glyph()
    builder.setupGlyf(glyphs)
    builder.setupHorizontalMetrics(dict(font["hmtx"].metrics))
    line = font["hhea"]
    builder.setupHorizontalHeader(ascent=line.ascent, descent=line.descent)
    # reportlab tells fonts apart by this name alone.
    builder.setupNameTable({"familyName": named, "styleName": "Regular", "psName": named})
    builder.setupOS2(sTypoAscender=line.ascent, sTypoDescender=line.descent)
    builder.setupPost()
    return builder.font
