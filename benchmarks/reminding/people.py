"""Those who are reminded: they come, go, block the bot, come back and choose, as people do.

Who should get a reminder is told from here, by what they did, never by what the bot has kept.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from benchmarks.reminding.days import BEFORE, DAY, at
from knowledge.people import Member, Role
from knowledge.store import Records
from knowledge.store.muted import REMINDERS, REMINDERS_MORE
from tests.peer.chats import Chats

ADMIN = 1
FIRST = 100_001
EVERYTHING, FEWER, NOTHING = "everything", "fewer", "nothing"
# Of a hundred people at the beginning.
CHOSE_FEWER, CHOSE_NOTHING, BLOCKED = 10, 4, 4
# How many of a hundred people do what in a month.
JOIN, LEAVE, BLOCK, CHOOSE = 1.0, 1.0, 1.5, 1.0
# Of those who block the bot, how many unblock it again a month.
RETURN = 0.3
_NIGHT = dt.time(22, 30)


@dataclass(slots=True)
class Person:
    """One person; of those who left nothing is undone."""

    number: int
    listed: bool = True
    blocked: bool = False
    choice: str = EVERYTHING


class People:
    """Everybody, in the database and at the peer alike."""

    def __init__(self, records: Records, peer: Chats, count: int, rng: random.Random) -> None:
        self._records = records
        self._peer = peer
        self._rng = rng
        self._everybody: dict[int, Person] = {ADMIN: Person(ADMIN)}
        peer.knows(ADMIN)
        for _ in range(count):
            person = self.join()
            throw = rng.uniform(0, 100)
            if throw < CHOSE_FEWER + CHOSE_NOTHING:
                self._choose(person, FEWER if throw < CHOSE_FEWER else NOTHING)
            elif throw < CHOSE_FEWER + CHOSE_NOTHING + BLOCKED:
                self.block(person)

    def __len__(self) -> int:
        return len(self._everybody)

    def wanting(self, moment: str) -> set[int]:
        """Who should get a reminder of that moment, as things are."""
        choices = {EVERYTHING, FEWER} if moment == BEFORE else {EVERYTHING}
        return {
            each.number
            for each in self._everybody.values()
            if each.listed and not each.blocked and each.choice in choices
        }

    def join(self) -> Person:
        """Somebody new is put on the list."""
        number = FIRST + len(self._everybody)
        person = self._everybody[number] = Person(number)
        self._peer.knows(number)
        self._records.members.add(Member(number, Role.OFFICER, f"用户{number}", "一队"))
        return person

    def block_one(self, among: Iterable[int]) -> int | None:
        """One of these blocks the bot; who, if there is anybody."""
        able = sorted(set(among) - {ADMIN})
        if not able:
            return None
        number = self._rng.choice(able)
        self.block(self._everybody[number])
        return number

    def block(self, person: Person) -> None:
        """The bot doesn't hear of it until it writes to them."""
        person.blocked = True
        self._peer.blocked.add(person.number)

    def night(self, days: float) -> None:
        """What people do in so many days, all in one night: join, choose, leave, block the bot."""
        share = len(self._everybody) / 100 * days / 30
        for _ in self._some(JOIN * share, _anybody):
            self.join()
        for person in self._some(CHOOSE * share, _anybody):
            self._choose(person, self._rng.choice((EVERYTHING, FEWER, NOTHING)))
        for person in self._some(LEAVE * share, _anybody):
            person.listed = False
            self._records.roster.remove(ADMIN, person.number)
        for person in self._some(BLOCK * share, lambda each: not each.blocked):
            self.block(person)

    def come_back(self, days: float) -> None:
        """Some of those who had blocked the bot write to it again."""
        for person in self._some(len(self._everybody), lambda each: each.blocked):
            if self._rng.random() < RETURN * days / 30:
                person.blocked = False
                self._peer.blocked.discard(person.number)
                self._records.members.seen(person.number, f"用户{person.number}")

    def _choose(self, person: Person, choice: str) -> None:
        person.choice = choice
        muted = self._records.muted
        muted.set(person.number, REMINDERS, muted=choice == NOTHING)
        muted.set(person.number, REMINDERS_MORE, muted=choice == FEWER)

    def _some(self, mean: float, fits: Callable[[Person], bool]) -> list[Person]:
        """So many on average of those on the list, the admin apart."""
        times = int(mean) + (self._rng.random() < mean % 1)
        found = [each for each in self._everybody.values() if each.listed and fits(each)]
        found = [each for each in found if each.number != ADMIN]
        return self._rng.sample(found, min(times, len(found)))


def _anybody(_: Person) -> bool:
    return True


def nights(first: dt.date, last: dt.date, every: int) -> list[float]:
    """Instants at night, every so many days: when people change their minds in these runs."""
    days = (last - first).days
    return [at(first + day * DAY, _NIGHT) for day in range(0, days, every)]
