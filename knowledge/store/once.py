"""Things that may be done once: a notice a day, a message a person."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from knowledge.store.base import Base, UtcTime, now
from knowledge.store.database import Database


class OnceRow(Base):
    """A thing that has been claimed."""

    __tablename__ = "once"

    key: Mapped[str] = mapped_column(sa.String(200), primary_key=True)
    at: Mapped[dt.datetime] = mapped_column(UtcTime, default=now)


class Once:
    """Claims, kept over restarts and shared by every process on one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def claim(self, key: str) -> bool:
        """True for the first caller with this key, False for every other."""
        try:
            with self._database.writing() as session:
                session.add(OnceRow(key=key))
        except IntegrityError:
            return False
        return True

    def release(self, key: str) -> None:
        """Take a claim back: what it was for did not happen."""
        with self._database.writing() as session:
            session.execute(sa.delete(OnceRow).where(OnceRow.key == key))

    def opening_with(self, words: str) -> set[str]:
        """Every key that has been claimed and opens with ``words``."""
        query = sa.select(OnceRow.key).where(OnceRow.key.startswith(words, autoescape=True))
        with self._database.reading() as session:
            return set(session.scalars(query))

    def forget_before(self, instant: dt.datetime) -> None:
        """Drop claims made before ``instant``, which keep nothing from happening any more."""
        with self._database.writing() as session:
            session.execute(sa.delete(OnceRow).where(OnceRow.at < instant))
