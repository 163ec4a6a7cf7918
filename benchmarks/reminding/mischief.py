"""Does what the plan of mishaps says, at the message that it says."""

from __future__ import annotations

import asyncio
import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence

from benchmarks.reminding.clock import Page
from benchmarks.reminding.course import Course
from benchmarks.reminding.days import china
from benchmarks.reminding.mishaps import KILLS, Kind, Mishap
from benchmarks.reminding.peer import Coming
from benchmarks.reminding.people import People
from benchmarks.reminding.processes import Worker
from tests.peer.reading import Refusal

SOON = 0.05
STORM = (5, 60)
BAD_GATEWAYS = (1, 3)
# Telegram may want a bot to wait for minutes. It is told a second, in which minutes pass.
MINUTES = (60.0, 400.0)
# What a clock is wrong by, in seconds. A few minutes later it is right again: the bot believes a
# clock that has stood for ten.
WRONG = (180.0, 900.0, 3600.0, 5 * 3600.0, 86400.0, 40 * 86400.0, -1800.0, -86400.0, -900 * 86400.0)
WRONG_FOR = (40.0, 540.0)


class Mischief:
    """Between the peer and its messages.

    ``happened`` counts, ``history`` tells when and where; ``deaths`` are processes and counts.
    """

    def __init__(
        self,
        course: Course,
        people: People,
        page: Page,
        workers: Sequence[Worker],
        rng: random.Random,
        mishaps: Iterable[Mishap] = (),
    ) -> None:
        self.happened: Counter[Kind] = Counter()
        self.history: list[str] = []
        self.deaths: list[tuple[int, float]] = []
        self._course = course
        self._people = people
        self._page = page
        self._workers = workers
        self._rng = rng
        self._waiting: dict[str, list[Mishap]] = defaultdict(list)
        self._showing: set[str] = set()
        for each in mishaps:
            if each.kind is Kind.KILLED_SHOWING:
                self._showing.add(each.key)
            else:
                self._waiting[each.key].append(each)
        self._refusals: list[Refusal] = []
        self._wrong_until: dict[int, float] = {}
        self._soon: set[asyncio.Task[None]] = set()

    @property
    def clocks_are_wrong(self) -> bool:
        """Whether a clock is wrong just now."""
        return bool(self._wrong_until)

    async def showing(self, coming: Coming) -> None:
        """A card for an admin has come in."""
        if coming.key in self._showing:
            self._showing.discard(coming.key)
            await self.kill(self._workers[coming.process], Kind.KILLED_SHOWING)
            raise Refusal(502, "Bad Gateway")

    async def before(self, coming: Coming) -> None:
        """A message has come in; a refusal is raised."""
        self._course.begin(coming.key)
        for mishap in list(self._due(coming.key)):
            await self._begin(mishap.kind, coming)
        if self._refusals:
            raise self._refusals.pop()

    async def after(self, coming: Coming) -> None:
        """A message has been taken; nobody has been told."""
        if coming.then == Kind.LOST_ANSWER:
            self.note(Kind.LOST_ANSWER, f"{coming.key} to {coming.person}")
            coming.lost = True
        elif coming.then:
            await self.kill(self._workers[coming.process], Kind(coming.then))

    def note(self, kind: Kind, told: str = "", times: int = 1) -> None:
        """Keep what has happened."""
        self.happened[kind] += times
        self.history.append(f"{china(self._page.time):%Y-%m-%d %H:%M:%S} {kind} {told}".strip())

    async def kill(self, worker: Worker, kind: Kind) -> None:
        """Kill a process that lives."""
        if worker.lives:
            self.note(kind, f"process {worker.number}")
            self.deaths.append((worker.number, self._page.count))
            await worker.kill()

    def go_wrong(self, kind: Kind, seconds: float | None = None) -> None:
        """Let the clock of one process, or of all, be wrong for some minutes.

        :param seconds: by how much; anything for None.
        """
        hit = self._rng.choice([self._workers, [self._rng.choice(self._workers)]])
        by = self._rng.choice(WRONG) if seconds is None else seconds
        until = self._page.count + self._rng.uniform(*WRONG_FOR)
        for worker in hit:
            self.note(kind, f"process {worker.number} by {by:+.0f} s")
            self._page.go_wrong(worker.number, by)
            self._wrong_until[worker.number] = until

    def put_right(self, *numbers: int) -> bool:
        """Put clocks right: of these processes, and where it is time for it; whether any was."""
        due = [
            number
            for number, until in self._wrong_until.items()
            if number in numbers or until <= self._page.count
        ]
        for number in due:
            self._page.go_wrong(number, 0)
            del self._wrong_until[number]
        return bool(due)

    def _due(self, key: str) -> Iterator[Mishap]:
        tried = len(self._course.expected.get(key, ())) - len(self._course.untried(key))
        waiting, many = self._waiting[key], len(self._course.expected.get(key, ()))
        while waiting and int(waiting[0].share * many) < tried:
            yield waiting.pop(0)

    async def _begin(self, kind: Kind, coming: Coming) -> None:
        if kind in {Kind.KILLED_AFTER, Kind.LOST_ANSWER}:
            coming.then = kind
        elif kind is Kind.KILLED_SOON:
            task = asyncio.create_task(self._kill_soon(coming.process))
            self._soon.add(task)
            task.add_done_callback(self._soon.discard)
        elif kind in KILLS:
            await self.kill(self._workers[coming.process], kind)
            self._refusals.append(Refusal(502, "Bad Gateway"))
        elif kind is Kind.WRONG_CLOCK:
            self.go_wrong(kind)
        elif kind is Kind.BLOCKED:
            person = self._people.block_one(self._course.untried(coming.key))
            if person is not None:
                self.note(kind, f"{person}")
                self._course.give_up(coming.key, person)
        else:
            self._refuse(kind, coming.key)

    def _refuse(self, kind: Kind, key: str) -> None:
        storm = kind is not Kind.BAD_GATEWAY
        many = self._rng.randint(*(STORM if storm else BAD_GATEWAYS))
        self.note(kind, f"{key}: {many}", many)
        refusal = (
            Refusal(429, "Too Many Requests: retry after 1", retry_after=1)
            if storm
            else Refusal(502, "Bad Gateway")
        )
        if kind is Kind.LONG_STORM:
            self._page.go_on(self._rng.uniform(*MINUTES))
        self._refusals += [refusal] * many

    async def _kill_soon(self, number: int) -> None:
        await asyncio.sleep(self._rng.uniform(0, SOON))
        await self.kill(self._workers[number], Kind.KILLED_SOON)
