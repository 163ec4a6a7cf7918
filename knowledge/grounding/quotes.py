"""Whether what stands in quotation marks stands so in the clause. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

_PAIRS = {"「": "」", "『": "』", "“": "”", "‘": "’"}
_MARKS = re.compile("[「」『』“”‘’]")
_NEGATION = re.compile("(?:不|未|没|没有|无|非|勿|禁止|严禁|不得|不可|不能)$")
_NUMERAL = re.compile("[0-9零〇一二三四五六七八九十百千万亿两.]")
_GRADES = ("严重警告", "撤销党内职务", "留党察看", "开除党籍", "开除公职", "记大过")


def quoted(text: str) -> list[str] | None:
    """What is quoted in ``text``, outermost marks only; None where marks do not match."""
    found = []
    opened: list[tuple[str, int]] = []
    for match in _MARKS.finditer(text):
        mark = match[0]
        if mark in _PAIRS:
            opened.append((_PAIRS[mark], match.end()))
        elif not opened or opened[-1][0] != mark:
            return None
        else:
            _, start = opened.pop()
            if not opened:
                found.append(text[start : match.start()])
    return None if opened else found


def misquotes(text: str, clauses: Iterable[str], question: str) -> bool:
    """Whether something in quotation marks is not verbatim in one clause or in the question.

    :param text: as written; so are ``clauses`` and ``question``.
    """
    quotes = quoted(text)
    if quotes is None or '"' in text:
        return True
    sources = list(clauses)
    return any(
        not any(_stands_in(quote, source) for source in sources)
        and not (quote.strip() and quote in question)
        for quote in quotes
    )


def _stands_in(quote: str, source: str) -> bool:
    """Whether it is there, and its edges cut nothing off that turns it round."""
    kept = quote.rstrip("，。；：,;:")
    at = source.find(kept) if kept.strip() else -1
    while at >= 0:
        if _cuts_nothing(source, at, at + len(kept)):
            return True
        at = source.find(kept, at + 1)
    return False


def _cuts_nothing(source: str, start: int, end: int) -> bool:
    before, quote, after = source[:start], source[start:end], source[end:]
    if _NEGATION.search(before):
        return False
    if any(
        _NUMERAL.match(pair[0]) and _NUMERAL.match(pair[1]) for pair in _edges(before, quote, after)
    ):
        return False
    for grade in _GRADES:
        at = source.find(grade)
        while at >= 0:
            if at < start < at + len(grade) or at < end < at + len(grade):
                return False
            at = source.find(grade, at + 1)
    return True


def _edges(before: str, quote: str, after: str) -> list[tuple[str, str]]:
    left = [(before[-1], quote[0])] if before and quote else []
    return left + ([(quote[-1], after[0])] if after and quote else [])
