"""The buttons under an answer: what they offer, the asker's vote, the cases that fit."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.telegram.answers import fitting_cases, voting
from bot.telegram.answers.answer_buttons import REASONS, answer_keyboard
from knowledge.library import Library
from knowledge.model import (
    Answer,
    Citation,
    Clause,
    Document,
    Kind,
    Outcome,
    Paragraph,
    ParsedDocument,
)
from knowledge.store import Records
from tests.bot.conftest import Serve
from tests.bot.samples import (
    ADMIN,
    ANSWER,
    FIRST_PARAGRAPH,
    GREETING,
    LIBRARY,
    MEMBERS,
    NO_BASIS,
    FakeAsker,
)
from tests.peer import Peer, Sent

MEMBER, OTHER = MEMBERS
GROUP = -100500


def labels(answer: Answer, *, in_group: bool = False, vote: str = "") -> list[list[str]]:
    markup = answer_keyboard(7, answer, in_group, vote)
    return [[each.text for each in row] for row in markup.inline_keyboard] if markup else []


def test_an_answer_offers_its_originals_by_number_cases_votes_and_the_office() -> None:
    assert labels(ANSWER) == [
        ["原文1", "原文2"],
        ["相关案例", "转纪检部门"],
        ["有用", "没用"],
    ]


def test_one_cited_clause_needs_no_number_and_is_offered_once() -> None:
    twice = replace(ANSWER, citations=(FIRST_PARAGRAPH, FIRST_PARAGRAPH))
    assert labels(twice)[0] == ["原文"]


def test_numbers_are_those_of_the_sources() -> None:
    again = replace(ANSWER, citations=(FIRST_PARAGRAPH, *ANSWER.citations))
    assert labels(again)[0] == ["原文1", "原文3"]


def test_a_group_is_not_offered_the_office() -> None:
    assert labels(ANSWER, in_group=True)[1] == ["相关案例"]


@pytest.mark.parametrize("outcome", [Outcome.NO_BASIS, Outcome.REFUSED])
def test_without_an_answer_there_are_still_the_office_and_the_votes(outcome: Outcome) -> None:
    assert labels(replace(NO_BASIS, outcome=outcome)) == [["转纪检部门"], ["有用", "没用"]]


def test_small_talk_has_no_buttons() -> None:
    assert labels(GREETING) == []


def test_an_earlier_vote_is_marked() -> None:
    assert labels(ANSWER, vote="useless")[-1] == ["有用", "✓ 没用"]


async def answered(peer: Peer, chat_id: int = MEMBER, text: str = "购物卡能收吗") -> Sent:
    """Ask, and wait for the answer with its buttons."""
    mention = "@lianwen_test_bot " if chat_id < 0 else ""
    await peer.say(MEMBER, f"{mention}{text}", chat_id=chat_id)
    await peer.wait_until(lambda: any("有用" in each.buttons for each in peer.messages(chat_id)))
    return next(each for each in peer.messages(chat_id) if "有用" in each.buttons)


def standing(peer: Peer, message: Sent) -> list[str]:
    (now,) = [
        each for each in peer.messages(message.chat_id) if each.message_id == message.message_id
    ]
    return list(now.buttons)


async def told(peer: Peer, count: int = 1) -> str:
    """What the last of so many pressed buttons brought up."""
    await peer.wait_until(lambda: len(peer.answered_callbacks) >= count)
    return str(peer.answered_callbacks[count - 1].get("text", ""))


async def number_of(records: Records, person: int = MEMBER) -> int:
    return next(n for n in range(1, 50) if records.asked.is_by(n, person))


async def test_a_vote_is_kept_and_shown(peer: Peer, serve: Serve, records: Records) -> None:
    await serve(FakeAsker(lambda _: ANSWER))
    message = await answered(peer)
    await peer.press(MEMBER, message.message_id, "有用")
    assert await told(peer) == voting.THANKS
    await peer.wait_until(lambda: "✓ 有用" in standing(peer, message))
    kept = records.asked.get(await number_of(records))
    assert kept
    assert (kept.vote, kept.reason) == ("useful", "")


async def test_a_vote_against_gives_its_reason_and_can_be_changed(
    peer: Peer, serve: Serve, records: Records
) -> None:
    await serve(FakeAsker(lambda _: ANSWER))
    message = await answered(peer)
    await peer.press(MEMBER, message.message_id, "没用")
    assert await told(peer) == voting.WHY
    await peer.wait_until(lambda: "看不懂" in standing(peer, message))
    assert standing(peer, message)[-6:] == ["有用", "✓ 没用", *REASONS]
    question = await number_of(records)
    kept = records.asked.get(question)
    assert kept
    assert (kept.vote, kept.reason) == ("useless", "")

    await peer.press(MEMBER, message.message_id, "依据不对")
    assert await told(peer, 2) == "谢谢，已记下：依据不对。"
    await peer.wait_until(lambda: "看不懂" not in standing(peer, message))
    kept = records.asked.get(question)
    assert kept
    assert (kept.vote, kept.reason) == ("useless", "依据不对")
    assert "✓ 没用" in standing(peer, message)

    await peer.press(MEMBER, message.message_id, "有用")
    await peer.wait_until(lambda: "✓ 有用" in standing(peer, message))
    kept = records.asked.get(question)
    assert kept
    assert (kept.vote, kept.reason) == ("useful", "")
    assert "没用" in standing(peer, message)


async def test_the_same_vote_twice_changes_nothing(peer: Peer, serve: Serve) -> None:
    await serve(FakeAsker(lambda _: ANSWER))
    message = await answered(peer)
    for count in (1, 2):
        await peer.press(MEMBER, message.message_id, message.buttons["有用"])
        assert await told(peer, count) == voting.THANKS
    await peer.wait_until(lambda: "✓ 有用" in standing(peer, message))


async def test_in_a_group_only_the_asker_votes(peer: Peer, serve: Serve, records: Records) -> None:
    await serve(FakeAsker(lambda _: ANSWER))
    await peer.say(ADMIN, "/open@lianwen_test_bot", chat_id=GROUP)
    await peer.wait_for_messages(GROUP, 1)
    message = await answered(peer, GROUP)
    assert "转纪检部门" not in message.buttons
    await peer.press(OTHER, message.message_id, "没用", chat_id=GROUP)
    assert await told(peer) == voting.NOT_YOURS
    kept = records.asked.get(await number_of(records))
    assert kept
    assert kept.vote == ""
    assert "✓ 没用" not in standing(peer, message)


@pytest.mark.parametrize(
    "data",
    ["vote|999999|useful", "vote", "vote|1|best", "vote|-1|useful", "why|1|9", "why|x", "vote|1"],
)
async def test_forged_and_stale_votes_get_a_line(peer: Peer, serve: Serve, data: str) -> None:
    await serve(FakeAsker(lambda _: ANSWER))
    message = await answered(peer)
    await peer.press(MEMBER, message.message_id, data)
    assert await told(peer) == voting.GONE


CASE = Document("case", "某甲收卡案", Kind.CASE, source="2021年通报")
DEED = Clause("case-1", "case", 1, "", ("基本事实",), (Paragraph(1, "某甲收受购物卡两张。"),))
END = Clause("case-2", "case", 2, "", ("处分",), (Paragraph(1, "某甲受到警告处分。"),))
TOLD = (Citation(CASE, DEED, DEED.text), Citation(CASE, END, END.text))
HELD = Library(
    [
        *(
            ParsedDocument(document, tuple(LIBRARY.clauses_of(document.id)))
            for document in LIBRARY.documents.values()
        ),
        ParsedDocument(CASE, (DEED, END)),
    ]
)


async def test_a_fitting_case_is_told_with_its_end_its_source_and_the_way_to_it(
    peer: Peer, serve: Serve
) -> None:
    asker = FakeAsker(lambda _: ANSWER)
    asker.held, asker.cases = HELD, {"购物卡能收吗": TOLD}
    await serve(asker)
    message = await answered(peer)
    await peer.press(MEMBER, message.message_id, "相关案例")
    await peer.wait_until(lambda: "案例全文" in peer.messages(MEMBER)[-1].buttons)
    shown = peer.messages(MEMBER)[-1]
    assert shown.reply_to == message.message_id
    assert [line for line in shown.text.split("\n") if line] == [
        "相关案例",
        "【1】《某甲收卡案》",
        "基本事实",
        "某甲收受购物卡两张。",
        "处分",
        "某甲受到警告处分。",
        "来源：2021年通报",
    ]
    await peer.press(MEMBER, shown.message_id, "案例全文")
    await peer.wait_until(lambda: "下一节" in peer.messages(MEMBER)[-1].buttons)
    whole = peer.messages(MEMBER)[-1]
    assert "《某甲收卡案》· 基本事实" in whole.text
    assert "案例，供对照学习，不作依据" in whole.text


async def test_cases_near_the_cited_clause_fill_up(peer: Peer, serve: Serve) -> None:
    asker = FakeAsker(lambda _: ANSWER)
    asker.held, asker.cases = HELD, {ANSWER.citations[1].clause.text: TOLD}
    await serve(asker)
    message = await answered(peer)
    await peer.press(MEMBER, message.message_id, "相关案例")
    await peer.wait_until(lambda: "案例全文" in peer.messages(MEMBER)[-1].buttons)
    assert asker.sought[0] == "购物卡能收吗"


async def test_at_most_three_cases_are_shown(peer: Peer, serve: Serve) -> None:
    def named(n: int) -> tuple[Citation, ...]:
        document = replace(CASE, id=f"case{n}", title=f"第{n}案")
        clause = replace(DEED, id=f"case{n}-1", document_id=document.id)
        return (Citation(document, clause, clause.text),)

    asker = FakeAsker(lambda _: ANSWER)
    asker.held = HELD
    asker.cases = {"购物卡能收吗": named(1) + named(2)}
    asker.cases |= {ANSWER.citations[0].clause.text: named(2) + named(3) + named(4)}
    await serve(asker)
    message = await answered(peer)
    await peer.press(MEMBER, message.message_id, "相关案例")
    await peer.wait_until(lambda: "案例全文3" in peer.messages(MEMBER)[-1].buttons)
    shown = peer.messages(MEMBER)[-1]
    assert list(shown.buttons) == ["案例全文1", "案例全文2", "案例全文3"]
    assert [f"【{n}】《第{n}案》" in shown.text for n in (1, 2, 3, 4)] == [True, True, True, False]


async def test_where_no_case_fits_the_person_is_told_where_to_look(
    peer: Peer, serve: Serve
) -> None:
    await serve(FakeAsker(lambda _: ANSWER))
    message = await answered(peer)
    await peer.press(MEMBER, message.message_id, "相关案例")
    await peer.wait_until(lambda: peer.messages(MEMBER)[-1].text == fitting_cases.NONE)


async def test_nobody_reaches_anothers_question_through_forged_data(
    peer: Peer, serve: Serve, records: Records
) -> None:
    await serve(FakeAsker(lambda _: ANSWER))
    message = await answered(peer)
    await peer.say(OTHER, "别的问题")
    await peer.wait_until(lambda: any("有用" in each.buttons for each in peer.messages(OTHER)))
    own = next(each for each in peer.messages(OTHER) if "有用" in each.buttons)
    for count, word in enumerate(("相关案例", "转纪检部门", "没用"), 1):
        await peer.press(OTHER, own.message_id, message.buttons[word])
        await told(peer, count)
    assert len(peer.messages(OTHER)) == 1
    kept = records.asked.get(await number_of(records))
    assert kept
    assert kept.vote == ""
