"""A run of years: time goes on, processes tick, things go wrong, people come and go."""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import random
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import sqlalchemy as sa

from benchmarks.reminding.clock import Page
from benchmarks.reminding.course import Course
from benchmarks.reminding.days import Wanted, at, wanted
from benchmarks.reminding.mischief import Mischief
from benchmarks.reminding.mishaps import AMID, Kind, plan
from benchmarks.reminding.peer import Telegram
from benchmarks.reminding.people import ADMIN, People, nights
from benchmarks.reminding.place import clear
from benchmarks.reminding.processes import Worker
from benchmarks.reminding.timeline import Timeline
from bot.wiring import open_records, open_store
from knowledge.reminding.plan import ReminderState
from knowledge.reminding.policy import Choice
from knowledge.settings import Settings
from knowledge.store.reminder_deliveries import ReminderWorkerRow
from tests.peer import TOKEN

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0
# People change their minds every so many days.
NIGHTS = 6
# An admin decides a day before, in the middle of the day.
DECIDES = 20 * HOUR
# Something may go on for so long after a disturbance: a clock is believed again, a process is
# found dead.
AFTER_REQUESTS, AFTER_TROUBLE = 3 * MINUTE, 15 * MINUTE
# How long a killed process stays away: how often, from, to.
AWAY = ((0.6, 0.0, 0.0), (0.25, MINUTE, 30 * MINUTE), (0.15, HOUR, 10 * HOUR))


class Years:
    """One run."""

    def __init__(self, given: argparse.Namespace, settings: Settings, folder: Path) -> None:
        self._given = given
        self._settings = settings
        self._rng = random.Random(given.seed)
        store = open_store(settings, create=True)
        self.database, self.records = store.database, open_records(settings, store)
        clear(self.records)
        self._wanted = wanted(given.first, given.last)
        clock = folder / "clock"
        self._page = Page(clock, create=True)
        self._page.go_on(at(given.first, dt.time()))
        self.peer = Telegram(self._page)
        self.people = People(self.records, self.peer, given.people, self._rng)
        self.course = Course(self._wanted, self.people, self.peer)
        self._environment: dict[str, str] = {}
        self.workers = [
            Worker(number, clock, self._environment, folder / f"log-{number}")
            for number in range(given.processes)
        ]
        keys = [each.key for each in self._wanted]
        mishaps = [] if given.calm else plan(keys, given.kills, self._rng)
        self.mischief = Mischief(
            self.course, self.people, self._page, self.workers, self._rng, mishaps
        )
        self._agenda = sorted(self._plans(), key=lambda each: each[0])
        self._end = at(given.last, dt.time(23, 59))
        instants = [instant for instant, _ in self._agenda] + [self._end]
        self._timeline = Timeline(self._wanted, instants, self._rng)
        self._busy_until = 0.0
        self._away: dict[int, float] = {}
        self.ticks = 0

    async def run(self) -> None:
        """From the first day to the last."""
        self.peer.before, self.peer.after = self.mischief.before, self.mischief.after
        self.peer.showing = self.mischief.showing
        async with self.peer:
            self._environment |= self._settings_of_workers()
            for worker in self.workers:
                await worker.start(self._rng)
            month = ""
            while self._page.time < self._end:
                await self._step()
                if (now := f"{self._today():%Y-%m}") != month:
                    month = now
                    got = sum(len(each.people) for each in self.peer.got.values())
                    print(f"{month}: {self.ticks} ticks, {got} reminders", flush=True)
            for worker in self.workers:
                await worker.stop()
        self.course.end(self._end + DAY)

    async def _step(self) -> None:
        busy = self._page.count < self._busy_until
        pause = self._timeline.pause(self._page.time, busy=busy)
        self._page.go_on(pause)
        if pause > MINUTE:
            self._let_all_beat()
        while self._agenda and self._agenda[0][0] <= self._page.time:
            await self._agenda.pop(0)[1]()
        if self.mischief.put_right():
            self._stay_busy(AFTER_TROUBLE)
        await self._come_back()
        before = self.peer.requested
        ticking = [each for each in self.workers if each.lives]
        await asyncio.gather(*(each.tick(self._rng) for each in ticking))
        self.ticks += len(ticking)
        if self.peer.requested > before:
            self._stay_busy(AFTER_REQUESTS)
        if self.mischief.clocks_are_wrong:
            self._stay_busy(AFTER_TROUBLE)
        self._note_the_dead()
        self.course.end(self._page.time)

    def _let_all_beat(self) -> None:
        """In the time that is skipped, every process would have gone on beating."""
        row = ReminderWorkerRow
        with self.database.writing() as session:
            session.execute(sa.update(row).values(beat=row.beat + 1))

    def _note_the_dead(self) -> None:
        for worker in self.workers:
            if not worker.lives and worker.number not in self._away:
                _, first, last = self._rng.choices(AWAY, [each[0] for each in AWAY])[0]
                away = self._rng.uniform(first, last)
                if self._end - self._page.time < DAY:
                    away = 0.0
                self._away[worker.number] = self._page.count + away
                self._stay_busy(AFTER_TROUBLE)

    async def _come_back(self) -> None:
        for number, due in list(self._away.items()):
            if due <= self._page.count:
                del self._away[number]
                # A process can't know that its clock was set wrong before it was started.
                self.mischief.put_right(number)
                await self.workers[number].start(self._rng)
                self._stay_busy(AFTER_TROUBLE)

    def _stay_busy(self, seconds: float) -> None:
        self._busy_until = max(self._busy_until, self._page.count + seconds)

    # What is planned for an instant.

    def _plans(self) -> list[tuple[float, Callable[[], Awaitable[None]]]]:
        found: list[tuple[float, Callable[[], Awaitable[None]]]] = [
            (night, self._night) for night in nights(self._given.first, self._given.last, NIGHTS)
        ]
        # By then the bot has been at work for some days.
        first = at(self._given.first) + 3 * DAY
        decided = [each for each in self._wanted if each.due > first]
        states = (ReminderState.SKIPPED, ReminderState.APPROVED)
        for each, state in zip(self._rng.sample(decided, len(decided)), states, strict=False):
            found.append((each.due - DECIDES, partial(self._decide, each, state)))
        if self._given.calm:
            return found
        for _ in range(self._given.kills - round(self._given.kills * AMID)):
            found.append((self._some_time(), self._kill))
        for _ in range(len(self._wanted) // 2):
            found.append((self._some_time(), self._go_wrong))
        for each in self._rng.sample(self._wanted, len(self._wanted) // 2):
            # By this clock the reminder is due already.
            instant = each.due - self._rng.uniform(2, 50) * MINUTE
            found.append((instant, partial(self._go_wrong, HOUR)))
        for each in self._rng.sample(self._wanted, min(2, len(self._wanted))):
            # Just after it was sent, so that its hour comes once more.
            found.append((each.due + 0.5 * HOUR, partial(self._set, Kind.SET_BACK, -HOUR)))
            found.append((each.due - 5 * HOUR, partial(self._set, Kind.SET_ON, HOUR)))
        return found

    def _some_time(self) -> float:
        """Half of them within the hour before a reminder is due, else somewhere near one."""
        due = self._rng.choice(self._wanted).due
        if self._rng.random() < 0.5:
            return due - self._rng.uniform(MINUTE, 50 * MINUTE)
        return due + self._rng.uniform(-50 * HOUR, 10 * HOUR)

    async def _night(self) -> None:
        now = self._page.time
        if self.course.unfinished(now):
            return
        self.people.night(NIGHTS)
        if not self.course.begun(now):
            self.people.come_back(NIGHTS)

    async def _decide(self, each: Wanted, state: ReminderState) -> None:
        planned = self.records.reminders.get(each.key)
        if planned is None or not self.records.reminders.decide(
            each.key, planned.version, state, ADMIN
        ):
            raise RuntimeError(f"it can't be decided about {each.key}, which is {planned}")
        if state is ReminderState.SKIPPED:
            self.course.skip(each.key)

    async def _kill(self) -> None:
        worker = self._rng.choice(self.workers)
        if not self.mischief.clocks_are_wrong:
            await self.mischief.kill(worker, Kind.KILLED_IDLE)
            self._note_the_dead()

    async def _go_wrong(self, seconds: float | None = None) -> None:
        if not self.mischief.clocks_are_wrong and not self._away:
            self.mischief.go_wrong(Kind.WRONG_BEFORE, seconds)

    async def _set(self, kind: Kind, seconds: float) -> None:
        self.mischief.note(kind)
        self._page.set(self._page.time + seconds)
        self._stay_busy(AFTER_TROUBLE)

    def _today(self) -> dt.date:
        return dt.datetime.fromtimestamp(self._page.time, dt.UTC).date()

    def _settings_of_workers(self) -> dict[str, str]:
        return {
            "TELEGRAM_BOT_TOKEN": TOKEN,
            "TELEGRAM_API_URL": self.peer.url,
            "LIANWEN_DATA_DIR": str(self._settings.data_dir),
            "DATABASE_URL": self._settings.database_url.get_secret_value(),
            "ADMIN_IDS": str(ADMIN),
            "REMINDER_CHOICE": Choice.NONE,
            "NO_PROXY": "*",
            "PYTHONUTF8": "1",
        }
