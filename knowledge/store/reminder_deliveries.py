"""Who gets which reminder: one row a person and reminder is the truth about it.

Processes claim rows, send, and say what came of it. Whether a process still lives is told by its
beat growing: a clock may be set, a count only grows.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from knowledge.store.base import Base, UtcTime
from knowledge.store.database import Database
from knowledge.store.members import MemberRow

# Requests that may have arrived, after which no more is made: nobody gets it a third time.
DOUBTS = 2


class DeliveryState(StrEnum):
    """What has become of one reminder for one person.

    ``SENDING`` is from just before the request to just after its answer: what a crash leaves
    there may have arrived.
    """

    WAITING = "waiting"
    CLAIMED = "claimed"
    SENDING = "sending"
    SENT = "sent"
    BLOCKED = "blocked"
    FAILED = "failed"
    MISSED = "missed"


@dataclass(frozen=True, slots=True)
class Tally:
    """How many people stand where. ``seen`` and ``repeated`` are among ``sent``: who pressed a
    button, and who may have got it twice over a crash or a lost answer.
    """

    people: int
    sent: int
    blocked: int
    failed: int
    missed: int
    pending: int
    seen: int
    repeated: int


class ReminderDeliveryRow(Base):
    """One reminder for one person. ``doubts`` counts requests that nobody knows the end of."""

    __tablename__ = "reminder_delivery"

    key: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    telegram_id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    state: Mapped[str] = mapped_column(sa.String(16), default=DeliveryState.WAITING)
    worker: Mapped[str] = mapped_column(sa.String(32), default="")
    tries: Mapped[int] = mapped_column(default=0)
    doubts: Mapped[int] = mapped_column(default=0)
    at: Mapped[dt.datetime | None] = mapped_column(UtcTime)
    seen_at: Mapped[dt.datetime | None] = mapped_column(UtcTime)

    __table_args__ = (sa.Index("ix_reminder_delivery_key_state", "key", "state"),)


class ReminderWorkerRow(Base):
    """A process that sends; ``beat`` grows while it lives."""

    __tablename__ = "reminder_worker"

    worker: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    beat: Mapped[int] = mapped_column(sa.BigInteger, default=0)


_PENDING = (DeliveryState.WAITING, DeliveryState.CLAIMED, DeliveryState.SENDING)


class ReminderDeliveries:
    """The deliveries in the database. Safe to call from several threads and processes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def claim(self, key: str, worker: str, limit: int) -> Sequence[int]:
        """Take at most ``limit`` people who wait; no other process gets them meanwhile."""
        row = ReminderDeliveryRow
        waiting = (
            sa.select(row.telegram_id)
            .where(row.key == key, row.state == DeliveryState.WAITING)
            .order_by(row.tries, row.telegram_id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        with self._database.writing() as session:
            people = list(session.scalars(waiting))
            if people:
                session.execute(
                    sa.update(row)
                    .where(row.key == key, row.telegram_id.in_(people))
                    .values(state=DeliveryState.CLAIMED, worker=worker)
                )
        return people

    def begin(self, key: str, person: int, worker: str) -> bool:
        """Just before the request: False where it must not be made.

        The claim may have been taken back meanwhile; the person may have been taken off the list.
        """
        row = ReminderDeliveryRow
        listed = sa.exists().where(MemberRow.telegram_id == row.telegram_id)
        mine = (row.key == key, row.telegram_id == person, row.worker == worker)
        claimed = (*mine, row.state == DeliveryState.CLAIMED)
        begun = sa.update(row).where(*claimed, listed)
        with self._database.writing() as session:
            done = session.execute(
                begun.values(state=DeliveryState.SENDING, tries=row.tries + 1),
                execution_options={"synchronize_session": False},
            )
            if done.rowcount:  # type: ignore[attr-defined]  # an update's result counts rows
                return True
            session.execute(
                sa.update(row).where(*claimed).values(state=DeliveryState.BLOCKED, worker="")
            )
            return False

    def settle(self, key: str, person: int, state: DeliveryState, at: dt.datetime) -> None:
        """Say what came of the request: sent, blocked or failed. What was sent stays sent."""
        row = ReminderDeliveryRow
        with self._database.writing() as session:
            session.execute(
                sa.update(row)
                .where(row.key == key, row.telegram_id == person, row.state != DeliveryState.SENT)
                .values(state=state, at=at, worker="")
            )

    def put_back(self, key: str, person: int, worker: str, *, repeated: bool) -> None:
        """Let a person wait again after a request that failed.

        :param repeated: the message may have arrived all the same. After a few such requests
            there is no other: sending on would be pestering.
        """
        row = ReminderDeliveryRow
        mine = (row.key == key, row.telegram_id == person, row.worker == worker)
        unsettled = row.state.in_((DeliveryState.CLAIMED, DeliveryState.SENDING))
        given_up = sa.and_(sa.literal(repeated), row.doubts + 1 >= DOUBTS)
        with self._database.writing() as session:
            session.execute(
                sa.update(row)
                .where(*mine, unsettled)
                .values(
                    state=sa.case((given_up, DeliveryState.FAILED), else_=DeliveryState.WAITING),
                    worker="",
                    doubts=row.doubts + int(repeated),
                )
            )

    def miss(self, key: str) -> int:
        """Give up those who still wait; how many they are."""
        row = ReminderDeliveryRow
        waiting = (row.key == key, row.state == DeliveryState.WAITING)
        with self._database.writing() as session:
            missed = session.execute(
                sa.update(row).where(*waiting).values(state=DeliveryState.MISSED)
            )
            return int(missed.rowcount)  # type: ignore[attr-defined]  # as above

    def release(self, worker: str) -> Sequence[tuple[str, int]]:
        """Let go of whatever a process holds: whom it was sending what, as far as it knows."""
        with self._database.writing() as session:
            return _let_go(session, worker)

    def saw(self, key: str, person: int, at: dt.datetime) -> bool:
        """Note that a person pressed a button under their message; False where they got none."""
        row = ReminderDeliveryRow
        mine = (row.key == key, row.telegram_id == person)
        with self._database.writing() as session:
            session.execute(sa.update(row).where(*mine, row.seen_at.is_(None)).values(seen_at=at))
            return session.scalar(sa.select(sa.func.count()).where(*mine)) == 1

    def tally(self, key: str) -> Tally:
        """How many people stand where."""
        row = ReminderDeliveryRow
        seen, again = row.seen_at.is_not(None), row.doubts > 0
        query = (
            sa.select(row.state, seen, again, sa.func.count())
            .where(row.key == key)
            .group_by(row.state, seen, again)
        )
        with self._database.reading() as session:
            rows = [(s, bool(p), bool(t), int(n)) for s, p, t, n in session.execute(query)]

        def count(*states: DeliveryState) -> int:
            return sum(many for state, _, _, many in rows if state in states)

        sent = [each for each in rows if each[0] == DeliveryState.SENT]
        return Tally(
            people=sum(many for *_, many in rows),
            sent=count(DeliveryState.SENT),
            blocked=count(DeliveryState.BLOCKED),
            failed=count(DeliveryState.FAILED),
            missed=count(DeliveryState.MISSED),
            pending=count(*_PENDING),
            seen=sum(many for _, pressed, _, many in sent if pressed),
            repeated=sum(many for _, _, twice, many in sent if twice),
        )

    def beat(self, worker: str) -> Mapping[str, int]:
        """Say that a process lives; the beats of all of them."""
        row = ReminderWorkerRow
        with self._database.writing() as session:
            # Another process may be burying this one just now.
            beaten = session.execute(
                sa.update(row).where(row.worker == worker).values(beat=row.beat + 1)
            )
            if not beaten.rowcount:  # type: ignore[attr-defined]  # as above
                session.add(row(worker=worker, beat=1))
                session.flush()
            return {each.worker: each.beat for each in session.scalars(sa.select(row))}

    def bury(self, worker: str, beat: int) -> Sequence[tuple[str, int]]:
        """Free what a process held that beats no more: whom it was just sending what.

        Nothing happens where it has beaten since.
        """
        with self._database.writing() as session:
            gone = session.execute(
                sa.delete(ReminderWorkerRow).where(
                    ReminderWorkerRow.worker == worker, ReminderWorkerRow.beat == beat
                )
            )
            if not gone.rowcount:  # type: ignore[attr-defined]  # as above
                return ()
            return _let_go(session, worker)

    def forget(self, person: int) -> None:
        """Drop what is kept of one person, where it keeps nothing from being sent again."""
        row = ReminderDeliveryRow
        with self._database.writing() as session:
            session.execute(
                sa.delete(row).where(row.telegram_id == person, row.state.not_in(_PENDING))
            )


def _let_go(session: Session, worker: str) -> Sequence[tuple[str, int]]:
    """Those it was just sending to may have got it: they are sent it once more at most."""
    row = ReminderDeliveryRow
    sending = (row.worker == worker, row.state == DeliveryState.SENDING)
    doubtful = [
        (key, person)
        for key, person in session.execute(sa.select(row.key, row.telegram_id).where(*sending))
    ]
    given_up = (row.doubts + 1 >= DOUBTS, DeliveryState.FAILED)
    session.execute(
        sa.update(row)
        .where(*sending)
        .values(
            state=sa.case(given_up, else_=DeliveryState.WAITING),
            doubts=row.doubts + 1,
            worker="",
        )
    )
    claimed = (row.worker == worker, row.state == DeliveryState.CLAIMED)
    session.execute(sa.update(row).where(*claimed).values(state=DeliveryState.WAITING, worker=""))
    return doubtful
