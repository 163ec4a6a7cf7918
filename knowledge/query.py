"""Question → what is asked: named documents and articles, a version or a day, search text.

Reads the words only; which clauses answer is left to retrieval.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from knowledge.errors import QuestionError
from knowledge.model import Question
from knowledge.naming import base_title, plain_title
from knowledge.numerals import canonical_article, chinese_to_int

MAX_QUESTION_CHARS = 1000
_NUMERAL = r"[0-9零〇一二三四五六七八九十百千两廿]+"
_ARTICLE = re.compile(
    rf"第?\s*({_NUMERAL})\s*条(?:\s*之\s*([一二三四五六七八九十]+))?"
    rf"(?:\s*第?\s*({_NUMERAL})\s*款)?"
)
_QUOTED = re.compile(r"《([^《》]{1,80})》")
_DATE = re.compile(r"((?:19|20)\d{2})年(?:(\d{1,2})月(?:(\d{1,2})[日号])?)?")
# 「2018年的条例」「2018年修订的条例」「2018版条例」: the version, not a day.
_VERSION_YEAR = re.compile(r"((?:19|20)\d{2})年?(?:修[订正])?版?本?的?《?$")
_OLD_VERSION = re.compile(r"(?:旧|老|原|修[订改]前的?|以前的)版?的?《?$")
# A case is asked for by that word or by its number; 立案, 办案 and 备案 are not cases.
_CASE = re.compile(r"案例|典型案|例子|通报过|(?<![立办查方草备档图个])案[里中]|第\d+号")
_OVERVIEW = re.compile(
    r"(是什么|是啥|有哪些|有哪几条|有几条|讲[了的]?(什么|啥)|说[了的]?(什么|啥)|内容|全文|目录|都有啥)"
    r"[呢呀啊吗]?[?!。.]*$"
)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")
# Names this short also occur inside other words; they count only before 第…条 or in 《》.
_SHORT_NAME = 2
# 「条例 的 97条」: this few characters may stand between a name and its number.
_ADJACENT = 2
_ITEM_COUNT_WORDS = ("措施", "清单", "规定", "线索", "意见", "建议", "信息", "消息", "微信", "短信")


@dataclass(frozen=True, slots=True)
class Reference:
    """A place that the question names.

    ``family`` is a base title known to the library, "" where only a number is
    named; ``article`` is canonical, "" where a document is named as a whole;
    ``year`` and ``old`` pick an earlier version; ``unknown`` is a title in 《》
    that the library does not hold.
    """

    family: str = ""
    article: str = ""
    paragraph: int | None = None
    year: int | None = None
    old: bool = False
    unknown: str = ""


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked. ``search_text`` is what is embedded and cut into words;
    ``wants_case`` whether a case, not a rule, is asked for.
    """

    text: str
    search_text: str
    references: tuple[Reference, ...] = ()
    as_of: dt.date | None = None
    wants_case: bool = False
    wants_overview: bool = False


def clean(text: str) -> str:
    """The question as one line of plain characters.

    :raises QuestionError: nothing is left, or it is far too long.
    """
    cleaned = " ".join(_CONTROL.sub(" ", text).split())
    if not any(char.isalnum() for char in cleaned):
        raise QuestionError("没有看到问题。请用一句话写下想问的事，例如：管理对象送的月饼能收吗？")
    if len(cleaned) > MAX_QUESTION_CHARS:
        raise QuestionError(
            f"问题太长（{len(cleaned)} 字）。请压缩到 {MAX_QUESTION_CHARS} 字以内，只写关键情节。"
        )
    return cleaned


def understand(question: Question, names: Mapping[str, str]) -> Query:
    """Read a question.

    :param names: every name of a document → its base title (``Library.names``).
    :raises QuestionError: see :func:`clean`.
    """
    text = clean(question.text)
    folded = _fold(text)
    references = _references(folded, names)
    context = [_fold(turn) for turn in question.turns[-2:]]
    if not any(reference.family for reference in references):
        references = tuple(_inherit(references, context, names))
    return Query(
        text=text,
        search_text=" ".join([*context, folded]),
        references=references,
        as_of=_as_of(folded, references) or _as_of(" ".join(context), references),
        wants_case=bool(_CASE.search(folded)),
        wants_overview=bool(_OVERVIEW.search(folded)),
    )


def _fold(text: str) -> str:
    """NFKC, which also turns full-width digits and brackets into ASCII ones."""
    return " ".join(_CONTROL.sub(" ", unicodedata.normalize("NFKC", text)).split())


def _references(text: str, names: Mapping[str, str]) -> tuple[Reference, ...]:
    found: list[tuple[int, Reference]] = []
    mentions = _mentions(text, names)
    taken = [(start, end) for start, end, *_ in mentions]
    used: set[int] = set()
    for match in _ARTICLE.finditer(text):
        if any(start < match.end() and match.start() < end for start, end in taken):
            continue
        before = [i for i, mention in enumerate(mentions) if mention[1] <= match.start()]
        owner = before[-1] if before else None
        adjacent = owner is not None and match.start() - mentions[owner][1] <= _ADJACENT
        if not _is_article(text, match, adjacent):
            continue
        article = canonical_article(f"第{match[1]}条" + (f"之{match[2]}" if match[2] else ""))
        if article is None:
            continue
        paragraph = chinese_to_int(match[3]) if match[3] else None
        mention = mentions[owner] if owner is not None else None
        if owner is not None:
            used.add(owner)
        found.append((match.start(), _refer(text, mention, article, paragraph)))
    for position, mention in enumerate(mentions):
        if position not in used and not mention[4]:
            found.append((mention[0], _refer(text, mention, "", None)))
    return tuple(reference for _, reference in sorted(found, key=lambda pair: pair[0]))


_Mention = tuple[int, int, str, str, bool]
"""(start, end, family, unknown title, whether too short to stand alone)."""


def _mentions(text: str, names: Mapping[str, str]) -> list[_Mention]:
    """Documents named in the text, in order, the longest name at each place."""
    mentions: list[_Mention] = []
    free = text
    for match in _QUOTED.finditer(text):
        title = plain_title(match[1])
        family = names.get(title) or names.get(base_title(title), "")
        mentions.append((match.start(), match.end(), family, "" if family else match[1], False))
        free = free[: match.start()] + "\0" * len(match[0]) + free[match.end() :]
    for name in sorted(names, key=len, reverse=True):
        folded = unicodedata.normalize("NFKC", name)
        start = free.find(folded)
        while start >= 0:
            end = start + len(folded)
            short = len(folded) <= _SHORT_NAME
            if not short or _ARTICLE.match(free, end):
                mentions.append((start, end, names[name], "", short))
                free = free[:start] + "\0" * len(folded) + free[end:]
            start = free.find(folded, end)
    return sorted(mentions)


def _is_article(text: str, match: re.Match[str], adjacent: bool) -> bool:
    """第97条 is an article; 97条 may be; 三条线索 and 一条微信 are not."""
    if match[0].startswith("第") or adjacent:
        return True
    if text[match.end() :].startswith(_ITEM_COUNT_WORDS):
        return False
    return match[1].isdigit() and int(match[1]) > 1


def _refer(text: str, mention: _Mention | None, article: str, paragraph: int | None) -> Reference:
    if mention is None:
        return Reference(article=article, paragraph=paragraph)
    start, _, family, unknown, _ = mention
    year = _VERSION_YEAR.search(text[:start])
    return Reference(
        family=family,
        article=article,
        paragraph=paragraph,
        year=int(year[1]) if year else None,
        old=bool(_OLD_VERSION.search(text[:start])),
        unknown=unknown,
    )


def _inherit(
    references: tuple[Reference, ...], context: list[str], names: Mapping[str, str]
) -> list[Reference]:
    """「那第三十四条呢」 means the document that the turns before spoke of."""
    spoken = [r for turn in context for r in _references(turn, names) if r.family]
    if not spoken:
        return list(references)
    return [
        Reference(spoken[-1].family, r.article, r.paragraph, spoken[-1].year, spoken[-1].old)
        if r.article and not r.unknown
        else r
        for r in references
    ]


def _as_of(text: str, references: tuple[Reference, ...]) -> dt.date | None:
    """The day that is spoken of; a bare year means its middle."""
    versions = {reference.year for reference in references}
    for match in _DATE.finditer(text):
        year = int(match[1])
        if year in versions:
            continue
        try:
            return dt.date(year, int(match[2] or 7), int(match[3] or 1))
        except ValueError:
            continue
    return None
