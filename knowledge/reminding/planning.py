"""The plan of reminders: kept in step with the calendar, composed ahead, checked before sending.

Who is sent what is left to the bot.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from knowledge.errors import ReminderError
from knowledge.holidays.calendar import Calendar
from knowledge.holidays.model import AddedDays, OfficialYear
from knowledge.reminding.composing import Shelf, compose
from knowledge.reminding.keeping import faults, from_json, to_json
from knowledge.reminding.model import Moment, Reminder, Wording
from knowledge.reminding.plan import Planned, ReminderState, Slot
from knowledge.reminding.schedule import CHINA, Due, Timing, dues
from knowledge.reminding.telling_cases import Told, around
from knowledge.store import Records

# A year and some: admins look at the whole of the next one.
AHEAD = dt.timedelta(days=400)
# The first day back may lie this long after the first day off.
_LONGEST = dt.timedelta(days=60)
_GONE = "{name}已经不在放假安排里。请发送 /reminders 查看最新的安排。"


@dataclass(frozen=True, slots=True)
class Checked:
    """A reminder just before it is sent. ``faults`` are what no longer stood in its draft, a
    sentence each; it has then been composed anew, without them.
    """

    planned: Planned
    reminder: Reminder
    faults: Sequence[str] = ()


class Planner:
    """Plans and composes. Every method blocks; safe to call from several threads."""

    def __init__(self, records: Records, shelf: Shelf, timing: Timing, contact: str) -> None:
        """Put the plan over what is kept.

        :param shelf: where articles and cases are found; opened when first needed.
        :param contact: whom to report to.
        """
        self._records = records
        self._shelf = shelf
        self._timing = timing
        self._contact = contact

    @property
    def timing(self) -> Timing:
        """When this unit wants its reminders."""
        return self._timing

    def calendar(self) -> Calendar:
        """The days off as they are known now."""
        kept = self._records.holidays
        return _calendar(tuple(kept.years()), tuple(kept.added()))

    def dues(self, first: dt.date, last: dt.date) -> list[Due]:
        """Every reminder of occasions that begin from ``first`` to ``last``."""
        return dues(self.calendar().between(first, last), self._timing)

    def plan(self, now: dt.datetime) -> None:
        """Bring the plan in step with the calendar.

        What was due before the bot was set up is left out, unless it still makes sense.
        """
        today = now.astimezone(CHINA).date()
        found = self.dues(today - _LONGEST, today + AHEAD)
        slots = [_slot(due) for due in found if due.closes > now]
        self._records.reminders.plan(slots, now, until=now + AHEAD)

    def compose(self, planned: Planned, now: dt.datetime | None = None) -> Reminder:
        """What a reminder says, by what is in force on its day, or ``now`` where it is late.

        :raises ReminderError: its days are gone, or too little of it stands.
        :raises LianwenError: there is no knowledge base, or it cannot be opened.
        """
        occasion = self.calendar().occasion(planned.occasion)
        if occasion is None:
            raise ReminderError(_GONE.format(name=planned.name))
        words = planned.wording
        recent, following = around(self._told_beside(planned), planned.due_at)
        return compose(
            self._shelf,
            occasion,
            Moment(planned.moment),
            day=_day(planned, now),
            contact=self._contact,
            wording=Wording(words["opening"], tuple(words["watch"])) if words else None,
            recent_cases=recent,
            following_case=following,
        )

    def draft(
        self, planned: Planned, now: dt.datetime | None = None
    ) -> tuple[Planned, Reminder] | None:
        """Compose a reminder and keep what it says; None where somebody changed it meanwhile.

        :raises LianwenError: as ``compose``.
        """
        reminder = self.compose(planned, now)
        case = _case_of(reminder)
        kept = self._records.reminders.draft(planned.key, planned.version, to_json(reminder), case)
        return (kept, reminder) if kept else None

    def drafted(
        self, planned: Planned, now: dt.datetime | None = None
    ) -> tuple[Planned, Reminder] | None:
        """What the kept draft says, or a new one where there is none or it no longer stands.

        :raises LianwenError: as ``compose``.
        """
        checked = self.check(planned, now)
        return (checked.planned, checked.reminder) if checked else None

    def check(self, planned: Planned, now: dt.datetime | None = None) -> Checked | None:
        """Hold every citation of a draft against the knowledge base that is live now.

        None where somebody changed the reminder meanwhile.

        :raises LianwenError: as ``compose``.
        """
        broken: Sequence[str] = ()
        if self.calendar().occasion(planned.occasion) is None:
            raise ReminderError(_GONE.format(name=planned.name))
        if planned.draft is not None:
            library, day = self._shelf.library(), _day(planned, now)
            broken = faults(planned.draft, library, day)
            reminder = None if broken else from_json(planned.draft, library, day)
            if reminder and reminder.contact == self._contact.strip():
                return Checked(planned, reminder)
        made = self.draft(planned, now)
        return Checked(*made, broken) if made else None

    def amend(self, planned: Planned, now: dt.datetime) -> Checked | None:
        """What is just being sent, for those who still wait: anew where it no longer stands.

        None where somebody else has just done so.

        :raises LianwenError: as ``compose``.
        """
        broken: Sequence[str] = ()
        library, day = self._shelf.library(), _day(planned, now)
        if planned.draft is not None:
            broken = faults(planned.draft, library, day)
            if not broken:
                return Checked(planned, from_json(planned.draft, library, day))
        reminder = self.compose(planned, now)
        kept = self._records.reminders.amend(
            planned.key, planned.version, to_json(reminder), _case_of(reminder)
        )
        return Checked(kept, reminder, broken) if kept else None

    def as_sent(self, planned: Planned, now: dt.datetime | None = None) -> Reminder:
        """What is just being sent: its draft, which may not be composed anew halfway.

        :raises ReminderError: it no longer stands.
        :raises LianwenError: there is no knowledge base, or it cannot be opened.
        """
        if planned.draft is None:
            raise ReminderError(_GONE.format(name=planned.name))
        return from_json(planned.draft, self._shelf.library(), _day(planned, now))

    def _told_beside(self, planned: Planned) -> Sequence[Told]:
        """The cases of the other reminders, by time."""
        return [
            Told(each.due_at, each.case, skipped=each.state is ReminderState.SKIPPED)
            for each in self._records.reminders.list()
            if each.key != planned.key
        ]


def _day(planned: Planned, now: dt.datetime | None) -> dt.date:
    """The day it goes out: the one it is due on, a later one where it is late."""
    at = max(planned.due_at, now) if now else planned.due_at
    return at.astimezone(CHINA).date()


def _case_of(reminder: Reminder) -> str:
    return reminder.case[0].document.title if reminder.case else ""


def _slot(due: Due) -> Slot:
    occasion = due.occasion
    return Slot(
        key=due.key,
        occasion=occasion.key,
        name=occasion.name,
        days=f"{occasion.first}/{occasion.last}/{'' if occasion.official else 'computed'}",
        moment=due.moment,
        due_at=due.at,
        closes_at=due.closes,
    )


@lru_cache(maxsize=4)
def _calendar(years: tuple[OfficialYear, ...], added: tuple[AddedDays, ...]) -> Calendar:
    return Calendar(years, added)
