"""Refreshes that admins prepare in chat: their files, how far they are, what they would change.

The files themselves lie in the data directory, a folder a refresh.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from knowledge.store.audit import Audit
from knowledge.store.base import Base, UtcTime, now
from knowledge.store.database import Database

FOLDER = "refreshes"


class RefreshState(StrEnum):
    """How far a refresh has come."""

    COLLECTING = "collecting"
    BUILDING = "building"
    READY = "ready"
    LIVE = "live"
    CANCELLED = "cancelled"

    @property
    def is_open(self) -> bool:
        """Whether it may still go live."""
        return self in {self.COLLECTING, self.BUILDING, self.READY}


@dataclass(frozen=True, slots=True)
class Source:
    """One file of a refresh, kept under its hash (``sha256``).

    ``stated`` is what the admin says of it where that differs from what was read (keys as in
    front matter), one mapping for each document that came out of the file, by its name there.
    """

    name: str
    sha256: str
    size: int
    stated: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Refresh:
    """One refresh. ``person`` is the admin's Telegram number, ``card`` their message of it.

    ``staged_id`` is the generation built from it. ``outcome`` is what the builder found, in a form
    that only its reader knows. Times are UTC.
    """

    id: int
    state: RefreshState
    person: int
    card: int | None
    sources: tuple[Source, ...]
    staged_id: int | None
    outcome: Mapping[str, Any]
    changed_at: dt.datetime


class RefreshRow(Base):
    """One refresh."""

    __tablename__ = "refresh"

    # Numbers are not given twice: buttons and audit entries name them long afterwards.
    id: Mapped[int] = mapped_column(
        sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True
    )
    state: Mapped[str] = mapped_column(sa.String(16), index=True)
    person: Mapped[int] = mapped_column(sa.BigInteger)
    card: Mapped[int | None] = mapped_column(sa.BigInteger)
    sources: Mapped[list[dict[str, Any]]] = mapped_column(sa.JSON)
    staged_id: Mapped[int | None]
    outcome: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    changed_at: Mapped[dt.datetime] = mapped_column(UtcTime, default=now)

    __table_args__ = ({"sqlite_autoincrement": True},)


class Refreshes:
    """Refreshes in the database. Safe to call from several threads and processes."""

    def __init__(self, database: Database, audit: Audit) -> None:
        self._database = database
        self._audit = audit

    def begin(self, person: int) -> Refresh:
        """The admin's refresh that still collects files, or a new one."""
        with self._database.writing() as session:
            self._database.locked(session, "refresh")
            query = sa.select(RefreshRow).where(
                RefreshRow.person == person, RefreshRow.state == RefreshState.COLLECTING
            )
            row = session.scalars(query).first()
            if row is None:
                row = RefreshRow(
                    state=RefreshState.COLLECTING, person=person, sources=[], outcome={}
                )
                session.add(row)
                session.flush()
            return _refresh(row)

    def get(self, refresh_id: int) -> Refresh | None:
        """A refresh by its number."""
        with self._database.reading() as session:
            row = session.get(RefreshRow, refresh_id)
            return _refresh(row) if row else None

    def carded(self, person: int, card: int) -> Refresh | None:
        """The refresh that this message to the admin is the card of."""
        query = sa.select(RefreshRow).where(RefreshRow.person == person, RefreshRow.card == card)
        with self._database.reading() as session:
            row = session.scalars(query).first()
            return _refresh(row) if row else None

    def in_state(self, *states: RefreshState) -> list[Refresh]:
        """Refreshes in these states, oldest first."""
        query = sa.select(RefreshRow).where(RefreshRow.state.in_(states)).order_by(RefreshRow.id)
        with self._database.reading() as session:
            return [_refresh(row) for row in session.scalars(query)]

    def known_hashes(self) -> set[str]:
        """Hashes of every file that some refresh has held, whatever became of it."""
        with self._database.reading() as session:
            rows = session.scalars(sa.select(RefreshRow.sources))
            return {str(each["sha256"]) for sources in rows for each in sources}

    def add(self, refresh_id: int, source: Source) -> Refresh | None:
        """Add a file, or put it in the place of one of the same name; None where it is too late.

        The same content once more changes nothing.
        """
        with self._database.writing() as session:
            row = self._locked(session, refresh_id)
            if row is None or row.state not in {RefreshState.COLLECTING, RefreshState.READY}:
                return None
            if any(each["sha256"] == source.sha256 for each in row.sources):
                return _refresh(row)
            others = [each for each in row.sources if each["name"] != source.name]
            row.sources = [*others, _source_row(source)]
            self._back_to_collecting(row)
            return _refresh(row)

    def state(self, refresh_id: int, source: str, document: str, said: Mapping[str, Any]) -> bool:
        """Keep what the admin says of one document; False where it is too late."""
        with self._database.writing() as session:
            row = self._locked(session, refresh_id)
            if row is None or row.state not in {RefreshState.COLLECTING, RefreshState.READY}:
                return False
            found = next((each for each in row.sources if each["sha256"] == source), None)
            if found is None:
                return False
            kept = {**found["stated"].get(document, {}), **said}
            changed = {**found, "stated": {**found["stated"], document: kept}}
            row.sources = [changed if each is found else each for each in row.sources]
            self._back_to_collecting(row)
            return True

    def show_at(self, refresh_id: int, card: int) -> None:
        """Note which message is the card."""
        with self._database.writing() as session:
            row = session.get(RefreshRow, refresh_id)
            if row is not None:
                row.card = card

    def move(
        self,
        refresh_id: int,
        before: Sequence[RefreshState],
        after: RefreshState,
        *,
        staged_id: int | None = None,
        outcome: Mapping[str, Any] | None = None,
        actor: int | None = None,
    ) -> Refresh | None:
        """Take a refresh a step further; None where it is not in a state of ``before``.

        :param actor: who takes it; a step that somebody takes is in the audit log.
        """
        with self._database.writing() as session:
            row = self._locked(session, refresh_id)
            if row is None or row.state not in before:
                return None
            row.state, row.changed_at = after, now()
            if staged_id is not None:
                row.staged_id = staged_id
            if outcome is not None:
                row.outcome = dict(outcome)
            if actor is not None:
                self._audit.note(
                    session,
                    actor,
                    f"refresh.{after.value}",
                    refresh=refresh_id,
                    files=len(row.sources),
                )
            return _refresh(row)

    def sweep(self, instant: dt.datetime) -> list[int]:
        """Give up what nobody went on with since ``instant``; whose files may go.

        Hashes of files stay known: the watched folder must not offer them again.
        """
        with self._database.writing() as session:
            query = sa.select(RefreshRow).where(RefreshRow.changed_at < instant)
            gone = []
            for row in session.scalars(query):
                if row.state in {RefreshState.COLLECTING, RefreshState.READY}:
                    row.state = RefreshState.CANCELLED
                if row.state != RefreshState.BUILDING:
                    row.outcome = {}
                    gone.append(row.id)
            return gone

    def _locked(self, session: Session, refresh_id: int) -> RefreshRow | None:
        return session.get(RefreshRow, refresh_id, with_for_update=True)

    @staticmethod
    def _back_to_collecting(row: RefreshRow) -> None:
        """What was built no longer is what would be held."""
        row.state, row.changed_at = RefreshState.COLLECTING, now()


def _source_row(source: Source) -> dict[str, Any]:
    stated = {document: dict(said) for document, said in source.stated.items()}
    return {
        "name": source.name,
        "sha256": source.sha256,
        "size": source.size,
        "stated": stated,
    }


def _refresh(row: RefreshRow) -> Refresh:
    return Refresh(
        row.id,
        RefreshState(row.state),
        row.person,
        row.card,
        tuple(Source(**each) for each in row.sources),
        row.staged_id,
        row.outcome,
        row.changed_at,
    )
