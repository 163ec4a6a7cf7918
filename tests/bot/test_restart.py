"""A restart loses no question, repeats no answer and keeps each person's order."""

from __future__ import annotations

import asyncio
import datetime as dt
import json

import pytest

from bot.telegram import phrases
from bot.telegram.traffic import queueing
from bot.telegram.visiting import Bots
from knowledge.errors import StoreError
from knowledge.store import Records
from knowledge.store.inbox import Inbox
from tests.bot.conftest import Serve, halt
from tests.bot.samples import ADMIN, MEMBERS, FakeAsker
from tests.peer import Peer
from tests.peer.chats import PATIENCE
from tests.peer.reading import Params

MEMBER, OTHER = MEMBERS
LONG_AGO = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)


def texts(peer: Peer, chat_id: int) -> list[str]:
    return [message.text for message in peer.messages(chat_id)]


async def settled(peer: Peer, chat_id: int = ADMIN) -> None:
    """Everything sent before has been dealt with: a later command was answered."""
    before = len(peer.messages(chat_id))
    await peer.say(chat_id, "/new")
    await peer.wait_for_messages(chat_id, before + 1)


async def spoken(peer: Peer, user_id: int, text: str) -> Params:
    """What a person says, as the update that Telegram makes of it."""
    await peer.say(user_id, text)
    return peer._updates[-1]


async def hand_again(peer: Peer, update: Params) -> None:
    """Telegram delivers an update once more."""
    async with peer._announcing():
        peer._updates.append(update)


async def all_done(records: Records) -> None:
    """Nothing waits in the inbox any more; the note follows the answer by a moment."""
    async with asyncio.timeout(PATIENCE):
        while records.inbox.waiting():  # noqa: ASYNC110  # a table has no event to wait for
            await asyncio.sleep(0.01)


def left_behind(peer: Peer, records: Records, update: Params) -> None:
    """What a crash leaves: Telegram has been told that the update arrived; nothing was done."""
    peer._updates.remove(update)
    records.inbox.take(update["update_id"], json.dumps(update))


async def test_a_question_interrupted_by_a_crash_is_answered_after_it(
    peer: Peer, serve: Serve, records: Records
) -> None:
    left_behind(peer, records, await spoken(peer, MEMBER, "问题"))
    asker = FakeAsker()
    await serve(asker)
    await peer.wait_for_messages(MEMBER, 1)
    await settled(peer, MEMBER)
    assert texts(peer, MEMBER) == ["答：问题", phrases.NEW_TOPIC]
    assert [question.text for question in asker.asked] == ["问题"]
    await all_done(records)


async def test_a_draft_from_before_the_crash_becomes_the_answer(
    peer: Peer, serve: Serve, records: Records
) -> None:
    update = await spoken(peer, MEMBER, "问题")
    left_behind(peer, records, update)
    draft = await peer._on_sendmessage({"chat_id": MEMBER, "text": phrases.LOOKING})
    asked_in = update["message"]["message_id"]
    records.deliveries.record(MEMBER, asked_in, 0, draft["message_id"])
    await serve(FakeAsker())
    (message,) = await peer.wait_for_messages(MEMBER, 1)
    assert message.message_id == draft["message_id"]
    assert texts(peer, MEMBER) == ["答：问题"]


async def test_an_answer_that_had_arrived_before_the_crash_is_not_given_again(
    peer: Peer, serve: Serve, records: Records
) -> None:
    first = await serve(FakeAsker())
    update = await spoken(peer, MEMBER, "问题")
    await peer.wait_for_messages(MEMBER, 1)
    await settled(peer, MEMBER)
    await halt(first)
    kept = peer.messages(MEMBER)
    # The crash came between the last edit and the note that all is done.
    again = {**update, "update_id": update["update_id"] + 1000}
    records.inbox.take(again["update_id"], json.dumps(again))
    await serve(FakeAsker())
    await settled(peer, MEMBER)
    assert peer.messages(MEMBER)[:-1] == kept
    assert [each.text for each in records.asked.since(LONG_AGO)] == ["问题"]
    await all_done(records)


async def test_an_update_that_telegram_delivers_again_is_let_go(
    peer: Peer, serve: Serve, records: Records
) -> None:
    asker = FakeAsker()
    first = await serve(asker)
    update = await spoken(peer, MEMBER, "问题")
    await peer.wait_for_messages(MEMBER, 1)
    await settled(peer, MEMBER)
    await halt(first)
    await hand_again(peer, update)
    await serve(asker)
    await peer.drained()
    await settled(peer, MEMBER)
    assert texts(peer, MEMBER) == ["答：问题", phrases.NEW_TOPIC, phrases.NEW_TOPIC]
    assert len(asker.asked) == 1


async def test_order_is_kept_over_a_restart(peer: Peer, serve: Serve, records: Records) -> None:
    for text in ("一", "二", "三"):
        left_behind(peer, records, await spoken(peer, MEMBER, text))
    await peer.say(MEMBER, "四")
    asker = FakeAsker()
    await serve(asker)
    await peer.wait_for_messages(MEMBER, 4)
    assert texts(peer, MEMBER) == ["答：一", "答：二", "答：三", "答：四"]
    assert [len(question.turns) for question in asker.asked] == [0, 1, 2, 3]


async def test_a_stop_finishes_what_has_begun_and_leaves_the_rest(
    peer: Peer, serve: Serve, records: Records
) -> None:
    asker = FakeAsker()
    slow = asker.hold("慢")
    first = await serve(asker)
    for text in ("慢", "二", "三"):
        await peer.say(MEMBER, text)
    await peer.drained()
    await peer.wait_until(lambda: bool(peer.messages(MEMBER)))
    stopping = asyncio.create_task(halt(first))
    await asyncio.sleep(0.1)
    slow.set()
    await stopping
    assert texts(peer, MEMBER) == ["答：慢"]
    assert len(records.inbox.waiting()) == 2
    await serve(asker)
    await peer.wait_for_messages(MEMBER, 3)
    assert texts(peer, MEMBER) == ["答：慢", "答：二", "答：三"]


async def test_a_stop_waits_for_no_broken_connection(
    peer: Peer, serve: Serve, records: Records
) -> None:
    first = await serve(FakeAsker())
    peer.refuse("editMessageText", 502, "Bad Gateway", times=100)
    await peer.say(MEMBER, "问题")
    await peer.wait_until(lambda: bool(peer.calls("editMessageText")))
    async with asyncio.timeout(8):
        await halt(first)
    assert texts(peer, MEMBER) == [phrases.LOOKING]
    peer._refusals["editMessageText"].clear()
    await serve(FakeAsker())
    await peer.wait_for_messages(MEMBER, 1)
    assert texts(peer, MEMBER) == ["答：问题"]


async def test_a_question_that_brings_the_bot_down_each_time_is_given_up_and_told(
    peer: Peer, serve: Serve, records: Records, caplog: pytest.LogCaptureFixture
) -> None:
    update = await spoken(peer, MEMBER, "致命的问题")
    left_behind(peer, records, update)
    for _ in range(queueing.ATTEMPTS):
        records.inbox.begin(update["update_id"])
    left_behind(peer, records, await spoken(peer, MEMBER, "无辜的问题"))
    asker = FakeAsker()
    await serve(asker)
    await peer.wait_for_messages(MEMBER, 2)
    assert texts(peer, MEMBER) == [phrases.failed("机关纪委"), "答：无辜的问题"]
    assert [question.text for question in asker.asked] == ["无辜的问题"]
    assert "不再处理" in caplog.text
    assert "致命" not in caplog.text


async def test_strangers_and_commands_that_are_given_up_are_not_written_to(
    peer: Peer, serve: Serve, records: Records
) -> None:
    for person, text in ((MEMBER, "/help"), (9001, "陌生人的问题")):
        update = await spoken(peer, person, text)
        left_behind(peer, records, update)
        for _ in range(queueing.ATTEMPTS):
            records.inbox.begin(update["update_id"])
    await serve(FakeAsker())
    await settled(peer)
    assert not peer.messages(MEMBER)
    assert not peer.messages(9001)
    await all_done(records)


async def test_an_update_that_cannot_be_stored_is_not_confirmed_and_comes_again(
    peer: Peer,
    serve: Serve,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    take, failures = Inbox.take, iter([True, True])

    def failing(self: Inbox, update_id: int, payload: str) -> bool:
        if next(failures, False):
            assert peer._updates, "confirmed before it was stored"
            raise StoreError("数据库暂时不可用")
        return take(self, update_id, payload)

    asker = FakeAsker()
    await serve(asker)
    monkeypatch.setattr(Inbox, "take", failing)
    await peer.say(MEMBER, "问题")
    await peer.wait_for_messages(MEMBER, 1, 15)
    await settled(peer, MEMBER)
    assert texts(peer, MEMBER) == ["答：问题", phrases.NEW_TOPIC]
    assert len(asker.asked) == 1
    assert caplog.text.count("没能存下") == 2


async def test_an_answer_whose_end_cannot_be_noted_is_noted_with_the_next(
    peer: Peer, serve: Serve, records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    done, failures = Inbox.done, iter([True])

    def failing(self: Inbox, update_ids: frozenset[int]) -> None:
        if next(failures, False):
            raise StoreError("数据库暂时不可用")
        done(self, update_ids)

    monkeypatch.setattr(Inbox, "done", failing)
    application = await serve(FakeAsker())
    await peer.say(MEMBER, "问题")
    await peer.wait_for_messages(MEMBER, 1)
    assert len(records.inbox.waiting()) == 1
    await settled(peer)
    await halt(application)
    assert records.inbox.waiting() == []


async def test_a_kept_update_that_nobody_can_read_any_more_is_dropped(
    peer: Peer, serve: Serve, records: Records, caplog: pytest.LogCaptureFixture
) -> None:
    records.inbox.take(1001, "{not json")
    records.inbox.take(1002, '{"update_id": 1002, "message": {"message_id": 1}}')
    await serve(FakeAsker())
    await settled(peer)
    await all_done(records)
    assert "读不出来" in caplog.text


async def test_a_conversation_outlasts_a_restart(peer: Peer, serve: Serve) -> None:
    first: Bots = await serve(FakeAsker())
    await peer.say(MEMBER, "购物卡能收吗")
    await peer.wait_for_messages(MEMBER, 1)
    await halt(first)
    asker = FakeAsker()
    await serve(asker)
    await peer.say(MEMBER, "情节严重的呢")
    await peer.wait_for_messages(MEMBER, 2)
    assert asker.asked[0].turns == ("购物卡能收吗",)


async def test_inline_queries_are_not_kept(peer: Peer, serve: Serve, records: Records) -> None:
    application = await serve(FakeAsker())
    await peer.type_inline(MEMBER, "97条")
    number = peer._updates[-1]["update_id"]
    await settled(peer)
    await halt(application)
    assert records.inbox.waiting() == []
    assert records.inbox.take(number, "{}"), "it is not known"
