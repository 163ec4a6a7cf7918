"""What a refresh would do, in plain values that can be kept, shown in chat and printed. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from pydantic import TypeAdapter

from ingest.comparing import ClauseChange, DocumentChange, Fate
from ingest.reading import FileRead, FileRefused
from knowledge.model import Clause, Document
from knowledge.rehearsal import AnswerChange


@dataclass(frozen=True, slots=True)
class PlaceChange:
    """One article's fate: its labels and its words before and after, "" where there are none."""

    fate: Fate
    before_label: str
    after_label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class TitleChange:
    """One document's fate, with that of its articles."""

    fate: Fate
    title: str
    effective: dt.date | None
    clauses: int
    """How many clauses it has, or had."""
    places: tuple[PlaceChange, ...] = ()
    superseded_by: str = ""

    def count(self, fate: Fate) -> int:
        """How many articles share a fate."""
        return sum(each.fate is fate for each in self.places)


@dataclass(frozen=True, slots=True)
class Incoming:
    """One document that was read: which file it came in, and what it says of itself.

    ``duplicate`` is the title held already that says the same, word for word, "" for none.
    """

    file: str
    sha256: str
    format: str
    document: Document
    articles: int
    clauses: int
    page_count: int
    confidence: float | None
    warnings: tuple[str, ...]
    duplicate: str = ""


@dataclass(frozen=True, slots=True)
class ProposedAsk:
    """An ask that a model made, with the place that it is to help to find."""

    title: str
    label: str
    text: str


@dataclass(frozen=True, slots=True)
class ProposedAsks:
    """What a model made: ``made`` asks for ``clauses`` new clauses, of which ``kept`` are held.

    ``note`` is a sentence on why there are not more, "" where nothing kept it from going on.
    ``server`` is the model and where it runs: the clauses' text went there.
    """

    clauses: int
    made: int
    kept: int
    examples: tuple[ProposedAsk, ...] = ()
    note: str = ""
    server: str = ""


@dataclass(frozen=True, slots=True)
class Preview:
    """Everything that an admin should know before a refresh goes live.

    ``unchanged``: nothing would be different. ``asked`` is how many questions were tried.
    ``proposed`` is None where no model was asked.
    """

    incoming: tuple[Incoming, ...] = ()
    refused: tuple[FileRefused, ...] = ()
    documents: tuple[TitleChange, ...] = ()
    answers: tuple[AnswerChange, ...] = ()
    asked: int = 0
    embedded: int = 0
    reused: int = 0
    unchanged: bool = False
    warnings: tuple[str, ...] = field(default=())
    proposed: ProposedAsks | None = None


PREVIEW = TypeAdapter(Preview)
"""A preview as JSON and back."""


def incoming(read: FileRead, duplicate: str = "") -> Incoming:
    """What is shown of a file that was read."""
    clauses = read.parsed.clauses
    return Incoming(
        file=read.name,
        sha256=read.sha256,
        format=read.format,
        document=read.parsed.document,
        articles=sum(bool(clause.article) for clause in clauses),
        clauses=len(clauses),
        page_count=read.page_count,
        confidence=read.confidence,
        warnings=read.parsed.warnings,
        duplicate=duplicate,
    )


def title_changes(
    changes: Iterable[DocumentChange], sizes: dict[str, int]
) -> tuple[TitleChange, ...]:
    """Documents' fates in plain values.

    :param sizes: document id → how many clauses it has.
    """
    return tuple(
        TitleChange(
            fate=change.fate,
            title=change.document.title,
            effective=change.document.effective,
            clauses=sizes.get(change.document.id, 0),
            places=tuple(map(_place_change, change.clauses)) if _is_told(change) else (),
            superseded_by=change.document.superseded_by or _spoken_for(change),
        )
        for change in changes
    )


def label(clause: Clause) -> str:
    """第X条, else the last heading above."""
    return clause.article or (clause.path[-1] if clause.path else "（无标题）")


def summary(documents: Sequence[TitleChange]) -> dict[Fate, int]:
    """How many documents share each fate."""
    counts = dict.fromkeys(Fate, 0)
    for each in documents:
        counts[each.fate] += 1
    return counts


def _spoken_for(change: DocumentChange) -> str:
    """The text that a digest stood in for, where it goes because that text is held."""
    return change.document.stands_in_for if change.fate is Fate.REMOVED else ""


def _is_told(change: DocumentChange) -> bool:
    # Of a document that goes as a whole, the title says enough.
    return change.fate is Fate.CHANGED


def _place_change(change: ClauseChange) -> PlaceChange:
    before, after = change.before, change.after
    return PlaceChange(
        change.fate,
        label(before) if before else "",
        label(after) if after else "",
        before.text if before else "",
        after.text if after else "",
    )
