"""Groups: closed until an admin opens them, and then only members who speak to the bot."""

from __future__ import annotations

import pytest
from telegram import Message

from bot.telegram import phrases
from bot.telegram.membership import phrases as member_phrases
from bot.telegram.membership.addressing import question_text
from knowledge.people import Member, Role
from knowledge.store import Records
from tests.bot.conftest import Serve, all_handled
from tests.bot.samples import ADMIN, MEMBERS, REVIEWER, STRANGER, FakeAsker
from tests.peer import Peer
from tests.peer.chats import BOT

MEMBER, OTHER = MEMBERS
GROUP, OLD_GROUP = -100500, -500
NAME = str(BOT["username"])


def texts(peer: Peer, chat_id: int) -> list[str]:
    return [message.text for message in peer.messages(chat_id)]


@pytest.fixture
def opened(records: Records) -> int:
    records.groups.open(GROUP, ADMIN)
    return GROUP


async def test_an_admin_opens_and_closes_a_group_in_it(
    peer: Peer, serve: Serve, records: Records
) -> None:
    asker = FakeAsker()
    await serve(asker)
    await peer.say(MEMBER, f"@{NAME} 太早", chat_id=GROUP)
    await all_handled(peer, records)
    assert not peer.messages(GROUP)
    await peer.say(ADMIN, f"/open@{NAME}", chat_id=GROUP)
    await peer.wait_for_messages(GROUP, 1)
    await peer.say(MEMBER, f"@{NAME} 问题", chat_id=GROUP)
    await peer.wait_for_messages(GROUP, 2)
    await peer.say(ADMIN, f"/close@{NAME}", chat_id=GROUP)
    await peer.wait_for_messages(GROUP, 3)
    await peer.say(MEMBER, f"@{NAME} 太晚", chat_id=GROUP)
    await all_handled(peer, records)
    assert len(peer.messages(GROUP)) == 3
    assert len(asker.asked) == 1
    actions = [entry.action for entry in records.audit.recent()]
    assert actions == ["admin.named", "group.opened", "group.closed"]


@pytest.mark.parametrize("person", [MEMBER, REVIEWER, STRANGER])
async def test_nobody_else_opens_a_group(
    peer: Peer, serve: Serve, records: Records, person: int
) -> None:
    await serve(FakeAsker())
    await peer.say(person, f"/open@{NAME}", chat_id=GROUP)
    await all_handled(peer, records)
    assert not peer.messages(GROUP)
    assert not records.groups.is_open(GROUP)


async def test_nobody_else_closes_one(
    peer: Peer, serve: Serve, records: Records, opened: int
) -> None:
    await serve(FakeAsker())
    await peer.say(MEMBER, f"/close@{NAME}", chat_id=GROUP)
    await peer.wait_for_messages(GROUP, 1)
    assert texts(peer, GROUP) == [phrases.NOT_FOR_YOU]
    assert records.groups.is_open(GROUP)


async def test_opening_in_private_is_explained(peer: Peer, serve: Serve) -> None:
    await serve(FakeAsker())
    await peer.say(ADMIN, "/open")
    await peer.wait_for_messages(ADMIN, 1)
    assert texts(peer, ADMIN) == [member_phrases.IN_GROUPS_ONLY]


async def test_in_an_open_group_only_members_who_speak_to_the_bot_are_answered(
    peer: Peer, serve: Serve, records: Records, opened: int
) -> None:
    asker = FakeAsker()
    await serve(asker)
    await peer.say(MEMBER, "大家好", chat_id=GROUP)
    await peer.say(MEMBER, "/help", chat_id=GROUP)
    await peer.say(MEMBER, "/help@another_bot", chat_id=GROUP)
    await peer.say(MEMBER, "/open", chat_id=GROUP)
    await peer.say(STRANGER, f"@{NAME} 机密", chat_id=GROUP)
    await peer.say(STRANGER, f"/help@{NAME}", chat_id=GROUP)
    await all_handled(peer, records)
    assert not peer.messages(GROUP)
    assert not peer.messages(STRANGER)
    assert not asker.asked
    await peer.say(MEMBER, f"请问 @{NAME.upper()} 购物卡", chat_id=GROUP)
    await all_handled(peer, records)
    await peer.say(MEMBER, f"请问 @{NAME} 购物卡", chat_id=GROUP)
    (answer,) = await peer.wait_for_messages(GROUP, 1)
    assert "购物卡" in answer.text
    await peer.say(OTHER, "情节严重的呢", chat_id=GROUP, reply_to=answer.message_id)
    await peer.wait_for_messages(GROUP, 2)
    await peer.say(OTHER, f"/help@{NAME}", chat_id=GROUP)
    await peer.say(OTHER, "/help", chat_id=GROUP, reply_to=answer.message_id)
    await peer.wait_for_messages(GROUP, 4)
    assert texts(peer, GROUP)[2:] == [member_phrases.IN_GROUP_HELP] * 2


async def test_follow_ups_in_a_group_stay_each_members_own(
    peer: Peer, serve: Serve, opened: int
) -> None:
    asker = FakeAsker()
    await serve(asker)
    for count, (person, text) in enumerate(
        [(MEMBER, "购物卡能收吗"), (OTHER, "公车能私用吗"), (MEMBER, "情节严重的呢")], 1
    ):
        await peer.say(person, f"@{NAME} {text}", chat_id=GROUP)
        await peer.wait_for_messages(GROUP, count)
    await peer.say(MEMBER, "私下再问")
    await peer.wait_for_messages(MEMBER, 1)
    turns = {asked.text: list(asked.turns) for asked in asker.asked}
    assert turns["公车能私用吗"] == []
    assert turns["情节严重的呢"] == ["购物卡能收吗"]
    assert turns["私下再问"] == []


async def test_senders_that_are_no_person_are_not_served(
    peer: Peer, serve: Serve, records: Records, opened: int
) -> None:
    asker = FakeAsker()
    await serve(asker)
    chat = {"id": GROUP, "type": "supergroup", "title": "群"}
    mention = {
        "text": f"@{NAME} 问题",
        "entities": [{"type": "mention", "offset": 0, "length": len(NAME) + 1}],
    }
    anonymous = {"id": 1087968824, "is_bot": True, "first_name": "Group"}
    await peer.post(MEMBER, mention | {"sender_chat": chat}, chat_id=GROUP)
    await peer.post(MEMBER, mention | {"from": anonymous, "sender_chat": chat}, chat_id=GROUP)
    await peer.post(MEMBER, mention | {"from": anonymous | {"id": ADMIN}}, chat_id=GROUP)
    await peer.post(MEMBER, {"text": "第九十七条……", "via_bot": BOT})
    await all_handled(peer, records)
    assert not peer.messages(GROUP)
    assert not peer.messages(MEMBER)
    assert not asker.asked


async def test_an_admin_who_adds_the_bot_is_told_how_to_open(peer: Peer, serve: Serve) -> None:
    await serve(FakeAsker())
    await peer.move_bot(ADMIN, GROUP)
    await peer.wait_for_messages(GROUP, 1)
    assert texts(peer, GROUP) == [member_phrases.HOW_TO_OPEN.format(NAME)]


async def test_anyone_else_who_adds_it_meets_silence_and_the_admins_hear_of_it(
    peer: Peer, serve: Serve, records: Records
) -> None:
    peer.knows(ADMIN)
    await serve(FakeAsker())
    await peer.move_bot(STRANGER, GROUP)
    await peer.wait_for_messages(ADMIN, 1)
    await peer.move_bot(STRANGER, GROUP - 1)
    await peer.move_bot(MEMBER, GROUP - 2)
    await peer.wait_for_messages(ADMIN, 2)
    await all_handled(peer, records)
    told = texts(peer, ADMIN)[:2]
    assert told == [
        member_phrases.added_by_other("群", person, NAME) for person in (STRANGER, MEMBER)
    ]
    assert not any(peer.messages(GROUP - number) for number in range(3))
    actions = [(entry.action, entry.actor) for entry in records.audit.recent()[1:]]
    assert sorted(actions) == [("group.added", MEMBER)] + [("group.added", STRANGER)] * 2


async def test_a_group_that_threw_the_bot_out_is_closed_when_it_comes_back(
    peer: Peer, serve: Serve, records: Records, opened: int
) -> None:
    await serve(FakeAsker())
    await peer.move_bot(MEMBER, GROUP, status="kicked", before="member")
    await all_handled(peer, records)
    assert not records.groups.is_open(GROUP)


async def test_a_group_that_becomes_a_supergroup_stays_open(
    peer: Peer, serve: Serve, records: Records
) -> None:
    records.groups.open(OLD_GROUP, ADMIN)
    asker = FakeAsker()
    await serve(asker)
    # Telegram's own notice, in the name of whoever did it, and the bot's entry into the new chat.
    await peer.post(STRANGER, {"migrate_to_chat_id": GROUP}, chat_id=OLD_GROUP)
    await peer.post(STRANGER, {"migrate_from_chat_id": OLD_GROUP}, chat_id=GROUP)
    await peer.move_bot(STRANGER, GROUP)
    await peer.say(STRANGER, "我是谁")
    await peer.wait_for_messages(STRANGER, 1)
    assert records.groups.is_open(GROUP)
    assert not records.groups.is_open(OLD_GROUP)
    await peer.say(MEMBER, f"@{NAME} 问题", chat_id=GROUP)
    await peer.wait_for_messages(GROUP, 1)


async def test_buttons_in_a_group_that_was_closed_say_so(
    peer: Peer, serve: Serve, records: Records, opened: int
) -> None:
    await serve(FakeAsker())
    await peer.say(MEMBER, f"/help@{NAME}", chat_id=GROUP)
    (shown,) = await peer.wait_for_messages(GROUP, 1)
    records.groups.close(GROUP, ADMIN)
    await peer.press(MEMBER, shown.message_id, "members|0", chat_id=GROUP)
    await peer.wait_until(lambda: bool(peer.answered_callbacks))
    assert peer.answered_callbacks[0]["text"] == member_phrases.GROUP_CLOSED


async def test_what_is_for_private_chats_says_so_in_a_group(
    peer: Peer, serve: Serve, opened: int
) -> None:
    await serve(FakeAsker())
    await peer.say(ADMIN, f"/members@{NAME}", chat_id=GROUP)
    await peer.wait_for_messages(GROUP, 1)
    assert texts(peer, GROUP) == [phrases.PRIVATE_ONLY]


async def test_an_invite_sent_in_a_group_lets_nobody_in(
    peer: Peer, serve: Serve, records: Records, opened: int
) -> None:
    await serve(FakeAsker())
    invite = records.invites.make(ADMIN, Role.ADMIN)
    for person in (STRANGER, MEMBER):
        await peer.say(person, f"/start@{NAME} {invite.code}", chat_id=GROUP)
    await all_handled(peer, records)
    assert records.members.get(STRANGER) is None
    assert records.members.get(MEMBER) == Member(MEMBER, Role.OFFICER, f"用户{MEMBER}", "执法一队")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"@{NAME} 购物卡", "购物卡"),
        (f"😀 问 @{NAME} 购物卡", "😀 问  购物卡"),
        (f"购物卡 @{NAME.upper()}", "购物卡"),
        (f"@{NAME}", ""),
        ("@someone 购物卡", "@someone 购物卡"),
    ],
)
def test_the_bots_name_is_no_part_of_a_question(text: str, expected: str) -> None:
    before = text[: text.index("@")]
    word = text[text.index("@") :].split(maxsplit=1)[0]
    entity = {"type": "mention", "offset": len(before.encode("utf-16-le")) // 2}
    message = Message.de_json(
        {
            "message_id": 1,
            "date": 0,
            "chat": {"id": GROUP, "type": "supergroup"},
            "text": text,
            "entities": [entity | {"length": len(word)}],
        },
        None,
    )
    assert question_text(message, NAME) == expected
