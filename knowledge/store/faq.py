"""Written answers: begun, reviewed, approved, retired."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import asdict

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from knowledge.faq import Basis, FaqEntry, State
from knowledge.store.audit import Audit
from knowledge.store.base import Base, UtcTime, now
from knowledge.store.database import Database

# What was begun and never written, or written and never sent for review.
UNFINISHED_KEPT = dt.timedelta(days=7)


class FaqRow(Base):
    """One written answer, or (dismissed) questions that need none."""

    __tablename__ = "faq"

    # Numbers are not given twice: buttons and audit entries name them long afterwards.
    id: Mapped[int] = mapped_column(
        sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True
    )
    state: Mapped[str] = mapped_column(sa.String(16), index=True)
    wordings: Mapped[list[str]] = mapped_column(sa.JSON)
    question_ids: Mapped[list[int]] = mapped_column(sa.JSON)
    author: Mapped[int] = mapped_column(sa.BigInteger)
    # The bot's message that the author replies to.
    card: Mapped[int | None] = mapped_column(sa.BigInteger)
    answer: Mapped[str] = mapped_column(sa.Text, default="")
    basis: Mapped[dict[str, str]] = mapped_column(sa.JSON, default=dict)
    reviewer: Mapped[int | None] = mapped_column(sa.BigInteger)
    changed_at: Mapped[dt.datetime] = mapped_column(UtcTime, default=now)

    __table_args__ = ({"sqlite_autoincrement": True},)


class WrittenAnswers:
    """Written answers to be read; the database may be older than they are."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def in_state(self, *states: State) -> list[FaqEntry]:
        """Entries in these states, newest first."""
        query = sa.select(FaqRow).where(FaqRow.state.in_(states)).order_by(FaqRow.changed_at.desc())
        with self._database.reading() as session:
            return [_entry(row) for row in session.scalars(query)]

    def approved(self) -> list[FaqEntry]:
        """Every answer that may be given; none in a database older than written answers."""
        return self.in_state(State.APPROVED) if self._made() else []

    def stamp(self) -> str:
        """Changes whenever the approved answers may have."""
        if not self._made():
            return ""
        query = sa.select(sa.func.count(), sa.func.max(FaqRow.changed_at)).where(
            FaqRow.state.in_([State.APPROVED, State.RETIRED])
        )
        with self._database.reading() as session:
            count, latest = session.execute(query).one()
            return f"{count} {latest}"

    def _made(self) -> bool:
        return self._database.has_table(FaqRow.__tablename__)


class Faq(WrittenAnswers):
    """Written answers on their way. Safe to call from several threads and processes."""

    def __init__(self, database: Database, audit: Audit) -> None:
        super().__init__(database)
        self._audit = audit

    def begin(self, author: int, wordings: Sequence[str], question_ids: Sequence[int]) -> int:
        """Note that someone will answer these questions; the entry's number."""
        return self._add(State.WRITING, author, wordings, question_ids)

    def dismiss(self, author: int, wordings: Sequence[str], question_ids: Sequence[int]) -> None:
        """Note that these questions need no answer."""
        self._add(State.DISMISSED, author, wordings, question_ids)

    def carded(self, entry_id: int, message_id: int) -> None:
        """Note which message of the bot's the author is to reply to."""
        with self._database.writing() as session:
            row = session.get(FaqRow, entry_id)
            if row is not None:
                row.card = message_id

    def replied_to(self, author: int, message_id: int) -> FaqEntry | None:
        """The entry whose author replies to that message, while it can still be written."""
        query = sa.select(FaqRow).where(
            FaqRow.author == author,
            FaqRow.card == message_id,
            FaqRow.state.in_([State.WRITING, State.DRAFT, State.RETURNED]),
        )
        with self._database.reading() as session:
            row = session.scalar(query)
            return _entry(row) if row else None

    def write(self, entry_id: int, answer: str, basis: Basis) -> FaqEntry | None:
        """Keep what the author wrote; None where it can no longer be written."""
        writable = {State.WRITING, State.DRAFT, State.RETURNED}
        with self._database.writing() as session:
            row = _in_state(session, entry_id, writable)
            if row is None:
                return None
            row.state, row.answer, row.basis = State.DRAFT, answer, asdict(basis)
            row.changed_at = now()
            return _entry(row)

    def move(
        self, entry_id: int, before: Collection[State], after: State, actor: int
    ) -> FaqEntry | None:
        """Take one step, audited; None where the entry is not in one of the states ``before``."""
        with self._database.writing() as session:
            row = _in_state(session, entry_id, before)
            if row is None:
                return None
            row.state, row.changed_at = after, now()
            if after in {State.APPROVED, State.RETURNED}:
                row.reviewer = actor
            entry = _entry(row)
            details = {"entry": entry_id} | ({"own": 1} if actor == entry.author else {})
            self._audit.note(session, actor, f"faq.{after}", **details)
            return entry

    def get(self, entry_id: int) -> FaqEntry | None:
        """An entry by its number."""
        with self._database.reading() as session:
            row = session.get(FaqRow, entry_id)
            return _entry(row) if row else None

    def settled(self) -> set[int]:
        """Numbers of questions that an answer is being written to, or that need none."""
        states = [each for each in State if each is not State.RETIRED]
        query = sa.select(FaqRow.question_ids).where(FaqRow.state.in_(states))
        with self._database.reading() as session:
            return {number for numbers in session.scalars(query) for number in numbers}

    def sweep(self) -> None:
        """Drop what was begun and left: its questions come up again."""
        unfinished = [State.WRITING, State.DRAFT, State.RETURNED]
        gone = sa.delete(FaqRow).where(
            FaqRow.state.in_(unfinished), FaqRow.changed_at < now() - UNFINISHED_KEPT
        )
        with self._database.writing() as session:
            session.execute(gone)

    def _add(
        self, state: State, author: int, wordings: Sequence[str], question_ids: Sequence[int]
    ) -> int:
        row = FaqRow(
            state=state,
            author=author,
            wordings=list(wordings),
            question_ids=list(question_ids),
        )
        with self._database.writing() as session:
            session.add(row)
            session.flush()
            return row.id


def _in_state(session: Session, entry_id: int, states: Collection[State]) -> FaqRow | None:
    """The row, locked until the transaction ends, where it is in one of these states."""
    row = session.get(FaqRow, entry_id, with_for_update=True)
    return row if row is not None and State(row.state) in states else None


def _entry(row: FaqRow) -> FaqEntry:
    return FaqEntry(
        row.id,
        State(row.state),
        tuple(row.wordings),
        tuple(row.question_ids),
        row.author,
        row.answer,
        Basis(**row.basis),
        row.reviewer,
        row.changed_at,
    )
