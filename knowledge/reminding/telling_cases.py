"""Which cases other reminders tell of around one, so that none is told of twice in a row. Pure.

Which case fits is left to ``choosing``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

# A case told of before so many others may be told of again: one that fits is better than one
# that is only new.
RECENT = 3


@dataclass(frozen=True, slots=True)
class Told:
    """The case of one reminder by its title, "" for none; ``skipped`` where nobody gets it."""

    due_at: dt.datetime
    case: str
    skipped: bool = False


def around(told: Sequence[Told], at: dt.datetime) -> tuple[Sequence[str], str]:
    """The cases told of last before ``at``, the latest first, and the one told of next, or "".

    :param told: the other reminders, by time; one that is due at the same instant comes after.
    """
    heard = [each for each in told if each.case and not each.skipped]
    earlier = [each.case for each in heard if each.due_at < at]
    later = (each.case for each in heard if each.due_at >= at)
    return earlier[: -RECENT - 1 : -1], next(later, "")
