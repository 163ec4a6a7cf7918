"""Questions of the quiz as they were put to people, and what they answered.

People stand there by a keyed hash. What the questions are is left to ``knowledge.quizzing``.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from knowledge.keys import keyed_hash
from knowledge.quizzing import Given
from knowledge.store.base import Base, UtcTime, now
from knowledge.store.database import Database


class ShowingRow(Base):
    """One question put to one person once."""

    __tablename__ = "quiz_showing"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    person: Mapped[str] = mapped_column(sa.String(64), index=True)
    question_id: Mapped[str] = mapped_column(sa.String(64))
    fingerprint: Mapped[str] = mapped_column(sa.String(16))
    seed: Mapped[int] = mapped_column(sa.BigInteger)
    shown_at: Mapped[dt.datetime] = mapped_column(UtcTime, default=now)
    answered_at: Mapped[dt.datetime | None] = mapped_column(UtcTime)
    chosen: Mapped[int | None]
    right: Mapped[bool | None]
    followed: Mapped[bool] = mapped_column(default=False)


@dataclass(frozen=True, slots=True)
class Showing:
    """A question as it was put to somebody: ``seed`` ordered its options.

    ``fingerprint`` tells whether the question has changed since; ``chosen`` is the place of
    the option they picked first, None before.
    """

    id: int
    question_id: str
    fingerprint: str
    seed: int
    chosen: int | None = None


@dataclass(frozen=True, slots=True)
class Score:
    """How many questions somebody has answered, and how many of them rightly."""

    answered: int = 0
    right: int = 0


class Scores:
    """The quiz in the database. Safe to call from several threads."""

    def __init__(self, database: Database, key: bytes) -> None:
        self._database = database
        self._key = key

    def show(self, telegram_id: int, question_id: str, fingerprint: str, seed: int) -> Showing:
        """Note that a question is put to somebody."""
        row = ShowingRow(
            person=self._person(telegram_id),
            question_id=question_id,
            fingerprint=fingerprint,
            seed=seed,
        )
        with self._database.writing() as session:
            session.add(row)
            session.flush()
            return _showing(row)

    def get(self, telegram_id: int, showing_id: int) -> Showing | None:
        """What was put to this person, or None where it was not."""
        with self._database.reading() as session:
            row = session.scalar(self._theirs(telegram_id, showing_id))
            return _showing(row) if row else None

    def answer(
        self, telegram_id: int, showing_id: int, chosen: int, *, right: bool
    ) -> Showing | None:
        """Keep somebody's answer, the first one only, and return what is kept."""
        with self._database.writing() as session:
            session.execute(
                sa.update(ShowingRow)
                .where(
                    ShowingRow.id == showing_id,
                    ShowingRow.person == self._person(telegram_id),
                    ShowingRow.answered_at.is_(None),
                )
                .values(answered_at=now(), chosen=chosen, right=right)
                .execution_options(synchronize_session=False)
            )
            row = session.scalar(self._theirs(telegram_id, showing_id))
            return _showing(row) if row else None

    def follow(self, telegram_id: int, showing_id: int) -> bool:
        """True for the first who goes on from a question to the next, False ever after."""
        with self._database.writing() as session:
            done = session.execute(
                sa.update(ShowingRow)
                .where(
                    ShowingRow.id == showing_id,
                    ShowingRow.person == self._person(telegram_id),
                    ShowingRow.followed.is_(False),
                )
                .values(followed=True)
                .execution_options(synchronize_session=False)
            )
            return done.rowcount > 0  # type: ignore[attr-defined,no-any-return]  # a CursorResult

    def given(self, telegram_id: int) -> list[Given]:
        """Somebody's answers, oldest first."""
        query = (
            sa.select(ShowingRow.question_id, ShowingRow.right)
            .where(
                ShowingRow.person == self._person(telegram_id),
                ShowingRow.answered_at.is_not(None),
            )
            .order_by(ShowingRow.answered_at, ShowingRow.id)
        )
        with self._database.reading() as session:
            return [Given(question, bool(right)) for question, right in session.execute(query)]

    def score(self, telegram_id: int, since: dt.datetime | None = None) -> Score:
        """Somebody's score, of the answers since an instant where one is given."""
        query = sa.select(
            sa.func.count(), sa.func.sum(sa.case((ShowingRow.right.is_(True), 1), else_=0))
        ).where(ShowingRow.person == self._person(telegram_id), ShowingRow.answered_at.is_not(None))
        if since is not None:
            query = query.where(ShowingRow.answered_at >= since)
        with self._database.reading() as session:
            answered, right = session.execute(query).one()
            return Score(answered, int(right or 0))

    def forget(self, telegram_id: int) -> None:
        """Drop everything kept of somebody's quiz."""
        with self._database.writing() as session:
            session.execute(
                sa.delete(ShowingRow).where(ShowingRow.person == self._person(telegram_id))
            )

    def sweep(self, before: dt.datetime) -> None:
        """Drop every question that was put to somebody before an instant, answered or not."""
        with self._database.writing() as session:
            session.execute(sa.delete(ShowingRow).where(ShowingRow.shown_at < before))

    def _person(self, telegram_id: int) -> str:
        return keyed_hash(self._key, "quiz", telegram_id)

    def _theirs(self, telegram_id: int, showing_id: int) -> sa.Select[ShowingRow]:
        return sa.select(ShowingRow).where(
            ShowingRow.id == showing_id, ShowingRow.person == self._person(telegram_id)
        )


def _showing(row: ShowingRow) -> Showing:
    return Showing(row.id, row.question_id, row.fingerprint, row.seed, row.chosen)
