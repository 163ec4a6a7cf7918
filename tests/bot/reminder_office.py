"""What tests of the reminders' screens share: a bot under a clock of our own, and its people."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bot.telegram import reminding
from bot.telegram.application import FETCHED, build_application
from bot.telegram.desk import Desk
from bot.telegram.reminding import Reminding
from bot.telegram.visiting import Bots
from bot.wiring import make_planner
from knowledge.people import Member, Role
from knowledge.reminding.plan import Planned
from knowledge.reminding.planning import Planner
from knowledge.store import Records
from tests.bot.conftest import KEY, all_handled, halt
from tests.bot.reminding import Shelf, Times, china, settings_of
from tests.bot.samples import ADMIN
from tests.peer import Peer
from tests.peer.chats import Sent

SECOND = 1002
"""Another admin."""

NOW = "2026-06-01 10:00"
"""Two weeks before 端午节, and no reminder is near."""

BOAT = "2026-端午节:before"


class ReminderOffice:
    """A bot whose plan is made, over everything that comes along."""

    def __init__(self, peer: Peer, records: Records, shelf: Shelf, planner: Planner) -> None:
        self.peer = peer
        self.records = records
        self.shelf = shelf
        self.planner = planner
        self.times = Times(china(NOW))
        self.running: list[Bots] = []

    async def stop(self) -> None:
        for application in self.running:
            await halt(application)
        self.running.clear()

    async def say(self, text: str, person: int = ADMIN, reply_to: int | None = None) -> Sent:
        """Somebody writes; the last message in their chat afterwards."""
        await self.peer.say(person, text, reply_to=reply_to)
        await all_handled(self.peer, self.records)
        return self.peer.messages(person)[-1]

    async def press(self, message: Sent, label: str, person: int = ADMIN) -> Sent:
        """Press a button (or send forged data); the last message in the chat afterwards."""
        await self.peer.press(person, message.message_id, label)
        await all_handled(self.peer, self.records)
        return self.peer.messages(person)[-1]

    async def opened(self, words: str, person: int = ADMIN) -> Sent:
        """Open the reminder whose button holds these words; its card."""
        listed = await self.say("/reminders", person)
        label = next(each for each in listed.buttons if words in each)
        return await self.press(listed, label, person)

    async def add(self, text: str) -> Sent:
        """Add days in a reply; what is said to it."""
        prompt = await self.press(await self.say("/reminders"), "增加日子")
        return await self.say(text, reply_to=prompt.message_id)

    def now(self, message: Sent) -> Sent:
        """The message as it stands now."""
        return self.peer._find(message.chat_id, message.message_id)

    def planned(self, key: str = BOAT) -> Planned:
        found = self.records.reminders.get(key)
        assert found
        return found

    def texts(self, person: int = ADMIN) -> list[str]:
        return [each.text for each in self.peer.messages(person)]

    def alerts(self) -> list[str]:
        """What pressed buttons were answered with, in order."""
        answered = self.peer.answered_callbacks
        return [str(each["text"]) for each in answered if "text" in each]

    def actions(self) -> list[str]:
        return [each.action for each in self.records.audit.recent()]


@asynccontextmanager
async def reminder_office(
    peer: Peer, records: Records, shelf: Shelf, folder: Path, **changes: object
) -> AsyncIterator[ReminderOffice]:
    """Start a bot as ``run_polling`` does, whose plan no tick touches."""
    if records.members.get(SECOND) is None:
        records.members.add(Member(SECOND, Role.ADMIN, f"用户{SECOND}", "办公室"))
    settings = settings_of(peer, **({"data_dir": folder} | changes))
    planner = make_planner(settings, records, shelf)
    office = ReminderOffice(peer, records, shelf, planner)
    desk = Desk(settings, shelf, records, KEY)
    application = build_application(
        desk, reminding=Reminding(desk, clock=office.times.clock(), every=10**6)
    )
    if settings.reminders != "off":
        planner.plan(office.times.time)
    await application.initialize()
    assert application.post_init
    await application.post_init(application)
    assert application.updater
    await application.updater.start_polling(allowed_updates=FETCHED)
    await application.start()
    office.running.append(application)
    assert reminding.FIRST_AFTER > 600, "a tick would write to people in the middle of a test"
    try:
        yield office
    finally:
        await office.stop()
