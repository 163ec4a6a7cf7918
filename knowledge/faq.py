"""Answers that people wrote to questions the rules alone did not answer, each with its basis.

Such an answer is given only to very nearly the same question, and only while the clause that
it cites stands in the knowledge base word for word and in force.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
import threading
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from enum import StrEnum
from typing import Protocol
from zoneinfo import ZoneInfo

import numpy as np

from knowledge.embedding import Encoder
from knowledge.errors import UnfaithfulQuoteError
from knowledge.lexical import words
from knowledge.library import Library, has_begun
from knowledge.model import Answer, Citation, Clause, Document, Outcome
from knowledge.naming import plain_title
from knowledge.verification import cite

# Of 6,000 questions of the ask bank, the nearest other one was this near (cosine of the tuned
# encoder) for 25 only, nearly all of them another wording of the same matter.
SAME = 0.92
# … and the two share this much of their words.
SHARED = 0.4

_BASIS_LINE = re.compile(r"^\s*依据\s*[:：]\s*(\S.*)$", re.MULTILINE)
_QUESTION_LINE = re.compile(r"^[^\S\n]*问[^\S\n]*[:：][^\S\n]*(\S.*)$", re.MULTILINE)


class State(StrEnum):
    """How far a written answer has come."""

    WRITING = "writing"
    DRAFT = "draft"
    REVIEW = "review"
    APPROVED = "approved"
    RETURNED = "returned"
    RETIRED = "retired"
    DISMISSED = "dismissed"


@dataclass(frozen=True, slots=True)
class Basis:
    """Where an answer stands: title, article ("" where the document has none), the last heading
    above it, and the words quoted.
    """

    document: str = ""
    article: str = ""
    heading: str = ""
    quote: str = ""


@dataclass(frozen=True, slots=True)
class FaqEntry:
    """One written answer to ``question``, the one wording that everybody may read.

    ``wordings`` are the members' own, masked: who asks nearly the same is found by them, but
    only author and reviewers read them. ``question_ids`` are their numbers in the log;
    ``author`` and ``reviewer`` Telegram numbers; ``changed_at`` UTC.
    """

    id: int
    state: State
    question: str
    wordings: tuple[str, ...]
    question_ids: tuple[int, ...]
    author: int
    answer: str
    basis: Basis
    reviewer: int | None
    changed_at: dt.datetime

    @property
    def matched(self) -> tuple[str, ...]:
        """Every wording that the answer is given to, the public one first."""
        return tuple(dict.fromkeys((self.question, *self.wordings)))

    @property
    def edition(self) -> str:
        """8 hexadecimal digits, others for whatever a reviewer would read otherwise."""
        read = json.dumps([self.matched, self.answer, astuple(self.basis)])
        return hashlib.sha256(read.encode()).hexdigest()[:8]


@dataclass(frozen=True, slots=True)
class Reply:
    """What an author wrote; ``basis`` names a place, ``question`` is the wording for everybody.

    Each is "" where it was not written.
    """

    answer: str
    basis: str
    question: str


class FaqSource(Protocol):
    """Where approved answers are kept."""

    def stamp(self) -> str:
        """Another value whenever the approved answers may have changed; cheap."""
        ...

    def approved(self) -> Sequence[FaqEntry]:
        """Every answer that may be given."""
        ...


class FaqShelf:
    """The approved answers in memory, each wording with its vector. Thread-safe."""

    def __init__(self, source: FaqSource, encoder: Encoder) -> None:
        self._source = source
        self._encoder = encoder
        self._lock = threading.Lock()
        self._stamp: str | None = None
        self._entries: list[FaqEntry] = []
        self._wordings: list[str] = []
        self._vectors = np.empty((0, 0), dtype=np.float32)

    def answer(self, question: str, library: Library, contact: str) -> Answer | None:
        """The written answer to this very question, or None."""
        with self._lock:
            self._refresh()
            entries, wordings, vectors = self._entries, self._wordings, self._vectors
        if not entries:
            return None
        nearness = vectors @ self._encoder.encode_queries([question])[0]
        best = int(np.argmax(nearness))
        if float(nearness[best]) < SAME or shared(question, wordings[best]) < SHARED:
            return None
        entry = entries[best]
        citation = citation_of(entry, library)
        return None if citation is None else _answer(entry, citation, contact)

    def _refresh(self) -> None:
        stamp = self._source.stamp()
        if stamp == self._stamp:
            return
        pairs = [(each, text) for each in self._source.approved() for text in each.matched]
        self._entries = [entry for entry, _ in pairs]
        self._wordings = [text for _, text in pairs]
        if pairs:
            self._vectors = self._encoder.encode_queries(self._wordings)
        self._stamp = stamp


def read_reply(text: str) -> Reply:
    """Take the lines 「依据：…」 (the last) and 「问：…」 (the first) from the answer."""
    basis = question = ""
    bases = list(_BASIS_LINE.finditer(text))
    if bases:
        basis = bases[-1][1]
        text = text[: bases[-1].start()] + text[bases[-1].end() :]
    asked = _QUESTION_LINE.search(text)
    if asked:
        question = asked[1].strip()
        text = text[: asked.start()] + text[asked.end() :]
    return Reply(text.strip(), basis, question)


def shared(first: str, second: str) -> float:
    """The share of two texts' words that both have, in [0, 1]."""
    one, other = frozenset(words(first)), frozenset(words(second))
    return len(one & other) / max(1, len(one | other))


def citation_of(entry: FaqEntry, library: Library) -> Citation | None:
    """The entry's basis as it stands now; None where it changed, went, or is not in force."""
    basis = entry.basis
    for document in library.documents.values():
        if plain_title(document.title) != plain_title(basis.document) or not holds(document):
            continue
        for clause in library.clauses_of(document.id):
            if _is_place(clause, basis):
                try:
                    return cite(document, clause, basis.quote)
                except UnfaithfulQuoteError:
                    continue
    return None


def basis_of(citation: Citation) -> Basis:
    """How a citation is kept, so that it can be found again in a later generation."""
    clause = citation.clause
    heading = clause.path[-1] if clause.path else ""
    return Basis(citation.document.title, clause.article, heading, citation.quote)


def _is_place(clause: Clause, basis: Basis) -> bool:
    if basis.article:
        return clause.article == basis.article
    return not clause.article and (clause.path[-1] if clause.path else "") == basis.heading


def holds(document: Document) -> bool:
    """Whether an answer may stand on this document today."""
    return document.in_force and has_begun(document)


def _answer(entry: FaqEntry, citation: Citation, contact: str) -> Answer:
    day = entry.changed_at.astimezone(ZoneInfo("Asia/Shanghai")).date()
    return Answer(
        Outcome.ANSWERED,
        entry.answer,
        (citation,),
        notes=(
            f"人工答复：以上由本单位就「{entry.question}」书面答复，经审核于"
            f"{day.year}年{day.month}月{day.day}日生效；所附条文为原文。",
        ),
        contact=contact,
    )
