"""The Bot API peer and a bot that polls it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from bot.telegram.application import FETCHED, Bots, build_application
from knowledge.settings import Settings
from tests.bot.samples import ADMIN, MEMBERS, FakeAsker
from tests.peer import TOKEN, Peer

Serve = Callable[..., Awaitable[Bots]]


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "*")


@pytest.fixture
async def peer() -> AsyncIterator[Peer]:
    async with Peer() as started:
        yield started


def settings_for(peer: Peer, **changes: object) -> Settings:
    """Settings that point at the peer and at nothing else."""
    given: dict[str, object] = {
        "telegram_bot_token": TOKEN,
        "telegram_api_url": peer.url,
        "admin_ids": frozenset({ADMIN}),
        "member_ids": frozenset(MEMBERS),
        "contact": "机关纪委",
    }
    return Settings(_env_file=None, **(given | changes))  # type: ignore[arg-type,call-arg]


@pytest.fixture
async def serve(peer: Peer) -> AsyncIterator[Serve]:
    """Start a bot as ``run_polling`` does; it is stopped after the test."""
    started: list[Bots] = []

    async def start(asker: FakeAsker, **changes: object) -> Bots:
        application = build_application(settings_for(peer, **changes), asker)
        await application.initialize()
        assert application.updater
        await application.updater.start_polling(allowed_updates=FETCHED)
        await application.start()
        started.append(application)
        return application

    yield start
    for application in started:
        assert application.updater
        await application.updater.stop()
        await application.stop()
        await application.shutdown()
