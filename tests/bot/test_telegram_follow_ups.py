"""A follow-up reaches the core with the questions before it."""

from __future__ import annotations

from knowledge.model import Answer, Outcome, Question
from tests.bot.conftest import Serve
from tests.bot.samples import MEMBERS, FakeAsker
from tests.peer import Peer

MEMBER, OTHER = MEMBERS


async def test_earlier_questions_are_passed_until_a_new_topic(peer: Peer, serve: Serve) -> None:
    asker = FakeAsker()
    await serve(asker)
    for count, text in enumerate(("一", "二", "三", "四", "五", "六"), 1):
        await peer.say(MEMBER, text)
        await peer.wait_for_messages(MEMBER, count)
    await peer.say(OTHER, "别人")
    await peer.wait_for_messages(OTHER, 1)
    await peer.say(MEMBER, "/new")
    await peer.say(MEMBER, "七")
    await peer.wait_for_messages(MEMBER, 8)
    turns = {question.text: question.turns for question in asker.asked}
    assert turns["一"] == ()
    assert turns["三"] == ("一", "二")
    assert turns["六"] == ("二", "三", "四", "五")
    assert turns["别人"] == ()
    assert turns["七"] == ()


async def test_a_greeting_does_not_push_a_question_out(peer: Peer, serve: Serve) -> None:
    def reply(question: Question) -> Answer:
        outcome = Outcome.SMALL_TALK if question.text == "谢谢" else Outcome.ANSWERED
        return Answer(outcome, "答。")

    asker = FakeAsker(reply)
    await serve(asker)
    for count, text in enumerate(("问题", "谢谢", "情节严重的呢"), 1):
        await peer.say(MEMBER, text)
        await peer.wait_for_messages(MEMBER, count)
    assert asker.asked[-1].turns == ("问题",)
