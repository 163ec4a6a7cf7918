"""The places that a question names → documents and clauses held, and which documents may
answer it at all: superseded versions only where the question asks for them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from knowledge.library import Library, has_begun, today
from knowledge.model import Clause, Document
from knowledge.numerals import chinese_to_int
from knowledge.query import Query
from knowledge.references import Reference

_ARTICLE_NUMBER = re.compile(r"第([一二三四五六七八九十百]+)条")


@dataclass(frozen=True, slots=True)
class Resolved:
    """A reference with what it led to; ``clause`` None where there is no such article.

    ``line`` is the one numbered point meant, in a document that has points
    (68.…, 八、…) in place of articles.
    """

    reference: Reference
    document: Document | None
    clause: Clause | None
    line: str = ""
    has_articles: bool = True


def resolve(query: Query, library: Library) -> list[Resolved]:
    """What each place that the question names leads to, in its order."""
    return [_resolve(reference, query, library) for reference in query.references]


def _resolve(reference: Reference, query: Query, library: Library) -> Resolved:
    if not reference.family:
        # A bare number means the rule that everyone here calls 条例.
        default = library.names.get("条例", "")
        if reference.unknown or not (reference.article and default):
            return Resolved(reference, None, None)
        reference = replace(reference, family=default)
    document = _document(reference, query, library)
    if document is None:
        return Resolved(reference, None, None)
    clause = library.article(document.id, reference.article) if reference.article else None
    has_articles = any(each.article for each in library.clauses_of(document.id))
    number = _ARTICLE_NUMBER.fullmatch(reference.article)
    if number and not has_articles:
        point = library.point(document.id, chinese_to_int(number[1]))
        if point:
            return Resolved(reference, document, *point, has_articles=False)
    return Resolved(reference, document, clause, has_articles=has_articles)


def _document(reference: Reference, query: Query, library: Library) -> Document | None:
    """The version that is meant, or None where it is not held."""
    if reference.year is not None:
        return library.of_year(reference.family, reference.year)
    if reference.old:
        versions = library.versions(reference.family)
        return next((each for each in versions if not each.in_force), None)
    return library.governing(reference.family, query.as_of)


def may_answer(query: Query, resolved: Sequence[Resolved], library: Library) -> set[str]:
    """Ids of documents that may answer: in force, or asked for by name or day."""
    named = {each.document.id for each in resolved if each.document}
    if query.as_of is None:
        # A version that is held but not yet in force must wait for its day.
        begun = {
            each.id for each in library.documents.values() if each.in_force and has_begun(each)
        }
        return (begun - library.outdated(today())) | named
    governing = {
        document.id
        for family in library.families
        if (document := library.governing(family, query.as_of))
    }
    return governing | named
