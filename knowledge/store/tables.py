"""The tables of documents and generations; how their rows become the domain's values and back."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from knowledge.model import Clause, Document, Item, Kind, Paragraph
from knowledge.store.base import Base, UtcTime


class DocumentRow(Base):
    """One document in one version, by the hash of its content."""

    __tablename__ = "document"

    id: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    title: Mapped[str] = mapped_column(sa.Text)
    kind: Mapped[str] = mapped_column(sa.String(16))
    issuer: Mapped[str] = mapped_column(sa.Text)
    number: Mapped[str] = mapped_column(sa.Text)
    issued: Mapped[dt.date | None]
    effective: Mapped[dt.date | None]
    supersedes: Mapped[list[str]] = mapped_column(sa.JSON)
    stands_in_for: Mapped[str] = mapped_column(sa.Text)
    sample: Mapped[bool]
    source: Mapped[str] = mapped_column(sa.Text)
    caveat: Mapped[str] = mapped_column(sa.Text)


class ClauseRow(Base):
    """One clause of a document."""

    __tablename__ = "clause"

    id: Mapped[str] = mapped_column(sa.String(48), primary_key=True)
    document_id: Mapped[str] = mapped_column(sa.ForeignKey("document.id"), index=True)
    ordinal: Mapped[int]
    article: Mapped[str] = mapped_column(sa.String(64))
    path: Mapped[list[str]] = mapped_column(sa.JSON)
    # One entry a 款: {"text": …, "items": [[label, text], …], "page": …}.
    paragraphs: Mapped[list[dict[str, object]]] = mapped_column(sa.JSON)


class GenerationRow(Base):
    """One complete build; exactly one is live.

    A staged one waits for consent, and may go live while ``base_id`` still is. ``fingerprint``
    is the hash of everything that it was built from.
    """

    __tablename__ = "generation"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    name: Mapped[str] = mapped_column(sa.String(40), unique=True)
    model: Mapped[str] = mapped_column(sa.Text)
    created_at: Mapped[dt.datetime] = mapped_column(UtcTime)
    passages: Mapped[int]
    live: Mapped[bool] = mapped_column(default=False)
    staged: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    base_id: Mapped[int | None]
    fingerprint: Mapped[str] = mapped_column(sa.String(64), default="", server_default="")


class HeldRow(Base):
    """A document as one generation holds it: where it came from, what replaced it."""

    __tablename__ = "held"

    generation_id: Mapped[int] = mapped_column(
        sa.ForeignKey("generation.id", ondelete="CASCADE"), primary_key=True
    )
    document_id: Mapped[str] = mapped_column(sa.ForeignKey("document.id"), primary_key=True)
    position: Mapped[int]
    origin: Mapped[str] = mapped_column(sa.String(16))
    superseded_by: Mapped[str] = mapped_column(sa.Text)
    superseded_on: Mapped[dt.date | None]


def to_document(row: DocumentRow, held: HeldRow) -> Document:
    """A document as one generation holds it."""
    return Document(
        id=row.id,
        title=row.title,
        kind=Kind(row.kind),
        issuer=row.issuer,
        number=row.number,
        issued=row.issued,
        effective=row.effective,
        supersedes=tuple(row.supersedes),
        superseded_by=held.superseded_by,
        superseded_on=held.superseded_on,
        stands_in_for=row.stands_in_for,
        sample=row.sample,
        source=row.source,
        caveat=row.caveat,
    )


def document_row(document: Document) -> DocumentRow:
    """A document as it is stored, without what a generation says of it."""
    return DocumentRow(
        id=document.id,
        title=document.title,
        kind=document.kind.value,
        issuer=document.issuer,
        number=document.number,
        issued=document.issued,
        effective=document.effective,
        supersedes=list(document.supersedes),
        stands_in_for=document.stands_in_for,
        sample=document.sample,
        source=document.source,
        caveat=document.caveat,
    )


def to_clause(row: ClauseRow) -> Clause:
    """A clause from its row."""
    paragraphs = tuple(
        Paragraph(
            ordinal,
            str(entry["text"]),
            tuple(Item(*pair) for pair in entry["items"]),  # type: ignore[attr-defined]  # JSON column
            int(entry.get("page", 0)),  # type: ignore[call-overload]  # likewise
        )
        for ordinal, entry in enumerate(row.paragraphs, start=1)
    )
    return Clause(row.id, row.document_id, row.ordinal, row.article, tuple(row.path), paragraphs)


def clause_row(clause: Clause) -> ClauseRow:
    """A clause as it is stored."""
    return ClauseRow(
        id=clause.id,
        document_id=clause.document_id,
        ordinal=clause.ordinal,
        article=clause.article,
        path=list(clause.path),
        paragraphs=[
            {
                "text": part.text,
                "items": [[item.label, item.text] for item in part.items],
                **({"page": part.page} if part.page else {}),
            }
            for part in clause.paragraphs
        ],
    )
