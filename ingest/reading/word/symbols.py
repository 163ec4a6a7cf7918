"""Characters that Word keeps apart from its text: symbol fonts, circled numbers, odd spaces."""

from __future__ import annotations

import re
import sys

from ingest.reading.word.numerals import written

# The object replacement character among them stands where a picture or a box was.
_INVISIBLE = re.compile(
    "[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\ufff9-\ufffc\ufffe\uffff]"
)
_LINE_ENDS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_CIRCLED = re.compile(
    r"\s*EQ\s*\\o\s*(?:\\a[clr])?\s*[(（](.+?)[,，;；](.+)[)）]\s*", re.IGNORECASE
)
_CIRCLES = set("○〇◯Ο")
_SYMBOL_FONTS = ("wingdings", "webdings", "symbol")
# Where Word's own symbol fonts hold what Unicode has too.
_KNOWN = {
    ("symbol", 0xB7): "•",
    ("wingdings", 0x6C): "●",
    ("wingdings", 0x6E): "■",
    ("wingdings", 0x6F): "□",
    ("wingdings", 0x71): "□",
    ("wingdings", 0x75): "◆",
    ("wingdings", 0xA8): "□",
    ("wingdings", 0xFB): "×",
    ("wingdings", 0xFC): "√",
    ("wingdings", 0xFD): "☒",
    ("wingdings", 0xFE): "☑",
    ("wingdings 2", 0x52): "☑",
    ("wingdings 2", 0xA3): "□",
    **{("wingdings", 0x81 + index): chr(ord("①") + index) for index in range(10)},
    **{("wingdings", 0x8C + index): chr(ord("❶") + index) for index in range(10)},
}


def visible(text: str) -> str:
    r"""Return ``text`` without what isn't seen; every kind of line end is "\n"."""
    return _INVISIBLE.sub("", _LINE_ENDS.sub("\n", text)).replace("\xa0", " ")


def symbol(font: str, code: str) -> str:
    """Return the character of a w:sym; "" where Unicode has none known here."""
    try:
        point = int(code, 16)
    except ValueError:
        return ""
    family = font.strip().lower()
    if family.startswith(_SYMBOL_FONTS):
        return _KNOWN.get((family, point & 0xFF), "")
    # Unassigned, private and half characters say nothing without their font.
    return chr(point) if 0 < point <= sys.maxunicode and chr(point).isprintable() else ""


def circled(instruction: str) -> str:
    """Return ⑪ for the field that draws a ring round 11; "" for other fields.

    Word stores no result for it, so that the number would be lost.
    """
    match = _CIRCLED.fullmatch(instruction)
    if match is None:
        return ""
    ring, inside = match[1].strip(), match[2].strip()
    if ring not in _CIRCLES:
        return ""
    return written(int(inside), "decimalEnclosedCircle") if inside.isdecimal() else inside
