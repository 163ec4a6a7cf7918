"""/reminders: what admins see of the plan and of one reminder, and what they decide about it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.telegram import phrases, reminding
from bot.telegram.reminding.desk import OVER
from bot.telegram.reminding.message import DOUBT_LABEL, SEEN_LABEL
from bot.telegram.reminding.presenting import CHANGED, GONE
from knowledge.library import Library
from knowledge.reminding.plan import ReminderState
from knowledge.store import Records
from knowledge.store.reminder_deliveries import DeliveryState
from tests.bot.reminder_office import BOAT, SECOND, ReminderOffice, reminder_office
from tests.bot.reminding import Shelf, china
from tests.bot.samples import ADMIN, MEMBERS, REVIEWER
from tests.peer import Peer

pytestmark = pytest.mark.any_database

HELD = Library([])


@pytest.fixture
async def office(
    peer: Peer,
    records: Records,
    shipped: Library,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> AsyncIterator[ReminderOffice]:
    monkeypatch.setattr(reminding, "FIRST_AFTER", 10.0**6)
    changes = getattr(request, "param", {})
    async with reminder_office(peer, records, Shelf(shipped), tmp_path, **changes) as made:
        yield made


def sent_to(office: ReminderOffice, key: str, sent: int, blocked: int = 0) -> None:
    """A reminder went out, to so many people."""
    planned = office.planned(key)
    if planned.draft is None:
        drafted = office.records.reminders.draft(key, planned.version, {"title": ""}, "")
        assert drafted
        planned = drafted
    people = range(5000, 5000 + sent + blocked)
    assert office.records.reminders.start(planned, people, office.times.time)
    for at, person in enumerate(people):
        state = DeliveryState.SENT if at < sent else DeliveryState.BLOCKED
        office.records.reminder_deliveries.settle(key, person, state, office.times.time)
    assert office.records.reminders.end(key, ReminderState.DONE, office.times.time)


async def test_the_list_says_what_is_ahead_and_by_which_rules(office: ReminderOffice) -> None:
    listed = await office.say("/reminders")
    assert "没有人批准或跳过的，到时照发" in listed.text
    for words in ("48 小时", "节前 3 天", "09:30", "21:00 至 08:00"):
        assert words in listed.text
    labels = list(listed.buttons)
    assert labels[0] == "6月16日 09:30 端午节（节前） · 未批准"
    assert labels[-3:] == ["增加日子", "已加的日子", "导入放假安排"]


async def test_pages_reach_the_whole_planned_year(office: ReminderOffice) -> None:
    message = await office.say("/reminders")
    seen: list[str] = []
    while True:
        seen += [each for each in message.buttons if "·" in each]
        onward = [each for each in message.buttons if each.startswith("下一页")]
        if not onward:
            break
        await office.press(message, onward[0])
        message = office.now(message)
    assert len(seen) == len(office.records.reminders.list())
    assert any("2027年" in each and "端午节" in each for each in seen)


@pytest.mark.parametrize(
    ("office", "words"),
    [
        ({"reminders": "hold"}, "批准了才发，没有批准的不发"),
        ({"reminders": "off"}, "REMINDERS=off"),
        ({"reminder_moments": "before", "reminder_quiet": "00:00-00:00"}, "没有不发的时段"),
    ],
    indirect=["office"],
)
async def test_the_list_tells_the_units_own_rules(office: ReminderOffice, words: str) -> None:
    assert words in (await office.say("/reminders")).text


async def test_what_was_sent_is_listed_with_how_many_got_it(office: ReminderOffice) -> None:
    sent_to(office, BOAT, sent=498, blocked=2)
    listed = await office.say("/reminders")
    label = "6月16日 09:30 端午节（节前） · 送达 498/500"
    card = await office.press(listed, label)
    assert "已发完" in card.text
    report = await office.press(card, "送达情况")
    assert "送达 498 人" in report.text
    assert "停用了机器人或已移出名单：2 人" in report.text
    office.records.reminder_deliveries.saw(BOAT, 5000, office.times.time)
    await office.press(report, "刷新")
    assert "其中 1 人点过按钮" in office.now(report).text


async def test_older_ones_are_on_pages_of_their_own(office: ReminderOffice) -> None:
    for planned in office.records.reminders.list()[:10]:
        sent_to(office, planned.key, sent=1)
    listed = await office.say("/reminders")
    assert sum("送达" in each for each in listed.buttons) == 3
    await office.press(listed, "更早的")
    past = office.now(listed)
    assert "共 10 次" in past.text
    assert sum("送达" in each for each in past.buttons) == 8
    await office.press(past, "下一页（1/2）")
    assert sum("送达" in each for each in office.now(past).buttons) == 2
    await office.press(past, "返回列表")
    assert "节日廉政提醒" in office.now(past).text


async def test_what_was_skipped_is_over_once_its_time_is(office: ReminderOffice) -> None:
    card = await office.opened("端午节（节前）")
    await office.press(card, "这次不发")
    listed = await office.say("/reminders")
    assert next(iter(listed.buttons)).endswith("端午节（节前） · 不发")
    office.times.go_on(china("2026-06-18 15:00"))
    listed = await office.say("/reminders")
    assert "6月16日 09:30 端午节（节前） · 跳过了" in listed.buttons
    assert next(iter(listed.buttons)).startswith("6月18日 09:30 端午节（前夕）")
    await office.press(office.now(card), "还是要发")
    assert office.alerts() == [OVER]
    assert office.planned().state is ReminderState.SKIPPED


async def test_opened_it_is_shown_as_members_will_see_it(office: ReminderOffice) -> None:
    card = await office.opened("端午节（节前）")
    message = office.peer.messages(ADMIN)[-2]
    assert message.text.startswith("端午节廉洁提醒（6月19日至21日）")
    assert "第九十七条" in message.text
    assert "机关纪委" in message.text
    assert not message.buttons
    assert "6月16日（周二）09:30" in card.text
    assert "不作声也会按时发出" in card.text
    assert list(card.buttons) == ["批准", "这次不发", "改文字", "发给自己看", "返回列表"]
    # Looked at early it is a draft; the preview two days ahead is still to come.
    assert office.planned().draft is not None
    assert office.planned().previewed_at is None


async def test_approved_and_taken_back_skipped_and_taken_back(office: ReminderOffice) -> None:
    card = await office.opened("端午节（节前）")
    states = []
    for label in ("批准", "撤回批准", "这次不发", "还是要发"):
        await office.press(card, label)
        card = office.now(card)
        states.append(office.planned().state)
        decided = states[-1] is not ReminderState.OPEN
        assert office.planned().decided_by == (ADMIN if decided else None)
    approved, skipped, opened = ReminderState.APPROVED, ReminderState.SKIPPED, ReminderState.OPEN
    assert states == [approved, opened, skipped, opened]
    assert {"reminder.approved", "reminder.skipped", "reminder.open"} <= set(office.actions())
    assert "· 不发" not in str(list((await office.say("/reminders")).buttons))


async def test_only_the_version_that_was_seen_is_approved(office: ReminderOffice) -> None:
    card = await office.opened("端午节（节前）")
    words = {"opening": "另一位管理员改过了。", "watch": ["礼盒"]}
    planned = office.planned()
    assert office.records.reminders.reword(BOAT, planned.version, words, SECOND)
    shown = await office.press(card, "批准")
    assert office.alerts() == [CHANGED]
    assert office.planned().state is ReminderState.OPEN
    assert "另一位管理员改过了。" in office.texts()[-2]
    assert "文字由管理员改过" in shown.text
    await office.press(shown, "批准")
    assert office.planned().state is ReminderState.APPROVED


async def test_what_has_begun_to_go_out_is_not_decided_any_more(office: ReminderOffice) -> None:
    card = await office.opened("端午节（节前）")
    planned = office.planned()
    assert office.records.reminders.start(planned, [MEMBERS[0]], office.times.time)
    shown = await office.press(card, "这次不发")
    assert office.alerts() == [CHANGED]
    assert office.planned().state is ReminderState.SENDING
    assert "正在发" in shown.text
    assert list(shown.buttons) == ["送达情况", "返回列表"]


async def test_tried_out_the_very_message_comes_to_oneself_alone(office: ReminderOffice) -> None:
    card = await office.opened("端午节（节前）")
    await office.press(card, "发给自己看")
    message, told = office.peer.messages(ADMIN)[-2:]
    assert list(message.buttons) == [SEEN_LABEL, DOUBT_LABEL]
    assert message.text == office.peer.messages(ADMIN)[-4].text
    assert "只发给了您" in told.text
    await office.press(message, SEEN_LABEL)
    assert office.records.reminder_deliveries.tally(BOAT).people == 0
    assert not [each for each in office.peer.sent if each.chat_id != ADMIN]


async def test_what_cannot_be_written_is_said_with_a_way_back(office: ReminderOffice) -> None:
    office.shelf.held = HELD
    card = await office.opened("端午节（节前）")
    assert "红线有现行依据" in card.text
    assert "请先导入" in card.text
    assert list(card.buttons) == ["这次不发", "改文字", "返回列表"]
    forged = f"rm-yes|{office.planned().version}|{BOAT}"
    await office.press(card, forged)
    assert office.planned().state is ReminderState.OPEN
    await office.press(card, f"rm-try|{office.planned().version}|{BOAT}")
    assert "请先导入" in office.texts()[-1]
    await office.press(card, "返回列表")
    assert "节日廉政提醒" in office.now(card).text


async def test_a_draft_that_no_longer_stands_is_written_anew(
    office: ReminderOffice, shipped: Library
) -> None:
    await office.opened("端午节（节前）")
    before = office.planned()
    assert before.draft
    # As if it had quoted an article that was rewritten since.
    lines = [dict(each) for each in before.draft["red_lines"]]
    lines[0]["at"] = {**lines[0]["at"], "quote": "原来的文字。"}
    changed = {**before.draft, "red_lines": lines}
    assert office.records.reminders.draft(BOAT, before.version, changed, before.case)
    card = await office.opened("端午节（节前）")
    assert "已不成立" in card.text
    assert office.planned().version > before.version + 1


@pytest.mark.parametrize(
    "data",
    [
        "rm-show|2026-没有:before", "rm-show|", "rm-show|x\x00:before", "rm-yes|1", "rm-yes",
        f"rm-yes|-1|{BOAT}x", "rm-try|1|../x:eve", "rm-report|a:b:eve", "rm-word|9|nothing:eve",
    ],
)  # fmt: skip
async def test_forged_buttons_do_nothing(office: ReminderOffice, data: str) -> None:
    listed = await office.say("/reminders")
    await office.press(listed, data)
    assert office.alerts() == [GONE]
    assert len(office.texts()) == 1


async def test_a_forged_version_decides_nothing(office: ReminderOffice) -> None:
    card = await office.opened("端午节（节前）")
    for version in ("99", "x", "", "9" * 19):
        await office.press(card, f"rm-skip|{version}|{BOAT}")
    assert office.alerts() == [CHANGED] * 4
    assert office.planned().state is ReminderState.OPEN


@pytest.mark.parametrize("person", [MEMBERS[0], REVIEWER])
async def test_it_is_for_admins_only(office: ReminderOffice, person: int) -> None:
    told = await office.say("/reminders", person)
    assert told.text == phrases.NOT_FOR_YOU
    card = await office.opened("端午节（节前）")
    version = re.search(r"rm-yes\|(\d+)", card.buttons["批准"])
    assert version
    await office.press(told, f"rm-yes|{version[1]}|{BOAT}", person)
    assert office.planned().state is ReminderState.OPEN


async def test_times_are_those_of_china(office: ReminderOffice) -> None:
    assert office.planned().due_at == china("2026-06-16 09:30")
    assert "09:30" in (await office.opened("端午节（节前）")).text
