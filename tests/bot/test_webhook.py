"""Updates posted to us instead of fetched: the same bot, a secret word, and no update lost."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import aiohttp
import pytest

from bot.telegram.application import FETCHED, build_application
from bot.telegram.desk import Desk
from bot.telegram.traffic.receiving import read_webhook
from bot.telegram.visiting import Bots
from knowledge.errors import ConfigurationError, StoreError
from knowledge.people import Member, Role
from knowledge.store import Database, Records
from knowledge.store.inbox import Inbox
from tests.bot.conftest import KEY, halt, settings_for
from tests.bot.program import KEY as PROGRAM_KEY
from tests.bot.samples import ADMIN, MEMBERS, FakeAsker
from tests.peer import TOKEN, Peer
from tests.peer.webhook import SECRET_HEADER

MEMBER, OTHER = MEMBERS
Receive = Callable[[FakeAsker], Awaitable[Bots]]


def free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


def texts(peer: Peer, chat_id: int) -> list[str]:
    return [message.text for message in peer.messages(chat_id)]


def webhook_settings(port: int, secret: str | None = "open-sesame_1") -> dict[str, object]:
    return {
        "telegram_webhook_url": f"http://127.0.0.1:{port}/bots/lianwen+1",
        "telegram_webhook_listen": f"127.0.0.1:{port}",
        "telegram_webhook_secret": secret,
    }


@pytest.fixture
async def receive(peer: Peer, records: Records) -> AsyncIterator[Receive]:
    """Start a bot as ``run_webhook`` does."""
    started: list[Bots] = []

    async def start(asker: FakeAsker) -> Bots:
        settings = settings_for(peer, **webhook_settings(free_port()))
        webhook = read_webhook(settings)
        assert webhook
        application = build_application(Desk(settings, asker, records, KEY))
        await application.initialize()
        assert application.post_init
        await application.post_init(application)
        assert application.updater
        await application.updater.start_webhook(
            webhook.host,
            webhook.port,
            webhook.path,
            webhook_url=webhook.url,
            secret_token=webhook.secret,
            allowed_updates=FETCHED,
        )
        await application.start()
        started.append(application)
        return application

    yield start
    for application in started:
        await halt(application)


async def test_questions_are_answered_in_each_persons_order(peer: Peer, receive: Receive) -> None:
    asker = FakeAsker()
    slow = asker.hold("慢")
    await receive(asker)
    for text in ("慢", "快一", "快二"):
        await peer.say(MEMBER, text)
    await peer.say(OTHER, "别人")
    try:
        await peer.wait_for_messages(OTHER, 1)
    finally:
        slow.set()
    await peer.wait_for_messages(MEMBER, 3)
    assert texts(peer, MEMBER) == ["答：慢", "答：快一", "答：快二"]
    assert not peer.calls("getUpdates")
    assert peer.webhook
    assert {status for _, status in peer.webhook.posts} == {200}


@pytest.mark.parametrize("headers", [{}, {SECRET_HEADER: ""}, {SECRET_HEADER: "open-sesame_2"}])
async def test_who_does_not_know_the_secret_is_turned_away(
    peer: Peer, receive: Receive, records: Records, headers: dict[str, str]
) -> None:
    asker = FakeAsker()
    await receive(asker)
    assert peer.webhook
    forged = {
        "update_id": 77,
        "message": peer._message(MEMBER, None) | {"text": "伪造的问题"},
    }
    async with (
        aiohttp.ClientSession() as session,
        session.post(peer.webhook.url, json=forged, headers=headers) as response,
    ):
        assert response.status == 403
    await peer.say(ADMIN, "/new")
    await peer.wait_for_messages(ADMIN, 1)
    assert not asker.asked
    assert records.inbox.take(77, "{}"), "nothing of it was kept"


async def test_an_update_that_cannot_be_stored_is_refused_and_comes_again(
    peer: Peer, receive: Receive, monkeypatch: pytest.MonkeyPatch
) -> None:
    take, failures = Inbox.take, iter([True, True])

    def failing(self: Inbox, update_id: int, payload: str) -> bool:
        if next(failures, False):
            raise StoreError("数据库暂时不可用")
        return take(self, update_id, payload)

    asker = FakeAsker()
    await receive(asker)
    monkeypatch.setattr(Inbox, "take", failing)
    await peer.say(MEMBER, "问题")
    await peer.wait_for_messages(MEMBER, 1)
    await peer.drained()
    assert peer.webhook
    assert [status for _, status in peer.webhook.posts] == [500, 500, 200]
    assert len(asker.asked) == 1


async def test_an_update_posted_twice_is_answered_once(peer: Peer, receive: Receive) -> None:
    asker = FakeAsker()
    slow = asker.hold("问题")
    await receive(asker)
    await peer.say(MEMBER, "问题")
    update = peer._updates[-1]
    await peer.drained()
    async with peer._announcing():
        peer._updates.append(update)
    await peer.drained()
    slow.set()
    await peer.wait_for_messages(MEMBER, 1)
    async with peer._announcing():
        peer._updates.append(update)
    await peer.drained()
    await peer.say(MEMBER, "/new")
    await peer.wait_for_messages(MEMBER, 2)
    assert peer.webhook
    assert len(peer.webhook.posts) == 4
    assert len(asker.asked) == 1
    assert len(peer.messages(MEMBER)) == 2


async def started(peer: Peer, folder: Path, **changes: str) -> asyncio.subprocess.Process:
    records = Records.over(Database(folder, create=True), PROGRAM_KEY)
    records.members.add(Member(MEMBER, Role.OFFICER))
    given = {
        "TELEGRAM_BOT_TOKEN": TOKEN,
        "TELEGRAM_API_URL": peer.url,
        "LIANWEN_DATA_DIR": str(folder),
        "ADMIN_IDS": str(ADMIN),
        "NO_PROXY": "*",
        "PYTHONPATH": ".",
        "PYTHONUTF8": "1",
    }
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.bot.program",
        stderr=asyncio.subprocess.PIPE,
        env=os.environ | given | changes,
    )


async def test_a_run_receives_with_a_random_secret_and_goes_on_after_a_kill(
    peer: Peer, tmp_path: Path
) -> None:
    port = free_port()
    address = {
        "TELEGRAM_WEBHOOK_URL": f"http://127.0.0.1:{port}/hook",
        "TELEGRAM_WEBHOOK_LISTEN": f"127.0.0.1:{port}",
    }
    program = await started(peer, tmp_path, **address)
    await peer.wait_until(lambda: peer.webhook is not None, 20)
    assert peer.webhook
    assert len(peer.webhook.secret) >= 32
    secret, begun = peer.webhook.secret, len(peer.messages(MEMBER))
    await peer.say(MEMBER, "一")
    await peer.wait_for_messages(MEMBER, begun + 1, 15)
    program.kill()
    await program.wait()
    await peer.say(MEMBER, "二")
    program = await started(peer, tmp_path, **address)
    await peer.wait_for_messages(MEMBER, begun + 2, 20)
    program.send_signal(signal.SIGTERM)
    _, log = await asyncio.wait_for(program.communicate(), 15)
    assert program.returncode == 0
    assert texts(peer, MEMBER) == ["答：一", "答：二"]
    assert secret not in log.decode()
    assert peer.webhook.secret != secret


async def test_a_port_in_use_is_a_sentence(peer: Peer, tmp_path: Path) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        held.listen()
        port = held.getsockname()[1]
        program = await started(
            peer,
            tmp_path,
            TELEGRAM_WEBHOOK_URL="https://bot.example.org/hook",
            TELEGRAM_WEBHOOK_LISTEN=f"127.0.0.1:{port}",
        )
        _, log = await asyncio.wait_for(program.communicate(), 20)
    assert program.returncode == 1
    assert "TELEGRAM_WEBHOOK_LISTEN" in log.decode()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("telegram_webhook_url", "bot.example.org/hook"),
        ("telegram_webhook_url", "ftp://bot.example.org"),
        ("telegram_webhook_url", "https://[::1"),
        ("telegram_webhook_listen", "8443"),
        ("telegram_webhook_listen", "127.0.0.1:"),
        ("telegram_webhook_listen", "127.0.0.1:99999"),
        ("telegram_webhook_secret", "有空格 的"),
        ("telegram_webhook_secret", "x" * 257),
    ],
)
async def test_settings_that_cannot_work_are_a_sentence(peer: Peer, name: str, value: str) -> None:
    settings = settings_for(peer, **(webhook_settings(8443) | {name: value}))
    with pytest.raises(ConfigurationError, match=name.upper()):
        read_webhook(settings)


async def test_without_a_url_updates_are_fetched(peer: Peer) -> None:
    assert read_webhook(settings_for(peer)) is None


async def test_an_address_of_the_sixth_version_is_understood(peer: Peer) -> None:
    given = webhook_settings(1) | {"telegram_webhook_listen": "[::1]:8443"}
    webhook = read_webhook(settings_for(peer, **given))
    assert webhook
    assert (webhook.host, webhook.port) == ("::1", 8443)
