"""The list of members, as admins see and change it."""

from __future__ import annotations

import pytest

from bot.telegram import phrases
from bot.telegram.membership import phrases as member_phrases
from knowledge.people import Member, Role
from knowledge.store import Records
from tests.bot.conftest import Serve, all_handled
from tests.bot.samples import ADMIN, MEMBERS, REVIEWER, FakeAsker
from tests.peer import Peer, Sent

MEMBER, OTHER = MEMBERS


async def last(peer: Peer, chat_id: int, count: int) -> Sent:
    return (await peer.wait_for_messages(chat_id, count))[count - 1]


def actions(records: Records) -> list[str]:
    """What has been noted since the start, which names the admin of the settings."""
    return [entry.action for entry in records.audit.recent()][1:]


async def press(peer: Peer, label: str, place: int = 0, chat_id: int = ADMIN) -> Sent:
    """Press a button under a message of the admin's; what stands there then."""
    before = peer.messages(chat_id)[place]
    found = next(each for each in before.buttons if label in each)
    await peer.press(chat_id, before.message_id, found)
    await peer.wait_until(lambda: peer.messages(chat_id)[place] != before)
    return peer.messages(chat_id)[place]


async def test_the_list_is_paged_by_role_and_department(
    peer: Peer, serve: Serve, records: Records
) -> None:
    for number in range(10):
        records.members.add(Member(4000 + number, Role.OFFICER, f"丙{number}", "执法二队"))
    await serve(FakeAsker())
    await peer.say(ADMIN, "/members")
    first = await last(peer, ADMIN, 1)
    assert "共 14 人，第 1/2 页" in first.text
    assert "管理员 1，纪检人员 1，执法人员 12" in first.text
    labels = list(first.buttons)
    assert "管理员" in labels[0]
    assert "纪检人员，纪检组" in labels[1]
    second = await press(peer, "下一页")
    assert "第 2/2 页" in second.text
    people = [label for label in [*labels, *second.buttons] if "页" not in label]
    assert len(people) == len(set(people)) == 14
    assert "第 1/2 页" in (await press(peer, "上一页")).text


async def test_a_role_is_changed_after_a_confirmation_and_the_person_told(
    peer: Peer, serve: Serve, records: Records
) -> None:
    peer.knows(MEMBER)
    await serve(FakeAsker())
    await peer.say(ADMIN, "/members")
    await peer.wait_for_messages(ADMIN, 1)
    await press(peer, f"用户{MEMBER}")
    asked = await press(peer, "改为纪检人员")
    assert "从执法人员改为纪检人员吗" in asked.text
    now = records.members.get(MEMBER)
    assert now
    assert now.role is Role.OFFICER
    card = await press(peer, "确认")
    assert "已改为纪检人员" in card.text
    now = records.members.get(MEMBER)
    assert now
    assert now.role is Role.REVIEWER
    assert (await last(peer, MEMBER, 1)).text == member_phrases.role_changed(now)
    assert f"chat {MEMBER}" in peer.menus
    assert actions(records) == ["member.role"]


async def test_a_removal_is_confirmed_told_and_takes_the_menu_along(
    peer: Peer, serve: Serve, records: Records
) -> None:
    peer.knows(REVIEWER)
    await serve(FakeAsker())
    assert f"chat {REVIEWER}" in peer.menus
    await peer.say(ADMIN, "/members")
    await peer.wait_for_messages(ADMIN, 1)
    await press(peer, f"用户{REVIEWER}")
    await press(peer, "移出名单")
    await press(peer, "取消")
    assert records.members.get(REVIEWER)
    await press(peer, "移出名单")
    await press(peer, "确认")
    assert (await last(peer, REVIEWER, 1)).text == member_phrases.REMOVED
    assert records.members.get(REVIEWER) is None
    assert f"chat {REVIEWER}" not in peer.menus
    assert actions(records) == ["member.removed"]
    await peer.say(REVIEWER, "问题")
    assert (await last(peer, REVIEWER, 2)).text == phrases.stranger(REVIEWER)


async def test_a_department_is_changed_by_a_line(
    peer: Peer, serve: Serve, records: Records
) -> None:
    peer.knows(MEMBER)
    await serve(FakeAsker())
    await peer.say(ADMIN, f"/members 部门 {MEMBER} 执法三队")
    assert "部门：执法三队" in (await last(peer, ADMIN, 1)).text
    assert "执法三队" in (await last(peer, MEMBER, 1)).text
    assert actions(records) == ["member.department"]


@pytest.mark.parametrize(
    "words", ["部门", "部门 张三 一队", "角色 2001 局长", "别的", f"角色 {MEMBER}"]
)
async def test_a_line_that_is_not_understood_is_explained(
    peer: Peer, serve: Serve, records: Records, words: str
) -> None:
    await serve(FakeAsker())
    await peer.say(ADMIN, f"/members {words}")
    assert "没有看懂" in (await last(peer, ADMIN, 1)).text
    assert actions(records) == []


async def test_admins_of_the_settings_and_the_last_one_stay_and_it_says_why(
    peer: Peer, serve: Serve, records: Records
) -> None:
    await serve(FakeAsker())
    await peer.say(ADMIN, "/members")
    await peer.wait_for_messages(ADMIN, 1)
    await press(peer, "管理员")
    await press(peer, "移出名单")
    assert "ADMIN_IDS" in (await press(peer, "确认")).text
    assert records.members.get(ADMIN)
    assert actions(records) == []


async def test_buttons_that_were_forged_or_have_gone_stale_change_nothing(
    peer: Peer, serve: Serve, records: Records
) -> None:
    await serve(FakeAsker())
    await peer.say(ADMIN, "/members")
    shown = await last(peer, ADMIN, 1)
    before = records.members.list()
    for data in (
        "member|999",
        "member",
        "member-do|999|remove",
        f"member-do|{MEMBER}|nothing",
        f"member-ask|{MEMBER}|nothing",
        "members|99999999999999999999",
        "invite|king",
    ):
        await peer.press(ADMIN, shown.message_id, data)
    await peer.wait_until(lambda: len(peer.answered_callbacks) == 7)
    await all_handled(peer, records)
    assert records.members.list() == before
    assert actions(records) == []


async def test_an_admin_who_was_demoted_can_press_no_old_button(
    peer: Peer, serve: Serve, records: Records
) -> None:
    records.members.add(Member(OTHER, Role.ADMIN, "二号"))
    await serve(FakeAsker())
    await peer.say(OTHER, "/members")
    shown = await last(peer, OTHER, 1)
    records.roster.change_role(ADMIN, OTHER, Role.OFFICER)
    await peer.press(OTHER, shown.message_id, f"member-do|{MEMBER}|remove")
    await peer.wait_until(lambda: bool(peer.answered_callbacks))
    assert peer.answered_callbacks[0]["text"] == phrases.NOT_FOR_YOU
    assert records.members.get(MEMBER)
