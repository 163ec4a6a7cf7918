"""Written answers: begun, reviewed, approved, retired; and who has heard of it."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Collection, Sequence
from dataclasses import asdict

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from knowledge.faq import Basis, FaqEntry, State
from knowledge.store.audit import Audit
from knowledge.store.base import Base, UtcTime, now
from knowledge.store.database import Database
from knowledge.store.once import Once, OnceRow

# In the column of the basis: the public wording, where the author gave one.
_QUESTION = "question"
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
        self._once = Once(database)
        self._telling: set[str] = set()
        self._lock = threading.Lock()

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

    def discard(self, entry_id: int) -> None:
        """Forget an entry that its author could not be asked to write."""
        gone = sa.delete(FaqRow).where(FaqRow.id == entry_id, FaqRow.state == State.WRITING)
        with self._database.writing() as session:
            session.execute(gone)

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

    def write(
        self, entry_id: int, answer: str, basis: Basis, question: str = ""
    ) -> FaqEntry | None:
        """Keep what the author wrote; None where it can no longer be written.

        :param question: the public wording; "" means the first of those that were asked.
        """
        writable = {State.WRITING, State.DRAFT, State.RETURNED}
        with self._database.writing() as session:
            row = _in_state(session, entry_id, writable)
            if row is None:
                return None
            row.state, row.answer = State.DRAFT, answer
            row.basis = asdict(basis) | ({_QUESTION: question} if question else {})
            row.changed_at = now()
            return _entry(row)

    def move(
        self,
        entry_id: int,
        before: Collection[State],
        after: State,
        actor: int,
        edition: str | None = None,
    ) -> FaqEntry | None:
        """Take one step, audited; where ``before`` holds ``after``, a step taken is not repeated.

        None where the entry is not in one of the states ``before``, or its text another.

        :param edition: of the text that the actor has read; None where that does not matter.
        """
        with self._database.writing() as session:
            row = _in_state(session, entry_id, before)
            if row is None or (edition is not None and _entry(row).edition != edition):
                return None
            if row.state == after:
                return _entry(row)
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

    def begin_telling(self, entry: FaqEntry, who: str) -> bool:
        """Whether to tell someone now of the state that an entry has come to; once a state.

        False where they know, or are just being told. After True comes ``end_telling``; a
        crash in between leaves them to be told, if need be again.

        :param who: stands for a person, and is no number of theirs.
        """
        key = _news(entry) + who
        with self._lock:
            if key in self._telling or who in self.told(entry):
                return False
            self._telling.add(key)
        return True

    def end_telling(self, entry: FaqEntry, who: str, reached: bool) -> None:
        """Note whether they know now."""
        key = _news(entry) + who
        try:
            if reached:
                self._once.claim(key)
        finally:
            self._telling.discard(key)

    def told(self, entry: FaqEntry) -> set[str]:
        """Who knows of the state that an entry has come to."""
        opening = _news(entry)
        query = sa.select(OnceRow.key).where(OnceRow.key.startswith(opening, autoescape=True))
        with self._database.reading() as session:
            return {key.removeprefix(opening) for key in session.scalars(query)}

    def settled(self) -> set[int]:
        """Numbers of questions that an answer is being written to, or that need none.

        What was begun and has no card yet does not count: a crash may have kept it from coming.
        """
        states = [each for each in State if each is not State.RETIRED]
        query = sa.select(FaqRow.question_ids).where(
            FaqRow.state.in_(states),
            sa.or_(FaqRow.state != State.WRITING, FaqRow.card.is_not(None)),
        )
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


def _news(entry: FaqEntry) -> str:
    """Opens the claims that note who was told; a later round of the same state has others."""
    return f"faq:{entry.id}:{entry.state}:{entry.changed_at.isoformat()}:"


def _entry(row: FaqRow) -> FaqEntry:
    basis = dict(row.basis)
    question = basis.pop(_QUESTION, "") or row.wordings[0]
    return FaqEntry(
        row.id,
        State(row.state),
        question,
        tuple(row.wordings),
        tuple(row.question_ids),
        row.author,
        row.answer,
        Basis(**basis),
        row.reviewer,
        row.changed_at,
    )
