"""A bot that reminds, under a clock of our own: the real plan, texts, database and HTTP."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from telegram.ext import ExtBot

from bot.asking import Heard
from bot.telegram.desk import Desk
from bot.telegram.reminding.clock import Clock
from bot.telegram.reminding.informing import Informing
from bot.telegram.reminding.ticking import Ticking
from bot.telegram.traffic.limiting import Pacing
from bot.wiring import make_planner
from knowledge.library import Library
from knowledge.model import Answer, Citation, Clause, Kind, Question
from knowledge.reminding.policy import Policy
from knowledge.reminding.schedule import CHINA
from knowledge.settings import Settings
from knowledge.store import Records
from knowledge.verification import cite
from tests.bot.conftest import KEY, settings_for
from tests.bot.samples import ADMIN
from tests.peer import TOKEN, Peer
from tests.peer.chats import Sent


def china(text: str) -> dt.datetime:
    """2026-06-16 09:30 in China, as an instant."""
    return dt.datetime.fromisoformat(text).replace(tzinfo=CHINA).astimezone(dt.UTC)


@dataclass(slots=True)
class Times:
    """Two clocks that only tests move."""

    time: dt.datetime
    count: float = 1000.0

    def clock(self) -> Clock:
        return Clock(lambda: self.time, lambda: self.count)

    def go_on(self, to: dt.datetime | None = None, **by: float) -> None:
        """Let time pass: both clocks know."""
        passed = to - self.time if to else dt.timedelta(**by)
        self.time += passed
        self.count += passed.total_seconds()

    def jump(self, **by: float) -> None:
        """Set the clock: only one of them knows."""
        self.time += dt.timedelta(**by)


@dataclass(slots=True)
class Shelf:
    """The knowledge base: a library that tests may put another in the place of."""

    held: Library
    asked: list[str] = field(default_factory=list)

    def library(self) -> Library:
        return self.held

    def find(self, text: str, limit: int) -> Sequence[Clause]:
        return []

    def cases_for(self, text: str, most: int = 3) -> tuple[Citation, ...]:
        """Deed and sanction of every case, as if all of them fitted."""
        found = []
        for document in self.held.documents.values():
            clauses = self.held.clauses_of(document.id)
            if document.kind is Kind.CASE and len(clauses) > 1:
                found += [cite(document, each, each.text) for each in clauses[:2]]
        return tuple(found)

    def ask(self, question: Question, heard: Heard | None = None) -> Answer:
        raise NotImplementedError

    def vectors(self, texts: Sequence[str]) -> Any:
        raise NotImplementedError


@dataclass(slots=True)
class Post:
    """One process that reminds."""

    peer: Peer
    records: Records
    shelf: Shelf
    times: Times
    bot: ExtBot[Any]
    ticking: Ticking

    async def tick(self, to: str = "", **by: float) -> None:
        """Let time pass (to a time in China), then tick."""
        self.times.go_on(china(to) if to else None, **by)
        await self.ticking.tick(self.bot)

    def told(self, person: int, words: str = "") -> list[Sent]:
        """What somebody got that holds these words."""
        return [each for each in self.peer.messages(person) if words in each.text]

    def got(self, words: str) -> dict[int, int]:
        """How many messages with these words each person got, admins apart."""
        counts: dict[int, int] = {}
        for each in self.peer.sent:
            if words in each.text and each.chat_id != ADMIN:
                counts[each.chat_id] = counts.get(each.chat_id, 0) + 1
        return counts


def settings_of(peer: Peer, **changes: object) -> Settings:
    """Settings under which the bot reminds."""
    return settings_for(peer, **({"reminders": "send"} | changes))


@asynccontextmanager
async def posted(
    peer: Peer, records: Records, shelf: Shelf, times: Times, **changes: object
) -> AsyncIterator[Post]:
    """A process that reminds; it ends with the block as after a stop."""
    settings = settings_of(peer, **changes)
    records.roster.fix_admins(settings.admin_ids)
    for member in records.members.list():
        peer.knows(member.telegram_id)
    bot: ExtBot[Any] = ExtBot(
        TOKEN, base_url=f"{peer.url}/bot", rate_limiter=Pacing(records.members)
    )
    desk = Desk(settings, shelf, records, KEY)
    planner = make_planner(settings, records, shelf)
    policy = Policy(settings.reminders, settings.reminder_choice)
    ticking = Ticking(
        records, planner, Informing(desk, planner, times.clock()), policy, times.clock()
    )
    async with bot:
        yield Post(peer, records, shelf, times, bot, ticking)
        await ticking.end()
