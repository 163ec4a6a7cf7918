"""The last questions of each conversation, briefly kept, so that a follow-up is understood."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from knowledge.masking import mask
from knowledge.store.base import Base, UtcTime, now
from knowledge.store.database import Database

# An entry: the number of the message that asked, and the question, masked.
_Turn = tuple[int, str]


class ConversationRow(Base):
    """One person in one chat."""

    __tablename__ = "conversation"

    person: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    chat_id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    turns: Mapped[list[list[int | str]]] = mapped_column(sa.JSON)
    at: Mapped[dt.datetime] = mapped_column(UtcTime, default=now, index=True)


class Turns:
    """Conversations in the database. Safe to call from several threads.

    What is sensitive in a question (numbers of ID cards and the like) is masked before it is kept.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def before(
        self, person: int, chat_id: int, message_id: int, since: dt.datetime
    ) -> tuple[str, ...]:
        """The questions that came before a message, oldest first.

        None where the last of the conversation is older than ``since``.
        """
        with self._database.reading() as session:
            row = session.get(ConversationRow, (person, chat_id))
            if row is None or row.at < since:
                return ()
            return tuple(text for number, text in _turns(row) if number < message_id)

    def remember(
        self, person: int, chat_id: int, message_id: int, text: str, keep: int, since: dt.datetime
    ) -> None:
        """Add a question, or change the one that this message asked before; the last ``keep`` stay.

        A conversation silent since before ``since`` begins anew.
        """
        with self._database.writing() as session:
            row = session.get(ConversationRow, (person, chat_id))
            turns = dict(_turns(row)) if row and row.at >= since else {}
            turns[message_id] = mask(text)
            row = row or ConversationRow(person=person, chat_id=chat_id)
            row.turns = [[number, turns[number]] for number in sorted(turns)[-keep:]]
            row.at = now()
            session.add(row)

    def drop(self, person: int, chat_id: int, message_id: int) -> None:
        """Forget what one message asked."""
        with self._database.writing() as session:
            row = session.get(ConversationRow, (person, chat_id))
            if row is not None:
                row.turns = [list(turn) for turn in _turns(row) if turn[0] != message_id]

    def forget(self, person: int, chat_id: int | None = None) -> None:
        """Forget a person's conversation in one chat, or in all."""
        gone = sa.delete(ConversationRow).where(ConversationRow.person == person)
        if chat_id is not None:
            gone = gone.where(ConversationRow.chat_id == chat_id)
        with self._database.writing() as session:
            session.execute(gone)

    def sweep(self, before: dt.datetime) -> None:
        """Drop the conversations silent since before an instant."""
        with self._database.writing() as session:
            session.execute(sa.delete(ConversationRow).where(ConversationRow.at < before))


def _turns(row: ConversationRow) -> list[_Turn]:
    return [(int(number), str(text)) for number, text in row.turns]
