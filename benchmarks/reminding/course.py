"""How far each reminder has come in a run: who must get it, told when the first request comes."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from benchmarks.reminding.days import Wanted
from benchmarks.reminding.peer import Telegram
from benchmarks.reminding.people import People


class Course:
    """``expected`` holds the reminders that have begun, and those that are over without."""

    def __init__(self, wanted: Iterable[Wanted], people: People, peer: Telegram) -> None:
        self.wanted = {each.key: each for each in wanted}
        self.expected: dict[str, set[int]] = {}
        self.skipped: set[str] = set()
        self._people = people
        self._peer = peer

    def skip(self, key: str) -> None:
        """An admin has said that nobody gets it."""
        self.skipped.add(key)
        self.expected[key] = set()

    def begin(self, key: str) -> None:
        """A reminder's first request has come: from here on it is settled who gets it."""
        if key in self.wanted and key not in self.expected:
            self.expected[key] = self._people.wanting(self.wanted[key].moment)

    def end(self, now: float) -> None:
        """Note those that have not begun when they are over: everybody will be missing."""
        for key, wanted in self.wanted.items():
            if wanted.closes <= now:
                self.begin(key)

    def untried(self, key: str) -> set[int]:
        """Who must get one and has not been tried."""
        return self.expected.get(key, set()) - self._peer.tried[key]

    def give_up(self, key: str, person: int) -> None:
        """Somebody can't be reached any more."""
        self.expected[key].discard(person)

    def begun(self, now: float) -> Collection[str]:
        """Reminders that have begun and are not over."""
        return [key for key in self.expected if now < self.wanted[key].closes]

    def unfinished(self, now: float) -> bool:
        """Whether somebody still waits for one that has begun."""
        return any(self.expected[key] - self._peer.got[key].people for key in self.begun(now))
