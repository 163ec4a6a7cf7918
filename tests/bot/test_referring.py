"""A question goes to the discipline office as shown, once, and a person's answer comes back."""

from __future__ import annotations

import datetime as dt

import pytest

from bot.telegram import phrases
from bot.telegram.referrals import screens
from knowledge.model import Answer
from knowledge.people import Member, Role
from knowledge.store import Records
from tests.bot.conftest import Serve, halt
from tests.bot.samples import (
    ADMIN,
    ANSWER,
    MEMBERS,
    NO_BASIS,
    REVIEWER,
    FakeAsker,
    long_answer,
)
from tests.peer import Peer, Sent

MEMBER, OTHER = MEMBERS
SECOND = 3002
QUESTION = "张某送购物卡，电话13812345678，能收吗"
CONTENT = (
    "提问人：用户2001（执法一队）",
    "问题：",
    "机器人的答复：",
    ANSWER.text,
    "依据：",
    "1. 《示例纪律处分条例》第九十七条"
    "（第二编 分则 › 第八章 对违反廉洁纪律行为的处分），2024年1月1日起施行",
    "2. 《〈示例纪律处分条例〉要点》· 四、购物卡 › （二）怎么办，2025年3月2日发布",
)


@pytest.fixture
def two_reviewers(peer: Peer, records: Records) -> None:
    records.members.add(Member(SECOND, Role.REVIEWER, "用户3002", "纪检组"))
    for reviewer in (REVIEWER, SECOND):
        peer.knows(reviewer)


def fake(answer: Answer = ANSWER) -> FakeAsker:
    return FakeAsker(lambda _: answer)


async def last_with(peer: Peer, chat_id: int, label: str) -> Sent:
    """Wait for a message under which a button stands; the last such."""
    await peer.wait_until(lambda: any(label in each.buttons for each in peer.messages(chat_id)))
    return [each for each in peer.messages(chat_id) if label in each.buttons][-1]


async def saying(peer: Peer, chat_id: int, words: str) -> Sent:
    """Wait for a message that holds some words; the last such."""
    await peer.wait_until(lambda: any(words in each.text for each in peer.messages(chat_id)))
    return [each for each in peer.messages(chat_id) if words in each.text][-1]


async def alert(peer: Peer, count: int) -> str:
    await peer.wait_until(lambda: len(peer.answered_callbacks) >= count)
    return str(peer.answered_callbacks[count - 1].get("text", ""))


async def previewed(peer: Peer, text: str = QUESTION) -> tuple[Sent, Sent]:
    """Ask, and ask to pass it on: the answer and the preview."""
    await peer.say(MEMBER, text)
    answer = await last_with(peer, MEMBER, "转纪检部门")
    await peer.press(MEMBER, answer.message_id, "转纪检部门")
    return answer, await last_with(peer, MEMBER, "确认转交")


async def passed_on(peer: Peer, reviewer: int = REVIEWER) -> Sent:
    """Ask, pass it on, confirm: the reviewer's copy."""
    _, preview = await previewed(peer)
    await peer.press(MEMBER, preview.message_id, "确认转交")
    await saying(peer, MEMBER, screens.SENT)
    return await last_with(peer, reviewer, "我来答复")


def copies(peer: Peer, chat_id: int) -> list[Sent]:
    return [each for each in peer.messages(chat_id) if "转来的问题（第" in each.text]


async def quiet(peer: Peer) -> None:
    """Whatever was under way has been dealt with."""
    before = len(peer.messages(ADMIN))
    await peer.say(ADMIN, "/new")
    await peer.wait_for_messages(ADMIN, before + 1)


@pytest.mark.usefixtures("two_reviewers")
async def test_the_preview_shows_exactly_what_every_reviewer_then_gets(
    peer: Peer, serve: Serve, records: Records
) -> None:
    await serve(fake())
    answer, preview = await previewed(peer)
    assert preview.reply_to == answer.message_id
    assert "（2 人）" in preview.text
    assert all(part in preview.text for part in CONTENT)
    assert "13812345678" not in preview.text
    assert "张某送购物卡" in preview.text
    assert not peer.messages(REVIEWER)

    await peer.press(MEMBER, preview.message_id, "确认转交")
    for reviewer in (REVIEWER, SECOND):
        copy = await last_with(peer, reviewer, "我来答复")
        body = copy.text.split("\n\n", 1)[1].rsplit("\n\n", 1)[0]
        assert body == preview.text.split("\n\n", 1)[1]
    closed = await saying(peer, MEMBER, screens.SENT)
    assert closed.message_id == preview.message_id
    assert not closed.buttons
    assert [e.action for e in records.audit.recent() if "referral" in e.action] == ["referral.sent"]


async def test_a_cancelled_referral_sends_nothing_and_can_be_asked_for_again(
    peer: Peer, serve: Serve, records: Records
) -> None:
    peer.knows(REVIEWER)
    await serve(fake())
    answer, preview = await previewed(peer)
    await peer.press(MEMBER, preview.message_id, "取消")
    await saying(peer, MEMBER, screens.CANCELLED)
    assert records.referrals.waiting() == []
    await peer.press(MEMBER, preview.message_id, preview.buttons["确认转交"])
    assert await alert(peer, 3) == screens.OUTDATED
    await peer.press(MEMBER, answer.message_id, "转纪检部门")
    again = await last_with(peer, MEMBER, "确认转交")
    await peer.press(MEMBER, again.message_id, "确认转交")
    await last_with(peer, REVIEWER, "我来答复")


async def test_pressing_twice_sends_once(peer: Peer, serve: Serve, records: Records) -> None:
    peer.knows(REVIEWER)
    await serve(fake())
    answer, preview = await previewed(peer)
    for _ in range(3):
        await peer.press(MEMBER, preview.message_id, preview.buttons["确认转交"])
    await saying(peer, MEMBER, screens.SENT)
    await peer.press(MEMBER, answer.message_id, "转纪检部门")
    assert await alert(peer, 5) == screens.ALREADY_SENT
    assert len(copies(peer, REVIEWER)) == 1
    assert len(records.referrals.waiting()) == 1


async def test_after_a_crash_in_between_the_same_press_sends_the_rest(
    peer: Peer, serve: Serve, records: Records, two_reviewers: None
) -> None:
    await serve(fake())
    _, preview = await previewed(peer)
    # As far as a first press came before the process was killed.
    number, edition = map(int, preview.buttons["确认转交"].split("|")[1:])
    assert records.referrals.open(number, MEMBER, edition)
    records.referrals.note_copy(number, REVIEWER, 999)
    await peer.press(MEMBER, preview.message_id, "确认转交")
    await last_with(peer, SECOND, "我来答复")
    await saying(peer, MEMBER, screens.SENT)
    assert not peer.messages(REVIEWER)
    sent = [entry for entry in records.audit.recent() if entry.action == "referral.sent"]
    assert len(sent) == 1


async def test_a_preview_of_a_question_edited_since_sends_nothing(
    peer: Peer, serve: Serve, records: Records
) -> None:
    peer.knows(REVIEWER)
    await serve(fake())
    answer, preview = await previewed(peer)
    await peer.press(MEMBER, answer.message_id, "转纪检部门")
    await peer.wait_until(
        lambda: sum("确认转交" in each.buttons for each in peer.messages(MEMBER)) == 2
    )
    await peer.press(MEMBER, preview.message_id, preview.buttons["确认转交"])
    assert await alert(peer, 3) == screens.OUTDATED
    assert records.referrals.waiting() == []


@pytest.mark.parametrize("case", ["none", "blocked", "left"])
async def test_without_a_reviewer_the_officer_is_told_whom_to_ask(
    peer: Peer, serve: Serve, records: Records, case: str
) -> None:
    if case == "none":
        records.roster.remove(ADMIN, REVIEWER)
    elif case == "left":
        records.members.set_reachable(REVIEWER, False)
    else:
        peer.blocked.add(REVIEWER)
    await serve(fake())
    await peer.say(MEMBER, QUESTION)
    answer = await last_with(peer, MEMBER, "转纪检部门")
    await peer.press(MEMBER, answer.message_id, "转纪检部门")
    if case == "blocked":
        preview = await last_with(peer, MEMBER, "确认转交")
        await peer.press(MEMBER, preview.message_id, "确认转交")
    told = await saying(peer, MEMBER, "请直接联系机关纪委")
    assert told.text == screens.nobody("机关纪委")


async def test_without_a_basis_the_question_goes_all_the_same(peer: Peer, serve: Serve) -> None:
    peer.knows(REVIEWER)
    await serve(fake(NO_BASIS))
    _, preview = await previewed(peer)
    assert NO_BASIS.text in preview.text
    assert "依据：" not in preview.text


async def test_of_an_answer_over_several_messages_the_deciding_line_is_found_in_the_rule(
    peer: Peer, serve: Serve
) -> None:
    peer.knows(REVIEWER)
    await serve(fake(long_answer()))
    _, preview = await previewed(peer)
    assert "机器人的答复：\n" in preview.text
    assert "1. 《示例纪律处分条例》第一条" in preview.text


async def test_a_reply_reaches_the_asker_as_a_persons_with_the_question(
    peer: Peer, serve: Serve, records: Records
) -> None:
    peer.knows(REVIEWER)
    asker = fake()
    await serve(asker)
    copy = await passed_on(peer)
    await peer.say(REVIEWER, "不能收，<b>请</b>上交。", reply_to=copy.message_id)
    reply = await saying(peer, MEMBER, "人工答复】")
    assert reply.text.startswith("【人工答复】纪检部门答复如下：\n\n不能收，<b>请</b>上交。")
    assert "张某送购物卡" in reply.text
    await saying(peer, REVIEWER, screens.DELIVERED)
    assert [question.text for question in asker.asked] == [QUESTION]
    assert records.referrals.waiting() == []
    entries = [e for e in records.audit.recent() if e.action == "referral.answered"]
    assert [(e.actor, set(e.details)) for e in entries] == [(REVIEWER, {"referral"})]


async def test_a_second_reply_is_a_correction_and_an_edit_is_not_sent(
    peer: Peer, serve: Serve
) -> None:
    peer.knows(REVIEWER)
    asker = fake()
    await serve(asker)
    copy = await passed_on(peer)
    first = await peer.say(REVIEWER, "能收。", reply_to=copy.message_id)
    await saying(peer, REVIEWER, screens.DELIVERED)
    await peer.edit(REVIEWER, first, "不能收。", reply_to=copy.message_id)
    await saying(peer, REVIEWER, screens.NO_EDITS)
    assert not [each for each in peer.messages(MEMBER) if "不能收。" in each.text]
    await peer.say(REVIEWER, "更正：不能收。", reply_to=copy.message_id)
    again = await saying(peer, MEMBER, "更正：不能收。")
    assert "补充或更正如下" in again.text
    assert len(asker.asked) == 1


async def test_replies_work_after_a_restart(peer: Peer, serve: Serve) -> None:
    peer.knows(REVIEWER)
    first = await serve(fake())
    copy = await passed_on(peer)
    await halt(first)
    await serve(fake())
    await peer.say(REVIEWER, "不能收。", reply_to=copy.message_id)
    assert "人工答复" in (await saying(peer, MEMBER, "不能收。")).text


async def test_other_reviewers_hear_who_takes_it_and_who_has_answered(
    peer: Peer, serve: Serve, two_reviewers: None
) -> None:
    await serve(fake())
    copy = await passed_on(peer)
    other = await last_with(peer, SECOND, "我来答复")
    before = len(peer.answered_callbacks)
    await peer.press(REVIEWER, copy.message_id, "我来答复")
    taken = await saying(peer, SECOND, screens.taken("用户3001"))
    assert taken.reply_to == other.message_id
    await peer.press(SECOND, other.message_id, "我来答复")
    assert (await alert(peer, before + 2)).startswith(screens.taken("用户3001"))
    await peer.say(REVIEWER, "不能收。", reply_to=copy.message_id)
    await saying(peer, SECOND, screens.done("用户3001"))
    await peer.say(SECOND, "补充一点。", reply_to=other.message_id)
    await saying(peer, MEMBER, "补充一点。")
    assert not [e for e in peer.messages(REVIEWER) if screens.done("用户3002") in e.text]


@pytest.mark.parametrize("case", ["blocked", "removed", "forgotten", "broken"])
async def test_the_reviewer_hears_when_the_answer_did_not_arrive(
    peer: Peer, serve: Serve, records: Records, case: str
) -> None:
    peer.knows(REVIEWER)
    await serve(fake())
    copy = await passed_on(peer)
    told = {"forgotten": screens.ASKER_GONE, "broken": screens.NOT_DELIVERED}
    if case == "blocked":
        peer.blocked.add(MEMBER)
    elif case == "removed":
        records.roster.remove(ADMIN, MEMBER)
    elif case == "forgotten":
        (waiting,) = records.referrals.waiting()
        records.referrals.answered(waiting.id, REVIEWER, 1)
        later = dt.datetime.now(dt.UTC) + dt.timedelta(days=31)
        records.referrals.sweep(later, dt.timedelta(days=180))
    else:
        peer.refuse("sendMessage", 400, "Bad Request: something is wrong")
    await peer.say(REVIEWER, "不能收。", reply_to=copy.message_id)
    await saying(peer, REVIEWER, told.get(case, screens.ASKER_LEFT))
    assert not [each for each in peer.messages(MEMBER) if "人工答复】" in each.text]
    if case == "broken":
        await peer.say(REVIEWER, "不能收。", reply_to=copy.message_id)
        await saying(peer, MEMBER, "人工答复】")


async def test_a_reply_without_words_is_asked_for_in_words(peer: Peer, serve: Serve) -> None:
    peer.knows(REVIEWER)
    await serve(fake())
    copy = await passed_on(peer)
    reply = {"reply_to_message": {"message_id": copy.message_id, "date": 1, "chat": {}}}
    reply["reply_to_message"]["chat"] = {"id": REVIEWER, "type": "private"}
    voice = {"file_id": "v", "file_unique_id": "v", "duration": 1}
    await peer.post(REVIEWER, reply | {"voice": voice})
    await saying(peer, REVIEWER, screens.TEXT_PLEASE)
    assert not [each for each in peer.messages(MEMBER) if "人工答复】" in each.text]


async def test_a_reviewers_other_messages_are_questions(peer: Peer, serve: Serve) -> None:
    peer.knows(REVIEWER)
    asker = fake()
    await serve(asker)
    await passed_on(peer)
    await peer.say(REVIEWER, "公车能私用吗")
    answer = await last_with(peer, REVIEWER, "有用")
    await peer.say(REVIEWER, "那情节严重的呢", reply_to=answer.message_id)
    await peer.wait_until(lambda: len(asker.asked) == 3)


async def test_who_is_no_longer_a_reviewer_answers_nobody(
    peer: Peer, serve: Serve, records: Records
) -> None:
    peer.knows(REVIEWER)
    asker = fake()
    await serve(asker)
    copy = await passed_on(peer)
    records.members.add(Member(REVIEWER, Role.OFFICER, "用户3001", "纪检组"))
    await peer.say(REVIEWER, "不能收。", reply_to=copy.message_id)
    await saying(peer, REVIEWER, screens.NOT_REVIEWER)
    before = len(peer.answered_callbacks)
    await peer.press(REVIEWER, copy.message_id, "我来答复")
    assert await alert(peer, before + 1) == phrases.NOT_FOR_YOU
    assert len(asker.asked) == 1
    assert not [each for each in peer.messages(MEMBER) if "人工答复】" in each.text]


async def test_reviewers_list_what_waits_and_see_each_again(
    peer: Peer, serve: Serve, two_reviewers: None
) -> None:
    await serve(fake())
    await passed_on(peer)
    await peer.say(SECOND, "/referrals")
    listed = await saying(peer, SECOND, "等待答复的问题：1 件")
    (label,) = listed.buttons
    assert "张某送购物卡" in listed.text
    await peer.press(SECOND, listed.message_id, label)
    await peer.wait_until(lambda: len(copies(peer, SECOND)) == 2)
    await peer.say(SECOND, "不能收。", reply_to=copies(peer, SECOND)[-1].message_id)
    await saying(peer, MEMBER, "不能收。")
    await peer.say(SECOND, "/referrals")
    await saying(peer, SECOND, screens.NOTHING_WAITING)


async def test_the_list_is_for_reviewers(peer: Peer, serve: Serve) -> None:
    await serve(fake())
    for person in (MEMBER, ADMIN):
        await peer.say(person, "/referrals")
        assert (await peer.wait_for_messages(person, 1))[0].text == phrases.NOT_FOR_YOU


@pytest.mark.parametrize(
    "data",
    ["refer", "refer|999", "refer|-1", "refer-yes|1", "refer-yes|999|1", "refer-no|x", "refer-yes"],
)
async def test_forged_buttons_send_nothing(
    peer: Peer, serve: Serve, records: Records, data: str
) -> None:
    peer.knows(REVIEWER)
    await serve(fake())
    await peer.say(MEMBER, QUESTION)
    answer = await last_with(peer, MEMBER, "转纪检部门")
    await peer.press(MEMBER, answer.message_id, data)
    await peer.wait_until(lambda: len(peer.answered_callbacks) == 1)
    await quiet(peer)
    assert not peer.messages(REVIEWER)
    assert records.referrals.waiting() == []


async def test_nobody_confirms_for_another(peer: Peer, serve: Serve, records: Records) -> None:
    peer.knows(REVIEWER)
    await serve(fake())
    _, preview = await previewed(peer)
    await peer.say(OTHER, "别的")
    own = await last_with(peer, OTHER, "有用")
    for label in ("确认转交", "取消"):
        await peer.press(OTHER, own.message_id, preview.buttons[label])
    await peer.wait_until(lambda: len(peer.answered_callbacks) == 3)
    await quiet(peer)
    assert not peer.messages(REVIEWER)
    await peer.press(MEMBER, preview.message_id, "确认转交")
    await last_with(peer, REVIEWER, "我来答复")


async def test_no_text_of_question_or_answer_is_logged(
    peer: Peer, serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    peer.knows(REVIEWER)
    await serve(fake())
    copy = await passed_on(peer)
    await peer.say(REVIEWER, "机密的答复。", reply_to=copy.message_id)
    await saying(peer, MEMBER, "机密的答复。")
    assert "机密的答复" not in caplog.text
    assert "张某" not in caplog.text
