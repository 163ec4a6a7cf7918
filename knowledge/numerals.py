"""Chinese and Arabic numbers of articles, to and fro. Pure; knows nothing of documents."""

from __future__ import annotations

import re
import unicodedata

NUMERAL = r"[0-9０-９零〇○一二三四五六七八九十百千两廿卅]"
"""One character of a number, for use inside other patterns."""

_DIGITS = {
    **{char: value for value, char in enumerate("零一二三四五六七八九")},
    **{char: value for value, char in enumerate("0123456789")},
    "〇": 0,
    "○": 0,
    "两": 2,
}
_UNITS = {"十": 10, "百": 100, "千": 1000}
_TENS = {"廿": 20, "卅": 30}
_NAMES = "零一二三四五六七八九"
_LARGEST = 9999
_ARTICLE = re.compile(rf"第?({NUMERAL}+)[条條](?:之({NUMERAL}+))?")


def chinese_to_int(numeral: str) -> int:
    """97 for 九十七, ９７ or 97; spaces within are ignored.

    一百七 is 107, as articles are numbered, not the 170 of everyday speech.

    :raises ValueError: where ``numeral`` is not a number.
    """
    compact = "".join(unicodedata.normalize("NFKC", numeral).split())
    if not compact:
        raise ValueError(f"不是数字：{numeral!r}")
    if compact.isascii() and compact.isdigit():
        return int(compact)
    if all(char in _DIGITS for char in compact):
        return int("".join(str(_DIGITS[char]) for char in compact))
    return _by_units(compact)


def _by_units(compact: str) -> int:
    total = 0
    digit: int | None = None
    for char in compact:
        if char in _DIGITS:
            digit = _DIGITS[char]
        elif char in _UNITS:
            total += (digit or 1) * _UNITS[char]
            digit = None
        elif char in _TENS:
            total += _TENS[char]
            digit = None
        else:
            raise ValueError(f"不是数字：{compact!r}")
    return total + (digit or 0)


def int_to_chinese(number: int) -> str:
    """九十七 for 97, 一百零七 for 107, as articles are numbered.

    :raises ValueError: outside 0 to 9999.
    """
    if not 0 <= number <= _LARGEST:
        raise ValueError(f"只支持 0 到 {_LARGEST}：{number}")
    if number < len(_NAMES):
        return _NAMES[number]
    parts: list[str] = []
    gap = False
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, number = divmod(number, unit)
        if digit:
            parts.append(("零" if gap else "") + _NAMES[digit] + name)
        # A zero is spoken only between two digits that are not zero.
        gap = not digit and bool(parts)
    chinese = "".join(parts)
    return chinese.removeprefix("一") if chinese.startswith("一十") else chinese


def canonical_article(label: str) -> str | None:
    """第九十七条 for 第97条, 97条 or 第 九 十 七 条; None where ``label`` names no article."""
    match = _ARTICLE.fullmatch("".join(label.split()))
    if match is None:
        return None
    try:
        numbers = [chinese_to_int(part) for part in match.groups() if part]
        if not all(numbers):
            return None
        names = [int_to_chinese(number) for number in numbers]
    except ValueError:
        return None
    return f"第{names[0]}条" + "".join(f"之{name}" for name in names[1:])
