"""The group chats that an admin has opened. One that is not here is closed."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from knowledge.store.audit import Audit
from knowledge.store.base import Base, UtcTime, now
from knowledge.store.database import Database


class GroupRow(Base):
    """One open group chat, by Telegram's number."""

    __tablename__ = "open_group"

    chat_id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    opened_by: Mapped[int] = mapped_column(sa.BigInteger)
    opened_at: Mapped[dt.datetime] = mapped_column(UtcTime, default=now)


class Groups:
    """The open groups in the database. Safe to call from several threads and processes."""

    def __init__(self, database: Database, audit: Audit) -> None:
        self._database = database
        self._audit = audit

    def is_open(self, chat_id: int) -> bool:
        """Whether members are answered in this group."""
        with self._database.reading() as session:
            return session.get(GroupRow, chat_id) is not None

    def open(self, chat_id: int, admin: int) -> bool:
        """Open a group; False where it was open already."""
        with self._database.writing() as session:
            self._database.locked(session, "group")
            if session.get(GroupRow, chat_id) is not None:
                return False
            session.add(GroupRow(chat_id=chat_id, opened_by=admin))
            self._audit.note(session, admin, "group.opened", chat_id=chat_id)
            return True

    def close(self, chat_id: int, actor: int | None) -> bool:
        """Close a group, as when the bot was thrown out of it; False where it was not open."""
        with self._database.writing() as session:
            self._database.locked(session, "group")
            row = session.get(GroupRow, chat_id)
            if row is None:
                return False
            session.delete(row)
            self._audit.note(session, actor, "group.closed", chat_id=chat_id)
            return True

    def moved(self, chat_id: int, new_chat_id: int) -> bool:
        """A group became a supergroup, with another number; False where it was not open."""
        with self._database.writing() as session:
            self._database.locked(session, "group")
            row = session.get(GroupRow, chat_id)
            if row is None:
                return False
            if session.get(GroupRow, new_chat_id) is None:
                session.add(
                    GroupRow(chat_id=new_chat_id, opened_by=row.opened_by, opened_at=row.opened_at)
                )
            session.delete(row)
            self._audit.note(session, None, "group.moved", chat_id=chat_id, new_chat_id=new_chat_id)
            return True
