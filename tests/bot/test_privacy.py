"""/privacy tells what is kept; /forget deletes it, once it is confirmed."""

from __future__ import annotations

import datetime as dt

import pytest

from knowledge.people import Member, Role
from knowledge.reminding.plan import Slot
from knowledge.store import Delivery, Records
from knowledge.store.referrals import Matter, State
from knowledge.store.reminder_deliveries import DeliveryState
from tests.bot.conftest import Serve, all_handled
from tests.bot.samples import ADMIN, MEMBERS, REVIEWER, FakeAsker
from tests.peer import Peer
from tests.peer.chats import BOT

MEMBER, OTHER = MEMBERS
GROUP = -100500
NAME = str(BOT["username"])
SENT = DeliveryState.SENT


async def lived(peer: Peer, records: Records) -> None:
    """One member has asked, referred and been quizzed; another has asked as well."""
    for person in MEMBERS:
        await peer.say(person, "可以收礼吗？")
        await all_handled(peer, records)
    question = records.asked.since(dt.datetime(2020, 1, 1, tzinfo=dt.UTC))[0]
    asker = records.members.get(MEMBER)
    assert asker
    referral = records.referrals.draft(
        asker, Matter(question.id, question.text, "不可以。", (), question.at)
    )
    assert records.referrals.open(referral.id, MEMBER, referral.edition)
    shown = records.scores.show(MEMBER, "q1", "f", 1)
    records.scores.answer(MEMBER, shown.id, 0, right=True)


def kept(records: Records, person: int) -> tuple[int, int, int, int]:
    """How much is kept of somebody: questions, turns, quiz answers, referrals."""
    long_ago = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    own = records.asked.person(person)
    return (
        sum(each.person == own for each in records.asked.since(long_ago)),
        len(records.turns.before(person, person, 10**6, long_ago)),
        records.scores.score(person).answered,
        sum(each.asker == person for each in records.referrals.waiting()),
    )


@pytest.mark.parametrize("person", [MEMBER, REVIEWER, ADMIN])
async def test_everyone_is_told_what_is_kept_and_how_long(
    peer: Peer, serve: Serve, records: Records, person: int
) -> None:
    await serve(FakeAsker(), question_days=33)
    await peer.say(person, "/privacy")
    await all_handled(peer, records)
    (told,) = peer.messages(person)
    assert "保存 33 天" in told.text
    assert "小测的答题记录：保存 400 天，用代号" in told.text
    assert "聊天的编号" in told.text
    assert "节日廉政提醒" in told.text
    assert "/holidays" in told.text
    assert "保存 48 小时" in told.text
    assert told.text.count("保存 400 天") == 2
    for word in ("姓名", "身份证", "管理员", "纪检", "审计", "语言模型", "/forget"):
        assert word in told.text


async def test_confirmed_everything_of_ones_own_is_gone_and_nothing_of_others(
    peer: Peer, serve: Serve, records: Records
) -> None:
    await serve(FakeAsker())
    await lived(peer, records)
    assert kept(records, MEMBER) == (1, 1, 1, 1)
    await peer.say(MEMBER, "/forget")
    await all_handled(peer, records)
    asked = peer.messages(MEMBER)[-1]
    assert "不能恢复" in asked.text
    assert kept(records, MEMBER) == (1, 1, 1, 1)
    await peer.press(MEMBER, asked.message_id, "确定删除")
    await all_handled(peer, records)
    told = peer.messages(MEMBER)[-1]
    assert told.message_id == asked.message_id
    assert "已删除您的 1 条提问" in told.text
    assert not told.buttons
    assert kept(records, MEMBER) == (0, 0, 0, 0)
    assert kept(records, OTHER) == (1, 1, 0, 0)
    assert records.members.get(MEMBER) == Member(MEMBER, Role.OFFICER, f"用户{MEMBER}", "执法一队")
    noted = next(each for each in records.audit.recent() if each.action == "member.forgot")
    assert (noted.actor, noted.details) == (MEMBER, {"questions": 1})


async def test_which_reminders_they_got_is_forgotten_but_not_that_one_is_still_to_come(
    peer: Peer, serve: Serve, records: Records
) -> None:
    begun = dt.datetime(2026, 6, 16, 2, tzinfo=dt.UTC)
    for key in ("2026-端午节:before", "2026-端午节:eve"):
        slot = Slot(key, "2026-端午节", "端午节", "", key.split(":")[1], begun, begun)
        records.reminders.plan([slot], begun, begun + dt.timedelta(days=400))
        drafted = records.reminders.draft(key, 0, {"title": "端午节"}, "")
        assert drafted
        assert records.reminders.start(drafted, MEMBERS, begun)
    for person in MEMBERS:
        records.reminder_deliveries.settle("2026-端午节:before", person, SENT, begun)
    await serve(FakeAsker())
    await peer.say(MEMBER, "/forget")
    await all_handled(peer, records)
    await peer.press(MEMBER, peer.messages(MEMBER)[-1].message_id, "确定删除")
    await all_handled(peer, records)
    assert records.reminder_deliveries.tally("2026-端午节:before").people == 1
    assert records.reminder_deliveries.tally("2026-端午节:eve").pending == 2


async def test_where_their_questions_stand_in_groups_is_forgotten_too(
    peer: Peer, serve: Serve, records: Records
) -> None:
    records.groups.open(GROUP, ADMIN)
    await serve(FakeAsker())
    asked = {}
    for person in MEMBERS:
        sent = await peer.say(person, f"@{NAME} 可以收礼吗？", chat_id=GROUP)
        asked[person] = sent
        await all_handled(peer, records)
    # A second page, as an edit adds it: its question's number is not noted with it.
    records.deliveries.record(GROUP, asked[MEMBER], 1, 10**6)
    await peer.say(MEMBER, "/forget")
    await all_handled(peer, records)
    await peer.press(MEMBER, peer.messages(MEMBER)[-1].message_id, "确定删除")
    await all_handled(peer, records)
    assert records.deliveries.of(GROUP, asked[MEMBER]) == Delivery()
    assert records.deliveries.of(GROUP, asked[OTHER]).messages


async def test_refused_nothing_is_deleted(peer: Peer, serve: Serve, records: Records) -> None:
    await serve(FakeAsker())
    await lived(peer, records)
    await peer.say(MEMBER, "/forget")
    await all_handled(peer, records)
    await peer.press(MEMBER, peer.messages(MEMBER)[-1].message_id, "不删")
    await all_handled(peer, records)
    assert "没有删除" in peer.messages(MEMBER)[-1].text
    assert kept(records, MEMBER) == (1, 1, 1, 1)


async def test_a_referral_taken_back_is_no_longer_answered(
    peer: Peer, serve: Serve, records: Records
) -> None:
    await serve(FakeAsker())
    await lived(peer, records)
    (waiting,) = records.referrals.waiting()
    assert waiting.state is State.OPEN
    await peer.say(MEMBER, "/forget")
    await all_handled(peer, records)
    await peer.press(MEMBER, peer.messages(MEMBER)[-1].message_id, "确定删除")
    await all_handled(peer, records)
    await peer.say(REVIEWER, "/referrals")
    await all_handled(peer, records)
    assert "没有等待答复" in peer.messages(REVIEWER)[-1].text
