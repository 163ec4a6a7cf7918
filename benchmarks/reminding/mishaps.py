"""What goes wrong while reminders go out, planned ahead: each at some message of some reminder."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What happens. *Taken*: the message stands in the person's chat."""

    KILLED_BEFORE = "killed as a message came in"
    KILLED_AFTER = "killed when it was taken, before the answer"
    KILLED_SOON = "killed some milliseconds later"
    KILLED_SHOWING = "killed as a preview came in"
    KILLED_IDLE = "killed at any time"
    LOST_ANSWER = "taken, connection cut before the answer"
    BAD_GATEWAY = "502, not taken"
    STORM = "429 amid a storm"
    LONG_STORM = "429 amid a storm of minutes"
    BLOCKED = "a person blocks the bot amid sending"
    WRONG_CLOCK = "clock wrong for some minutes, amid sending"
    WRONG_BEFORE = "clock wrong for some minutes, at any time"
    SET_BACK = "clock set back an hour for good"
    SET_ON = "clock set on an hour for good"


KILLS = (Kind.KILLED_BEFORE, Kind.KILLED_AFTER, Kind.KILLED_SOON)
# Of the kills, how many come amid sending.
AMID = 0.75
# How often each reminder meets these, on average.
OFTEN = {
    Kind.KILLED_SHOWING: 0.1,
    Kind.LOST_ANSWER: 0.7,
    Kind.BAD_GATEWAY: 0.5,
    Kind.STORM: 0.3,
    Kind.LONG_STORM: 0.2,
    Kind.BLOCKED: 0.5,
    Kind.WRONG_CLOCK: 0.2,
}


@dataclass(frozen=True, slots=True)
class Mishap:
    """``share`` in [0, 1) tells at which of a reminder's messages it comes."""

    kind: Kind
    key: str
    share: float


def plan(keys: Sequence[str], kills: int, rng: random.Random) -> list[Mishap]:
    """Every mishap of a run; the kills amid sending go round the reminders."""
    found = []
    amid = round(kills * AMID)
    mixed = rng.sample(keys, len(keys))
    for number in range(amid if keys else 0):
        kind = KILLS[number % len(KILLS)]
        found.append(Mishap(kind, mixed[number % len(keys)], rng.random()))
    for kind, often in OFTEN.items():
        for key in keys:
            times = int(often) + (rng.random() < often % 1)
            found += [Mishap(kind, key, rng.random()) for _ in range(times)]
    return sorted(found, key=lambda each: each.share)
