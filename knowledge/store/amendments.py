"""What refreshes changed, kept until those who had asked about it know."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from knowledge.amending import Amendment, Announced
from knowledge.store.base import Base, UtcTime, now
from knowledge.store.database import Database


class AmendmentRow(Base):
    """One place that a generation changed when it went live."""

    __tablename__ = "amendment"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    generation_id: Mapped[int] = mapped_column(index=True)
    at: Mapped[dt.datetime] = mapped_column(UtcTime, default=now)
    document: Mapped[str] = mapped_column(sa.Text)
    article: Mapped[str] = mapped_column(sa.String(64))
    heading: Mapped[str] = mapped_column(sa.Text)
    clause_id: Mapped[str] = mapped_column(sa.String(48))
    before: Mapped[str] = mapped_column(sa.Text)
    after: Mapped[str] = mapped_column(sa.Text)
    now: Mapped[str] = mapped_column(sa.Text)


class Amendments:
    """Amendments in the database. Safe to call from several threads."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def standing(self) -> list[Announced]:
        """What refreshes have changed and no rollback took back, oldest first."""
        query = sa.select(AmendmentRow).order_by(AmendmentRow.id)
        with self._database.reading() as session:
            return [_announced(row) for row in session.scalars(query)]

    def sweep(self, instant: dt.datetime) -> None:
        """Forget what changed before ``instant``."""
        with self._database.writing() as session:
            session.execute(sa.delete(AmendmentRow).where(AmendmentRow.at < instant))


def forget_amendments_after(session: Session, generation_id: int) -> None:
    """Drop what later generations changed, in the transaction that goes back to this one."""
    session.execute(sa.delete(AmendmentRow).where(AmendmentRow.generation_id > generation_id))


def note_amendments(session: Session, generation_id: int, amended: Sequence[Amendment]) -> None:
    """Keep what a generation changes, in the transaction that makes it live."""
    at = now()
    session.add_all(
        AmendmentRow(generation_id=generation_id, at=at, **asdict(each)) for each in amended
    )


def _announced(row: AmendmentRow) -> Announced:
    amendment = Amendment(
        row.document, row.article, row.heading, row.clause_id, row.before, row.after, row.now
    )
    return Announced(row.id, row.generation_id, row.at, amendment)
