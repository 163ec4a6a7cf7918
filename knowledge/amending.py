"""Articles that a refresh changed or repealed, and the questions once answered from them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from knowledge.asked import AskedQuestion
from knowledge.naming import plain_title


@dataclass(frozen=True, slots=True)
class Amendment:
    """One place whose words or number a refresh changed.

    ``document`` is the title as it was cited, ``article`` "" where there is none; ``heading`` is
    the last one above it, ``clause_id`` the clause that was. ``after`` is "" where nothing came
    in its place. ``now`` names the place that did (《title》第X条), or the document that replaced
    the whole (《title》), "" for none. Texts are the clauses' own, whole.
    """

    document: str
    article: str
    heading: str
    clause_id: str
    before: str
    after: str = ""
    now: str = ""

    @property
    def place(self) -> tuple[str, str]:
        """What a logged citation is compared by."""
        return _place(self.document, self.article, self.clause_id)


@dataclass(frozen=True, slots=True)
class Announced:
    """An amendment as it is kept. ``at`` is when it went live, UTC."""

    id: int
    generation_id: int
    at: dt.datetime
    amendment: Amendment


def affected(
    questions: Iterable[AskedQuestion], announced: Sequence[Announced]
) -> Mapping[str, tuple[tuple[AskedQuestion, tuple[Announced, ...]], ...]]:
    """Person (keyed hash) → their questions from before, newest first, with what changed.

    Only what was answered in private counts: whoever reads a group's answer is unknown.
    """
    by_place: dict[tuple[str, str], list[Announced]] = {}
    for each in announced:
        by_place.setdefault(each.amendment.place, []).append(each)
    told: dict[str, list[tuple[AskedQuestion, tuple[Announced, ...]]]] = {}
    for question in sorted(questions, key=lambda each: each.at, reverse=True):
        touched = tuple(dict.fromkeys(_touching(question, by_place)))
        if touched and not question.in_group:
            told.setdefault(question.person, []).append((question, touched))
    return {person: tuple(each) for person, each in told.items()}


def _touching(
    question: AskedQuestion, by_place: Mapping[tuple[str, str], Sequence[Announced]]
) -> Iterator[Announced]:
    for cited in question.clauses:
        for each in by_place.get(_place(cited.document, cited.article, cited.clause_id), ()):
            if question.at < each.at:
                yield each


def _place(document: str, article: str, clause_id: str) -> tuple[str, str]:
    # An article keeps its number over versions of its document. Sections have none: only the
    # very clause is sure to be the one that was cited.
    return plain_title(document), article or clause_id
