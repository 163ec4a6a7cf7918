"""An edited question changes its answer where it stands."""

from __future__ import annotations

import datetime as dt
from functools import partial

from bot.telegram import phrases
from bot.telegram.messages.rendering import answer_pages, plain_of
from knowledge.model import Answer, Outcome, Question
from knowledge.store import Records
from tests.bot.conftest import Serve
from tests.bot.samples import ADMIN, ANSWER, CARDS, GIFTS, MEMBERS, NO_BASIS, FakeAsker
from tests.peer import Peer

MEMBER = MEMBERS[0]
GROUP = -100500
LONG_AGO = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)


def texts(peer: Peer, chat_id: int) -> list[str]:
    return [message.text for message in peer.messages(chat_id)]


async def settled(peer: Peer, chat_id: int = MEMBER) -> None:
    """Everything sent before has been dealt with: a later command was answered."""
    before = len(peer.messages(chat_id))
    await peer.say(chat_id, "/new")
    await peer.wait_for_messages(chat_id, before + 1)


async def test_the_answer_changes_in_place_and_others_stay(peer: Peer, serve: Serve) -> None:
    await serve(FakeAsker())
    first = await peer.say(MEMBER, "礼品")
    await peer.say(MEMBER, "礼金")
    before = await peer.wait_for_messages(MEMBER, 2)
    await peer.edit(MEMBER, first, "购物卡")
    await settled(peer)
    assert texts(peer, MEMBER) == ["答：购物卡", "答：礼金", phrases.NEW_TOPIC]
    assert [each.message_id for each in peer.messages(MEMBER)[:2]] == [
        each.message_id for each in before
    ]


async def test_the_log_keeps_the_question_as_it_reads_now(
    peer: Peer, serve: Serve, records: Records
) -> None:
    await serve(FakeAsker(lambda question: NO_BASIS if "改" in question.text else ANSWER))
    asked = await peer.say(MEMBER, "礼品，电话13812345678")
    (message,) = await peer.wait_for_messages(MEMBER, 1)
    (first,) = records.asked.since(LONG_AGO)
    assert (first.outcome, [each.clause_id for each in first.clauses]) == (
        "answered",
        [GIFTS.id, CARDS.id],
    )
    assert "13812345678" not in first.text
    assert not first.in_group
    assert any(data.endswith(f"|{first.id}|useful") for data in message.buttons.values())
    await peer.edit(MEMBER, asked, "改过的问题")
    await settled(peer)
    (second,) = records.asked.since(LONG_AGO)
    assert (second.id, second.text) == (first.id, "改过的问题")
    assert (second.outcome, second.clauses) == ("no_basis", ())


async def test_a_question_that_the_log_has_forgotten_is_logged_anew_when_edited(
    peer: Peer, serve: Serve, records: Records
) -> None:
    await serve(FakeAsker())
    asked = await peer.say(MEMBER, "礼品")
    await peer.wait_for_messages(MEMBER, 1)
    records.asked.forget(MEMBER)
    await peer.edit(MEMBER, asked, "礼金")
    await settled(peer)
    assert [each.text for each in records.asked.since(LONG_AGO)] == ["礼金"]
    assert texts(peer, MEMBER) == ["答：礼金", phrases.NEW_TOPIC]


async def test_while_the_new_answer_is_sought_the_old_one_makes_room(
    peer: Peer, serve: Serve
) -> None:
    asker = FakeAsker()
    slow = asker.hold("慢")
    await serve(asker)
    asked = await peer.say(MEMBER, "快")
    await peer.wait_for_messages(MEMBER, 1)
    await peer.edit(MEMBER, asked, "慢")
    try:
        await peer.wait_until(lambda: texts(peer, MEMBER) == [phrases.LOOKING])
    finally:
        slow.set()
    await peer.wait_for_messages(MEMBER, 1)
    assert texts(peer, MEMBER) == ["答：慢"]


def on_pages(question: Question) -> Answer:
    notes = tuple(f"第{n}点" + "细" * 3_900 for n in range(int(question.text)))
    return Answer(Outcome.ANSWERED, f"答：{question.text}", notes=notes)


def pages(text: str) -> list[str]:
    return [plain_of(page) for page in answer_pages(on_pages(Question(text)))]


def shows(peer: Peer, expected: list[str]) -> bool:
    return [each for each in texts(peer, MEMBER) if each != phrases.NEW_TOPIC] == expected


async def test_pages_are_added_and_taken_away(peer: Peer, serve: Serve) -> None:
    await serve(FakeAsker(on_pages))
    asked = await peer.say(MEMBER, "2")
    first = await peer.wait_for_messages(MEMBER, len(pages("2")))
    await settled(peer)
    for text in ("4", "0", "3"):
        await peer.edit(MEMBER, asked, text)
        await peer.wait_until(partial(shows, peer, pages(text)))
        assert peer.messages(MEMBER)[0].message_id == first[0].message_id
    assert len({len(pages(text)) for text in ("0", "2", "3", "4")}) == 4


async def test_an_answer_that_was_deleted_comes_anew(peer: Peer, serve: Serve) -> None:
    await serve(FakeAsker())
    asked = await peer.say(MEMBER, "礼品")
    await peer.wait_for_messages(MEMBER, 1)
    await settled(peer)
    peer.sent.clear()
    await peer.edit(MEMBER, asked, "礼金")
    await peer.wait_for_messages(MEMBER, 1)
    await settled(peer)
    assert texts(peer, MEMBER) == ["答：礼金", phrases.NEW_TOPIC]


async def test_an_edited_question_is_seen_with_what_came_before_it(
    peer: Peer, serve: Serve
) -> None:
    asker = FakeAsker()
    await serve(asker)
    numbers = [await peer.say(MEMBER, text) for text in ("一", "二", "三")]
    await peer.wait_for_messages(MEMBER, 3)
    await peer.edit(MEMBER, numbers[1], "改二")
    await peer.say(MEMBER, "四")
    await peer.wait_for_messages(MEMBER, 4)
    turns = {question.text: question.turns for question in asker.asked}
    assert turns["改二"] == ("一",)
    assert turns["四"] == ("一", "改二", "三")


async def test_edits_of_what_was_no_question_ask_nothing(peer: Peer, serve: Serve) -> None:
    asker = FakeAsker()
    await serve(asker)
    command = await peer.say(MEMBER, "/help")
    await peer.wait_for_messages(MEMBER, 1)
    await peer.edit(MEMBER, command, "/start")
    await peer.edit(MEMBER, command, "现在是问题")
    await peer.edit(MEMBER, 999_999, "很久以前的问题")
    question = await peer.say(MEMBER, "问题")
    await peer.wait_for_messages(MEMBER, 2)
    await peer.edit(MEMBER, question, "/help")
    await settled(peer)
    assert texts(peer, MEMBER)[1:] == ["答：问题", phrases.NEW_TOPIC]
    assert [each.text for each in asker.asked] == ["问题"]


async def test_an_edit_that_fails_leaves_a_sentence_in_place(peer: Peer, serve: Serve) -> None:
    def reply(question: Question) -> Answer:
        if question.text == "坏":
            raise RuntimeError("内部")
        return Answer(Outcome.ANSWERED, f"答：{question.text}")

    await serve(FakeAsker(reply))
    asked = await peer.say(MEMBER, "好")
    await peer.wait_for_messages(MEMBER, 1)
    await peer.edit(MEMBER, asked, "坏")
    await settled(peer)
    assert texts(peer, MEMBER) == [phrases.failed("机关纪委"), phrases.NEW_TOPIC]


async def test_a_name_added_by_an_edit_asks_in_a_group(
    peer: Peer, serve: Serve, records: Records
) -> None:
    records.groups.open(GROUP, ADMIN)
    await serve(FakeAsker())
    aside = await peer.say(MEMBER, "礼品能收吗", chat_id=GROUP)
    await settled(peer)
    assert not peer.messages(GROUP)
    await peer.edit(MEMBER, aside, "@lianwen_test_bot 礼品能收吗", chat_id=GROUP)
    (message,) = await peer.wait_for_messages(GROUP, 1)
    assert (message.text, message.reply_to) == ("答：礼品能收吗", aside)
    await peer.edit(MEMBER, aside, "@lianwen_test_bot 礼金呢", chat_id=GROUP)
    await settled(peer)
    assert texts(peer, GROUP) == ["答：礼金呢"]
