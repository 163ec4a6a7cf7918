"""A few words → articles to quote: the places that they name, else what is nearest to them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from knowledge.library import Library
from knowledge.model import Clause, Kind, Question
from knowledge.query import Query, understand
from knowledge.resolving import Resolved, resolve
from knowledge.retrieval import Retriever

# Clauses by falling nearness, given what the words' references led to.
Nearest = Callable[[Sequence[Resolved]], Iterable[Clause]]


def find(retriever: Retriever, text: str, limit: int) -> list[Clause]:
    """At most ``limit`` clauses of rules, the best first; a bare 97条, or 97, is the 条例's.

    :raises QuestionError: ``text`` is empty or far too long.
    """
    query = retriever.understand(Question(meant(text)))

    def nearest(resolved: Sequence[Resolved]) -> Iterable[Clause]:
        return (each.clause for each in retriever.rank([retriever.read(query)], resolved))

    return quotable(retriever.library, query, nearest, limit)


def named(library: Library, text: str) -> Clause | None:
    """The first article that the words name, by document and number; None where none does.

    :raises QuestionError: ``text`` is empty or far too long.
    """
    resolved = resolve(understand(Question(text), library.names), library)
    return next((each.clause for each in resolved if each.clause), None)


def meant(text: str) -> str:
    """A bare number as the article that it means; other words as they are."""
    text = text.strip()
    return f"{text}条" if text.isascii() and text.isdigit() else text


def quotable(library: Library, query: Query, nearest: Nearest, limit: int) -> list[Clause]:
    """The articles that the query names, or the first of the nearest.

    Where an article is named only that is meant: none stands in for one that is not there.
    Cases are no rules and never found.
    """
    resolved = resolve(query, library)
    if any(each.reference.article for each in resolved):
        clauses: Iterable[Clause] = (each.clause for each in resolved if each.clause)
    else:
        clauses = nearest(resolved)
    found = {
        clause.id: clause
        for clause in clauses
        if library.documents[clause.document_id].kind is not Kind.CASE and clause.text
    }
    return list(found.values())[:limit]
