"""What a unit settles about its reminders: what silence means, and what members may choose."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Unapproved(StrEnum):
    """What becomes of a reminder that no admin has said a word about; ``OFF`` sends none at all."""

    SEND = "send"
    HOLD = "hold"
    OFF = "off"


class Choice(StrEnum):
    """What members may choose: nothing, fewer (only those before a holiday), or also none."""

    NOTHING = "nothing"
    FEWER = "fewer"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Policy:
    """Both of them."""

    unapproved: Unapproved = Unapproved.SEND
    choice: Choice = Choice.FEWER
