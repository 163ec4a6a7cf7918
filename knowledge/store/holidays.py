"""Days off that admins brought in: a year's official days from a file, days of their own."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from knowledge.holidays.model import AddedDays, Day, OfficialYear
from knowledge.store.audit import Audit
from knowledge.store.base import Base, UtcTime, now
from knowledge.store.database import Database


class HolidayYearRow(Base):
    """The official days of one year, as an admin's file says them."""

    __tablename__ = "holiday_year"

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    days: Mapped[list[dict[str, Any]]] = mapped_column(sa.JSON)
    papers: Mapped[list[str]] = mapped_column(sa.JSON)
    at: Mapped[dt.datetime] = mapped_column(UtcTime, default=now)


class AddedDaysRow(Base):
    """Days that an admin wants a reminder for."""

    __tablename__ = "added_days"

    # Numbers are not given twice: reminders are known by them.
    id: Mapped[int] = mapped_column(
        sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True
    )
    name: Mapped[str] = mapped_column(sa.Text)
    first: Mapped[dt.date]
    last: Mapped[dt.date]

    __table_args__ = ({"sqlite_autoincrement": True},)


class Holidays:
    """Those days in the database. Safe to call from several threads.

    ``person`` is who does it, for the audit log; None for the command line.
    """

    def __init__(self, database: Database, audit: Audit) -> None:
        self._database = database
        self._audit = audit

    def years(self) -> list[OfficialYear]:
        """Every year that a file was brought in for."""
        with self._database.reading() as session:
            rows = session.scalars(sa.select(HolidayYearRow).order_by(HolidayYearRow.year))
            return [_official(row) for row in rows]

    def keep(self, year: OfficialYear, person: int | None) -> None:
        """Keep a year's official days, in place of an earlier file's."""
        days = [
            {"date": day.date.isoformat(), "name": day.name, "off": day.off} for day in year.days
        ]
        with self._database.writing() as session:
            session.merge(
                HolidayYearRow(year=year.number, days=days, papers=list(year.papers), at=now())
            )
            self._audit.note(session, person, "holidays.kept", year=year.number)

    def added(self) -> list[AddedDays]:
        """The days that admins added, by date."""
        query = sa.select(AddedDaysRow).order_by(AddedDaysRow.first, AddedDaysRow.id)
        with self._database.reading() as session:
            return [_added(row) for row in session.scalars(query)]

    def add(self, name: str, first: dt.date, last: dt.date, person: int | None) -> AddedDays:
        """Add days.

        :raises ValueError: ``last`` is before ``first``.
        """
        if last < first:
            raise ValueError("days that end before they begin")
        with self._database.writing() as session:
            row = AddedDaysRow(name=name, first=first, last=last)
            session.add(row)
            session.flush()
            self._audit.note(session, person, "holidays.added", number=row.id)
            return _added(row)

    def remove(self, number: int, person: int | None) -> bool:
        """Take added days away; False where they were not there."""
        with self._database.writing() as session:
            row = session.get(AddedDaysRow, number)
            if row is None:
                return False
            session.delete(row)
            self._audit.note(session, person, "holidays.removed", number=number)
            return True


def _official(row: HolidayYearRow) -> OfficialYear:
    days = tuple(
        Day(dt.date.fromisoformat(each["date"]), each["name"], each["off"]) for each in row.days
    )
    return OfficialYear(row.year, days, tuple(row.papers))


def _added(row: AddedDaysRow) -> AddedDays:
    return AddedDays(row.id, row.name, row.first, row.last)
