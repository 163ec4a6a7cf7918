"""What is remembered of a question: words, outcome and verdict, never who asked."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CitedClause:
    """A place that an answer quoted: title, article ("" where there is none), clause id."""

    document: str
    article: str
    clause_id: str


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """One question of the log.

    ``person`` is a keyed hash, ``text`` is masked, ``at`` is UTC, ``outcome`` one of
    ``model.Outcome``, ``vote`` "" or "useful" or "useless" with the ``reason`` given.
    """

    id: int
    person: str
    at: dt.datetime
    text: str
    outcome: str
    elapsed_ms: int
    clauses: tuple[CitedClause, ...]
    vote: str
    reason: str
    in_group: bool
