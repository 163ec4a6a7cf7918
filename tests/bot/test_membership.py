"""Who is served: strangers, invites, people who leave and come back."""

from __future__ import annotations

import asyncio
import re

import pytest

from bot.telegram import phrases
from bot.telegram.membership import phrases as member_phrases
from knowledge.people import Member, Role
from knowledge.store import Records
from knowledge.store.invites import GUESSES
from tests.bot.conftest import Serve, all_handled, halt
from tests.bot.samples import ADMIN, MEMBERS, REVIEWER, STRANGER, FakeAsker
from tests.peer import Peer, Sent

MEMBER, OTHER = MEMBERS
LINK = re.compile(r"https://t\.me/lianwen_test_bot\?start=([\w-]+)")


def texts(peer: Peer, chat_id: int) -> list[str]:
    return [message.text for message in peer.messages(chat_id)]


async def last(peer: Peer, chat_id: int, count: int) -> Sent:
    return (await peer.wait_for_messages(chat_id, count))[count - 1]


async def code_from(peer: Peer, command: str, chat_id: int = ADMIN) -> str:
    count = len(peer.messages(chat_id)) + 1
    await peer.say(chat_id, command)
    found = LINK.search((await last(peer, chat_id, count)).text)
    assert found
    return found[1]


def actions(records: Records) -> list[str]:
    """What has been noted since the start, which names the admin of the settings."""
    return [entry.action for entry in records.audit.recent()][1:]


async def test_strangers_get_one_line_and_an_entry_and_admins_one_notice(
    peer: Peer, serve: Serve, records: Records
) -> None:
    asker = FakeAsker()
    peer.knows(ADMIN)
    await serve(asker)
    for person in (STRANGER, STRANGER + 1, STRANGER):
        await peer.say(person, "机密问题")
        await peer.wait_for_messages(person, 1)
    await peer.say(STRANGER, "/help")
    await peer.wait_for_messages(ADMIN, 1)
    await all_handled(peer, records)
    assert texts(peer, STRANGER) == [phrases.stranger(STRANGER)]
    assert texts(peer, STRANGER + 1) == [phrases.stranger(STRANGER + 1)]
    assert texts(peer, ADMIN) == [member_phrases.knock(STRANGER)]
    assert actions(records) == ["stranger", "stranger"]
    assert [entry.actor for entry in records.audit.recent()][1:] == [STRANGER, STRANGER + 1]
    assert not asker.asked


async def test_a_restart_does_not_tell_strangers_and_admins_again(
    peer: Peer, serve: Serve, records: Records
) -> None:
    peer.knows(ADMIN)
    first = await serve(FakeAsker())
    await peer.say(STRANGER, "问题")
    await peer.wait_for_messages(ADMIN, 1)
    await halt(first)
    await serve(FakeAsker())
    await peer.say(STRANGER, "问题")
    await all_handled(peer, records)
    assert len(texts(peer, STRANGER)) == 1
    assert actions(records) == ["stranger"]


async def test_buttons_and_inline_queries_of_strangers_bring_nothing(
    peer: Peer, serve: Serve
) -> None:
    await serve(FakeAsker())
    await peer.say(ADMIN, "/members")
    shown = await last(peer, ADMIN, 1)
    # A button under somebody else's message, as only a forged client can press it.
    await peer.press(STRANGER, shown.message_id, next(iter(shown.buttons)), chat_id=ADMIN)
    query = await peer.type_inline(STRANGER, "97条")
    await peer.wait_until(lambda: query in peer.inline_answers)
    await peer.wait_until(lambda: bool(peer.answered_callbacks))
    assert peer.inline_answers[query] == []
    assert peer.answered_callbacks[0]["text"] == member_phrases.MEMBERS_ONLY
    assert peer.messages(ADMIN) == [shown]


async def test_an_invite_with_role_and_department_lets_a_person_in(
    peer: Peer, serve: Serve, records: Records, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    await serve(FakeAsker())
    code = await code_from(peer, "/invite 执法 执法 三队")
    told = texts(peer, ADMIN)[0]
    assert "角色：执法人员；部门：执法 三队" in told
    assert re.search(r"有效期至 \d{4}年\d\d月\d\d日 \d\d:\d\d，只能用一次", told)
    await peer.say(STRANGER, f"/start {code}")
    welcome = await last(peer, STRANGER, 1)
    joined = Member(STRANGER, Role.OFFICER, f"用户{STRANGER}", "执法 三队")
    assert welcome.text == member_phrases.welcome(joined)
    assert records.members.get(STRANGER) == joined
    assert (await last(peer, ADMIN, 2)).text == member_phrases.joined(joined)
    await peer.say(STRANGER, "问题")
    assert "答：问题" in (await last(peer, STRANGER, 2)).text
    assert actions(records) == ["invite.made", "member.joined"]
    assert code not in caplog.text


async def test_an_invite_by_buttons(peer: Peer, serve: Serve, records: Records) -> None:
    await serve(FakeAsker())
    await peer.say(ADMIN, "/invite")
    choice = await last(peer, ADMIN, 1)
    assert set(choice.buttons) == {"执法人员", "纪检人员", "管理员"}
    assert "/invite 执法人员 执法一队" in choice.text
    await peer.press(ADMIN, choice.message_id, "纪检人员")
    await peer.wait_until(lambda: "t.me" in peer.messages(ADMIN)[0].text)
    found = LINK.search(peer.messages(ADMIN)[0].text)
    assert found
    await peer.say(STRANGER, f"/start {found[1]}")
    await peer.wait_for_messages(STRANGER, 1)
    member = records.members.get(STRANGER)
    assert member
    assert member.role is Role.REVIEWER
    await peer.wait_until(lambda: f"chat {STRANGER}" in peer.menus)


async def test_a_role_that_is_not_understood_is_asked_for(peer: Peer, serve: Serve) -> None:
    await serve(FakeAsker())
    await peer.say(ADMIN, "/invite 局长")
    assert "没有看懂角色" in (await last(peer, ADMIN, 1)).text


@pytest.mark.parametrize("command", ["/invite 执法", "/members"])
@pytest.mark.parametrize("person", [MEMBER, REVIEWER])
async def test_only_admins_invite_and_list(
    peer: Peer, serve: Serve, command: str, person: int
) -> None:
    await serve(FakeAsker())
    await peer.say(person, command)
    assert (await last(peer, person, 1)).text == phrases.NOT_FOR_YOU


async def test_wrong_codes_are_refused_and_then_not_even_looked_at(
    peer: Peer, serve: Serve, records: Records
) -> None:
    peer.knows(ADMIN)
    await serve(FakeAsker())
    code = await code_from(peer, "/invite 执法")
    for number in range(GUESSES):
        await peer.say(STRANGER, f"/start wrong{number}")
    await peer.wait_for_messages(STRANGER, GUESSES)
    for _ in range(3):
        await peer.say(STRANGER, f"/start {code}")
    await peer.wait_for_messages(STRANGER, GUESSES + 1)
    await peer.wait_for_messages(ADMIN, 2)
    await all_handled(peer, records)
    expected = [member_phrases.BAD_CODE] * GUESSES + [member_phrases.TOO_MANY_CODES]
    assert texts(peer, STRANGER) == expected
    assert texts(peer, ADMIN)[1] == member_phrases.guessing(STRANGER)
    assert len(texts(peer, ADMIN)) == 2
    assert records.members.get(STRANGER) is None
    assert actions(records) == ["invite.made"] + ["invite.wrong"] * GUESSES


async def test_two_people_with_one_link_and_one_gets_in(
    peer: Peer, serve: Serve, records: Records
) -> None:
    await serve(FakeAsker())
    code = await code_from(peer, "/invite 执法")
    people = (STRANGER, STRANGER + 1)
    await asyncio.gather(*(peer.say(person, f"/start {code}") for person in people))
    for person in people:
        await peer.wait_for_messages(person, 1)
    got_in = [person for person in people if records.members.get(person)]
    assert len(got_in) == 1


async def test_a_member_who_opens_a_link_does_not_use_it_up(peer: Peer, serve: Serve) -> None:
    await serve(FakeAsker())
    code = await code_from(peer, "/invite 执法")
    await peer.say(ADMIN, f"/start {code}")
    assert "这个邀请没有用掉" in (await last(peer, ADMIN, 2)).text
    await peer.say(STRANGER, f"/start {code}")
    assert "欢迎加入" in (await last(peer, STRANGER, 1)).text


async def test_who_blocks_the_bot_is_unreachable_until_they_are_back(
    peer: Peer, serve: Serve, records: Records
) -> None:
    def reachable() -> bool:
        member = records.members.get(MEMBER)
        return member is not None and member.reachable

    await serve(FakeAsker())
    await peer.move_bot(MEMBER, MEMBER, status="kicked", before="member")
    await all_handled(peer, records)
    assert not reachable()
    await peer.move_bot(MEMBER, MEMBER, status="member", before="kicked")
    await all_handled(peer, records)
    assert reachable()
    await peer.move_bot(MEMBER, MEMBER, status="kicked", before="member")
    await peer.say(MEMBER, "我又来了")
    await all_handled(peer, records)
    assert reachable()


async def test_a_name_follows_the_one_that_telegram_shows(
    peer: Peer, serve: Serve, records: Records
) -> None:
    await serve(FakeAsker())
    person = {"id": MEMBER, "is_bot": False, "first_name": "王\u202e", "last_name": "五\n"}
    await peer.post(MEMBER, {"from": person, "text": "问题"})
    await peer.wait_for_messages(MEMBER, 1)
    assert records.members.get(MEMBER) == Member(MEMBER, Role.OFFICER, "王 五", "执法一队")
