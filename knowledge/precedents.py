"""Cases that fit what somebody asks: what was done and what came of it, quoted exactly."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from knowledge.library import has_begun
from knowledge.model import Citation, Clause, Kind, Question
from knowledge.quoting import quote_of
from knowledge.retrieval import Retriever
from knowledge.verification import cite

MOST = 3
# Set on the shipped cases with a dozen everyday questions: what lies below is about other matters.
FITS = 0.1

_DEED = re.compile("事实|案情|经过|情况")
_SANCTION = re.compile("处分|处理|处罚|结果|结论")


def cases_for(retriever: Retriever, text: str, most: int = MOST) -> tuple[Citation, ...]:
    """What the cases in force that fit say, best first: of each the deed, then the sanction.

    A case without such sections is quoted where it is nearest to the question.

    :raises QuestionError: ``text`` is empty or far too long.
    """
    query = retriever.understand(Question(text))
    cases = [
        document
        for document in retriever.library.documents.values()
        if document.kind is Kind.CASE and document.in_force and has_begun(document)
    ]
    clauses = {each.id: retriever.library.clauses_of(each.id) for each in cases}
    near = retriever.nearness(query, {one.id for some in clauses.values() for one in some})
    best = {
        key: max(some, key=lambda one: near.get(one.id, 0.0))
        for key, some in clauses.items()
        if some
    }
    fitting = sorted(
        (key for key, clause in best.items() if near.get(clause.id, 0.0) >= FITS),
        key=lambda key: (-near[best[key].id], key),
    )
    return tuple(
        cite(retriever.library.documents[key], clause, quote_of(clause, query.search_text))
        for key in fitting[:most]
        for clause in _telling(clauses[key], best[key])
    )


def _telling(clauses: Sequence[Clause], nearest: Clause) -> Iterator[Clause]:
    """The sections with the deed and the sanction; the nearest in place of a missing deed."""
    deed = next((each for each in clauses if _DEED.search(_heading(each))), nearest)
    yield deed
    sanction = next((each for each in clauses if _SANCTION.search(_heading(each))), deed)
    if sanction is not deed:
        yield sanction


def _heading(clause: Clause) -> str:
    return clause.path[-1] if clause.path else ""
