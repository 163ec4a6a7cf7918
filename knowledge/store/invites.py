"""Invites: codes that let one person in, once, for a while. Only their keyed hashes are kept."""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import dataclass
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from knowledge.keys import keyed_hash
from knowledge.people import Member, Role
from knowledge.store.audit import Audit
from knowledge.store.base import Base, UtcTime, now
from knowledge.store.database import Database
from knowledge.store.members import MemberRow, as_member

VALID_FOR = dt.timedelta(hours=72)
# Wrong codes within an hour: of one person, and of everybody together.
GUESSES = 5
GUESSES_OF_ALL = 200
GUESSING_SPAN = dt.timedelta(hours=1)

_CODE_BYTES = 24
_KEPT_AFTER = dt.timedelta(days=30)
_RANKS = (Role.OFFICER, Role.REVIEWER, Role.ADMIN)


class InviteRow(Base):
    """One invite; who used it, once somebody has."""

    __tablename__ = "invite"

    digest: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    role: Mapped[str] = mapped_column(sa.String(16))
    department: Mapped[str] = mapped_column(sa.Text, default="")
    made_by: Mapped[int] = mapped_column(sa.BigInteger)
    expires_at: Mapped[dt.datetime] = mapped_column(UtcTime)
    used_by: Mapped[int | None] = mapped_column(sa.BigInteger)


class GuessRow(Base):
    """One wrong code that somebody sent."""

    __tablename__ = "invite_guess"

    id: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    telegram_id: Mapped[int] = mapped_column(sa.BigInteger)
    at: Mapped[dt.datetime] = mapped_column(UtcTime, index=True)


@dataclass(frozen=True, slots=True)
class Invite:
    """A new invite. The code is handed out here and is nowhere else."""

    code: str
    role: Role
    department: str
    expires_at: dt.datetime


class Outcome(StrEnum):
    """What became of a code that somebody sent."""

    JOINED = "joined"
    PROMOTED = "promoted"
    ALREADY = "already"
    """A member who would gain nothing by it; the invite stays good for another."""
    AGAIN = "again"
    """The member whom this very invite has let in."""
    UNKNOWN = "unknown"
    """Wrong, used, expired, or made by someone who is no admin any more."""
    TOO_MANY = "too many"


@dataclass(frozen=True, slots=True)
class Redeemed:
    """What became of a code, who they are now, and who had invited them."""

    outcome: Outcome
    member: Member | None = None
    made_by: int | None = None


class Invites:
    """The invites in the database. Safe to call from several threads and processes."""

    def __init__(self, database: Database, key: bytes, audit: Audit) -> None:
        self._database = database
        self._key = key
        self._audit = audit

    def make(self, maker: int, role: Role, department: str = "") -> Invite:
        """A new invite, made by an admin."""
        made = Invite(secrets.token_urlsafe(_CODE_BYTES), role, department, now() + VALID_FOR)
        with self._database.writing() as session:
            session.execute(sa.delete(InviteRow).where(InviteRow.expires_at < now() - _KEPT_AFTER))
            session.add(
                InviteRow(
                    digest=self._digest(made.code),
                    role=role,
                    department=department,
                    made_by=maker,
                    expires_at=made.expires_at,
                )
            )
            self._audit.note(session, maker, "invite.made", role=role, department=department)
        return made

    def redeem(self, code: str, telegram_id: int, name: str) -> Redeemed:
        """Let the person in whom the code was given to, in one transaction.

        Of several people who send one code at the same time, one gets in.
        """
        with self._database.writing() as session:
            # One at a time: nobody slips past the count of guesses, or past a change of the list.
            self._database.locked(session, "member")
            if self._too_many(session, telegram_id):
                return Redeemed(Outcome.TOO_MANY)
            row = session.get(MemberRow, telegram_id)
            if row is not None and self._used_by(session, code) == telegram_id:
                return Redeemed(Outcome.AGAIN, as_member(row))
            invite = self._good(session, code)
            if invite is None:
                return self._wrong(session, telegram_id)
            if row is not None and _RANKS.index(Role(invite.role)) <= _RANKS.index(Role(row.role)):
                return Redeemed(Outcome.ALREADY, as_member(row))
            return self._let_in(session, invite, row, telegram_id, name)

    def _let_in(
        self,
        session: Session,
        invite: InviteRow,
        row: MemberRow | None,
        telegram_id: int,
        name: str,
    ) -> Redeemed:
        outcome = Outcome.PROMOTED if row else Outcome.JOINED
        if row is None:
            row = MemberRow(telegram_id=telegram_id, fixed=False)
            session.add(row)
        row.role, row.name, row.reachable = invite.role, name, True
        row.department = invite.department or row.department or ""
        invite.used_by = telegram_id
        self._audit.note(
            session,
            telegram_id,
            f"member.{outcome}",
            role=invite.role,
            department=row.department,
            invited_by=invite.made_by,
        )
        return Redeemed(outcome, as_member(row), invite.made_by)

    def _good(self, session: Session, code: str) -> InviteRow | None:
        query = (
            sa.select(InviteRow)
            .join(MemberRow, MemberRow.telegram_id == InviteRow.made_by)
            .where(
                InviteRow.digest == self._digest(code),
                InviteRow.used_by.is_(None),
                InviteRow.expires_at > now(),
                MemberRow.role == Role.ADMIN,
            )
        )
        return session.scalars(query).one_or_none()

    def _used_by(self, session: Session, code: str) -> int | None:
        used = session.get(InviteRow, self._digest(code))
        return used.used_by if used else None

    def _too_many(self, session: Session, telegram_id: int) -> bool:
        session.execute(sa.delete(GuessRow).where(GuessRow.at < now() - GUESSING_SPAN))
        everyone = session.scalar(sa.select(sa.func.count()).select_from(GuessRow)) or 0
        theirs = sa.select(sa.func.count()).where(GuessRow.telegram_id == telegram_id)
        return everyone >= GUESSES_OF_ALL or (session.scalar(theirs) or 0) >= GUESSES

    def _wrong(self, session: Session, telegram_id: int) -> Redeemed:
        session.add(GuessRow(telegram_id=telegram_id, at=now()))
        self._audit.note(session, telegram_id, "invite.wrong")
        return Redeemed(Outcome.UNKNOWN)

    def _digest(self, code: str) -> str:
        return keyed_hash(self._key, "invite", code)
