"""How a document stands on a day, and what its readers must be told of it, in words. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from knowledge.library import Library, has_begun, today
from knowledge.model import Document, Kind
from knowledge.naming import bracketed

SAMPLE_NOTE = "示范文本，请以本单位印发的文件为准。"
DIGEST_NOTE = "所引{title}是要点归纳，不是条文原文；正式引用前请核对原文。"


def standing(library: Library, document: Document, day: dt.date | None = None) -> str:
    """现行有效, 已被…取代 or 尚未施行 on ``day`` (today), with since when; a case has no force."""
    day = day or today()
    if document.kind is Kind.CASE:
        return "案例，供对照学习，不作依据"
    if document.superseded_by and (document.superseded_on is None or document.superseded_on <= day):
        since = f"，{_date(document.superseded_on)}起不再适用" if document.superseded_on else ""
        return f"已被{bracketed(document.superseded_by)}取代{since}"
    if not has_begun(document, day):
        return f"尚未施行{_since(document)}"
    if document.id in library.outdated(day):
        return "已被更新的版本取代"
    if document.sample:
        return "示范文本，不是正式印发的文件"
    # A text known to lag behind its amendments is not in force as it stands.
    return f"{'须核对现行文本' if document.caveat else '现行有效'}{_since(document)}"


def caveats(document: Document) -> Iterator[str]:
    """A sample, a digest, a source known to lag behind: a sentence for each."""
    title = bracketed(document.title)
    if document.sample:
        yield f"所引{title}是{SAMPLE_NOTE}"
    if document.kind is Kind.GUIDE and document.stands_in_for:
        yield DIGEST_NOTE.format(title=title)
    if document.caveat:
        yield document.caveat


def _since(document: Document) -> str:
    if document.effective:
        return f"，{_date(document.effective)}起施行"
    return f"，{_date(document.issued)}发布" if document.issued else ""


def _date(day: dt.date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
