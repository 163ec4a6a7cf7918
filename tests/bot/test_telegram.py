"""A person writes, the bot polls over HTTP, and the person reads what came back."""

from __future__ import annotations

import logging

import pytest

from bot.telegram import phrases
from bot.telegram.menus import menu_for
from bot.telegram.messages import sending
from knowledge.people import Role
from knowledge.store import Records
from tests.bot.conftest import Serve, all_handled
from tests.bot.samples import ADMIN, ANSWER, MEMBERS, STRANGER, FakeAsker
from tests.peer import Peer

MEMBER, OTHER = MEMBERS


def texts(peer: Peer, chat_id: int) -> list[str]:
    return [message.text for message in peer.messages(chat_id)]


async def settled(peer: Peer, chat_id: int = ADMIN) -> None:
    """Everything sent before has been dealt with: a later command was answered."""
    before = texts(peer, chat_id).count(phrases.NEW_TOPIC)
    await peer.say(chat_id, "/new")
    await peer.wait_until(lambda: texts(peer, chat_id).count(phrases.NEW_TOPIC) > before)


async def test_a_question_is_answered_with_its_sources(peer: Peer, serve: Serve) -> None:
    await serve(FakeAsker(lambda _: ANSWER))
    await peer.say(MEMBER, "购物卡能收吗")
    (message,) = await peer.wait_for_messages(MEMBER, 1)
    assert message.parse_mode == "HTML"
    assert message.text.startswith(ANSWER.text)
    quotes = [message.parsed.slice(e) for e in message.parsed.entities if "quote" in e.type]
    assert quotes == [citation.quote for citation in ANSWER.citations]
    assert "【1】第九十七条第一款" in message.text
    assert "1. 《示例纪律处分条例》第九十七条（" in message.text


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
    assert message.text == expected.get(
        command, phrases.help_text("机关纪委", menu_for(Role.OFFICER))
    )
    assert not asker.asked


async def test_a_stranger_is_told_once_how_to_be_added_and_never_answered(
    peer: Peer, serve: Serve, records: Records, caplog: pytest.LogCaptureFixture
) -> None:
    asker = FakeAsker()
    await serve(asker)
    for text in ("机密问题", "/start", "再问一次"):
        await peer.say(STRANGER, text)
    await all_handled(peer, records)
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
    records: Records,
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
    await all_handled(peer, records)
    assert str(STRANGER) in caplog.text
    assert not asker.asked
    assert not any("机密问题" in text for text in texts(peer, STRANGER))


async def test_nobody_is_served_while_the_list_is_empty(peer: Peer, serve: Serve) -> None:
    asker = FakeAsker()
    await serve(asker, admin_ids=frozenset())
    await peer.say(ADMIN, "问题")
    (told,) = await peer.wait_for_messages(ADMIN, 1)
    assert told.text == phrases.stranger(ADMIN)
    assert not asker.asked


async def test_an_album_or_a_file_gets_one_line_about_text(peer: Peer, serve: Serve) -> None:
    await serve(FakeAsker())
    photo = {"file_id": "p", "file_unique_id": "p", "width": 1, "height": 1}
    for _ in range(3):
        await peer.post(MEMBER, {"photo": [photo], "media_group_id": "7", "caption": "看图"})
    await peer.hand_over(OTHER, "材料.docx", b"x")
    await peer.wait_for_messages(OTHER, 1)
    await settled(peer, MEMBER)
    assert texts(peer, MEMBER) == [phrases.NO_FILES, phrases.NEW_TOPIC]
    assert texts(peer, OTHER) == [phrases.NO_FILES]


@pytest.mark.parametrize("kind", ["voice", "audio", "video_note"])
async def test_voice_is_declined_politely(peer: Peer, serve: Serve, kind: str) -> None:
    await serve(FakeAsker())
    sound = {"file_id": "v", "file_unique_id": "v", "duration": 3, "length": 240}
    await peer.post(MEMBER, {kind: sound})
    (message,) = await peer.wait_for_messages(MEMBER, 1)
    assert message.text == phrases.NO_VOICE


async def test_what_is_neither_is_asked_for_in_words(peer: Peer, serve: Serve) -> None:
    await serve(FakeAsker())
    await peer.post(MEMBER, {"contact": {"phone_number": "1", "first_name": "甲"}})
    (message,) = await peer.wait_for_messages(MEMBER, 1)
    assert message.text == phrases.TEXT_ONLY


async def test_a_notice_from_telegram_itself_needs_no_reply(peer: Peer, serve: Serve) -> None:
    await serve(FakeAsker())
    await peer.post(MEMBER, {"message_auto_delete_timer_changed": {"message_auto_delete_time": 60}})
    await settled(peer, MEMBER)
    assert texts(peer, MEMBER) == [phrases.NEW_TOPIC]
