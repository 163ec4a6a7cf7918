"""Documents, clauses and generations.

Documents are content-addressed and immutable; a generation says which of them
are held together. The rows of one generation and the change of the live one
are written in one transaction.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from knowledge.amending import Amendment
from knowledge.errors import OvertakenError, StoreError
from knowledge.model import Clause, ParsedDocument
from knowledge.store.amendments import forget_amendments_after, note_amendments
from knowledge.store.database import Database
from knowledge.store.tables import (
    ClauseRow,
    DocumentRow,
    GenerationRow,
    HeldRow,
    clause_row,
    document_row,
    to_clause,
    to_document,
)


@dataclass(frozen=True, slots=True)
class Held:
    """A document in a generation. ``origin``: "shipped", "law" or "file"."""

    parsed: ParsedDocument
    origin: str


@dataclass(frozen=True, slots=True)
class Generation:
    """One complete build of the indexes; ``created_at`` is UTC.

    A ``staged`` one answers nobody yet; it was built upon the generation ``base_id`` (None: upon
    nothing). Builds of the same things have the same ``fingerprint``.
    """

    id: int
    name: str
    model: str
    created_at: dt.datetime
    passages: int
    documents: int
    live: bool
    staged: bool = False
    base_id: int | None = None
    fingerprint: str = ""


class Store:
    """The rows behind the knowledge base, and the folders of its indexes."""

    def __init__(self, data_dir: Path, *, create: bool = False, url: str = "") -> None:
        """Open the store: indexes in ``data_dir``, rows in the database (see ``Database``).

        :param create: make the directory and the tables where there are none.
        :raises StoreError: the directory cannot be read (or written, with ``create``).
        """
        self.data_dir = data_dir
        self.database = Database(data_dir, url, create=create)

    @property
    def generations_folder(self) -> Path:
        """The folder that holds one folder of indexes a generation."""
        return self.data_dir / "generations"

    def folder(self, name: str) -> Path:
        """Where the indexes of the generation called ``name`` lie."""
        return self.generations_folder / name

    def live_generation(self) -> Generation | None:
        """The generation that answers now, or None before the first build."""
        return next((each for each in self.generations() if each.live), None)

    def generations(self) -> list[Generation]:
        """Every generation that is live or was, as far as it is kept, newest first."""
        return self._generations(staged=False)

    def staged(self) -> list[Generation]:
        """Every generation that waits for consent, newest first."""
        return self._generations(staged=True)

    def _generations(self, *, staged: bool) -> list[Generation]:
        if not self.database.exists:
            return []
        held = sa.select(sa.func.count()).where(HeldRow.generation_id == GenerationRow.id)
        query = (
            sa.select(GenerationRow, held.scalar_subquery())
            .where(GenerationRow.staged == staged)
            .order_by(GenerationRow.id.desc())
        )
        with self.database.reading() as session:
            return [_to_generation(row, count) for row, count in session.execute(query)]

    def held(self, generation_id: int) -> list[Held]:
        """The documents of a generation with their clauses, in ingest order."""
        documents = (
            sa.select(DocumentRow, HeldRow)
            .join(HeldRow, HeldRow.document_id == DocumentRow.id)
            .where(HeldRow.generation_id == generation_id)
            .order_by(HeldRow.position)
        )
        clauses = (
            sa.select(ClauseRow)
            .join(HeldRow, HeldRow.document_id == ClauseRow.document_id)
            .where(HeldRow.generation_id == generation_id)
            .order_by(ClauseRow.document_id, ClauseRow.ordinal)
        )
        with self.database.reading() as session:
            by_document: dict[str, list[Clause]] = {}
            for row in session.scalars(clauses):
                by_document.setdefault(row.document_id, []).append(to_clause(row))
            return [
                Held(
                    ParsedDocument(
                        to_document(document, held), tuple(by_document.get(document.id, ()))
                    ),
                    held.origin,
                )
                for document, held in session.execute(documents)
            ]

    def stage(
        self,
        name: str,
        model: str,
        passages: int,
        held: Sequence[Held],
        *,
        fingerprint: str = "",
        base_id: int | None = None,
    ) -> Generation:
        """Write the rows of a built generation, which answers nobody yet."""
        with self.database.writing() as session:
            known = set(session.scalars(sa.select(DocumentRow.id)))
            generation = GenerationRow(
                name=name,
                model=model,
                created_at=dt.datetime.now(dt.UTC),
                passages=passages,
                live=False,
                staged=True,
                base_id=base_id,
                fingerprint=fingerprint,
            )
            session.add(generation)
            for entry in held:
                if entry.parsed.document.id not in known:
                    session.add(document_row(entry.parsed.document))
            session.flush()
            for position, entry in enumerate(held):
                document = entry.parsed.document
                if document.id not in known:
                    session.add_all(clause_row(clause) for clause in entry.parsed.clauses)
                session.add(
                    HeldRow(
                        generation_id=generation.id,
                        document_id=document.id,
                        position=position,
                        origin=entry.origin,
                        superseded_by=document.superseded_by,
                        superseded_on=document.superseded_on,
                    )
                )
            return _to_generation(generation, len(held))

    def publish(self, staged: Generation, amended: Sequence[Amendment] = ()) -> Generation:
        """Make a staged generation the live one, in one transaction.

        The one that was live stays for rollback; others are forgotten, with documents that no
        generation holds any more. What is staged besides stays staged.

        :param amended: what to tell the people who asked about it.
        :raises StoreError: it went live before.
        :raises OvertakenError: another generation went live since it was built, or it is gone.
        """
        with self.database.writing() as session:
            self.database.locked(session, "generation")
            # By name: the number of one that was discarded may have been given again.
            row = _called(session, staged.name)
            if row is not None and not row.staged:
                raise StoreError("这次更新已经生效过了。用 lianwen generations 查看现在的版本。")
            before = session.scalar(sa.select(GenerationRow.id).where(GenerationRow.live))
            if row is None or before != row.base_id:
                raise OvertakenError("预览之后知识库又更新过，这份预览已过时。请重新预览后再生效。")
            row.staged = False
            session.flush()
            _make_live(session, row.id)
            _forget_all_but(session, {row.id, before})
            note_amendments(session, row.id, amended)
            generation = row.id
        self.database.settle()
        return next(each for each in self.generations() if each.id == generation)

    def discard(self, staged: Generation) -> None:
        """Forget a staged generation; one that is live or was stays."""
        with self.database.writing() as session:
            row = _called(session, staged.name)
            if row is not None and row.staged:
                _forget(session, [row.id])

    def make_live(self, generation_id: int) -> None:
        """Switch to a generation that is kept.

        :raises StoreError: it is not kept (any more).
        """
        with self.database.writing() as session:
            self.database.locked(session, "generation")
            row = session.get(GenerationRow, generation_id)
            if row is None or row.staged:
                raise StoreError("这一版已不在。用 lianwen generations 查看可用的版本。")
            _make_live(session, generation_id)
            # What later ones changed holds no more: nobody is to be told of it.
            forget_amendments_after(session, generation_id)
        self.database.settle()

    def close(self) -> None:
        """Close every connection."""
        self.database.close()


def _called(session: Session, name: str) -> GenerationRow | None:
    return session.scalars(sa.select(GenerationRow).where(GenerationRow.name == name)).first()


def _make_live(session: Session, generation_id: int) -> None:
    session.execute(
        sa.update(GenerationRow).values(
            live=sa.case((GenerationRow.id == generation_id, True), else_=False)
        )
    )


def _forget_all_but(session: Session, kept: set[int | None]) -> None:
    past = session.scalars(sa.select(GenerationRow.id).where(~GenerationRow.staged))
    _forget(session, [old for old in past if old not in kept])


def _forget(session: Session, generations: Sequence[int]) -> None:
    session.execute(sa.delete(HeldRow).where(HeldRow.generation_id.in_(generations)))
    session.execute(sa.delete(GenerationRow).where(GenerationRow.id.in_(generations)))
    orphans = sa.select(DocumentRow.id).where(DocumentRow.id.not_in(sa.select(HeldRow.document_id)))
    gone = list(session.scalars(orphans))
    session.execute(sa.delete(ClauseRow).where(ClauseRow.document_id.in_(gone)))
    session.execute(sa.delete(DocumentRow).where(DocumentRow.id.in_(gone)))


def _to_generation(row: GenerationRow, documents: int) -> Generation:
    return Generation(
        row.id,
        row.name,
        row.model,
        row.created_at,
        row.passages,
        documents,
        row.live,
        row.staged,
        row.base_id,
        row.fingerprint,
    )
