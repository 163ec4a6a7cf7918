"""A whole year's reminders, looked at ahead: when each is due and what it says.

Nothing is kept: planning is left to ``planning``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from knowledge.errors import ReminderError
from knowledge.holidays.calendar import Calendar
from knowledge.reminding.composing import Shelf, compose
from knowledge.reminding.keeping import faults, from_json
from knowledge.reminding.model import Reminder, Wording
from knowledge.reminding.plan import Planned, ReminderState
from knowledge.reminding.schedule import CHINA, Due, Timing, dues
from knowledge.reminding.telling_cases import Told, around


@dataclass(frozen=True, slots=True)
class Previewed:
    """One reminder of the year; ``why`` there is none, where it could not be written."""

    due: Due
    reminder: Reminder | None
    why: str = ""


def dues_of(calendar: Calendar, year: int, timing: Timing) -> list[Due]:
    """The reminders of a year's holidays, and of days added that begin in it, by time.

    :raises QuestionError: a year that the calendar does not know.
    """
    within = calendar.between(dt.date(year, 1, 1), dt.date(year, 12, 31))
    added = [each for each in within if not each.festivals]
    return dues([*calendar.year(year).occasions, *added], timing)


def previews(
    shelf: Shelf, wanted: Sequence[Due], *, contact: str, planned: Mapping[str, Planned]
) -> Iterator[Previewed]:
    """What each of some reminders says as things are now; no case is told twice in a row.

    :param wanted: by time.
    :param planned: by key, all that is kept of reminders: a draft that stands is shown as it is.
    :raises LianwenError: there is no knowledge base, or it cannot be opened.
    """
    told = {key: Told(each.due_at, each.case, _skipped(each)) for key, each in planned.items()}
    for due in wanted:
        kept = planned.get(due.key)
        others = [each for key, each in told.items() if key != due.key]
        others.sort(key=lambda each: each.due_at)
        try:
            reminder = _written(shelf, due, contact, kept, others)
        except ReminderError as error:
            yield Previewed(due, None, str(error))
            continue
        yield Previewed(due, reminder)
        told[due.key] = Told(due.at, _case(reminder), _skipped(kept))


def _written(
    shelf: Shelf, due: Due, contact: str, planned: Planned | None, others: Sequence[Told]
) -> Reminder:
    day = due.at.astimezone(CHINA).date()
    if planned is not None and planned.draft is not None:
        library = shelf.library()
        if not faults(planned.draft, library, day):
            drafted = from_json(planned.draft, library, day)
            if drafted.contact == contact.strip():
                return drafted
    words = planned.wording if planned else None
    recent, following = around(others, due.at)
    return compose(
        shelf,
        due.occasion,
        due.moment,
        day=day,
        contact=contact,
        wording=Wording(words["opening"], tuple(words["watch"])) if words else None,
        recent_cases=recent,
        following_case=following,
    )


def _skipped(planned: Planned | None) -> bool:
    return planned is not None and planned.state is ReminderState.SKIPPED


def _case(reminder: Reminder) -> str:
    return reminder.case[0].document.title if reminder.case else ""
