"""One reminder to very many people, by the whole bot, while others ask it questions."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import random
import signal
import sys
import time
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa

from benchmarks.corpus import ROOT
from benchmarks.reminding.clock import Page
from benchmarks.reminding.days import BEFORE, wanted
from benchmarks.reminding.peer import Coming, Got, Telegram
from benchmarks.reminding.people import ADMIN, FIRST
from benchmarks.reminding.place import clear
from benchmarks.reminding.processes import memory_of, seconds_of
from bot.telegram import phrases
from bot.wiring import key_of, open_records, open_store
from ingest.asks import ask_bank
from knowledge.people import Role
from knowledge.reminding.plan import ReminderState
from knowledge.reminding.policy import Choice
from knowledge.settings import Settings
from knowledge.store import Records
from knowledge.store.members import MemberRow
from knowledge.store.muted import REMINDERS, MutedRow
from tests.peer import TOKEN
from tests.peer.reading import Refusal

# Telegram's limit.
PER_SECOND = 30
# Those who ask get no reminders, so that what comes to them is an answer.
ASKERS, FIRST_ASKER = 200, 900_001
# Seconds between an answer and the next question.
PAUSE = 2.0
WARMING, CALM = 3, 30
SAMPLED_EVERY = 5.0
STARTED_WITHIN, ANSWERED_WITHIN = 180.0, 60.0
# The reminder is previewed two days ahead.
AHEAD = 47 * 3600.0
# 端午节 of 2026.
DAYS = (dt.date(2026, 6, 1), dt.date(2026, 6, 30))


@dataclass(slots=True)
class Heard:
    """What a run shows: monotonic seconds of each message taken, (seconds, MiB) of the bot,
    milliseconds of each answer, before and meanwhile.
    """

    people: int
    arrivals: list[float] = field(default_factory=list)
    memory: list[tuple[float, float]] = field(default_factory=list)
    calm: list[float] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    memory_before: float = 0.0
    cores: float = 0.0
    refused: int = 0
    got: Got = field(default_factory=Got)


class Broadcast:
    """One run."""

    def __init__(self, people: int, settings: Settings, folder: Path, *, enforce: bool) -> None:
        """Nothing is started yet.

        :param people: how many get the reminder, the admin among them.
        :param enforce: answer 429 to more than thirty messages within a second.
        """
        self._settings = settings
        self._enforce = enforce
        self._file, self._log = folder / "clock", folder / "log"
        self._page = Page(self._file, create=True)
        self._peer = Telegram(self._page, each=0.0)
        self._peer.before, self._peer.after = self._before, self._after
        self._recent: deque[float] = deque()
        self._rng = random.Random(1)
        self._bank = [ask for some in ask_bank().values() for each in some for ask in each.asks]
        self._due = next(each for each in wanted(*DAYS) if each.moment == BEFORE)
        self.heard = Heard(people)

    async def run(self) -> None:
        """From the preview to the last message."""
        self._page.go_on(self._due.due - AHEAD)
        records, heard, key = self._subscribed(), self.heard, self._due.key
        async with self._peer, self._moving(), self._bot() as pid:
            await self._peer.wait_until(
                lambda: bool(self._peer.calls("getUpdates")), STARTED_WITHIN
            )
            await self._ask(WARMING)
            heard.calm = await self._ask(CALM)
            await self._peer.wait_until(lambda: key in self._peer.shown, STARTED_WITHIN)
            self._approve(records)
            heard.memory_before = memory_of(pid)
            self._page.go_on(self._due.due + 1 - self._page.time)
            await self._peer.wait_until(lambda: bool(heard.arrivals), ANSWERED_WITHIN)
            asking = asyncio.create_task(self._keep_asking())
            await self._watch(pid)
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)
            heard.got = self._peer.got[key]

    async def _watch(self, pid: int) -> None:
        """Look at the bot every few seconds until everybody has theirs, or twice the time is up."""
        heard, got = self.heard, self._peer.got[self._due.key]
        begun, used = time.monotonic(), seconds_of(pid)
        patience = 2 * heard.people / PER_SECOND + 60

        def all_there() -> bool:
            return len(got.copies) >= heard.people

        while not all_there() and (passed := time.monotonic() - begun) < patience:
            heard.memory.append((passed, memory_of(pid)))
            with suppress(AssertionError):
                await self._peer.wait_until(all_there, SAMPLED_EVERY)
        passed = time.monotonic() - begun
        heard.memory.append((passed, memory_of(pid)))
        heard.cores = (seconds_of(pid) - used) / passed

    # The peer.

    async def _before(self, _: Coming) -> None:
        now = time.monotonic()
        while self._recent and self._recent[0] <= now - 1:
            self._recent.popleft()
        if self._enforce and len(self._recent) >= PER_SECOND:
            self.heard.refused += 1
            raise Refusal(429, "Too Many Requests: retry after 1", retry_after=1)
        self._recent.append(now)

    async def _after(self, _: Coming) -> None:
        self.heard.arrivals.append(time.monotonic())

    # People.

    def _subscribed(self) -> Records:
        """Everybody on the list, in one transaction."""
        store = open_store(self._settings, create=True)
        records = open_records(self._settings, store)
        clear(records)
        key_of(self._settings)
        askers = range(FIRST_ASKER, FIRST_ASKER + ASKERS)
        muted = [{"telegram_id": number, "topic": REMINDERS} for number in askers]
        self._peer.knows(ADMIN)
        with store.database.writing() as session:
            for number in (*range(FIRST, FIRST + self.heard.people - 1), *askers):
                self._peer.knows(number)
                session.add(MemberRow(telegram_id=number, role=Role.OFFICER, name=f"用户{number}"))
            session.execute(sa.insert(MutedRow), muted)
        return records

    def _approve(self, records: Records) -> None:
        planned = records.reminders.get(self._due.key)
        if planned is None or not records.reminders.decide(
            planned.key, planned.version, ReminderState.APPROVED, ADMIN
        ):
            raise RuntimeError(f"{self._due.key} can't be approved: {planned}")

    async def _ask(self, times: int) -> list[float]:
        """So many questions, one after the other; milliseconds until each was answered."""
        return [await self._one() for _ in range(times)]

    async def _keep_asking(self) -> None:
        while True:
            self.heard.waits.append(await self._one())
            await asyncio.sleep(PAUSE)

    async def _one(self) -> float:
        person, begun = self._rng.randrange(FIRST_ASKER, FIRST_ASKER + ASKERS), time.monotonic()
        before = len(list(self._answers(person)))
        await self._peer.say(person, self._rng.choice(self._bank))
        await self._peer.wait_until(
            lambda: len(list(self._answers(person))) > before, ANSWERED_WITHIN
        )
        return 1000 * (time.monotonic() - begun)

    def _answers(self, person: int) -> Iterator[str]:
        for each in self._peer.messages(person):
            if each.text != phrases.LOOKING:
                yield each.text

    # The bot and its time.

    @asynccontextmanager
    async def _moving(self) -> AsyncIterator[None]:
        """Let the clocks go as real ones do."""

        async def move() -> None:
            last = time.monotonic()
            while True:
                await asyncio.sleep(0.02)
                now = time.monotonic()
                self._page.go_on(now - last)
                last = now

        moving = asyncio.create_task(move())
        try:
            yield
        finally:
            moving.cancel()

    @asynccontextmanager
    async def _bot(self) -> AsyncIterator[int]:
        given = {
            "TELEGRAM_BOT_TOKEN": TOKEN,
            "TELEGRAM_API_URL": self._peer.url,
            "LIANWEN_DATA_DIR": str(self._settings.data_dir),
            "ADMIN_IDS": str(ADMIN),
            "REMINDER_MOMENTS": BEFORE,
            "REMINDER_CHOICE": Choice.NONE,
            "NO_PROXY": "*",
            "PYTHONUTF8": "1",
        }
        with self._log.open("wb") as log:
            program = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "benchmarks.reminding.whole_bot", str(self._file)),
                stderr=log,
                cwd=ROOT,
                env=os.environ | given,
            )
        try:
            yield program.pid
        finally:
            program.send_signal(signal.SIGTERM)
            await program.wait()
            print(self._log.read_text(encoding="utf-8")[-1000:], file=sys.stderr)
