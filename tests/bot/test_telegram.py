"""A person writes, the bot polls over HTTP, and the person reads what came back."""

from __future__ import annotations

import asyncio
import logging

import pytest

from bot.telegram import phrases, sending
from knowledge.errors import NotBuiltError
from knowledge.model import Answer, Question
from tests.bot.conftest import Serve
from tests.bot.samples import ADMIN, ANSWER, MEMBERS, STRANGER, FakeAsker, long_answer
from tests.peer import Peer, utf16_units

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
    async with asyncio.timeout(5):
        while words not in caplog.text:  # noqa: ASYNC110  # a log has no event to wait for
            await asyncio.sleep(0.01)


async def test_a_question_is_answered_with_its_sources(peer: Peer, serve: Serve) -> None:
    await serve(FakeAsker(lambda _: ANSWER))
    await peer.say(MEMBER, "购物卡能收吗")
    (message,) = await peer.wait_for_messages(MEMBER, 1)
    assert message.parse_mode == "HTML"
    assert message.text.startswith(ANSWER.text)
    quotes = [message.parsed.slice(e) for e in message.parsed.entities if e.type == "blockquote"]
    assert quotes == [citation.quote for citation in ANSWER.citations]
    assert "《示例纪律处分条例》第九十七条第一款" in message.text


@pytest.mark.parametrize(
    "command", ["/start", "/help", "/new", "/nosuch", "/help@lianwen_test_bot"]
)
async def test_commands_are_answered(peer: Peer, serve: Serve, command: str) -> None:
    asker = FakeAsker()
    await serve(asker)
    await peer.say(MEMBER, command)
    (message,) = await peer.wait_for_messages(MEMBER, 1)
    expected = {
        "/start": phrases.START,
        "/new": phrases.NEW_TOPIC,
        "/nosuch": phrases.UNKNOWN_COMMAND,
    }
    assert message.text == expected.get(command, phrases.help_text("机关纪委"))
    assert not asker.asked


async def test_a_stranger_is_told_once_how_to_be_added_and_never_answered(
    peer: Peer, serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    asker = FakeAsker()
    await serve(asker)
    for text in ("机密问题", "/start", "再问一次"):
        await peer.say(STRANGER, text)
    await settled(peer)
    (told,) = texts(peer, STRANGER)
    assert str(STRANGER) in told
    assert not asker.asked
    warnings = [r.getMessage() for r in caplog.records if r.levelno == logging.WARNING]
    assert any(str(STRANGER) in line for line in warnings)
    assert "机密问题" not in caplog.text


@pytest.mark.parametrize(("code", "times"), [(400, 2), (403, 1), (502, 2)])
async def test_a_stranger_stays_unanswered_when_even_the_notice_cannot_be_sent(
    peer: Peer,
    serve: Serve,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    code: int,
    times: int,
) -> None:
    monkeypatch.setattr(sending, "RETRY_AFTER", 0.01)
    asker = FakeAsker()
    await serve(asker)
    peer.refuse("sendMessage", code, "Refused by the test", times=times)
    await peer.say(STRANGER, "机密问题")
    await logged(str(STRANGER), caplog)
    await peer.say(ADMIN, "/new")
    await peer.wait_for_messages(ADMIN, 1)
    assert not asker.asked
    assert not any("机密问题" in text for text in texts(peer, STRANGER))


async def test_nobody_is_served_while_the_list_is_empty(peer: Peer, serve: Serve) -> None:
    asker = FakeAsker()
    await serve(asker, admin_ids=frozenset(), member_ids=frozenset())
    await peer.say(ADMIN, "问题")
    (told,) = await peer.wait_for_messages(ADMIN, 1)
    assert told.text == phrases.stranger(ADMIN)
    assert not asker.asked


async def test_groups_and_edits_are_ignored(peer: Peer, serve: Serve) -> None:
    asker = FakeAsker()
    await serve(asker)
    await peer.say(MEMBER, "群里的问题", chat_id=GROUP)
    await peer.say(MEMBER, "/start", chat_id=GROUP)
    await peer.say(STRANGER, "群里的问题", chat_id=GROUP)
    await peer.edit(MEMBER, 1, "改过的问题")
    await settled(peer)
    assert not peer.messages(GROUP)
    assert not peer.messages(MEMBER)
    assert not asker.asked


async def test_an_album_gets_one_line_about_text(peer: Peer, serve: Serve) -> None:
    await serve(FakeAsker())
    photo = {"file_id": "p", "file_unique_id": "p", "width": 1, "height": 1}
    for _ in range(3):
        await peer.post(MEMBER, {"photo": [photo], "media_group_id": "7", "caption": "看图"})
    await peer.hand_over(OTHER, "材料.docx", b"x")
    await peer.wait_for_messages(OTHER, 1)
    await settled(peer, MEMBER)
    assert texts(peer, MEMBER) == [phrases.TEXT_ONLY, phrases.NEW_TOPIC]
    assert texts(peer, OTHER) == [phrases.TEXT_ONLY]


async def test_a_notice_from_telegram_itself_needs_no_reply(peer: Peer, serve: Serve) -> None:
    await serve(FakeAsker())
    await peer.post(MEMBER, {"message_auto_delete_timer_changed": {"message_auto_delete_time": 60}})
    await settled(peer, MEMBER)
    assert texts(peer, MEMBER) == [phrases.NEW_TOPIC]


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
    peer.refuse("sendMessage", 400, "Bad Request: can't parse entities: Unsupported start tag")
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
        assert not peer.messages(MEMBER)
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


async def test_a_refused_typing_notice_does_not_cost_the_answer(peer: Peer, serve: Serve) -> None:
    await serve(FakeAsker())
    peer.refuse("sendChatAction", 400, "Bad Request: chat not found", times=5)
    await peer.say(MEMBER, "问题")
    (message,) = await peer.wait_for_messages(MEMBER, 1)
    assert message.text == "答：问题"


def failing(error: Exception) -> FakeAsker:
    def reply(_: Question) -> Answer:
        raise error

    return FakeAsker(reply)


async def test_an_unexpected_error_is_logged_and_told_in_a_sentence(
    peer: Peer, serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    await serve(failing(RuntimeError("<内部细节>")))
    await peer.say(MEMBER, "问题")
    (message,) = await peer.wait_for_messages(MEMBER, 1)
    assert message.text == phrases.failed("机关纪委")
    assert "Traceback" in caplog.text
    assert "RuntimeError: <内部细节>" in caplog.text


async def test_an_expected_error_is_told_in_its_own_words(peer: Peer, serve: Serve) -> None:
    await serve(failing(NotBuiltError("知识库还没有建立，请联系管理员 <x>。")))
    await peer.say(MEMBER, "问题")
    (message,) = await peer.wait_for_messages(MEMBER, 1)
    assert message.text == "知识库还没有建立，请联系管理员 <x>。"


async def test_screen_control_in_a_question_does_not_reach_the_core(
    peer: Peer, serve: Serve
) -> None:
    asker = FakeAsker()
    await serve(asker)
    await peer.say(MEMBER, "问\u202e题\x1b[2J <b>")
    await peer.wait_for_messages(MEMBER, 1)
    assert asker.asked[0].text == "问题[2J <b>"
    assert texts(peer, MEMBER) == ["答：问题[2J <b>"]
