"""「改文字」: admins write a reminder's words in a reply; what they may not say is refused."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.telegram import reminding
from bot.telegram.reminding.presenting import CHANGED
from bot.telegram.reminding.rewording import BEGUN, ONLY_TEXT, RESTORED, SAVED
from knowledge.library import Library
from knowledge.reminding.plan import ReminderState
from knowledge.store import Records, RefreshState
from tests.bot.conftest import all_handled, halt
from tests.bot.reminder_office import BOAT, ReminderOffice, reminder_office
from tests.bot.reminding import Shelf
from tests.bot.samples import ADMIN, MEMBERS
from tests.bot.shelves import entries
from tests.peer import Peer
from tests.peer.chats import Sent

pytestmark = pytest.mark.any_database

OWN = "本所今年查过两起，别当第三起。\n\n· 粽子礼盒\n- 提货券\n3. 3.15 留下的样品"


@pytest.fixture
async def office(
    peer: Peer, records: Records, shipped: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[ReminderOffice]:
    monkeypatch.setattr(reminding, "FIRST_AFTER", 10.0**6)
    async with reminder_office(peer, records, Shelf(shipped), tmp_path) as made:
        yield made


async def asked(office: ReminderOffice) -> Sent:
    """Open 端午节's first reminder and press 「改文字」; the prompt."""
    return await office.press(await office.opened("端午节（节前）"), "改文字")


async def test_the_prompt_shows_the_words_as_they_are_and_how_to_write(
    office: ReminderOffice,
) -> None:
    prompt = await asked(office)
    assert prompt.text.startswith(f"改提醒 {BOAT}（第 1 稿）\n端午节（节前）现在的文字：\n\n")
    assert "端午前后，粽子、咸蛋" in prompt.text
    assert "\n· 粽子、咸鸭蛋、土特产礼盒" in prompt.text
    assert "“恢复”" in prompt.text
    assert prompt.reply_markup["force_reply"]
    assert not prompt.parsed.entities


async def test_a_reply_becomes_the_reminders_words(office: ReminderOffice) -> None:
    prompt = await asked(office)
    card = await office.say(OWN, reply_to=prompt.message_id)
    saved, message = office.peer.messages(ADMIN)[-3:-1]
    assert saved.text == SAVED
    assert "本所今年查过两起，别当第三起。" in message.text
    assert "· 粽子礼盒\n· 提货券\n· 3.15 留下的样品" in message.text
    assert "端午前后" not in message.text
    assert "第九十七条" in message.text
    assert "文字由管理员改过" in card.text
    assert office.planned().wording == {
        "opening": "本所今年查过两起，别当第三起。",
        "watch": ["粽子礼盒", "提货券", "3.15 留下的样品"],
    }
    assert "reminder.reworded" in office.actions()
    await office.press(card, "批准")
    assert office.planned().state is ReminderState.APPROVED


async def test_an_approval_is_over_with_other_words(office: ReminderOffice) -> None:
    card = await office.opened("端午节（节前）")
    await office.press(card, "批准")
    prompt = await office.press(office.now(card), "改文字")
    await office.say("只改导语。", reply_to=prompt.message_id)
    assert office.planned().state is ReminderState.OPEN
    # The lines that nobody wrote stay.
    assert "· 粽子、咸鸭蛋、土特产礼盒" in office.texts()[-2]


async def test_restored_the_templates_words_are_back(office: ReminderOffice) -> None:
    prompt = await asked(office)
    card = await office.say(OWN, reply_to=prompt.message_id)
    prompt = await office.press(card, "改文字")
    assert "本所今年查过两起" in prompt.text
    await office.say("恢复", reply_to=prompt.message_id)
    assert RESTORED in office.texts()
    assert "端午前后，粽子" in office.texts()[-2]
    assert office.planned().wording is None


async def test_markup_stays_text(office: ReminderOffice) -> None:
    prompt = await asked(office)
    await office.say("<b>别</b> & <i>收\n\n· </blockquote>", reply_to=prompt.message_id)
    assert "<b>别</b> & <i>收" in office.texts()[-2]
    assert "· </blockquote>" in office.texts()[-2]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("导语" * 200, "导语太长"),
        ("导语\n\n· " + "长" * 101, "每行请写在100字以内"),
        ("导语\n" + "\n".join(f"· 第{n}件" for n in range(9)), "最多8行"),
        ("· 只有事项", "导语是空的"),
        ("按《红楼梦》第一条办。", "知识库里没有《红楼梦》"),
        ("按公务员法第五百条处理。", "没有第五百条"),
        ("按2018年修订的纪律处分条例第八十八条处理。", "没有《中国共产党纪律处分条例》的这个版本"),
        ("导语\n· 纪律处分条例第九百条", "没有第九百条"),
    ],
)
async def test_what_may_not_go_out_is_refused_and_nothing_changes(
    office: ReminderOffice, text: str, words: str
) -> None:
    prompt = await asked(office)
    before = office.planned()
    told = await office.say(text, reply_to=prompt.message_id)
    assert words in told.text
    assert "请再回复一次那条消息" in told.text
    assert office.planned() == before
    # And the same prompt takes a better one.
    await office.say(OWN, reply_to=prompt.message_id)
    assert SAVED in office.texts()


async def test_a_rule_that_is_not_in_force_on_that_day_is_not_named(
    office: ReminderOffice, shipped: Library
) -> None:
    prompt = await asked(office)
    old = next(d for d in shipped.documents.values() if d.title == "中华人民共和国公务员法")
    office.shelf.held = _with(shipped, old.id)
    told = await office.say("公务员法第五十九条都写着。", reply_to=prompt.message_id)
    assert "已被《新法》取代" in told.text
    assert "请改引现行有效的条文" in told.text


async def test_articles_in_force_may_be_named(office: ReminderOffice) -> None:
    prompt = await asked(office)
    await office.say(
        "《中华人民共和国公职人员政务处分法》第三十四条管着每一个人。", reply_to=prompt.message_id
    )
    assert SAVED in office.texts()


async def test_the_prompt_outlives_a_restart(
    office: ReminderOffice, peer: Peer, records: Records, shipped: Library, tmp_path: Path
) -> None:
    prompt = await asked(office)
    await halt(office.running.pop())
    async with reminder_office(peer, records, Shelf(shipped), tmp_path) as again:
        await again.say(OWN, reply_to=prompt.message_id)
        assert SAVED in again.texts()


async def test_an_older_prompt_no_longer_counts(office: ReminderOffice) -> None:
    first = await asked(office)
    await office.say(OWN, reply_to=first.message_id)
    await office.say("另一个导语。", reply_to=first.message_id)
    assert CHANGED in office.texts()
    assert "别当第三起" in office.texts()[-2]


async def test_what_has_begun_to_go_out_keeps_its_words(office: ReminderOffice) -> None:
    card = await office.opened("端午节（节前）")
    planned = office.planned()
    office.records.reminders.start(planned, [MEMBERS[0]], office.times.time)
    await office.press(card, "改文字")
    assert office.alerts() == [BEGUN]


async def test_a_command_in_place_of_a_reply_is_a_command(office: ReminderOffice) -> None:
    prompt = await asked(office)
    listed = await office.say("/reminders", reply_to=prompt.message_id)
    assert listed.text.startswith("节日廉政提醒")
    assert office.planned().wording is None


async def test_a_file_in_place_of_words_asks_for_words(office: ReminderOffice) -> None:
    prompt = await asked(office)
    await office.peer.hand_over(ADMIN, "导语.docx", b"PK", reply_to=prompt.message_id)
    await all_handled(office.peer, office.records)
    assert ONLY_TEXT in office.texts()[-1]
    assert not office.records.refreshes.in_state(*RefreshState)


async def test_a_forged_prompt_of_a_persons_own_is_no_prompt(
    office: ReminderOffice, peer: Peer
) -> None:
    prompt = await asked(office)
    forged = {"message_id": 9, "date": 1, "chat": {"id": ADMIN, "type": "private"}}
    sender = {"id": ADMIN, "is_bot": False, "first_name": "管理员"}
    content = {"text": "/help", "entities": [{"type": "bot_command", "offset": 0, "length": 5}]}
    reply = forged | {"from": sender, "text": prompt.text}
    await peer.post(ADMIN, content | {"reply_to_message": reply})
    await all_handled(peer, office.records)
    assert office.planned().wording is None
    assert "/reminders" in office.texts()[-1]


def _with(library: Library, document_id: str) -> Library:
    """The same library with one document replaced by another law."""
    return Library(
        replace(each, document=replace(each.document, superseded_by="新法"))
        if each.document.id == document_id
        else each
        for each in entries(library)
    )
