"""Characters as PDFs encode them → characters as people type them. Pure."""

from __future__ import annotations

import re
import unicodedata

# Look-alikes that fonts map glyphs to: radicals, compatibility ideographs, ligatures. Nothing
# else is normalised, for NFKC would also turn ， into , and ① into 1.
_STAND_INS = re.compile("[\u2e80-\u2fdf\uf900-\ufaff\ufb00-\ufb06\U0002f800-\U0002fa1f]")
# Radicals that Unicode gives no equivalent to though they are what the character looks like.
_RADICALS = str.maketrans(
    "⺠⻅⻆⻉⻋⻓⻔⻘⻙⻚⻛⻜⻝⻢⻥⻦⻨⻩⻬⻮⻰⻳⺟⻄",
    "民见角贝车长门青韦页风飞食马鱼鸟麦黄齐齿龙龟母西",
)
_SPACES = re.compile("[\t\u00a0\u2000-\u200a\u202f\u205f\u3000]")
_DROPPED = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060\ufeff]")
_GARBAGE = re.compile(
    "[\x00-\x08\x0e-\x1f\x80-\x9f\u00a1-\u00a6\u00a8-\u00af\u00b8-\u00d6\u00d8-\u00f6\u00f8-\u00ff"
    "\ue000-\uf8ff\ufffd\U000f0000-\U0010ffff]"
)

MOSTLY = 0.3
"""Share of characters without meaning from which a text layer is of no use."""


def plain(text: str) -> str:
    """``text`` without control characters and soft hyphens, look-alikes made what they mean."""
    text = _DROPPED.sub("", _SPACES.sub(" ", text)).translate(_RADICALS)
    return _STAND_INS.sub(lambda found: unicodedata.normalize("NFKC", found[0]), text)


def is_garbage(text: str) -> bool:
    """Whether fonts without a mapping made most of ``text``: private, unknown, accented signs.

    Chinese fonts without one also come out as Latin-1: 第一条 as µÚÒ»Ìõ.
    """
    seen = "".join(text.split())
    return bool(seen) and len(_GARBAGE.findall(seen)) > MOSTLY * len(seen)
