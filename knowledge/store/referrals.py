"""Questions passed on to the discipline office: drafted, sent, answered, and whom to tell.

Who asked is kept for as long as an answer can still reach them; the texts are masked already.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from knowledge.people import Member
from knowledge.store.audit import Audit
from knowledge.store.base import Base, UtcTime, now
from knowledge.store.database import Database

# A draft that nobody confirmed goes after this, and the asker's number so long after an answer.
DRAFT_KEPT = dt.timedelta(days=1)
ASKER_KEPT = dt.timedelta(days=30)


class State(StrEnum):
    """How far a referral has come."""

    DRAFT = "draft"
    OPEN = "open"
    ANSWERED = "answered"


@dataclass(frozen=True, slots=True)
class Matter:
    """What is passed on: the question (masked), the bot's decisive line, its sources, and when
    it was asked.
    """

    question_id: int
    text: str
    line: str
    sources: tuple[str, ...]
    asked_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Referral:
    """A matter on its way. ``asker`` is None once the number has been dropped; ``edition`` grows
    with each draft, so that what is confirmed is what was shown.
    """

    id: int
    state: State
    edition: int
    asker: int | None
    name: str
    department: str
    matter: Matter
    taken_by: int | None = None


class ReferralRow(Base):
    """One referral; a question has at most one."""

    __tablename__ = "referral"

    # Numbers are not given twice: buttons and audit entries name them long afterwards.
    id: Mapped[int] = mapped_column(
        sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True
    )
    question_id: Mapped[int] = mapped_column(sa.BigInteger)
    state: Mapped[str] = mapped_column(sa.String(16))
    edition: Mapped[int] = mapped_column(default=1)
    asker: Mapped[int | None] = mapped_column(sa.BigInteger, index=True)
    name: Mapped[str] = mapped_column(sa.Text)
    department: Mapped[str] = mapped_column(sa.Text)
    text: Mapped[str] = mapped_column(sa.Text)
    line: Mapped[str] = mapped_column(sa.Text)
    sources: Mapped[list[str]] = mapped_column(sa.JSON)
    asked_at: Mapped[dt.datetime] = mapped_column(UtcTime)
    changed_at: Mapped[dt.datetime] = mapped_column(UtcTime)
    taken_by: Mapped[int | None] = mapped_column(sa.BigInteger)

    __table_args__ = (
        # A question's number may come again once the question was forgotten; its instant not.
        sa.UniqueConstraint("question_id", "asked_at"),
        {"sqlite_autoincrement": True},
    )


class ReferralCopyRow(Base):
    """One message in a reviewer's chat that shows a referral; a reply to it answers it."""

    __tablename__ = "referral_copy"

    reviewer: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    message_id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    referral_id: Mapped[int] = mapped_column(
        sa.ForeignKey("referral.id", ondelete="CASCADE"), index=True
    )


class ReferralReplyRow(Base):
    """One message with which a reviewer answered; not its text, which the asker has."""

    __tablename__ = "referral_reply"

    reviewer: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    message_id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    referral_id: Mapped[int] = mapped_column(
        sa.ForeignKey("referral.id", ondelete="CASCADE"), index=True
    )


class Referrals:
    """Referrals in the database. Safe to call from several threads and processes."""

    def __init__(self, database: Database, audit: Audit) -> None:
        self._database = database
        self._audit = audit

    def draft(self, asker: Member, matter: Matter) -> Referral:
        """Prepare a referral; one that has been sent already is returned as it is."""
        with self._database.writing() as session:
            self._database.locked(session, "referral")
            row = session.scalar(
                sa.select(ReferralRow).where(
                    ReferralRow.question_id == matter.question_id,
                    ReferralRow.asked_at == matter.asked_at,
                )
            )
            if row is None:
                row = ReferralRow(question_id=matter.question_id, state=State.DRAFT, edition=0)
            if row.state == State.DRAFT:
                row.edition += 1
                row.asker, row.name, row.department = (
                    asker.telegram_id,
                    asker.name,
                    asker.department,
                )
                row.text, row.line = matter.text, matter.line
                row.sources, row.asked_at = list(matter.sources), matter.asked_at
                row.changed_at = now()
                session.add(row)
                session.flush()
            return _referral(row)

    def open(self, referral_id: int, asker: int, edition: int) -> Referral | None:
        """Send what the asker was shown; None where that is gone or no longer the draft.

        A referral that is open or answered is returned as it is.
        """
        with self._database.writing() as session:
            row = session.get(ReferralRow, referral_id, with_for_update=True)
            if row is None or row.asker != asker or row.edition != edition:
                return None
            if row.state == State.DRAFT:
                row.state, row.changed_at = State.OPEN, now()
                session.flush()
                self._audit.note(session, asker, "referral.sent", referral=row.id)
            return _referral(row)

    def cancel(self, referral_id: int, asker: int) -> bool:
        """Drop a draft; False where it has been sent, or is not theirs."""
        with self._database.writing() as session:
            gone = sa.delete(ReferralRow).where(
                ReferralRow.id == referral_id,
                ReferralRow.asker == asker,
                ReferralRow.state == State.DRAFT,
            )
            return _count(session, gone) > 0

    def get(self, referral_id: int) -> Referral | None:
        """The referral with that number."""
        with self._database.reading() as session:
            row = session.get(ReferralRow, referral_id)
            return _referral(row) if row else None

    def waiting(self) -> list[Referral]:
        """Those sent and not answered, oldest first."""
        query = (
            sa.select(ReferralRow).where(ReferralRow.state == State.OPEN).order_by(ReferralRow.id)
        )
        with self._database.reading() as session:
            return [_referral(row) for row in session.scalars(query)]

    def note_copy(self, referral_id: int, reviewer: int, message_id: int) -> None:
        """Remember that a message in a reviewer's chat shows a referral."""
        with self._database.writing() as session:
            session.merge(
                ReferralCopyRow(reviewer=reviewer, message_id=message_id, referral_id=referral_id)
            )

    def copies(self, referral_id: int) -> dict[int, int]:
        """Reviewer → the last message in their chat that shows the referral."""
        query = (
            sa.select(ReferralCopyRow.reviewer, sa.func.max(ReferralCopyRow.message_id))
            .where(ReferralCopyRow.referral_id == referral_id)
            .group_by(ReferralCopyRow.reviewer)
        )
        with self._database.reading() as session:
            return {row[0]: row[1] for row in session.execute(query)}

    def shown_in(self, reviewer: int, message_id: int) -> Referral | None:
        """The referral that a message in a reviewer's chat shows; None for other messages."""
        query = (
            sa.select(ReferralRow)
            .join(ReferralCopyRow, ReferralCopyRow.referral_id == ReferralRow.id)
            .where(ReferralCopyRow.reviewer == reviewer, ReferralCopyRow.message_id == message_id)
        )
        with self._database.reading() as session:
            row = session.scalar(query)
            return _referral(row) if row else None

    def take(self, referral_id: int, reviewer: int) -> Referral | None:
        """Say that a reviewer will answer, unless another has said so; as it stands then."""
        with self._database.writing() as session:
            row = session.get(ReferralRow, referral_id, with_for_update=True)
            if row is None or row.state == State.DRAFT:
                return None
            if row.taken_by is None:
                row.taken_by = reviewer
            return _referral(row)

    def answered(self, referral_id: int, reviewer: int, message_id: int) -> bool:
        """Note that a reviewer's message has reached the asker; True for the first of all."""
        with self._database.writing() as session:
            row = session.get(ReferralRow, referral_id, with_for_update=True)
            if row is None or session.get(ReferralReplyRow, (reviewer, message_id)) is not None:
                return False
            session.add(
                ReferralReplyRow(reviewer=reviewer, message_id=message_id, referral_id=referral_id)
            )
            first = row.state != State.ANSWERED
            row.state, row.changed_at = State.ANSWERED, now()
            session.flush()
            self._audit.note(session, reviewer, "referral.answered", referral=referral_id)
            return first

    def has_reply(self, reviewer: int, message_id: int) -> bool:
        """Whether that message of a reviewer has reached the asker."""
        with self._database.reading() as session:
            row = session.get(ReferralReplyRow, (reviewer, message_id))
        return row is not None

    def forget(self, telegram_id: int) -> None:
        """Drop everything that somebody passed on."""
        with self._database.writing() as session:
            session.execute(sa.delete(ReferralRow).where(ReferralRow.asker == telegram_id))

    def sweep(self, at: dt.datetime, kept: dt.timedelta) -> None:
        """Drop at ``at`` old drafts, the askers of what was answered, and what is older than
        ``kept``.
        """
        answered = ReferralRow.state == State.ANSWERED
        with self._database.writing() as session:
            session.execute(
                sa.delete(ReferralRow).where(
                    ReferralRow.state == State.DRAFT, ReferralRow.changed_at < at - DRAFT_KEPT
                )
            )
            session.execute(sa.delete(ReferralRow).where(ReferralRow.changed_at < at - kept))
            session.execute(
                sa.update(ReferralRow)
                .where(answered, ReferralRow.changed_at < at - ASKER_KEPT)
                .values(asker=None, name="", department="")
            )


def _count(session: Session, statement: sa.Delete) -> int:
    return int(session.execute(statement).rowcount)  # type: ignore[attr-defined]  # a CursorResult


def _referral(row: ReferralRow) -> Referral:
    matter = Matter(row.question_id, row.text, row.line, tuple(row.sources), row.asked_at)
    return Referral(
        row.id,
        State(row.state),
        row.edition,
        row.asker,
        row.name,
        row.department,
        matter,
        row.taken_by,
    )
