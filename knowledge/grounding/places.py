"""The articles and documents that a sentence names. Pure.

Stricter than ``references``: that reads what people mean, this what a model has written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from knowledge.grounding.folding import blanked, fold
from knowledge.naming import base_title, plain_title
from knowledge.numerals import canonical_article, chinese_to_int, int_to_chinese

_NUMERAL = r"[0-9零〇一二三四五六七八九十百千两廿卅]+"
_ITEM = rf"(?:第?\(?({_NUMERAL})\)?项)"
_ARTICLE = re.compile(rf"第?({_NUMERAL})条(?:之({_NUMERAL}))?(?:第?({_NUMERAL})款)?{_ITEM}?")
_PARAGRAPH = re.compile(rf"第({_NUMERAL})款{_ITEM}?")
_LONE_ITEM = re.compile(rf"(?:第\(?|\()({_NUMERAL})\)?项")
_SERIES = re.compile(rf"第({_NUMERAL})((?:[、,和及与或]第?{_NUMERAL})+)条")
_RANGE = re.compile(rf"第?({_NUMERAL})条?(?:至|到|—|–|-|~)第?({_NUMERAL})条")
_LONGEST_RANGE = 20
_YEAR = r"((?:19|20)\d{2})"
_MARK = rf"\(?{_YEAR}年?(?:第[一二三四五]次)?(?:修[订正改])?(?:版|本|印发|发布)?\)?"
_YEAR_AFTER = re.compile(_MARK)
_YEAR_BEFORE = re.compile(
    rf"{_YEAR}年?(?:第[一二三四五]次)?(?:修[订正改]|印发|发布|施行|实施)?(?:后|过)?版?本?的?(?:新"
    rf"|旧|原)?$"
)
_TITLE = re.compile(r"《([^《》]{1,80})》|〈([^〈〉]{1,80})〉")
# A rule that is called by name and said to provide something, held or not.
_CALLED = re.compile(
    r"([\u4e00-\u9fff]{2,30}?(?:条例|准则|细则|规程|办法|规定|规则|通知|意见|解释|纪要|党章"
    r"|(?<![执司违守合非立普无想办做方说])法))"
    r"(?=第|规定|要求|明确|指出|写明|中|里|的规定|的要求)"
)
_LEADING = re.compile(
    r"^.*(?:根据|按照|依据|依照|违反|适用|参照|属于|对照|按|据|依|和|与|及|在|是|见|也|都|由|因|对)"
)
_GENERIC = re.compile(
    r"(?:有关|相关|上述|前述|具体|现行|该|这项|这条|此项|本|这部|那部|其他|另有|以上|所引|这些"
    r"|明确)*"
    r"(?:规定|条例|办法|准则|细则|规则|通知|意见|法|解释)?"
)
_SHORT_NAME = 2
_LARGEST = 1000


@dataclass(frozen=True, slots=True)
class Place:
    """An article (canonical, 第…条之…), a 款 and an 项, as far as named; 0 where not.

    ``written`` is how it was named.
    """

    article: str
    paragraph: int = 0
    item: int = 0
    written: str = ""


@dataclass(frozen=True, slots=True)
class Named:
    """A document as it is named; ``family`` is its base title, "" where it is not known.

    ``years`` are those that its version is said to be of.
    """

    name: str
    family: str
    years: frozenset[int]
    start: int
    end: int


def places(text: str, counted: str | None = None) -> list[tuple[Place, tuple[int, int]]]:
    """The articles, 款 and 项 that folded text names, and where they stand.

    :param counted: folded text in which 十条香烟 and 八条措施 are counted things; elsewhere
        a 十条 without 第 is an article. None where it never is, as in a clause.
    """
    found: list[tuple[Place, tuple[int, int]]] = []
    free = text
    for pattern, meant in _WRITTEN:
        for match in pattern.finditer(free):
            bare = pattern is _ARTICLE and not match[0].startswith("第")
            if bare and (counted is None or text[match.start() : match.end() + 1] in counted):
                continue
            found += [(place, match.span()) for place in meant(match)]
        free = blanked(free, [span for _, span in found])
    return sorted(found, key=lambda pair: pair[1])


def _range(match: re.Match[str]) -> list[Place]:
    first, last = _count(match[1]), _count(match[2])
    # A range too long to be one is an article that nothing has, and fails.
    numbers = range(first, last + 1) if 0 < first < last <= first + _LONGEST_RANGE else [0]
    return [Place(_article(str(number)), written=match[0]) for number in numbers]


def _series(match: re.Match[str]) -> list[Place]:
    numbers = [match[1], *re.findall(_NUMERAL, match[2])]
    return [Place(_article(number), written=match[0]) for number in numbers]


def _one(match: re.Match[str]) -> list[Place]:
    label = _article(match[1]) + (f"之{_number(match[2])}" if match[2] else "")
    return [Place(label, _count(match[3]), _count(match[4]), match[0])]


def _paragraph(match: re.Match[str]) -> list[Place]:
    return [Place("", _count(match[1]), _count(match[2]), match[0])]


def _item(match: re.Match[str]) -> list[Place]:
    return [Place("", 0, _count(match[1]), match[0])]


_WRITTEN: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], list[Place]]], ...] = (
    (_RANGE, _range),
    (_SERIES, _series),
    (_ARTICLE, _one),
    (_PARAGRAPH, _paragraph),
    (_LONE_ITEM, _item),
)


class Names:
    """What documents are called, ready to be looked for.

    :param names: every name of a document → its base title.
    """

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = names
        self._folded = sorted(
            ((fold(name), name) for name in names), key=lambda pair: len(pair[0]), reverse=True
        )

    def documents(self, text: str) -> list[Named]:
        """The documents that folded text names, in order, the longest name at each place."""
        found: list[Named] = []
        for match in _TITLE.finditer(text):
            title = plain_title(match[1] or match[2])
            family = self._names.get(title) or self._names.get(base_title(title)) or ""
            found.append(_named(text, title, family, match.span()))
        free = blanked(text, [(each.start, each.end) for each in found])
        for folded, name in self._folded:
            at = free.find(folded)
            while at >= 0 and len(folded) >= _SHORT_NAME:
                span = (at, at + len(folded))
                if len(folded) > _SHORT_NAME or _stands_alone(free, span):
                    family = _family(self._names[name], free, span)
                    found.append(_named(text, name, family, span))
                    free = blanked(free, [span])
                at = free.find(folded, span[1])
        for match in _CALLED.finditer(free):
            name = _LEADING.sub("", match[1])
            if not _GENERIC.fullmatch(name):
                found.append(_named(text, name, "", (match.end(1) - len(name), match.end(1))))
        return sorted(found, key=lambda each: each.start)


def _family(family: str, free: str, span: tuple[int, int]) -> str:
    """食品安全法 in 食品安全法实施条例 is another document, and none that is known."""
    longer = re.match(r"(?:实施|施行)(?:条例|细则|办法|规定)|修正案", free[span[1] :])
    return "" if longer else family


def _stands_alone(free: str, span: tuple[int, int]) -> bool:
    """条例 is a name where no longer one ends with it."""
    before = free[: span[0]]
    spoken = re.search(
        r"(?:[据照按依在是的和与旧老原新版年该反为照]|违反|本|现行|根据|适用|参照)$", before
    )
    return not re.search(r"[\u4e00-\u9fff]$", before) or bool(spoken)


def _named(text: str, name: str, family: str, span: tuple[int, int]) -> Named:
    marks = [_YEAR_BEFORE.search(text[: span[0]]), _YEAR_AFTER.match(text, span[1])]
    inside = re.search(rf"\({_YEAR}|（{_YEAR}", name)
    years = {int(mark[1]) for mark in marks if mark}
    years |= {int(inside[1] or inside[2])} if inside else set()
    start = marks[0].start() if marks[0] else span[0]
    end = marks[1].end() if marks[1] else span[1]
    return Named(name, family, frozenset(years), start, end)


def _article(numeral: str) -> str:
    return canonical_article(f"第{numeral}条") or f"第{numeral}条"


def _number(numeral: str) -> str:
    count = _count(numeral)
    return int_to_chinese(count) if 0 < count < _LARGEST else numeral


def _count(numeral: str | None) -> int:
    """The number, 0 where none is named, -1 where it is a run of digits that is no number."""
    if not numeral:
        return 0
    try:
        return chinese_to_int(numeral) or -1
    except ValueError:
        return -1
