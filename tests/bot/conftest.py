"""The Bot API peer and a bot that polls it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from bot.asking import Asker
from bot.telegram import phrases
from bot.telegram.application import FETCHED, build_application
from bot.telegram.desk import Desk
from bot.telegram.visiting import Bots
from ingest.content import shipped_documents
from ingest.laws import default_laws
from knowledge.library import Library
from knowledge.people import Member, Role
from knowledge.settings import Settings
from knowledge.store import Database, Records
from knowledge.writing.verdicts import Verdicts
from tests.bot.samples import ADMIN, MEMBERS, REVIEWER
from tests.peer import TOKEN, Peer
from tests.peer.chats import PATIENCE

Serve = Callable[..., Awaitable[Bots]]
KEY = b"the key of the tests"


@pytest.fixture(scope="session")
def shipped() -> Library:
    """Everything that comes along, without indexes."""
    return Library([*shipped_documents(), *default_laws()])


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "*")


@pytest.fixture
async def peer() -> AsyncIterator[Peer]:
    async with Peer() as started:
        started.passing = (phrases.LOOKING, phrases.NEXT_PAGE, phrases.UNFINISHED)
        yield started


@pytest.fixture
def records(database: Database) -> Records:
    """Records with two officers and a reviewer on the list; ADMIN comes from the settings."""
    kept = Records.over(database, KEY)
    for number in MEMBERS:
        kept.members.add(Member(number, Role.OFFICER, f"用户{number}", "执法一队"))
    kept.members.add(Member(REVIEWER, Role.REVIEWER, f"用户{REVIEWER}", "纪检组"))
    return kept


def settings_for(peer: Peer, **changes: object) -> Settings:
    """Settings that point at the peer and at nothing else."""
    given: dict[str, object] = {
        "telegram_bot_token": TOKEN,
        "telegram_api_url": peer.url,
        "admin_ids": frozenset({ADMIN}),
        "contact": "机关纪委",
        # Near a holiday, admins would be written to in the middle of another test.
        "reminders": "off",
    }
    return Settings(_env_file=None, **(given | changes))  # type: ignore[arg-type,call-arg]


async def all_handled(peer: Peer, records: Records) -> None:
    """Wait until everything that people sent has been fetched and dealt with."""
    await peer.drained()
    async with asyncio.timeout(PATIENCE):
        while records.inbox.waiting():  # noqa: ASYNC110  # a database has no event to wait for
            await asyncio.sleep(0.01)


async def halt(application: Bots) -> None:
    """Stop a bot as ``run_polling`` does, unless it has stopped."""
    if not application.running:
        return
    assert application.updater
    await application.updater.stop()
    await application.stop()
    assert application.post_stop
    await application.post_stop(application)
    await application.shutdown()


@pytest.fixture
async def serve(peer: Peer, records: Records, tmp_path: Path) -> AsyncIterator[Serve]:
    """Start a bot as ``run_polling`` does; it is stopped after the test."""
    started: list[Bots] = []

    async def start(asker: Asker, verdicts: Verdicts | None = None, **changes: object) -> Bots:
        # Never the developer's own data.
        settings = settings_for(peer, **({"data_dir": tmp_path} | changes))
        application = build_application(Desk(settings, asker, records, KEY, verdicts))
        await application.initialize()
        assert application.post_init
        await application.post_init(application)
        assert application.updater
        await application.updater.start_polling(allowed_updates=FETCHED)
        await application.start()
        started.append(application)
        return application

    yield start
    for application in started:
        await halt(application)
