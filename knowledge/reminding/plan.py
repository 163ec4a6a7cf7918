"""The plan of reminders as values: what is due when, and how far each has come."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class ReminderState(StrEnum):
    """How far a reminder has come.

    ``OPEN`` ones go out by themselves or wait for a word, as the unit has it. ``MISSED`` ones
    were still unsent when their time was over.
    """

    OPEN = "open"
    APPROVED = "approved"
    SKIPPED = "skipped"
    SENDING = "sending"
    DONE = "done"
    MISSED = "missed"

    @property
    def is_ahead(self) -> bool:
        """Whether nobody has been sent it yet and somebody may be."""
        return self in {self.OPEN, self.APPROVED, self.SKIPPED}


@dataclass(frozen=True, slots=True)
class Slot:
    """A reminder that should be there: what for, when due, until when it makes sense (UTC).

    ``days`` are those off, in a form that changes whenever they do.
    """

    key: str
    occasion: str
    name: str
    days: str
    moment: str
    due_at: dt.datetime
    closes_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Planned:
    """One reminder of the plan. Times are UTC; ``key`` is like 2026-端午节:before.

    ``draft`` is what it says, in a form that ``reminding.keeping`` knows; None before it was
    first composed. ``wording`` are the words an admin gave it. ``case`` is the title of the
    case in it. ``version`` grows with every change of what it says: an approval is of one
    version. ``decided_by`` is the admin who approved or skipped it.
    """

    key: str
    occasion: str
    name: str
    moment: str
    due_at: dt.datetime
    closes_at: dt.datetime
    state: ReminderState
    version: int
    draft: Mapping[str, Any] | None
    wording: Mapping[str, Any] | None
    case: str
    previewed_at: dt.datetime | None
    decided_by: int | None
    started_at: dt.datetime | None
    ended_at: dt.datetime | None
