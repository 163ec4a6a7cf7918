"""An answer on its way: drafts, pages, refusals, lost connections, floods, slow neighbours."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging

import pytest

from bot.telegram import phrases
from bot.telegram.messages import delivery, sending
from bot.telegram.messages.sending import notify
from knowledge.store import Records
from tests.bot.conftest import Serve
from tests.bot.samples import ADMIN, ANSWER, MEMBERS, FakeAsker, long_answer
from tests.peer import Peer, utf16_units
from tests.peer.chats import PATIENCE

MEMBER, OTHER = MEMBERS
GROUP = -100500


def texts(peer: Peer, chat_id: int) -> list[str]:
    return [message.text for message in peer.messages(chat_id)]


async def settled(peer: Peer, chat_id: int = ADMIN) -> None:
    """Everything sent before has been dealt with: a later command was answered."""
    before = len(peer.messages(chat_id))
    await peer.say(chat_id, "/new")
    await peer.wait_for_messages(chat_id, before + 1)


async def logged(words: str, caplog: pytest.LogCaptureFixture) -> None:
    async with asyncio.timeout(PATIENCE):
        while words not in caplog.text:  # noqa: ASYNC110  # a log has no event to wait for
            await asyncio.sleep(0.01)


async def test_a_long_answer_arrives_whole_in_order(peer: Peer, serve: Serve) -> None:
    answer = long_answer()
    await serve(FakeAsker(lambda _: answer))
    await peer.say(MEMBER, "第一条")
    messages = await peer.wait_for_messages(MEMBER, 4)
    await settled(peer, MEMBER)
    assert all(utf16_units(message.text) <= 4096 for message in messages)
    quotes = [m.parsed.slice(e) for m in messages for e in m.parsed.entities if "quote" in e.type]
    assert "\n".join(quotes) == answer.citations[0].quote


async def test_refused_markup_is_sent_again_as_plain_text(peer: Peer, serve: Serve) -> None:
    await serve(FakeAsker(lambda _: ANSWER))
    peer.refuse("editMessageText", 400, "Bad Request: can't parse entities: Unsupported start tag")
    await peer.say(MEMBER, "购物卡")
    (message,) = await peer.wait_for_messages(MEMBER, 1)
    assert message.parse_mode is None
    assert f"「{ANSWER.citations[0].quote}」" in message.text


async def test_a_flood_limit_is_waited_out_and_the_answer_arrives_once(
    peer: Peer, serve: Serve
) -> None:
    await serve(FakeAsker())
    peer.flood(retry_after=1)
    await peer.say(MEMBER, "问题")
    await peer.wait_for_messages(MEMBER, 1)
    refused, accepted = (request.at for request in peer.calls("sendMessage"))
    assert accepted - refused >= 1
    await settled(peer, MEMBER)
    assert texts(peer, MEMBER) == ["答：问题", phrases.NEW_TOPIC]


async def test_a_lost_connection_is_tried_once_more(
    peer: Peer, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "RETRY_AFTER", 0.01)
    await serve(FakeAsker())
    peer.refuse("sendMessage", 502, "Bad Gateway")
    await peer.say(MEMBER, "问题")
    await peer.wait_for_messages(MEMBER, 1)
    assert texts(peer, MEMBER) == ["答：问题"]


async def test_a_person_who_blocked_the_bot_is_left_alone(
    peer: Peer, serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    await serve(FakeAsker(lambda _: long_answer()))
    caplog.clear()
    peer.blocked.add(MEMBER)
    await peer.say(MEMBER, "问题")
    await logged("blocked", caplog)
    await settled(peer)
    to_member = [c for c in peer.calls("sendMessage") if c.params["chat_id"] == str(MEMBER)]
    assert len(to_member) == 1
    assert not [record for record in caplog.records if record.levelno > logging.INFO]


async def test_a_slow_question_delays_nobody_else_and_order_is_kept(
    peer: Peer, serve: Serve
) -> None:
    asker = FakeAsker()
    slow = asker.hold("慢")
    await serve(asker)
    for text in ("慢", "快一", "快二"):
        await peer.say(MEMBER, text)
    await peer.say(OTHER, "别人")
    try:
        await peer.wait_for_messages(OTHER, 1)
        assert texts(peer, MEMBER) == [phrases.LOOKING]
    finally:
        slow.set()
    await peer.wait_for_messages(MEMBER, 3)
    assert texts(peer, MEMBER) == ["答：慢", "答：快一", "答：快二"]


async def test_many_waiting_messages_of_one_person_take_no_working_place(
    peer: Peer, serve: Serve
) -> None:
    asker = FakeAsker()
    slow = asker.hold("慢")
    await serve(asker)
    for number in range(20):
        await peer.say(MEMBER, "慢" if not number else f"第{number}问")
    await peer.say(OTHER, "别人")
    try:
        await peer.wait_for_messages(OTHER, 1)
    finally:
        slow.set()
    await peer.wait_for_messages(MEMBER, 20)
    assert texts(peer, MEMBER)[1:] == [f"答：第{number}问" for number in range(1, 20)]


async def test_typing_is_shown_for_as_long_as_it_takes(
    peer: Peer, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "TYPING_EVERY", 0.05)
    asker = FakeAsker()
    slow = asker.hold("慢")
    await serve(asker)
    await peer.say(MEMBER, "慢")
    try:
        await peer.wait_until(lambda: len(peer.calls("sendChatAction")) >= 3)
    finally:
        slow.set()
    await peer.wait_for_messages(MEMBER, 1)
    shown = len(peer.calls("sendChatAction"))
    await asyncio.sleep(0.2)
    assert len(peer.calls("sendChatAction")) <= shown + 1


async def test_a_refused_typing_notice_does_not_cost_the_answer(
    peer: Peer, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "TYPING_AFTER", 0)
    asker = FakeAsker()
    slow = asker.hold("慢")
    await serve(asker)
    peer.refuse("sendChatAction", 400, "Bad Request: chat not found", times=5)
    await peer.say(MEMBER, "慢")
    try:
        await peer.wait_until(lambda: bool(peer.calls("sendChatAction")))
    finally:
        slow.set()
    (message,) = await peer.wait_for_messages(MEMBER, 1)
    assert message.text == "答：慢"


async def test_a_quick_answer_needs_no_typing_notice(peer: Peer, serve: Serve) -> None:
    await serve(FakeAsker())
    await peer.say(MEMBER, "问题")
    await peer.wait_for_messages(MEMBER, 1)
    await asyncio.sleep(2 * sending.TYPING_AFTER)
    assert not peer.calls("sendChatAction")


async def test_screen_control_in_a_question_does_not_reach_the_core(
    peer: Peer, serve: Serve
) -> None:
    asker = FakeAsker()
    await serve(asker)
    await peer.say(MEMBER, "问\u202e题\x1b[2J <b>")
    await peer.wait_for_messages(MEMBER, 1)
    assert asker.asked[0].text == "问题[2J <b>"
    assert texts(peer, MEMBER) == ["答：问题[2J <b>"]


async def test_while_the_core_works_a_draft_stands_where_the_answer_will(
    peer: Peer, serve: Serve
) -> None:
    asker = FakeAsker()
    slow = asker.hold("慢")
    await serve(asker)
    await peer.say(MEMBER, "慢")
    try:
        await peer.wait_until(lambda: texts(peer, MEMBER) == [phrases.LOOKING])
        (draft,) = peer.messages(MEMBER)
    finally:
        slow.set()
    (answer,) = await peer.wait_for_messages(MEMBER, 1)
    assert answer.message_id == draft.message_id
    assert answer.text == "答：慢"


async def test_a_draft_that_the_person_deletes_is_replaced_by_a_new_message(
    peer: Peer, serve: Serve
) -> None:
    asker = FakeAsker()
    slow = asker.hold("慢")
    await serve(asker)
    await peer.say(MEMBER, "慢")
    try:
        await peer.wait_until(lambda: bool(peer.messages(MEMBER)))
        peer.sent.clear()
    finally:
        slow.set()
    await peer.wait_for_messages(MEMBER, 1)
    await settled(peer, MEMBER)
    assert texts(peer, MEMBER) == ["答：慢", phrases.NEW_TOPIC]


async def test_an_answer_outlasts_a_connection_that_stays_away(
    peer: Peer, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "RETRY_AFTER", 0.01)
    monkeypatch.setattr(delivery, "PAUSE", 0.01)
    await serve(FakeAsker())
    peer.refuse("sendMessage", 502, "Bad Gateway", times=5)
    peer.refuse("editMessageText", 502, "Bad Gateway", times=5)
    await peer.say(MEMBER, "问题")
    await peer.wait_for_messages(MEMBER, 1)
    assert texts(peer, MEMBER) == ["答：问题"]


async def test_a_person_who_leaves_while_the_core_works_costs_nothing_more(
    peer: Peer, serve: Serve, records: Records, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    asker = FakeAsker()
    slow = asker.hold("慢")
    await serve(asker)
    caplog.clear()
    await peer.say(MEMBER, "慢")
    try:
        await peer.wait_until(lambda: bool(peer.messages(MEMBER)))
        peer.blocked.add(MEMBER)
    finally:
        slow.set()
    await logged("没有发给", caplog)
    await settled(peer)
    member = records.members.get(MEMBER)
    assert member
    assert not member.reachable
    assert not [record for record in caplog.records if record.levelno > logging.INFO]


async def test_who_left_is_not_written_to_until_they_write_again(
    peer: Peer, serve: Serve, records: Records
) -> None:
    application = await serve(FakeAsker())
    peer.knows(MEMBER)
    assert await notify(application.bot, records.members, MEMBER, "通知一")
    peer.blocked.add(MEMBER)
    assert not await notify(application.bot, records.members, MEMBER, "通知二")
    refused = len(peer.calls("sendMessage"))
    assert not await notify(application.bot, records.members, MEMBER, "通知三")
    assert not await notify(application.bot, records.members, 404, "不在名单上")
    assert len(peer.calls("sendMessage")) == refused
    peer.blocked.clear()
    await peer.say(MEMBER, "我回来了")
    await peer.wait_for_messages(MEMBER, 2)
    assert await notify(application.bot, records.members, MEMBER, "通知四")
    assert texts(peer, MEMBER) == ["通知一", "答：我回来了", "通知四"]


async def test_a_group_is_answered_under_the_question(
    peer: Peer, serve: Serve, records: Records
) -> None:
    records.groups.open(GROUP, ADMIN)
    await serve(FakeAsker())
    asked = await peer.say(MEMBER, "@lianwen_test_bot 礼品？", chat_id=GROUP)
    (message,) = await peer.wait_for_messages(GROUP, 1)
    assert message.text == "答：礼品？"
    assert message.reply_to == asked


async def test_the_buttons_stand_under_the_last_page_alone(
    peer: Peer, serve: Serve, records: Records
) -> None:
    await serve(FakeAsker(lambda _: long_answer()))
    await peer.say(MEMBER, "第一条")
    *pages, last = await peer.wait_for_messages(MEMBER, 4)
    (asked,) = records.asked.since(dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
    await peer.wait_until(lambda: bool(peer.messages(MEMBER)[-1].buttons))
    last = peer.messages(MEMBER)[-1]
    assert not any(each.buttons for each in pages)
    assert any(data.endswith(f"|{asked.id}|useful") for data in last.buttons.values())
