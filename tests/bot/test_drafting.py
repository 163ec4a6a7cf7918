"""A core that writes is read along with: seldom, never after the answer, and at nobody's cost."""

from __future__ import annotations

import threading
import time
from itertools import pairwise

import pytest

from bot.asking import Heard
from bot.telegram import phrases
from bot.telegram.messages import drafting
from knowledge.model import Answer, Question
from tests.bot.conftest import Serve
from tests.bot.samples import MEMBERS, FakeAsker
from tests.peer import Peer, utf16_units
from tests.peer.chats import Request

MEMBER = MEMBERS[0]


class Writer(FakeAsker):
    """Writes its answer in steps; the last waits for ``ready``."""

    def __init__(self, steps: list[str], pause: float = 0.02) -> None:
        super().__init__()
        self.ready = threading.Event()
        self.ready.set()
        self._steps = steps
        self._pause = pause

    def ask(self, question: Question, heard: Heard | None = None) -> Answer:
        assert heard
        for step in self._steps:
            heard(step)
            time.sleep(self._pause)
        assert self.ready.wait(10)
        return super().ask(question)


def drafts(peer: Peer) -> list[Request]:
    edits = peer.calls("editMessageText")
    return [each for each in edits if each.params["text"].endswith(phrases.UNFINISHED)]


async def test_a_growing_answer_is_shown_at_most_so_often_and_then_replaced(
    peer: Peer, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drafting, "EVERY", 0.3)
    text = "一切礼品应当登记上交，不得私自处理。" * 3
    await serve(Writer([text[:length] for length in range(1, len(text))]))
    await peer.say(MEMBER, "问题")
    (message,) = await peer.wait_for_messages(MEMBER, 1)
    assert message.text == "答：问题"
    times = [each.at for each in drafts(peer)]
    assert 2 <= len(times) <= 5
    assert all(after - before >= 0.29 for before, after in pairwise(times))
    shown = [each.params["text"].removesuffix(phrases.UNFINISHED) for each in drafts(peer)]
    assert all(text.startswith(each) for each in shown)
    assert [len(each) for each in shown] == sorted(len(each) for each in shown)
    assert peer.calls("editMessageText")[-1].params["text"] == "<b>答：问题</b>"


async def test_once_a_second_is_the_limit_by_default(peer: Peer, serve: Serve) -> None:
    assert drafting.EVERY == 1.0
    await serve(Writer(["一", "一二", "一二三", "一二三四"], 0.1))
    await peer.say(MEMBER, "问题")
    await peer.wait_for_messages(MEMBER, 1)
    assert len(drafts(peer)) == 1


async def test_what_is_being_written_shows_no_markup_and_fits_a_message(
    peer: Peer, serve: Serve
) -> None:
    writer = Writer(["<b>𠮷</b> &amp; \u202e" + "𠮷" * 5000])
    writer.ready.clear()
    await serve(writer)
    await peer.say(MEMBER, "问题")
    try:
        await peer.wait_until(lambda: bool(drafts(peer)))
        await peer.wait_until(lambda: peer.messages(MEMBER)[0].edits == 1)
        (message,) = peer.messages(MEMBER)
    finally:
        writer.ready.set()
    assert message.text.startswith("<b>𠮷</b> &amp; 𠮷")
    assert message.text.endswith(phrases.UNFINISHED)
    assert utf16_units(message.text) <= 4000
    await peer.wait_for_messages(MEMBER, 1)


@pytest.mark.parametrize("flood", [False, True])
async def test_a_refused_draft_costs_nothing(peer: Peer, serve: Serve, flood: bool) -> None:
    writer = Writer(["一些话"])
    writer.ready.clear()
    await serve(writer)
    if flood:
        peer.flood("editMessageText", retry_after=1)
    else:
        peer.refuse("editMessageText", 400, "Bad Request: MESSAGE_TOO_LONG")
    await peer.say(MEMBER, "问题")
    try:
        await peer.wait_until(lambda: bool(drafts(peer)))
    finally:
        writer.ready.set()
    (message,) = await peer.wait_for_messages(MEMBER, 1)
    assert message.text == "答：问题"
    assert len(drafts(peer)) == 1
