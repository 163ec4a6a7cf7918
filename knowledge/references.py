"""The places that a question names: documents, articles, 款, and which version is meant.

A number is never given to a document that the question did not mean: a name
that is not held stays unknown, and only a bare number may fall to the 条例.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from knowledge.naming import base_title, plain_title
from knowledge.numerals import canonical_article, chinese_to_int, int_to_chinese

_NUMERAL = r"[0-9零〇一二三四五六七八九十百千两廿]+"
_ARTICLE = re.compile(
    rf"第?\s*({_NUMERAL})\s*条(?:\s*之\s*([一二三四五六七八九十]+|\d{{1,2}}))?"
    rf"(?:\s*第?\s*({_NUMERAL})\s*款)?"
)
# 第33、34条, 第八条和第九条 written as 第八、九条: several numbers before one 条.
_SERIES = re.compile(rf"(第\s*{_NUMERAL}|\d{{2,}})((?:\s*[、,和及与]\s*{_NUMERAL})+)\s*条")
# 第97-99条, 条例97至99条: a range. 三到五条烟 is none, hence what must stand before it.
_RANGE = re.compile(
    rf"(?:第\s*|(?<=[法例定则]))({_NUMERAL})\s*条?\s*[-—–~至到]\s*第?\s*({_NUMERAL})\s*条"
)
_LONGEST_RANGE = 10
_SPACED_DIGITS = re.compile(r"(?<=\d)\s+(?=\d+\s*(?:\d\s*)*条)")
_QUOTED = re.compile(r"《([^《》]{1,80})》")
# 「2018年的条例」「2018年修订的条例」「2018版条例」: the version, not a day.
_VERSION_BEFORE = re.compile(r"((?:19|20)\d{2})年?(?:修[订正])?版?本?的?《?$")
_VERSION_AFTER = re.compile(r"\(?((?:19|20)\d{2})年?(?:修[订正])?版?本?\)?")
_OLD_VERSION = re.compile(r"(?:旧|老|原|修[订改]前的?|以前的)版?的?《?$")
# What the name of a rule ends with, right before the number.
_RULE_NAME = re.compile(
    r"(党章|[\u4e00-\u9fff()]{1,30}?(?:法|法典|条例|规定|办法|准则|规则|细则|解释|意见|通知|规程"
    r"|章程|纪要|决定|制度|清单|标准|方案|合同|协议|修正案(?:\([^()]*\))?))(?:的|里的?|中的?)?\s*$"
)
# Words before a name that are not part of it.
_LEADING = re.compile(
    r"^.*(?:根据|按照|依据|依照|违反|请问|查一下|看看|引用|背一下|[,。;:?!、和跟与按查看])"
)
# Words that tell a version in force, or whose it is, and belong to no name.
_PLAIN_PREFIX = re.compile(r"^(?:最新|现行|新版?|咱们?|我们|本?单位|这个|那个|[看查]一?下|的)+")
# A number by itself is an article only where hardly anything else is asked.
_BARE_BEFORE = re.compile(r"^(?:那|那么|请问|再?看看?|还有|和)?\s*$")
_BARE_AFTER = re.compile(
    r"^(?:第.款)?\s*(?:$|[,。?!、呢吗]|讲|说|规定|写|是什么|是啥|的?(?:内容|原文|全文)|怎么[说讲写])"
)
# Names this short also occur inside other words; they count only before 第…条 or in 《》.
_SHORT_NAME = 2
# A name that leaves words out is taken for the one title that holds its letters in order.
_ABRIDGED_NAME = 6
# 「条例 的 97条」: this few characters may stand between a name and its number.
_ADJACENT = 2
_WHICH_ARTICLE = re.compile(r"第几条|哪一?条")
# What a follow-up may say of the article spoken of before: the one beside it, a 款 of it,
# or a matter of degree that only the article itself tells.
_BESIDE = re.compile(r"^(?:那|它)?的?([上下前后])一条(?:呢|是|[又都]?[说讲]|规定|的?内容|\W|$)")
_PARAGRAPH = re.compile(rf"^(?:那|它)?的?第\s*({_NUMERAL})\s*款")
_SAME_ARTICLE = re.compile(
    r"^(?:那|那么|要是|如果)?(?:它|这条|该条|这一条|情节|(?:比较)?[轻严]重的|较[轻重]的|最[高重轻]|原文|全文)"
)
_LONGEST_FOLLOW_UP = 14
_LEADING_NUMBER = re.compile(r"第([^条之]+)条")


@dataclass(frozen=True, slots=True)
class Reference:
    """A place that the question names.

    ``family`` is a base title known to the library, "" where only a number is
    named; ``article`` is canonical, "" where a document is named as a whole;
    ``year`` and ``old`` pick an earlier version; ``unknown`` is the name of a
    document that the library does not hold.
    """

    family: str = ""
    article: str = ""
    paragraph: int | None = None
    year: int | None = None
    old: bool = False
    unknown: str = ""


@dataclass(frozen=True, slots=True)
class _Mention:
    """A document named at ``start:end``; ``short`` names mean nothing by themselves."""

    start: int
    end: int
    family: str
    unknown: str = ""
    short: bool = False


def fold(text: str) -> str:
    """NFKC, which also turns full-width digits and brackets into ASCII ones."""
    return " ".join(unicodedata.normalize("NFKC", text).split())


def read_references(text: str, names: Mapping[str, str]) -> tuple[Reference, ...]:
    """The places named in ``text`` (folded), in order.

    :param names: every name of a document → its base title (``Library.names``).
    """
    text = _SPACED_DIGITS.sub("", text)
    text = _SERIES.sub(_spelled_out, _RANGE.sub(_range, text))
    mentions = _mentions(text, names)
    found: list[tuple[int, Reference]] = []
    used: set[_Mention] = set()
    for match in _ARTICLE.finditer(text):
        if any(each.start < match.end() and match.start() < each.end for each in mentions):
            continue
        owner = _owner(text, match.start(), mentions, names)
        adjacent = owner is not None and match.start() - owner.end <= _ADJACENT
        if not _is_article(text, match, adjacent=adjacent):
            continue
        if owner is not None:
            used.add(owner)
        found.append((match.start(), _refer(text, owner, match)))
    found += [
        (each.start, _refer(text, each, None))
        for each in mentions
        if each not in used and not each.short
    ]
    return tuple(reference for _, reference in sorted(found, key=lambda pair: pair[0]))


def inherit(
    text: str,
    references: Sequence[Reference],
    turns: Sequence[str],
    names: Mapping[str, str],
) -> tuple[Reference, ...]:
    """「那第三十四条呢」 means the document that the turns before spoke of; 「下一条呢」,
    「第二款呢」 and 「情节严重的呢」 the article, where ``text`` names no place itself.
    """
    spoken = [each for turn in turns for each in read_references(turn, names)]
    article = next((each for each in reversed(spoken) if each.article), None)
    if not references and article:
        return _near(text, article)
    spoken = [each for each in spoken if each.family]
    if not spoken:
        return tuple(references)
    before = spoken[-1]
    return tuple(
        replace(each, family=before.family, year=before.year, old=before.old)
        if each.article and not each.unknown
        else each
        for each in references
    )


def _near(text: str, before: Reference) -> tuple[Reference, ...]:
    """The article before, the next to it or a 款 of it, where the text means one of these."""
    beside, paragraph = _BESIDE.match(text), _PARAGRAPH.match(text)
    if beside:
        number = _LEADING_NUMBER.match(before.article)
        count = _count(number[1]) if number else None
        step = 1 if beside[1] in "下后" else -1
        if count is None or count + step < 1:
            return ()
        article = f"第{int_to_chinese(count + step)}条"
        return (replace(before, article=article, paragraph=None),)
    if paragraph:
        return (replace(before, paragraph=_count(paragraph[1])),)
    if len(text) <= _LONGEST_FOLLOW_UP and _SAME_ARTICLE.match(text):
        return (replace(before, paragraph=None),)
    return ()


def _spelled_out(match: re.Match[str]) -> str:
    numbers = [match[1], *re.findall(_NUMERAL, match[2])]
    return "、".join(f"第{number.removeprefix('第').strip()}条" for number in numbers)


def _range(match: re.Match[str]) -> str:
    first, last = _count(match[1]), _count(match[2])
    if first is None or last is None or not first < last <= first + _LONGEST_RANGE:
        return match[0]
    return "、".join(f"第{number}条" for number in range(first, last + 1))


def _mentions(text: str, names: Mapping[str, str]) -> list[_Mention]:
    """Documents named in the text, in order, the longest name at each place."""
    mentions: list[_Mention] = []
    free = text
    for match in _QUOTED.finditer(text):
        title = plain_title(match[1])
        family = names.get(title) or names.get(base_title(title), "")
        mentions.append(_Mention(*match.span(), family, "" if family else match[1]))
        free = free[: match.start()] + "\0" * len(match[0]) + free[match.end() :]
    for name in sorted(names, key=len, reverse=True):
        folded = fold(name)
        start = free.find(folded)
        while start >= 0:
            end = start + len(folded)
            short = len(folded) <= _SHORT_NAME
            if not short or _ARTICLE.match(free, end) or _WHICH_ARTICLE.match(free, end):
                mentions.append(_Mention(start, end, names[name], short=short))
                free = free[:start] + "\0" * len(folded) + free[end:]
            start = free.find(folded, end)
    mentions.sort(key=lambda each: each.start)
    return [each for each in mentions if not _part_of_longer_name(free, each)]


def _part_of_longer_name(free: str, mention: _Mention) -> bool:
    """食品安全法 in 食品安全法实施条例, 条例 in 信访条例: the longer name is another document."""
    if mention.unknown:
        return False
    after = re.match(r"(?:实施|施行)?(?:条例|细则|办法|规定|解释)|修正案|典", free[mention.end :])
    before = free[: mention.start]
    # 「据条例」「按条例」 are not longer names; 「信访条例」 is.
    longer = mention.short and bool(re.search(r"[\u4e00-\u9fff]$", before))
    spoken = re.search(
        r"(?:[据照按看查反在是的跟和与对旧老原新版年问]|引用|了解|现行|[看查]一?下|单位|咱们?|我们)$",
        before,
    )
    return bool(after) or (longer and not spoken)


def _owner(
    text: str, start: int, mentions: Sequence[_Mention], names: Mapping[str, str]
) -> _Mention | None:
    """Whose article stands at ``start``: the name right before it, held or not, else the
    last one spoken of.
    """
    before = [each for each in mentions if each.end <= start]
    last = before[-1] if before else None
    if last is not None and start - last.end <= _ADJACENT:
        return last
    named = _RULE_NAME.search(text[last.end if last else 0 : start])
    if not named:
        return last
    name = _PLAIN_PREFIX.sub("", _LEADING.sub("", named[1]))
    family = names.get(plain_title(name), "") or _abridged(name, names)
    return _Mention(start - len(name), start, family, "" if family else name)


def _abridged(name: str, names: Mapping[str, str]) -> str:
    """The one family with a name that holds all of ``name``'s letters in order, or ""."""
    if len(name) < _ABRIDGED_NAME:
        return ""
    families = {family for full, family in names.items() if _within(name, fold(full))}
    return families.pop() if len(families) == 1 else ""


def _within(name: str, full: str) -> bool:
    letters: Iterator[str] = iter(full)
    return all(letter in letters for letter in name)


def _is_article(text: str, match: re.Match[str], *, adjacent: bool) -> bool:
    """第97条 is an article, and so is 97条 right after a rule's name or all by itself;
    10条香烟 and 6条线 are counted things.
    """
    if match[0].startswith("第") or adjacent:
        return True
    before, after = text[: match.start()], text[match.end() :]
    alone = _BARE_BEFORE.match(before) and _BARE_AFTER.match(after)
    return bool(alone) and match[1].isdigit() and int(match[1]) > 1


def _count(numeral: str) -> int | None:
    try:
        return chinese_to_int(numeral)
    except ValueError:  # 第百百款: a run of digits that is no number
        return None


def _refer(text: str, mention: _Mention | None, match: re.Match[str] | None) -> Reference:
    article, paragraph = "", None
    if match is not None:
        branch = int_to_chinese(int(match[2])) if (match[2] or "").isdigit() else match[2]
        label = f"第{match[1]}条" + (f"之{branch}" if branch else "")
        # A number that is none (第零条) is kept as written: no document has it.
        article = canonical_article(label) or label
        paragraph = _count(match[3]) if match[3] else None
    if mention is None:
        return Reference(article=article, paragraph=paragraph)
    year = _VERSION_BEFORE.search(text[: mention.start]) or _VERSION_AFTER.match(text, mention.end)
    return Reference(
        family=mention.family,
        article=article,
        paragraph=paragraph,
        year=int(year[1]) if year else None,
        old=bool(_OLD_VERSION.search(text[: mention.start])),
        unknown=mention.unknown,
    )
