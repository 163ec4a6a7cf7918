"""What is forbidden, allowed, required or waived, and what is denied, word by word. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from knowledge.grounding.folding import BLANK, phrases
from knowledge.grounding.vocabulary import content, same


class Sign(StrEnum):
    """What governs a word."""

    PLAIN = "plain"
    FORBID = "forbid"
    WAIVE = "waive"
    DENY = "deny"
    OBLIGE = "oblige"
    PERMIT = "permit"
    MAY_WAIVE = "may_waive"
    MUST_WAIVE = "must_waive"


NEGATIVE = frozenset({Sign.FORBID, Sign.WAIVE, Sign.DENY, Sign.MAY_WAIVE, Sign.MUST_WAIVE})

# Words that hold an operator's character and are none.
_PLAIN_WORDS = (
    "不良|不当|不法|不正之风|不正当|不可抗力|不论|不管|不仅|不但|不同|不断|不动产|无论|无偿|无关"
    "|无党派|无期徒刑"
    "|无原则|非法|非组织活动|非常|非党|除非|非税|非上市|非公开|未来|未遂|没收|主要|重要|要求|要点"
    "|必要|首要|要件|要素|纪要"
    "|摘要|只要|要么|要是|简要|需求|必需|急需|可能|许可|认可|可靠|可行|职能|功能|能力|性能|效能"
    "|节能|新能源|能源|才能|技能"
    "|相应|对应|应急|反应|适应|供应|响应|应对|应用|应管|应付|应邀|要害|扼要|索要|准确|标准|批准"
    "|核准|准则|可视|可据|可以说"
    "|个别|区别|特别|分别|级别|类别|性别|识别|别人|别墅|机要|能上能下|跑官要官|按需|非本人|非党员"
    "|要钱|要礼"
)
_OPERATORS = (
    (
        Sign.WAIVE,
        "不需要?|不用|不必|无需|无须|毋须|不须|用不着|没有?必要|免予|免于|不予|不再|豁免|免去",
    ),
    (
        Sign.FORBID,
        "一律不得|不得|不能|不可以|不可|不准|不许|不允许|不应当?|不该|不要|禁止|严禁|杜绝|切勿|勿"
        "|不宜",
    ),
    (Sign.OBLIGE, "应当|应该|必须|务必|须|需要|需|应|要|责令|有义务|有责任|得要"),
    (Sign.PERMIT, "可以|允许|准许|准予|有权|能够|能|可"),
    (Sign.DENY, "不|未能|没能|未|没有|没|无|非|莫|别"),
)
# Longer words first, so that 不得 is not read as 不.
_TOKEN = re.compile(
    f"(?P<plain>{_PLAIN_WORDS})|"
    + "|".join(f"(?P<{sign.value}>{words})" for sign, words in _OPERATORS)
)
_SEPARATE = re.compile(r"[、]|或者|或|以及|和|并|及")


@dataclass(frozen=True, slots=True)
class Governed:
    """A content word and what governs it; a ``head`` is the first word that is governed."""

    word: str
    sign: Sign
    head: bool


def operators(text: str) -> list[Sign]:
    """The operators of folded text (amounts and places blanked), in order, joined ones as one."""
    return [sign for phrase in phrases(text) for sign, _ in _chunks(phrase) if sign]


def operator_spans(text: str) -> list[tuple[int, int]]:
    """Where the operators of folded text stand."""
    return [match.span() for match in _TOKEN.finditer(text) if not match["plain"]]


def governed(text: str) -> list[Governed]:
    """The content words of folded text with what governs each.

    A prohibition or permission reaches to the end of its phrase, a 不 one word far, over
    what is listed beside it.
    """
    found: list[Governed] = []
    for phrase in phrases(text):
        reaching = Sign.PLAIN
        for sign, chunk in _chunks(phrase):
            own = sign or Sign.PLAIN
            denied = own is Sign.DENY
            found += _signed(chunk, own, Sign.PLAIN if denied else own)
            reaching = reaching if denied else own
    return found


def _signed(chunk: str, first: Sign, rest: Sign) -> Iterator[Governed]:
    for index, word in enumerate(content(chunk)):
        yield Governed(word, rest if index else first, head=not index and first is not Sign.PLAIN)


def _chunks(phrase: str) -> Iterator[tuple[Sign | None, str]]:
    """Runs of text with the operator before each, None before the first."""
    sign: Sign | None = None
    start = 0
    for match in _TOKEN.finditer(phrase):
        if match["plain"]:
            continue
        between = phrase[start : match.start()]
        found = Sign(next(name for name, value in match.groupdict().items() if value))
        if sign is not None and not content(between) and not _SEPARATE.search(between):
            found = _joined(sign, found)
        elif between.strip(BLANK) or sign is not None:
            yield sign, between
        sign, start = found, match.end()
    yield sign, phrase[start:]


# What two operators mean where nothing stands between them.
_TOGETHER = {
    (Sign.PERMIT, Sign.DENY): Sign.MAY_WAIVE,
    (Sign.PERMIT, Sign.WAIVE): Sign.MAY_WAIVE,
    (Sign.OBLIGE, Sign.WAIVE): Sign.MUST_WAIVE,
    (Sign.OBLIGE, Sign.DENY): Sign.FORBID,
    (Sign.OBLIGE, Sign.FORBID): Sign.FORBID,
}
_AFTER_NEGATION = {
    Sign.DENY: Sign.OBLIGE,
    Sign.OBLIGE: Sign.WAIVE,
    Sign.PERMIT: Sign.FORBID,
}


def _joined(first: Sign, second: Sign) -> Sign:
    """可以不 and 可以免予 waive; 不得不 requires; 应当不 forbids."""
    if first in NEGATIVE:
        return _AFTER_NEGATION.get(second, first)
    return _TOGETHER.get((first, second), second)


def signs_of(word: str, among: Iterable[Governed]) -> list[Governed]:
    """How ``word``, or one that means the same, is governed in a text."""
    return [each for each in among if same(word, each.word)]
