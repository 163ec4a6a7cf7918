"""Which messages hold the answer to which question, so that it is changed and never repeated."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from knowledge.store.base import Base, UtcTime, now
from knowledge.store.database import Database


class DeliveryRow(Base):
    """One message of ours under one question."""

    __tablename__ = "delivery"

    chat_id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    asked_in: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    page: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    message_id: Mapped[int] = mapped_column(sa.BigInteger)
    question_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    at: Mapped[dt.datetime] = mapped_column(UtcTime, default=now, index=True)


@dataclass(frozen=True, slots=True)
class Delivery:
    """What stands under a question: message ids, page by page, and its number in the log."""

    messages: tuple[int, ...] = ()
    question_id: int | None = None


class Deliveries:
    """Messages under questions, in the database. Safe to call from several threads."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, chat_id: int, asked_in: int) -> Delivery:
        """What was sent in answer to the message ``asked_in`` of a chat; empty for nothing."""
        query = (
            sa.select(DeliveryRow)
            .where(DeliveryRow.chat_id == chat_id, DeliveryRow.asked_in == asked_in)
            .order_by(DeliveryRow.page)
        )
        with self._database.reading() as session:
            rows = session.scalars(query).all()
            number = next((row.question_id for row in rows if row.question_id is not None), None)
            return Delivery(tuple(row.message_id for row in rows), number)

    def record(self, chat_id: int, asked_in: int, page: int, message_id: int) -> None:
        """Note the message that holds a page; an earlier note of that page is replaced."""
        with self._database.writing() as session:
            row = session.get(DeliveryRow, (chat_id, asked_in, page)) or DeliveryRow(
                chat_id=chat_id, asked_in=asked_in, page=page
            )
            row.message_id = message_id
            session.add(row)

    def number(self, chat_id: int, asked_in: int, question_id: int) -> None:
        """Note the question's number in the log."""
        with self._database.writing() as session:
            session.execute(
                sa.update(DeliveryRow)
                .where(DeliveryRow.chat_id == chat_id, DeliveryRow.asked_in == asked_in)
                .values(question_id=question_id)
            )

    def shorten(self, chat_id: int, asked_in: int, pages: int) -> None:
        """Forget every page from the ``pages``-th on (counted from 0)."""
        with self._database.writing() as session:
            session.execute(
                sa.delete(DeliveryRow).where(
                    DeliveryRow.chat_id == chat_id,
                    DeliveryRow.asked_in == asked_in,
                    DeliveryRow.page >= pages,
                )
            )

    def forget(self, chat_id: int) -> None:
        """Drop what is noted of a whole chat."""
        with self._database.writing() as session:
            session.execute(sa.delete(DeliveryRow).where(DeliveryRow.chat_id == chat_id))

    def questions(self) -> set[int]:
        """The numbers in the log of all questions that something stands under."""
        query = sa.select(DeliveryRow.question_id).distinct()
        with self._database.reading() as session:
            return {each for each in session.scalars(query) if each is not None}

    def forget_questions(self, question_ids: Collection[int]) -> None:
        """Drop what is noted of these questions, in whatever chat."""
        # A page that an edit added has no number of its own; it goes with those beside it.
        asked_in = (
            sa.select(DeliveryRow.chat_id, DeliveryRow.asked_in)
            .where(DeliveryRow.question_id.in_(question_ids))
            .distinct()
        )
        with self._database.writing() as session:
            for chat_id, message_id in session.execute(asked_in).all():
                session.execute(
                    sa.delete(DeliveryRow).where(
                        DeliveryRow.chat_id == chat_id, DeliveryRow.asked_in == message_id
                    )
                )

    def sweep(self, before: dt.datetime) -> None:
        """Drop what was sent before an instant."""
        with self._database.writing() as session:
            session.execute(sa.delete(DeliveryRow).where(DeliveryRow.at < before))
