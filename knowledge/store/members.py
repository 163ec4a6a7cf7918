"""The allow-list: who is served, in which role."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from knowledge.people import Member, Role
from knowledge.store.base import Base, UtcTime, now
from knowledge.store.database import Database


class MemberRow(Base):
    """One person on the list, by Telegram's number (up to 52 bits)."""

    __tablename__ = "member"

    telegram_id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    role: Mapped[str] = mapped_column(sa.String(16))
    name: Mapped[str] = mapped_column(sa.Text, default="")
    department: Mapped[str] = mapped_column(sa.Text, default="")
    fixed: Mapped[bool] = mapped_column(default=False)
    reachable: Mapped[bool] = mapped_column(default=True)
    joined_at: Mapped[dt.datetime] = mapped_column(UtcTime, default=now)


class Members:
    """The allow-list in the database. Safe to call from several threads."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, telegram_id: int) -> Member | None:
        """The member with that number, or None for a stranger."""
        with self._database.reading() as session:
            row = session.get(MemberRow, telegram_id)
            return as_member(row) if row else None

    def list(self, *roles: Role) -> list[Member]:
        """Members, of these roles where any are given, by department and name."""
        query = sa.select(MemberRow).order_by(
            MemberRow.department, MemberRow.name, MemberRow.telegram_id
        )
        if roles:
            query = query.where(MemberRow.role.in_(roles))
        with self._database.reading() as session:
            return [as_member(row) for row in session.scalars(query)]

    def add(self, member: Member) -> None:
        """Put someone on the list, or change who they are there."""
        with self._database.writing() as session:
            row = session.get(MemberRow, member.telegram_id) or MemberRow(
                telegram_id=member.telegram_id
            )
            row.role, row.name, row.department = member.role, member.name, member.department
            row.fixed, row.reachable = member.fixed, member.reachable
            session.add(row)

    def seen(self, telegram_id: int, name: str) -> None:
        """Note that someone wrote to the bot: they can be reached, under this name."""
        with self._database.writing() as session:
            session.execute(
                sa.update(MemberRow)
                .where(MemberRow.telegram_id == telegram_id)
                .values(reachable=True, name=name)
            )

    def set_reachable(self, telegram_id: int, reachable: bool) -> None:
        """Note that someone blocked the bot, or is back."""
        with self._database.writing() as session:
            session.execute(
                sa.update(MemberRow)
                .where(MemberRow.telegram_id == telegram_id)
                .values(reachable=reachable)
            )


def as_member(row: MemberRow) -> Member:
    """The member that a row tells of."""
    return Member(
        row.telegram_id, Role(row.role), row.name, row.department, row.fixed, row.reachable
    )
