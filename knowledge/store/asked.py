"""The question log: what was asked and how it ended, for as long as the unit keeps it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from knowledge.asked import AskedQuestion, CitedClause
from knowledge.keys import keyed_hash
from knowledge.masking import mask
from knowledge.store.base import Base, UtcTime, now
from knowledge.store.database import Database

USEFUL, USELESS = "useful", "useless"


class AskedRow(Base):
    """One question. No number or name of a person is in it."""

    __tablename__ = "asked"

    # Numbers are not given twice: buttons name them long afterwards.
    id: Mapped[int] = mapped_column(
        sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True
    )
    person: Mapped[str] = mapped_column(sa.String(64), index=True)
    at: Mapped[dt.datetime] = mapped_column(UtcTime, default=now, index=True)
    text: Mapped[str] = mapped_column(sa.Text)
    outcome: Mapped[str] = mapped_column(sa.String(16))
    elapsed_ms: Mapped[int]
    clauses: Mapped[list[dict[str, str]]] = mapped_column(sa.JSON)
    vote: Mapped[str] = mapped_column(sa.String(16), default="")
    reason: Mapped[str] = mapped_column(sa.String(32), default="")
    in_group: Mapped[bool]

    __table_args__ = ({"sqlite_autoincrement": True},)


class AskedLog:
    """The log in the database. Safe to call from several threads."""

    def __init__(self, database: Database, key: bytes) -> None:
        self._database = database
        self._key = key

    def person(self, telegram_id: int) -> str:
        """What stands for someone in the log."""
        return keyed_hash(self._key, "person", telegram_id)

    def add(
        self,
        telegram_id: int,
        text: str,
        outcome: str,
        elapsed_ms: int,
        clauses: Sequence[CitedClause],
        in_group: bool,
    ) -> int:
        """Log a question; its number in the log."""
        row = AskedRow(
            person=self.person(telegram_id),
            text=mask(text),
            outcome=outcome,
            elapsed_ms=elapsed_ms,
            clauses=[asdict(each) for each in clauses],
            in_group=in_group,
        )
        with self._database.writing() as session:
            session.add(row)
            session.flush()
            return row.id

    def revise(
        self,
        question_id: int,
        text: str,
        outcome: str,
        elapsed_ms: int,
        clauses: Sequence[CitedClause],
    ) -> None:
        """Note that a question was changed and answered anew; a vote on the old answer goes."""
        with self._database.writing() as session:
            row = session.get(AskedRow, question_id)
            if row is None:
                return
            masked = mask(text)
            if row.text != masked:
                row.vote, row.reason = "", ""
            row.text, row.outcome, row.elapsed_ms = masked, outcome, elapsed_ms
            row.clauses = [asdict(each) for each in clauses]

    def get(self, question_id: int) -> AskedQuestion | None:
        """A question by its number, None once it was forgotten."""
        with self._database.reading() as session:
            row = session.get(AskedRow, question_id)
            return _question(row) if row else None

    def is_by(self, question_id: int, telegram_id: int) -> bool:
        """Whether that person asked that question."""
        found = self.get(question_id)
        return found is not None and found.person == self.person(telegram_id)

    def vote(self, question_id: int, telegram_id: int, useful: bool, reason: str = "") -> bool:
        """Keep the asker's verdict, in place of an earlier one; False where it is not theirs."""
        with self._database.writing() as session:
            row = session.get(AskedRow, question_id)
            if row is None or row.person != self.person(telegram_id):
                return False
            row.vote, row.reason = USEFUL if useful else USELESS, reason
            return True

    def since(self, instant: dt.datetime) -> list[AskedQuestion]:
        """Every question from ``instant`` on, oldest first."""
        query = sa.select(AskedRow).where(AskedRow.at >= instant).order_by(AskedRow.at)
        with self._database.reading() as session:
            return [_question(row) for row in session.scalars(query)]

    def purge(self, days: int) -> int:
        """Forget questions older than ``days``; how many they were."""
        gone = sa.delete(AskedRow).where(AskedRow.at < now() - dt.timedelta(days=days))
        with self._database.writing() as session:
            return session.execute(gone).rowcount  # type: ignore[attr-defined,no-any-return]  # a CursorResult

    def forget(self, telegram_id: int) -> int:
        """Forget everything that person asked; how many questions it was."""
        gone = sa.delete(AskedRow).where(AskedRow.person == self.person(telegram_id))
        with self._database.writing() as session:
            return session.execute(gone).rowcount  # type: ignore[attr-defined,no-any-return]  # as above


def _question(row: AskedRow) -> AskedQuestion:
    return AskedQuestion(
        row.id,
        row.person,
        row.at,
        row.text,
        row.outcome,
        row.elapsed_ms,
        tuple(CitedClause(**each) for each in row.clauses),
        row.vote,
        row.reason,
        row.in_group,
    )
