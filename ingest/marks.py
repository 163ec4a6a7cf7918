"""What a line opens: an article, a heading, an item, an annex. Pure pattern knowledge."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum

from ingest.lines import Line
from knowledge.numerals import NUMERAL, canonical_article, chinese_to_int

_ARTICLE = re.compile(
    rf"(?P<first>[第弟笫苐])\s*(?P<number>{NUMERAL}(?:\s*{NUMERAL})*)\s*[条條]"
    rf"(?P<branch>\s*之\s*{NUMERAL}+(?![款项、]))?(?P<gap>[\s：:]*)(?P<comma>、(?!\s*第))?(?P<rest>.*)"
)
# What follows 条 in a citation, never in an article's own first words.
_CITED = re.compile(
    rf"第\s*{NUMERAL}+\s*[款项]|[、，,]\s*第|[和及与至到或]\s*(?:者\s*)?第|"
    r"(?:的|所|之?规定|规定|以及|以外|之外|中(?:的|所|规定)|[，。；、）》”)]|--|－|—|-)"
)
_CITED_AFTER_GAP = re.compile(rf"第\s*{NUMERAL}+\s*[款项]|[、，]\s*第|[和及与至]\s*第")
_CITING = re.compile(
    r"(?:依照|依据|按照|根据|违反|适用|参照|本(?:条例|法|规定|办法|规则|准则|解释|细则)|"
    r"和|或者|以及|及|与|至|由|对|将|有|》|、|，|以下简称|的|照|据)$"
)
_NUMBERED = re.compile(
    rf"第\s*(?P<number>{NUMERAL}+)\s*(?P<unit>分编|编|章|节|部分)(?P<gap>\s*)(?P<rest>.*)"
)
_HEADING_CITED = re.compile(rf"(?:的|所|规定|[、，。和及与至或中]|第\s*{NUMERAL}+\s*[条款项])")
_HEADING_LENGTH = 40
_LEADER = re.compile(r"[\s.…·．]{2,}\d*$|\s+\d+$|（\d+）$")
_BETWEEN_CHINESE = re.compile(r"(?<=[\u4e00-\u9fff，、（）“”])\s+(?=[\u4e00-\u9fff，、（）“”])")
_UNNUMBERED = re.compile(r"(总|分|附)\s*则")
_ITEM = re.compile(
    rf"(?P<label>[（(]\s*{NUMERAL}+\s*[）)][、.．]?|{NUMERAL}{{1,4}}\s*、|\d{{1,3}}\s*[.．)）](?!\d)|[①-⑳])"
)
_BULLET = re.compile(r"[-*+•·]\s+")
_ANNEX = re.compile(
    rf"附(?P<unit>件|表|录|图)?\s*(?P<number>{NUMERAL}*)\s*(?:[：:]\s*(?P<rest>.*))?$"
)
_DATE_ONLY = re.compile(
    rf"[（(]?(?:{NUMERAL}|[OＯo])+\s*(?:年|\.)\s*{NUMERAL}+\s*(?:月|\.)\s*{NUMERAL}+\s*日?[）)]?$"
)


class Rank(IntEnum):
    """How high a heading stands; a lower number is nearer to the root.

    1 to 6 are Markdown levels.
    """

    ANNEX = 7
    PLAIN = 8
    PART = 9
    SUBPART = 10
    CHAPTER = 11
    SECTION = 12
    BRACKET = 13
    CITED_TITLE = 14
    CHINESE = 15
    BRACKETED_CHINESE = 16
    ARABIC = 17


_UNIT_RANKS = {
    "编": Rank.PART,
    "部分": Rank.PART,
    "分编": Rank.SUBPART,
    "章": Rank.CHAPTER,
    "节": Rank.SECTION,
}


@dataclass(frozen=True, slots=True)
class ArticleMark:
    """第X条 at a line's start. ``slip`` is the label as printed where it is misspelt."""

    article: str
    number: int
    branch: bool
    spaced: bool
    rest: str
    slip: str = ""


@dataclass(frozen=True, slots=True)
class HeadingMark:
    """A heading; ``complete`` is False where only its number is on the line."""

    rank: int
    text: str
    complete: bool = True


@dataclass(frozen=True, slots=True)
class ItemMark:
    """An enumerated point: its printed label, the label's kind, and its number."""

    label: str
    kind: str
    number: int


@dataclass(frozen=True, slots=True)
class AnnexMark:
    """附件2：清单: its number as printed, or "", and what follows on the line."""

    number: str
    rest: str


def article_mark(line: Line) -> ArticleMark | None:
    """Find the article that ``line`` opens; None for a citation of one."""
    match = _ARTICLE.match(line.text)
    if match is None:
        return None
    label = match["number"] + "条" + (match["branch"] or "")
    article = canonical_article(label)
    if article is None:
        return None
    rest = match["rest"]
    spaced = bool(match["gap"] or match["comma"]) or not rest
    if (_CITED_AFTER_GAP if spaced else _CITED).match(rest):
        return None
    slip = "" if match["first"] == "第" else match["first"] + "".join(label.split())
    number = chinese_to_int(match["number"])
    return ArticleMark(article, number, bool(match["branch"]), spaced, rest, slip)


def is_citing(text: str) -> bool:
    """Whether ``text`` ends as a sentence does just before it names an article."""
    return _CITING.search(text) is not None


def heading_mark(line: Line) -> HeadingMark | None:
    """编, 分编, 章 or 节, or 总则/附则 on a line of its own."""
    text = line.text
    match = _NUMBERED.match(text)
    if match:
        rest = _LEADER.sub("", match["rest"])
        cited = not match["gap"] and not line.level and _HEADING_CITED.match(rest)
        prose = rest.endswith(("。", "；", "，", "、", "：", ";", ",")) or "。" in rest
        if len(text) > _HEADING_LENGTH or prose or cited:
            return None
        rank = line.level or _UNIT_RANKS[match["unit"]]
        label = f"第{match['number']}{match['unit']}"
        title = tidy(rest)
        return HeadingMark(rank, f"{label} {title}".strip(), bool(title))
    if _UNNUMBERED.fullmatch(text):
        return HeadingMark(line.level or Rank.CHAPTER, "".join(text.split()))
    return None


def tidy(heading: str) -> str:
    """总则 for 总　则: spaces between Chinese characters are only typesetting."""
    return _BETWEEN_CHINESE.sub("", " ".join(heading.split()))


def item_mark(line: Line) -> ItemMark | None:
    """项: （一）, 一、, 1. or ① at the start of ``line``."""
    if line.level:
        return None
    match = _ITEM.match(line.text)
    if match is None:
        return None
    label = match["label"]
    if "①" <= label <= "⑳":
        return ItemMark(label, "①", ord(label) - ord("①") + 1)
    digits = "".join(re.findall(NUMERAL, label))
    try:
        number = chinese_to_int(digits)
    except ValueError:
        return None
    arabic = "1" if digits[0].isdigit() and digits[0] not in "零〇" else "一"
    bracketed = label.startswith(("（", "("))
    return ItemMark(label, f"（{arabic}）" if bracketed else arabic, number)


def bullet(line: Line) -> str | None:
    """Return the text of a Markdown list entry without its marker."""
    match = None if line.level else _BULLET.match(line.text)
    return line.text[match.end() :].strip() if match else None


def annex_mark(line: Line) -> AnnexMark | None:
    """Find the annex that ``line`` opens or names; None for any other line."""
    match = _ANNEX.match(line.text)
    if match is None or (match["rest"] is None and not match["unit"]):
        return None
    return AnnexMark(match["number"], (match["rest"] or "").strip())


def is_date(text: str) -> bool:
    """Tell a date on a line of its own, as under a signature."""
    return _DATE_ONLY.match(" ".join(text.split())) is not None
