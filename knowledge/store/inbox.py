"""What came in and is not dealt with yet, so that a restart loses none of it and repeats none.

What an update says is left to the bot: here it is text under a number.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from knowledge.store.base import Base, UtcTime, now
from knowledge.store.database import Database


class UpdateRow(Base):
    """One update of Telegram's. What it said goes once it is done; its number stays a while."""

    __tablename__ = "update"

    update_id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    payload: Mapped[str | None] = mapped_column(sa.Text)
    received_at: Mapped[dt.datetime] = mapped_column(UtcTime, default=now, index=True)
    attempts: Mapped[int] = mapped_column(default=0)
    done: Mapped[bool] = mapped_column(default=False, index=True)


@dataclass(frozen=True, slots=True)
class Waiting:
    """An update that has not been dealt with."""

    update_id: int
    payload: str


class Inbox:
    """Updates taken in, in the database. Safe to call from several threads."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def take(self, update_id: int, payload: str) -> bool:
        """Keep an update; False where it came before and has been dealt with."""
        try:
            with self._database.writing() as session:
                row = session.get(UpdateRow, update_id)
                if row is None:
                    session.add(UpdateRow(update_id=update_id, payload=payload))
                return row is None or not row.done
        except IntegrityError:  # the same one came twice at the same instant
            return True

    def begin(self, update_id: int) -> int:
        """Count an attempt to deal with an update; how many that makes."""
        with self._database.writing() as session:
            row = session.get(UpdateRow, update_id)
            if row is None:
                return 1
            row.attempts += 1
            return row.attempts

    def done(self, update_ids: Collection[int]) -> None:
        """Note that these are dealt with, and forget what they said."""
        with self._database.writing() as session:
            session.execute(
                sa.update(UpdateRow)
                .where(UpdateRow.update_id.in_(update_ids))
                .values(done=True, payload=None)
            )

    def waiting(self) -> list[Waiting]:
        """Everything not dealt with, oldest first."""
        query = (
            sa.select(UpdateRow.update_id, UpdateRow.payload)
            .where(UpdateRow.done.is_(False))
            .order_by(UpdateRow.received_at, UpdateRow.update_id)
        )
        with self._database.reading() as session:
            return [Waiting(row.update_id, row.payload or "") for row in session.execute(query)]

    def sweep(self, before: dt.datetime) -> None:
        """Drop what is done and came before an instant; Telegram will not send it again."""
        with self._database.writing() as session:
            session.execute(
                sa.delete(UpdateRow).where(UpdateRow.done.is_(True), UpdateRow.received_at < before)
            )
