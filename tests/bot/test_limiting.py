"""Telegram's limits: new messages are paced, a 429 stops everything, courtesies never wait."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest
from telegram.error import RetryAfter

from bot.telegram import phrases
from bot.telegram.messages import delivery, sending
from bot.telegram.traffic.limiting import RETRIES, Pacing
from knowledge.store import Records
from tests.bot.conftest import Serve
from tests.bot.samples import ADMIN, MEMBERS, FakeAsker
from tests.peer import Peer

MEMBER, OTHER = MEMBERS


async def sent_in(pacing: Pacing, endpoint: str, count: int, chat_id: int) -> float:
    """Seconds that so many requests of one kind take when Telegram answers at once."""

    async def call(*_: Any, **__: Any) -> bool:
        return True

    begun = time.monotonic()
    data = {"chat_id": chat_id}
    await asyncio.gather(
        *(
            pacing.process_request(call, (endpoint, data), {}, endpoint, data, None)
            for _ in range(count)
        )
    )
    return time.monotonic() - begun


async def test_new_messages_are_paced_and_edits_are_not(records: Records) -> None:
    pacing = Pacing(records.members)
    for endpoint in ("editMessageText", "sendChatAction", "deleteMessage", "answerCallbackQuery"):
        # At the pace of new messages they would take nearly six seconds.
        assert await sent_in(pacing, endpoint, 200, MEMBER) < 4
        assert await sent_in(pacing, endpoint, 200, -100) < 4
    assert await sent_in(pacing, "sendMessage", 60, MEMBER) > 0.9


async def test_a_group_gets_twenty_messages_a_minute(records: Records) -> None:
    pacing = Pacing(records.members)
    await sent_in(pacing, "sendMessage", 20, -100)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(sent_in(pacing, "sendMessage", 1, -100), 0.5)
    assert await sent_in(pacing, "sendMessage", 1, MEMBER) < 4


async def test_a_flood_stops_every_request_until_it_is_over(peer: Peer, serve: Serve) -> None:
    await serve(FakeAsker())
    peer.flood(retry_after=1)
    await peer.say(MEMBER, "一")
    await peer.wait_until(lambda: bool(peer.calls("sendMessage")))
    held = peer.calls("sendMessage")[0].at
    for person in (OTHER, ADMIN):
        await peer.say(person, "二")
        await peer.wait_for_messages(person, 1)
    await peer.wait_for_messages(MEMBER, 1)
    later = [each for each in peer.requests if each.at > held and each.method != "getUpdates"]
    others = [each for each in later if each.method != "sendChatAction"]
    assert min(each.at for each in others) - held >= 1
    # A request that was under way when the flood began may still have gone out.
    assert not [each for each in later if 0.2 < each.at - held < 1]


async def test_a_request_that_ends_early_does_not_end_the_wait(records: Records) -> None:
    pacing = Pacing(records.members)
    times: list[float] = []
    refused = asyncio.Event()

    async def flooded(*_: Any, **__: Any) -> bool:
        if not refused.is_set():
            refused.set()
            raise RetryAfter(1)
        times.append(time.monotonic())
        return True

    async def under_way(*_: Any, **__: Any) -> bool:
        await refused.wait()
        await asyncio.sleep(0.1)
        return True

    async def ask(call: Any) -> None:
        await pacing.process_request(call, (), {}, "sendMessage", {"chat_id": 1}, None)

    begun = time.monotonic()
    await asyncio.gather(ask(under_way), ask(flooded), ask(flooded), ask(flooded))
    await ask(flooded)
    assert len(times) == 4
    assert min(times) - begun >= 1


async def test_typing_notices_are_dropped_during_a_flood(
    peer: Peer, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "TYPING_EVERY", 0.05)
    asker = FakeAsker()
    slow = asker.hold("慢")
    await serve(asker)
    await peer.say(MEMBER, "慢")
    try:
        await peer.wait_until(lambda: len(peer.calls("sendChatAction")) >= 2)
        peer.flood("sendChatAction", retry_after=1)
        before = len(peer.calls("sendChatAction"))
        await peer.wait_until(lambda: len(peer.calls("sendChatAction")) > before)
        await asyncio.sleep(0.5)
        assert len(peer.calls("sendChatAction")) == before + 1
    finally:
        slow.set()
    (message,) = await peer.wait_for_messages(MEMBER, 1)
    assert message.text == "答：慢"


async def test_floods_one_after_another_delay_an_answer_and_lose_none(
    peer: Peer, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "PAUSE", 0.01)
    await serve(FakeAsker())
    peer.flood("editMessageText", retry_after=1, times=RETRIES + 2)
    await peer.say(MEMBER, "问题")
    (message,) = await peer.wait_for_messages(MEMBER, 1, 10)
    assert message.text == "答：问题"


async def test_a_button_pressed_too_long_ago_is_no_error(
    peer: Peer, serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    application = await serve(FakeAsker())
    assert await application.bot.answer_callback_query("long-gone")
    assert [each.method for each in peer.calls("answerCallbackQuery")]
    assert phrases.failed("机关纪委") not in caplog.text
