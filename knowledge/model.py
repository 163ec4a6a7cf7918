"""The domain's values: documents, clauses, passages, citations, answers.

Frozen dataclasses over the standard library only. How they are read, stored,
ranked or shown is left to other modules.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """What a document is. Cases and guides never outrank a rule as 依据."""

    RULE = "rule"
    LAW = "law"
    MEASURE = "measure"
    CASE = "case"
    REQUIREMENT = "requirement"
    GUIDE = "guide"
    NOTICE = "notice"


class Outcome(StrEnum):
    """How a question ended. The values are part of the command-line contract."""

    ANSWERED = "answered"
    NO_BASIS = "no_basis"
    REFUSED = "refused"
    SMALL_TALK = "small_talk"


@dataclass(frozen=True, slots=True)
class Document:
    """One rule, law, measure sheet, case or notice, in one version.

    ``title`` is without 《》. ``supersedes`` holds titles that this document's
    text repeals; ``superseded_by``/``superseded_on`` say what replaced it.
    ``stands_in_for`` is the title of the official text a digest speaks for
    while that text is not held. ``caveat`` is a sentence for readers, shown
    with every citation (a source known to lag behind an amendment, say).
    """

    id: str
    title: str
    kind: Kind
    issuer: str = ""
    number: str = ""
    issued: dt.date | None = None
    effective: dt.date | None = None
    supersedes: tuple[str, ...] = ()
    superseded_by: str = ""
    superseded_on: dt.date | None = None
    stands_in_for: str = ""
    sample: bool = False
    source: str = ""
    caveat: str = ""

    @property
    def in_force(self) -> bool:
        """False once another document has replaced this one."""
        return not self.superseded_by


@dataclass(frozen=True, slots=True)
class Item:
    """项: one enumerated point, label such as （一） kept inside ``text``."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """款: its lead text and the items under it. ``ordinal`` counts from 1.

    ``page`` is where it begins in the file it was read from, counted from 1; 0 where that
    has no fixed pages.
    """

    ordinal: int
    text: str
    items: tuple[Item, ...] = ()
    page: int = 0

    @property
    def full_text(self) -> str:
        """The paragraph as stored: lead and items, a line each."""
        return "\n".join([self.text, *(item.text for item in self.items)])


@dataclass(frozen=True, slots=True)
class Clause:
    """条, or a headed section of a document without articles.

    ``article`` is like 第九十七条 or 第三百八十八条之一, "" where the document has no
    articles. ``path`` are the headings above it (编, 章, 节, or section
    headings), outermost first. ``text`` is what is quoted from, verbatim: the
    paragraphs and items, a line each, without the article's own label.
    """

    id: str
    document_id: str
    ordinal: int
    article: str
    path: tuple[str, ...]
    paragraphs: tuple[Paragraph, ...]

    @property
    def page(self) -> int:
        """The page that it begins on, 0 where there are none."""
        return self.paragraphs[0].page if self.paragraphs else 0

    @property
    def text(self) -> str:
        """The stored text, one 款 or 项 a line."""
        return "\n".join(paragraph.full_text for paragraph in self.paragraphs)


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """A document with its clauses in order, and what its reader should know.

    ``warnings`` are sentences for an admin: numbering gaps, slips, doubts.
    """

    document: Document
    clauses: tuple[Clause, ...]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Passage:
    """What is embedded and ranked: a clause, or a run of its 款/项, in context.

    ``text`` opens with title, path and article so that it can be understood
    alone; ``body`` is the clause's own words in it. ``content_hash`` decides
    whether an earlier vector may be reused.
    """

    id: str
    clause_id: str
    document_id: str
    text: str
    body: str
    content_hash: str


GENERATED = "@generated:"
"""Stands in the id of an ask that a language model made."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A question that a clause answers, in the words of those who ask it.

    One that a model made helps to find its clause, and is shown to nobody who asks.
    """

    id: str
    clause_id: str
    text: str

    @property
    def is_generated(self) -> bool:
        """Whether a language model made it."""
        return GENERATED in self.id


@dataclass(frozen=True, slots=True)
class Ranked:
    """One clause in a ranking, best passage kept. Higher scores are better.

    ``score`` is what the order follows; ``similarity`` the best cosine similarity
    in [-1, 1] (0.0 where the dense search did not return it); ``lexical`` the
    keyword score, 0.0 likewise; ``asked`` and ``asked_lexical`` the same of the
    clause's asks; ``reranked`` the cross-encoder's score, None where it was not
    asked; ``explicit`` marks a clause the question named.
    """

    clause: Clause
    document: Document
    score: float
    similarity: float = 0.0
    lexical: float = 0.0
    asked: float = 0.0
    asked_lexical: float = 0.0
    reranked: float | None = None
    explicit: bool = False


@dataclass(frozen=True, slots=True)
class Citation:
    """A quote with its place. Made only by ``verification.cite``.

    ``quote`` is a verbatim substring of the stored clause's text; ``paragraph``
    is the 1-based 款 it lies in, or None where it spans several.
    """

    document: Document
    clause: Clause
    quote: str
    paragraph: int | None = None

    @property
    def page(self) -> int:
        """The page that the quoted 款 begins on in the file it was read from; 0 for none."""
        if self.paragraph is None:
            return self.clause.page
        return next(
            (each.page for each in self.clause.paragraphs if each.ordinal == self.paragraph), 0
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent to a person.

    ``text`` is the line that decides, or the sentence that says why there is
    none; ``notes`` follow it (sample text, superseded version, caveats);
    ``cases`` are related cases; ``nearest`` are headings offered where nothing
    was near enough, ``suggestions`` questions that do have an answer;
    ``passages`` is the ranking the answer was written from. ``written`` is true where
    ``text`` is in a language model's words, its [n] the citations in order from 1 on.
    """

    outcome: Outcome
    text: str
    citations: tuple[Citation, ...] = ()
    cases: tuple[Citation, ...] = ()
    notes: tuple[str, ...] = ()
    nearest: tuple[str, ...] = ()
    suggestions: tuple[str, ...] = ()
    contact: str = ""
    passages: tuple[Ranked, ...] = field(default=(), repr=False)
    written: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """What a person asked: the last message and the turns before it, oldest first.

    ``person`` is a hash that stands for them, for a model's daily budget; "" for nobody's.
    """

    text: str
    turns: tuple[str, ...] = ()
    person: str = field(default="", compare=False, repr=False)
