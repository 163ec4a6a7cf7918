"""Planned reminders: when each is due, what it will say, and what admins decided about it.

Who got which is left to ``reminder_deliveries``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from knowledge.reminding.plan import Planned, ReminderState, Slot
from knowledge.store.audit import Audit
from knowledge.store.base import Base, UtcTime
from knowledge.store.database import Database
from knowledge.store.reminder_deliveries import DeliveryState, ReminderDeliveryRow

_DECISIONS = {
    ReminderState.OPEN: {ReminderState.APPROVED, ReminderState.SKIPPED},
    ReminderState.APPROVED: {ReminderState.OPEN},
    ReminderState.SKIPPED: {ReminderState.OPEN},
}


class ReminderRow(Base):
    """One reminder."""

    __tablename__ = "reminder"

    key: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    occasion: Mapped[str] = mapped_column(sa.String(48))
    name: Mapped[str] = mapped_column(sa.Text)
    days: Mapped[str] = mapped_column(sa.String(48))
    moment: Mapped[str] = mapped_column(sa.String(16))
    due_at: Mapped[dt.datetime] = mapped_column(UtcTime, index=True)
    closes_at: Mapped[dt.datetime] = mapped_column(UtcTime)
    state: Mapped[str] = mapped_column(sa.String(16), index=True)
    version: Mapped[int] = mapped_column(default=0)
    draft: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON(none_as_null=True))
    wording: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON(none_as_null=True))
    case: Mapped[str] = mapped_column(sa.Text, default="")
    previewed_at: Mapped[dt.datetime | None] = mapped_column(UtcTime)
    decided_by: Mapped[int | None] = mapped_column(sa.BigInteger)
    started_at: Mapped[dt.datetime | None] = mapped_column(UtcTime)
    ended_at: Mapped[dt.datetime | None] = mapped_column(UtcTime)


class Reminders:
    """The plan in the database. Safe to call from several threads and processes.

    A change names the version that it is made from; False or None says that somebody else has
    been there first.
    """

    def __init__(self, database: Database, audit: Audit) -> None:
        self._database = database
        self._audit = audit

    def plan(self, slots: Iterable[Slot], now: dt.datetime, until: dt.datetime) -> None:
        """Let the plan hold just these among the reminders due before ``until``.

        What is over, what has begun, and what lies beyond ``until`` stays as it is; the others
        move with the calendar, with what was decided about them.
        """
        wanted = {slot.key: slot for slot in slots}
        ahead = [state for state in ReminderState if state.is_ahead]
        held = (
            sa.select(ReminderRow)
            .where(ReminderRow.state.in_(ahead), ReminderRow.closes_at > now)
            .order_by(ReminderRow.key)
            # An approval that comes meanwhile must find its text changed, or be found here.
            .with_for_update()
        )
        with self._database.writing() as session:
            self._database.locked(session, "reminder")
            for row in session.scalars(held).all():
                if row.key in wanted:
                    _move(row, wanted[row.key])
                elif row.due_at < until:
                    session.delete(row)
            there = set(
                session.scalars(sa.select(ReminderRow.key).where(ReminderRow.key.in_(wanted)))
            )
            for key in wanted.keys() - there:
                row = ReminderRow(key=key, state=ReminderState.OPEN, case="")
                _move(row, wanted[key])
                row.version = 0
                session.add(row)

    def get(self, key: str) -> Planned | None:
        """A reminder by its key."""
        with self._database.reading() as session:
            row = session.get(ReminderRow, key)
            return _planned(row) if row else None

    def list(
        self,
        *states: ReminderState,
        since: dt.datetime | None = None,
        until: dt.datetime | None = None,
    ) -> list[Planned]:
        """Reminders in these states (any, where none is given) due in [since, until), by time."""
        query = sa.select(ReminderRow).order_by(ReminderRow.due_at, ReminderRow.key)
        if states:
            query = query.where(ReminderRow.state.in_(states))
        if since is not None:
            query = query.where(ReminderRow.due_at >= since)
        if until is not None:
            query = query.where(ReminderRow.due_at < until)
        with self._database.reading() as session:
            return [_planned(row) for row in session.scalars(query)]

    def ended(self, since: dt.datetime) -> Sequence[Planned]:
        """What was done or missed since an instant, by when it was due."""
        query = (
            sa.select(ReminderRow)
            .where(ReminderRow.ended_at >= since)
            .order_by(ReminderRow.due_at, ReminderRow.key)
        )
        with self._database.reading() as session:
            return [_planned(row) for row in session.scalars(query)]

    def latest(self) -> dt.datetime | None:
        """The latest instant at which anything was done about reminders."""
        columns = (ReminderRow.previewed_at, ReminderRow.started_at, ReminderRow.ended_at)
        with self._database.reading() as session:
            found = [session.scalar(sa.select(sa.func.max(column))) for column in columns]
        return max((each for each in found if each), default=None)

    def draft(self, key: str, version: int, draft: Mapping[str, Any], case: str) -> Planned | None:
        """Keep what a reminder says, made from ``version``; nobody has seen or approved that."""
        with self._database.writing() as session:
            row = self._row(session, key, version)
            if row is None or not ReminderState(row.state).is_ahead:
                return None
            row.draft, row.case = dict(draft), case
            _anew(row)
            return _planned(row)

    def amend(self, key: str, version: int, draft: Mapping[str, Any], case: str) -> Planned | None:
        """Let a reminder that is being sent say something else to those who still wait."""
        with self._database.writing() as session:
            row = self._row(session, key, version)
            if row is None or row.state != ReminderState.SENDING:
                return None
            row.draft, row.case, row.version = dict(draft), case, row.version + 1
            return _planned(row)

    def reword(
        self, key: str, version: int, wording: Mapping[str, Any] | None, person: int
    ) -> Planned | None:
        """Keep an admin's words; what it says must be composed anew before anybody gets it."""
        with self._database.writing() as session:
            row = self._row(session, key, version)
            if row is None or not ReminderState(row.state).is_ahead:
                return None
            row.wording = dict(wording) if wording is not None else None
            row.draft, row.state = None, ReminderState.OPEN
            _anew(row)
            self._audit.note(session, person, "reminder.reworded", key=key)
            return _planned(row)

    def decide(self, key: str, version: int, state: ReminderState, person: int) -> Planned | None:
        """Approve or skip the version that the admin has seen, or leave it open again.

        What is decided must be left open before the opposite may be: an old card must not
        overturn what a colleague has decided since.
        """
        with self._database.writing() as session:
            row = self._row(session, key, version)
            if row is None or state not in _DECISIONS.get(ReminderState(row.state), ()):
                return None
            row.state = state
            row.decided_by = None if state is ReminderState.OPEN else person
            self._audit.note(session, person, f"reminder.{state}", key=key)
            return _planned(row)

    def previewed(self, key: str, version: int, at: dt.datetime) -> bool:
        """Note that admins have been shown this version; True for the first to say so of it."""
        with self._database.writing() as session:
            row = self._row(session, key, version)
            if row is None or row.previewed_at is not None:
                return False
            row.previewed_at = at
            return True

    def start(self, planned: Planned, people: Sequence[int], at: dt.datetime) -> bool:
        """Begin to send what ``planned`` says: from here on its deliveries are the truth.

        False where it was changed, decided about or begun meanwhile.
        """
        with self._database.writing() as session:
            row = self._row(session, planned.key, planned.version)
            if row is None or row.state != planned.state or row.draft is None:
                return False
            if row.state not in {ReminderState.OPEN, ReminderState.APPROVED}:
                return False
            row.state, row.started_at = ReminderState.SENDING, at
            session.add_all(ReminderDeliveryRow(key=row.key, telegram_id=one) for one in people)
            return True

    def end(self, key: str, state: ReminderState, at: dt.datetime) -> bool:
        """Let a reminder be done or missed; True for the first to say so."""
        with self._database.writing() as session:
            row = self._row(session, key)
            if row is None or row.ended_at is not None or row.state == ReminderState.SKIPPED:
                return False
            row.state, row.ended_at = state, at
            return True

    def reopen(self, key: str) -> bool:
        """Take back that it was missed: the clock had been wrong. An approval still holds."""
        with self._database.writing() as session:
            row = self._row(session, key)
            if row is None or row.state != ReminderState.MISSED:
                return False
            if row.started_at:
                row.state = ReminderState.SENDING
            else:
                row.state = ReminderState.APPROVED if row.decided_by else ReminderState.OPEN
            row.ended_at = None
            session.execute(
                sa.update(ReminderDeliveryRow)
                .where(
                    ReminderDeliveryRow.key == key,
                    ReminderDeliveryRow.state == DeliveryState.MISSED,
                )
                .values(state=DeliveryState.WAITING)
            )
            return True

    def sweep(self, before: dt.datetime) -> None:
        """Drop reminders that ended before an instant, and who got them."""
        with self._database.writing() as session:
            old = sa.select(ReminderRow.key).where(ReminderRow.closes_at < before)
            session.execute(sa.delete(ReminderDeliveryRow).where(ReminderDeliveryRow.key.in_(old)))
            session.execute(sa.delete(ReminderRow).where(ReminderRow.closes_at < before))

    def _row(self, session: Session, key: str, version: int | None = None) -> ReminderRow | None:
        # Locked, or two admins on PostgreSQL would both be the first.
        row = session.get(ReminderRow, key, with_for_update=True)
        if row is None or (version is not None and row.version != version):
            return None
        return row


def _move(row: ReminderRow, slot: Slot) -> None:
    values = {each.name: getattr(slot, each.name) for each in fields(slot)}
    if any(getattr(row, name) != value for name, value in values.items()):
        for name, value in values.items():
            setattr(row, name, value)
        row.draft = None  # its words name days
        _anew(row)


def _anew(row: ReminderRow) -> None:
    """It says something else now, which nobody has seen or approved."""
    row.version = (row.version or 0) + 1
    row.previewed_at = None
    if row.state == ReminderState.APPROVED:
        row.state, row.decided_by = ReminderState.OPEN, None


def _planned(row: ReminderRow) -> Planned:
    return Planned(
        key=row.key,
        occasion=row.occasion,
        name=row.name,
        moment=row.moment,
        due_at=row.due_at,
        closes_at=row.closes_at,
        state=ReminderState(row.state),
        version=row.version,
        draft=row.draft,
        wording=row.wording,
        case=row.case,
        previewed_at=row.previewed_at,
        decided_by=row.decided_by,
        started_at=row.started_at,
        ended_at=row.ended_at,
    )
