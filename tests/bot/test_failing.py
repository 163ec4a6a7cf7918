"""When something goes wrong: a sentence in the answer's place, a traceback in the log."""

from __future__ import annotations

import pytest

from bot.telegram import phrases
from knowledge.errors import NotBuiltError, StoreError
from knowledge.model import Answer, Question
from knowledge.store.asked import AskedLog
from tests.bot.conftest import Serve
from tests.bot.samples import MEMBERS, FakeAsker
from tests.peer import Peer

MEMBER = MEMBERS[0]


def texts(peer: Peer, chat_id: int) -> list[str]:
    return [message.text for message in peer.messages(chat_id)]


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


async def test_what_telegram_will_not_show_becomes_a_sentence_and_no_draft_stays(
    peer: Peer, serve: Serve
) -> None:
    await serve(FakeAsker())
    peer.refuse("editMessageText", 400, "Bad Request: BUTTON_DATA_INVALID", times=2)
    await peer.say(MEMBER, "问题")
    await peer.wait_for_messages(MEMBER, 1)
    assert phrases.failed("机关纪委") in texts(peer, MEMBER)


async def test_an_answer_does_not_wait_for_its_trace(
    peer: Peer, serve: Serve, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def failing(*_: object) -> int:
        raise StoreError("磁盘满了")

    monkeypatch.setattr(AskedLog, "add", failing)
    await serve(FakeAsker())
    await peer.say(MEMBER, "机密问题")
    (message,) = await peer.wait_for_messages(MEMBER, 1)
    assert message.text == "答：机密问题"
    assert not message.buttons
    assert "提问没能记下" in caplog.text
    assert "机密问题" not in caplog.text
