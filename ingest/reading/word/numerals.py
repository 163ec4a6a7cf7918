"""A number as Word writes it in each of its formats (ECMA-376 part 1, 17.18.59). Pure."""

from __future__ import annotations

from collections.abc import Callable

from knowledge.numerals import int_to_chinese

_PLAIN = "〇一二三四五六七八九"
_ROUND = "○一二三四五六七八九"
_FORMAL_SIMPLE = str.maketrans("零一二三四五六七八九十百千", "零壹贰叁肆伍陆柒捌玖拾佰仟")
_FORMAL_TRADITIONAL = str.maketrans("零一二三四五六七八九十百千", "零壹貳參肆伍陸柒捌玖拾佰仟")
_STEMS = "甲乙丙丁戊己庚辛壬癸"
_BRANCHES = "子丑寅卯辰巳午未申酉戌亥"
_ROMAN = (
    (1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"),
    (50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"),
)  # fmt: skip
_LARGEST_CHINESE = 9999
_HUNDRED = 100
_LARGEST_ROMAN = 3999
_FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")


def written(number: int, style: str) -> str:
    """Return ``number`` in a format named as in w:numFmt; plain digits beyond its reach."""
    writer = _WRITERS.get(style, str)
    return writer(number) if number >= 0 else str(number)


def is_known(style: str) -> bool:
    """Whether ``written`` follows Word in this format."""
    return style in _WRITERS


def _thousands(number: int) -> str:
    return int_to_chinese(number) if number <= _LARGEST_CHINESE else str(number)


def _digits(number: int, names: str) -> str:
    return "".join(names[int(digit)] for digit in str(number))


def _counting(number: int) -> str:
    """十一 and 九十九, but a digit each from a hundred on: 一○○."""
    return int_to_chinese(number) if 0 < number < _HUNDRED else _digits(number, _ROUND)


def _japanese(number: int) -> str:
    """百一 where Chinese says 一百零一."""
    if number > _LARGEST_CHINESE:
        return str(number)
    chinese = int_to_chinese(number)
    if not number:
        return "〇"
    spoken = chinese.replace("零", "")
    return spoken.replace("一百", "百").replace("一千", "千").replace("一十", "十")


def _formal(number: int, table: dict[int, int]) -> str:
    chinese = _thousands(number)
    # 壹拾, where everyday Chinese says 十.
    return ("一" + chinese if chinese.startswith("十") else chinese).translate(table)


def _letters(number: int, first: str) -> str:
    """From a to z, then aa, bb and so on."""
    if not number:
        return ""
    times, letter = divmod(number - 1, 26)
    return chr(ord(first) + letter) * (times + 1)


def _roman(number: int) -> str:
    if not 0 < number <= _LARGEST_ROMAN:
        return str(number)
    parts = []
    for unit, name in _ROMAN:
        times, number = divmod(number, unit)
        parts.append(name * times)
    return "".join(parts)


def _enclosed(first: str, count: int) -> Callable[[int], str]:
    return lambda number: chr(ord(first) + number - 1) if 0 < number <= count else str(number)


def _cycle(names: str) -> Callable[[int], str]:
    return lambda number: names[number - 1] if 0 < number <= len(names) else str(number)


def _sexagenary(number: int) -> str:
    index = (number - 1) % 60
    return _STEMS[index % 10] + _BRANCHES[index % 12]


def _ordinal(number: int) -> str:
    teen = number // 10 % 10 == 1
    return f"{number}{'th' if teen else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"


_WRITERS: dict[str, Callable[[int], str]] = {
    "decimal": str,
    "decimalHalfWidth": str,
    "decimalZero": lambda number: f"{number:02}",
    "decimalFullWidth": lambda number: str(number).translate(_FULL_WIDTH),
    "decimalFullWidth2": lambda number: str(number).translate(_FULL_WIDTH),
    "decimalEnclosedCircle": _enclosed("①", 20),
    "decimalEnclosedCircleChinese": _enclosed("①", 20),
    "decimalEnclosedFullstop": _enclosed("⒈", 20),
    "decimalEnclosedParen": _enclosed("⑴", 20),
    "numberInDash": lambda number: f"- {number} -",
    "ordinal": _ordinal,
    "hex": lambda number: f"{number:X}",
    "upperRoman": _roman,
    "lowerRoman": lambda number: _roman(number).lower(),
    "upperLetter": lambda number: _letters(number, "A"),
    "lowerLetter": lambda number: _letters(number, "a"),
    "chineseCounting": _counting,
    "taiwaneseCounting": _counting,
    "chineseCountingThousand": _thousands,
    "taiwaneseCountingThousand": _thousands,
    "japaneseCounting": _japanese,
    "ideographDigital": lambda number: _digits(number, _PLAIN),
    "japaneseDigitalTenThousand": lambda number: _digits(number, _PLAIN),
    "taiwaneseDigital": lambda number: _digits(number, _ROUND),
    "chineseLegalSimplified": lambda number: _formal(number, _FORMAL_SIMPLE),
    "ideographLegalTraditional": lambda number: _formal(number, _FORMAL_TRADITIONAL),
    "ideographEnclosedCircle": _enclosed("㊀", 10),
    "ideographTraditional": _cycle(_STEMS),
    "ideographZodiac": _cycle(_BRANCHES),
    "ideographZodiacTraditional": _sexagenary,
    "none": lambda _: "",
}
