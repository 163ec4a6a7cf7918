"""What members do not want to be written of unasked, a topic each."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from knowledge.store.base import Base
from knowledge.store.database import Database

AMENDMENTS = "amendments"
# All holiday reminders; those besides the one some days before.
REMINDERS = "reminders"
REMINDERS_MORE = "reminders-more"


class MutedRow(Base):
    """One topic that one member does not want to hear of."""

    __tablename__ = "muted"

    telegram_id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    topic: Mapped[str] = mapped_column(sa.String(32), primary_key=True)


class Muted:
    """The choices in the database. Safe to call from several threads."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def is_muted(self, telegram_id: int, topic: str) -> bool:
        """Whether that member wants to hear nothing of it."""
        with self._database.reading() as session:
            return session.get(MutedRow, (telegram_id, topic)) is not None

    def of_topic(self, topic: str) -> set[int]:
        """Numbers of everyone who wants to hear nothing of it."""
        query = sa.select(MutedRow.telegram_id).where(MutedRow.topic == topic)
        with self._database.reading() as session:
            return set(session.scalars(query))

    def set(self, telegram_id: int, topic: str, *, muted: bool) -> None:
        """Keep a member's choice; the same one twice changes nothing."""
        with self._database.writing() as session:
            session.execute(
                sa.delete(MutedRow).where(
                    MutedRow.telegram_id == telegram_id, MutedRow.topic == topic
                )
            )
            if muted:
                session.add(MutedRow(telegram_id=telegram_id, topic=topic))
