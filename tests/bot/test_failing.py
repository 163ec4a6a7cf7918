"""When something goes wrong: a sentence in the answer's place, a traceback in the log."""

from __future__ import annotations

import asyncio

import pytest

from bot.telegram import phrases
from bot.telegram.membership import gate
from knowledge.errors import NotBuiltError, QuestionError, StoreError
from knowledge.model import Answer, Question
from knowledge.people import Member
from knowledge.store import Members, Records
from knowledge.store.asked import AskedLog
from knowledge.store.referrals import Referrals
from tests.bot.conftest import Serve, all_handled
from tests.bot.samples import MEMBERS, STRANGER, FakeAsker
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


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (QuestionError("问题太长了 <x>。"), "问题太长了 <x>。"),
        (NotBuiltError("请运行 lianwen ingest。"), phrases.NOT_READY),
        (StoreError("数据目录无法读写：/srv/机密路径。"), phrases.failed("机关纪委")),
    ],
)
async def test_only_what_concerns_the_question_is_told_in_its_own_words(
    peer: Peer, serve: Serve, caplog: pytest.LogCaptureFixture, error: Exception, told: str
) -> None:
    await serve(failing(error))
    await peer.say(MEMBER, "问题")
    (message,) = await peer.wait_for_messages(MEMBER, 1)
    assert message.text == told
    assert isinstance(error, QuestionError) or str(error) in caplog.text


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


@pytest.fixture
def no_list(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody can be looked up any more."""
    monkeypatch.setattr(gate, "PAUSES", (0.01,))

    def failing(*_: object) -> None:
        raise StoreError("数据库暂时不可用")

    monkeypatch.setattr(Members, "get", failing)


@pytest.mark.parametrize("text", ["/rules", "/cases", "能收礼吗？", "/stats"])
async def test_where_nobody_can_be_looked_up_nobody_passes_and_nothing_is_lost(
    peer: Peer, serve: Serve, records: Records, no_list: None, text: str
) -> None:
    asker = FakeAsker()
    await serve(asker)
    for person in (STRANGER, MEMBER):
        await peer.say(person, text)
    await peer.drained()
    await asyncio.sleep(0.3)
    assert not peer.sent
    assert not asker.asked
    assert len(records.inbox.waiting()) == 2


async def test_a_list_that_comes_back_is_waited_for(
    peer: Peer, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate, "PAUSES", (0.01, 0.01))
    failures, real = iter([StoreError("断了"), StoreError("断了")]), Members.get

    def get(self: Members, telegram_id: int) -> Member | None:
        error = next(failures, None)
        if error:
            raise error
        return real(self, telegram_id)

    await serve(FakeAsker())
    monkeypatch.setattr(Members, "get", get)
    await peer.say(MEMBER, "问题")
    (message,) = await peer.wait_for_messages(MEMBER, 1)
    assert message.text == "答：问题"


async def test_an_update_that_failed_in_one_handler_goes_to_no_other(
    peer: Peer, serve: Serve, records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    asker = FakeAsker()
    await serve(asker)

    def failing(*_: object) -> None:
        raise RuntimeError("坏了")

    monkeypatch.setattr(Referrals, "shown_in", failing)
    await peer.say(MEMBER, "问题")
    (answer,) = await peer.wait_for_messages(MEMBER, 1)
    await peer.say(MEMBER, "机密的人工答复", reply_to=answer.message_id)
    await all_handled(peer, records)
    assert [each.text for each in asker.asked] == ["问题"]
    assert peer.messages(MEMBER)[-1].text == phrases.failed("机关纪委")
