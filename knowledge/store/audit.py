"""The audit log: who did what and when, append-only, each entry sealed together with all before it.

An entry's seal is HMAC-SHA256(key, seal of the entry before + the entry as canonical JSON), so
that whoever lacks the key can change, insert or take out none unseen. A tail that was cut off
shows against a seal noted elsewhere.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from knowledge.store.base import Base, UtcTime, now
from knowledge.store.database import Database

BEGINNING = "0" * 64


class AuditRow(Base):
    """One entry. Ids are given without gaps, so that a missing one shows by itself.

    Triggers, made by the migration that makes the table, let nobody change or delete any.
    """

    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[dt.datetime] = mapped_column(UtcTime)
    actor: Mapped[int | None] = mapped_column(sa.BigInteger)
    action: Mapped[str] = mapped_column(sa.String(64))
    # As text: the seal is over these very characters.
    details: Mapped[str] = mapped_column(sa.Text)
    seal: Mapped[str] = mapped_column(sa.String(64))


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One thing that was done. ``actor`` is a Telegram number; None for the bot itself."""

    id: int
    at: dt.datetime
    actor: int | None
    action: str
    details: Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What reading the whole log through has shown.

    ``head`` is the last seal ("0" × 64 where the log is empty). ``broken_at`` is the id of the
    first entry that does not follow from those before it. ``expected_seen`` says whether the
    seal that was asked for is among the entries.
    """

    entries: int
    head: str
    broken_at: int | None = None
    expected_seen: bool = True

    @property
    def sound(self) -> bool:
        """Whether nothing was changed, inserted, taken out or (as far as asked) cut off."""
        return self.broken_at is None and self.expected_seen


class Audit:
    """The log in the database. Safe to call from several threads and processes."""

    def __init__(self, database: Database, key: bytes) -> None:
        self._database = database
        self._key = hmac.new(key, b"audit", hashlib.sha256).digest()

    def append(self, actor: int | None, action: str, **details: str | int) -> None:
        """Note what ``actor`` did; None for what the bot did by itself."""
        with self._database.writing() as session:
            self.note(session, actor, action, **details)

    def note(self, session: Session, actor: int | None, action: str, **details: str | int) -> None:
        """Note it as part of a transaction: what is done and the note stand or fall together.

        Call it last: other writers wait from here until the transaction ends.
        """
        self._database.locked(session, "audit")
        last = session.execute(
            sa.select(AuditRow.id, AuditRow.seal).order_by(AuditRow.id.desc()).limit(1)
        ).first()
        row = AuditRow(
            id=last.id + 1 if last else 1,
            at=now(),
            actor=actor,
            action=action,
            details=_canonical(details),
        )
        row.seal = self._seal(last.seal if last else BEGINNING, row)
        session.add(row)
        session.flush()

    def recent(self, limit: int = 50) -> list[AuditEntry]:
        """The last entries, oldest first."""
        query = sa.select(AuditRow).order_by(AuditRow.id.desc()).limit(limit)
        with self._database.reading() as session:
            return [_entry(row) for row in session.scalars(query)][::-1]

    def verify(self, expected: str = "") -> AuditReport:
        """Read the whole log through.

        :param expected: a seal noted earlier; "" asks for none.
        """
        entries, head, broken_at = 0, BEGINNING, None
        seen = expected in {"", BEGINNING}
        query = sa.select(AuditRow).order_by(AuditRow.id).execution_options(yield_per=1_000)
        with self._database.reading() as session:
            for row in session.scalars(query):
                entries += 1
                follows = row.id == entries and row.seal == self._seal(head, row)
                if not follows and broken_at is None:
                    broken_at = row.id
                head = row.seal
                seen = seen or row.seal == expected
        return AuditReport(entries, head, broken_at, seen)

    def _seal(self, before: str, row: AuditRow) -> str:
        content = _canonical(
            {
                "id": row.id,
                "at": row.at.astimezone(dt.UTC).isoformat(timespec="microseconds"),
                "actor": row.actor,
                "action": row.action,
                "details": row.details,
            }
        )
        return hmac.new(self._key, (before + content).encode(), hashlib.sha256).hexdigest()


def _canonical(values: Mapping[str, object]) -> str:
    return json.dumps(values, ensure_ascii=True, sort_keys=True, separators=(",", ":"))


def _entry(row: AuditRow) -> AuditEntry:
    return AuditEntry(row.id, row.at, row.actor, row.action, json.loads(row.details))
