"""Numbers with their units and limits: 两万元, 一个月内, 不超过3人, 三分之一. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from knowledge.numerals import chinese_to_int

_CHINESE = "零〇○一二三四五六七八九十百千万亿两廿卅"
_NUMBER = rf"(?:\d{{1,3}}(?:,\d{{3}})+|\d+(?:\.\d+)?)[万亿]*|[{_CHINESE}]+"
_UNITS = (
    "个工作日|工作日|个自然日|个半月|个月|个小时|小时|分钟|年半|周年|年度|年|月|日|天|号|周岁|周"
    "|星期|季度|岁|元|块|角|倍|%|人次|人|名|位|平方米|公里|升"
)
_BEFORE = {
    "upper": "最多不超过|最长不得超过|最长不超过|不得超过|不能超过|不超过|不多于|不高于|至多|最多"
    "|最长",
    "lower": "不得少于|不少于|不低于|不短于|至少|最少",
    "under": "不满|未满|不足|少于|低于|小于|不到",
    "over": "超过|多于|高于|大于|逾",
    "full": "达到|届满|满|达",
    "except": "不含",
}
_AFTER = {
    "lower": "及以上|以上",
    "upper": "及以下|以下",
    "within": "以内|之内|内",
    "after": "以后|之后|后",
    "before": "以前|之前|前",
    "about": "左右|上下",
}
_LIMIT = {
    word: name for table in (_BEFORE, _AFTER) for name in table for word in table[name].split("|")
}
_AMOUNT = re.compile(
    rf"(?P<before>{'|'.join(_BEFORE.values())})?(?P<ordinal>第)?"
    rf"(?:(?P<parts>{_NUMBER})分之)?(?P<number>{_NUMBER})(?P<more>[多余几])?"
    rf"(?:[至到~—–-](?:第)?(?P<second>{_NUMBER}))?(?P<unit>{_UNITS})?"
    rf"(?:含|\([^()]*\))?(?P<after>{'|'.join(_AFTER.values())})?"
)
_HALF = re.compile(r"半(?:年|个月|数)")
_DATE = re.compile(r"((?:19|20)\d{2})年(?:(\d{1,2})月(?:(\d{1,2})日)?)?")
# Words that hold a numeral and count nothing. What they say is left to the check of words.
_IDIOM = re.compile(
    "一律|一般|一并|一定|一旦|一切|一概|一贯|一致|一样|一起|一同|一些|一直|一方面|一经"
    "|一道|统一|同一|唯一|另一|逐一|单一|不一|进一步|(?<!分)之一|万一|十分|百姓|千万|百分之百"
)
_YEAR_MONTHS = 12
_PER_CENT = 100
_TIMES = {"日", "月", "周", "小时", "分钟", "工作日", "季度", "date", "month", "岁"}
_ARTICLES = {"个", "种", "类", "项"}
_NAMES = {
    "个工作日": "工作日", "个自然日": "日", "天": "日", "号": "日", "个月": "月", "个小时": "小时",
    "星期": "周", "周岁": "岁", "块": "元", "名": "人", "位": "人",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Amount:
    """A number as it is compared, with where it stands.

    ``unit`` is in one spelling (月 for years, which are counted in months); "" where none is
    known. ``limit`` is upper (不超过), within (以内), lower (以上), over, under, full, after,
    before or about, with more for 余; "" where there is none.
    """

    value: Fraction
    unit: str
    limit: str
    start: int
    end: int

    @property
    def is_time(self) -> bool:
        """Whether it is a period, a date or an age."""
        return self.unit in _TIMES

    @property
    def is_article(self) -> bool:
        """Whether it is 一个 or 一种, which counts nothing."""
        return self.value == 1 and self.unit in _ARTICLES and not self.limit

    def is_told_by(self, other: Amount) -> bool:
        """Whether ``other`` is the same amount under the same limit."""
        if (self.value, self.unit) != (other.value, other.unit):
            return False
        # A period of a year and what may not be done within a year are the same period;
        # 10人以内 and 不超过10人 are the same number.
        either = {self.limit, other.limit}
        return len(either) == 1 or either == {"within", "" if self.is_time else "upper"}


def amounts(text: str) -> list[Amount]:
    """Every number in folded text, in order; those of articles must be read before."""
    found = list(_dates(text))
    taken = [(each.start, each.end) for each in found]
    taken += [match.span() for match in _IDIOM.finditer(text)]
    for match in _HALF.finditer(text):
        value = Fraction(6) if "年" in match[0] else Fraction(1, 2)
        found.append(Amount(value, "月" if "数" not in match[0] else "", "", *match.span()))
        taken.append(match.span())
    for match in _AMOUNT.finditer(text):
        number = match.span("number")
        if not any(start < number[1] and number[0] < end for start, end in taken):
            found += _read(match)
    return sorted(found, key=lambda each: each.start)


def _dates(text: str) -> Iterator[Amount]:
    for match in _DATE.finditer(text):
        year, month, day = (int(part or 0) for part in match.groups())
        yield Amount(Fraction(year * 10000 + month * 100 + day), "date", "", *match.span())


def _read(match: re.Match[str]) -> Iterator[Amount]:
    limit = _LIMIT.get(match["before"] or match["after"] or "", "")
    if match["before"] and match["after"]:
        limit = f"{_LIMIT[match['before']]} {_LIMIT[match['after']]}"
    if match["more"]:
        limit += "more"
    unit = match["unit"] or match.string[match.end("number") :][:1].strip("\0,.、()。;:")
    for group in ("number", "second"):
        if not match[group]:
            continue
        value, named = _value(match[group]), unit
        if match["parts"]:
            value, named = value / max(_value(match["parts"]), Fraction(1)), "%"
        elif unit == "%":
            value /= _PER_CENT
        elif unit in {"年", "周年", "年半", "个半月"}:
            value = value * _YEAR_MONTHS if "年" in unit else value
            value += {"年半": Fraction(6), "个半月": Fraction(1, 2)}.get(unit, 0)
            named = "月"
        elif unit == "月":
            named = "month"  # 5月 is none of the periods
        named = _NAMES.get(named, named)
        yield Amount(value, (match["ordinal"] or "") + named, limit, *match.span())


def _value(numeral: str) -> Fraction:
    """20000 for 2万, 两万 or 20,000; -1 where it is a run of digits that is no number."""
    text = numeral.replace(",", "")
    for word, size in (("亿", 10**8), ("万", 10**4)):
        head, found, tail = text.rpartition(word)
        if found:
            return _value(head or "1") * size + (_value(tail) if tail else 0)
    try:
        return Fraction(text) if text[:1].isascii() else Fraction(chinese_to_int(text))
    except ValueError:
        return Fraction(-1)
