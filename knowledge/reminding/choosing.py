"""Which warning case and which of the unit's measures go with a reminder."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from itertools import groupby, zip_longest

from knowledge.lexical import words
from knowledge.library import Library
from knowledge.marks import in_force
from knowledge.model import Citation, Clause, Kind
from knowledge.naming import plain_title
from knowledge.reminding.basis import SENTENCE
from knowledge.reminding.telling_cases import RECENT
from knowledge.verification import cite

# Of what one text finds the third is seldom about the matter any more.
_OF_ONE_TEXT = 2
# A sentence that shares less than this much of the asked words speaks of something else.
_SHARED = 0.3
# A sentence that opens a list says nothing by itself.
_OPENS = ("：", ":")


def fitting_case(
    cases_for: Callable[[str], Sequence[Citation]],
    texts: Sequence[str],
    recent: Sequence[str],
    library: Library,
    day: dt.date,
    following: str = "",
) -> tuple[Citation, ...]:
    """The deed and the sanction of the best case that was not told of lately.

    Where all were, the one told of longest ago; never the last one again, nor the next: rather
    none.

    :param texts: what to find cases by, the most important first.
    :param recent: titles of the cases told of, the latest first; only so many as are ``RECENT``
        count, so that a case that fits comes again after some months.
    :param following: title of the case that will be told of next, "" where none is known.
    """
    told = [name_of(title) for title in recent[:RECENT]]
    beside = {*told[:1], name_of(following)}
    found = {
        name_of(case[0].document.title): case
        for case in _by_turns([_cases(cases_for(text)) for text in texts])
        if _stands(case, library, day)
    }
    open_to = [name for name in found if name not in beside]
    for name in open_to:
        if name not in told:
            return found[name]
    return found[max(open_to, key=told.index)] if open_to else ()


def fitting_measure(library: Library, asked: str, day: dt.date) -> Citation | None:
    """The sentence of the unit's measures that speaks of the asked words; None for none.

    The unit's own papers come before the sample that stands in for them.
    """
    wanted = frozenset(words(asked))
    held = [
        document
        for document in library.documents.values()
        if document.kind is Kind.MEASURE and in_force(library, document, day)
    ]
    for sample in (False, True):
        best = max(
            (
                (_shared(sentence, wanted), -at, document, clause, sentence)
                for document in held
                if document.sample is sample
                for clause in library.clauses_of(document.id)
                for at, sentence in enumerate(_sentences(clause))
            ),
            key=lambda found: (found[0], -found[3].ordinal, found[1]),
            default=None,
        )
        if best and best[0] >= _SHARED:
            return cite(best[2], best[3], best[4])
    return None


def name_of(title: str) -> str:
    """A case by its name, the same for the case itself and for our summary of it."""
    return plain_title(title).removesuffix("（摘要）")


def _cases(citations: Sequence[Citation]) -> list[tuple[Citation, ...]]:
    by_document = groupby(citations, key=lambda each: each.document.id)
    return [tuple(case) for _, case in by_document][:_OF_ONE_TEXT]


def _by_turns(
    found: Sequence[Sequence[tuple[Citation, ...]]],
) -> list[tuple[Citation, ...]]:
    """The first of each, then the second of each; each case once."""
    kept: dict[str, tuple[Citation, ...]] = {}
    for case in (case for row in zip_longest(*found) for case in row if case):
        kept.setdefault(case[0].document.id, case)
    return list(kept.values())


def _stands(case: Sequence[Citation], library: Library, day: dt.date) -> bool:
    document = library.documents.get(case[0].document.id)
    return document is not None and in_force(library, document, day)


def _sentences(clause: Clause) -> list[str]:
    return [
        sentence
        for found in SENTENCE.finditer(clause.text)
        if (sentence := found[0].strip()) and not sentence.endswith(_OPENS)
    ]


def _shared(text: str, wanted: frozenset[str]) -> float:
    """Share in [0, 1] of the asked words that a text holds, by length: longer ones say more."""
    total = sum(map(len, wanted))
    return sum(len(word) for word in wanted & frozenset(words(text))) / total if total else 0.0
