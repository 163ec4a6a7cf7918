"""Days that admins add, and a year's official days from their files; the plan follows both."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.telegram import reminding
from bot.telegram.reminding.importing import AGAIN, LOST, NO_FILE, PLACEHOLDER
from knowledge.holidays.computed import computed_year
from knowledge.library import Library
from knowledge.reminding.plan import ReminderState
from knowledge.store import Records, RefreshState
from tests.bot.conftest import all_handled
from tests.bot.reminder_office import BOAT, ReminderOffice, reminder_office
from tests.bot.reminding import Shelf, china
from tests.bot.samples import ADMIN
from tests.peer import Peer
from tests.peer.chats import Sent

pytestmark = pytest.mark.any_database

YEAR = 2027


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


def file_of(year: int = YEAR, **changes: Any) -> bytes:
    """A file as holiday-cn has them: what the law gives, and one weekend day worked."""
    days = [
        {"name": each.name, "date": str(each.date), "isOffDay": each.off}
        for each in computed_year(year).days
    ]
    papers = ["https://www.gov.cn/zhengce/content/x.htm"]
    given = {"year": year, "papers": papers, "days": days} | changes
    return json.dumps(given, ensure_ascii=False).encode()


WORKED = [{"name": "国庆节", "date": "2027-10-09", "isOffDay": False}]


async def import_prompt(office: ReminderOffice) -> Sent:
    return await office.press(await office.say("/reminders"), "导入放假安排")


async def send(office: ReminderOffice, data: bytes, name: str = "2027.json") -> Sent:
    """Send a file in a reply to the prompt; what is said to it."""
    prompt = await import_prompt(office)
    await office.peer.hand_over(ADMIN, name, data, reply_to=prompt.message_id)
    await all_handled(office.peer, office.records)
    return office.peer.messages(ADMIN)[-1]


async def test_added_days_get_a_reminder(office: ReminderOffice) -> None:
    prompt = await office.press(await office.say("/reminders"), "增加日子")
    assert "升学季 2027-06-20 2027-07-10" in prompt.text
    told = await office.say("升学季 8月20日至9月10日", reply_to=prompt.message_id)
    assert "升学季：2026年8月20日（周四）至2026年9月10日（周四），共22天" in told.text
    assert "8月17日（周一）09:30" in told.text
    (days,) = office.records.holidays.added()
    key = f"added-{days.id}:before"
    assert office.planned(key).due_at == china("2026-08-17 09:30")
    card = await office.opened("升学季 ")
    assert "升学季廉洁提醒（8月20日至9月10日）" in office.texts()[-2]
    assert "廉政提醒：升学季\n" in card.text
    assert "holidays.added" in office.actions()


async def test_the_same_reply_again_adds_nothing(office: ReminderOffice) -> None:
    await office.add("升学季 8月20日至9月10日")
    await office.add("升学季 2026-08-20 2026-09-10")
    assert len(office.records.holidays.added()) == 1


async def test_days_whose_reminder_is_due_at_once_say_so(office: ReminderOffice) -> None:
    told = await office.add("机构改革 6月3日")
    assert "时间已经到了" in told.text
    assert "6月3日（周三）09:30" in told.text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("升学季", "没有看到日期"),
        ("6月20日至7月10日", "没有看到名称"),
        ("升学季 2026-05-01 2026-06-30", "已经到了或者过去了"),
        ("升学季 2026-06-20 2026-12-20", "超过120天"),
        ("一" * 21 + " 6月20日", "20字以内"),
        ("升学季 2月30日", "没有2027年2月30日"),
    ],
)
async def test_what_cannot_be_read_is_said_with_how_to_write_it(
    office: ReminderOffice, text: str, words: str
) -> None:
    told = await office.add(text)
    assert words in told.text
    assert "请再回复一次那条消息" in told.text
    assert not office.records.holidays.added()


async def test_listed_and_taken_away_after_a_question(office: ReminderOffice) -> None:
    told = await office.add("升学季 8月20日至9月10日")
    await office.press(told, "已加的日子")
    listed = office.now(told)
    assert "升学季：2026年8月20日" in listed.text
    await office.press(listed, "删去：升学季")
    assert "确定吗" in office.now(listed).text
    await office.press(listed, "不删")
    await office.press(listed, "删去：升学季")
    await office.press(listed, "确定删去")
    assert "已删去「升学季」" in office.now(listed).text
    assert not office.records.holidays.added()
    assert not [each for each in office.records.reminders.list() if "升学" in each.name]
    await office.press(listed, "rm-away-yes|1")
    await office.press(listed, "rm-away|x")
    assert len(office.alerts()) == 2


async def test_many_days_are_paged_and_past_ones_left_out(office: ReminderOffice) -> None:
    first = china("2026-09-01 08:00").date()
    for number in range(10):
        office.records.holidays.add(f"日子{number}", first, first, None)
    old = china("2026-01-01 08:00").date()
    office.records.holidays.add("过去的", old, old, None)
    listed = await office.say("/reminders")
    await office.press(listed, "已加的日子")
    assert "下一页（1/2）" in office.now(listed).buttons
    assert "过去的" not in office.now(listed).text
    await office.press(listed, "下一页（1/2）")
    assert "日子9" in office.now(listed).text


@pytest.mark.parametrize("office", [{"reminders": "off"}], indirect=True)
async def test_with_reminders_off_nothing_is_planned(office: ReminderOffice) -> None:
    told = await office.add("升学季 8月20日至9月10日")
    assert "REMINDERS=off" in told.text
    assert not office.records.reminders.list()


@pytest.mark.parametrize("office", [{"reminder_moments": "eve"}], indirect=True)
async def test_without_the_early_reminder_added_days_have_none(office: ReminderOffice) -> None:
    assert "REMINDER_MOMENTS" in (await office.add("升学季 8月20日至9月10日")).text


async def test_a_file_is_shown_with_what_it_changes_before_it_counts(
    office: ReminderOffice,
) -> None:
    days = json.loads(file_of())["days"] + WORKED
    # 端午节 is made three days long.
    days += [{"name": "端午节", "date": f"2027-06-{day}", "isOffDay": True} for day in ("10", "11")]
    card = await send(office, file_of(days=sorted(days, key=lambda each: each["date"])))
    assert "端午节：原为6月9日（周三），共1天，现为6月9日（周三）至6月13日" in card.text
    assert "还没有用上" in card.text
    assert "（管理员导入的放假安排）" in card.text
    assert "上班（调休）：10月9日（周六）" in card.text
    assert office.planner.calendar().unknown_year(china("2027-01-01 08:00").date()) == YEAR
    boat = f"{YEAR}-端午节:back"
    assert office.planned(boat).due_at == china("2027-06-10 09:30")
    await office.press(card, "确认使用")
    assert "已用上" in office.now(card).text
    assert not office.planner.calendar().unknown_year(china("2027-01-01 08:00").date())
    assert office.planned(boat).due_at == china("2027-06-14 09:30")
    assert "holidays.kept" in office.actions()
    assert not office.records.refreshes.in_state(*RefreshState)


async def test_not_used_nothing_changes(office: ReminderOffice) -> None:
    card = await send(office, file_of())
    await office.press(card, "不用")
    assert "没有改动" in office.now(card).text
    assert not office.records.holidays.years()


async def test_a_file_that_is_gone_or_another_by_then_is_not_kept(office: ReminderOffice) -> None:
    card = await send(office, file_of())
    assert card.reply_to
    await office.press(card, "rm-days-yes|0123456789abcdef")
    assert office.now(card).text == LOST
    office.peer.take_back(ADMIN, card.reply_to)
    card = await send(office, file_of())
    assert card.reply_to
    office.peer.take_back(ADMIN, card.reply_to)
    await office.press(card, "确认使用")
    assert office.now(card).text == LOST
    assert not office.records.holidays.years()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"{", "不是正确的 JSON"),
        (json.dumps({"year": 1, "days": []}).encode(), "year"),
        (b"x" * 1_000_001, "超过1MB"),
        ("中文".encode("gb18030"), "UTF-8"),
    ],
    ids=["broken", "no year", "too large", "another encoding"],
)
async def test_a_file_that_is_wrong_is_refused_with_what_to_do(
    office: ReminderOffice, data: bytes, words: str
) -> None:
    told = await send(office, data)
    assert words in told.text
    assert AGAIN in told.text
    assert not told.buttons
    assert not office.records.holidays.years()
    assert not office.records.refreshes.in_state(*RefreshState)


async def test_words_in_place_of_a_file_ask_for_the_file(office: ReminderOffice) -> None:
    prompt = await import_prompt(office)
    assert "holiday-cn" in prompt.text
    assert prompt.reply_markup["input_field_placeholder"] == PLACEHOLDER
    told = await office.say("在这里", reply_to=prompt.message_id)
    assert NO_FILE in told.text


async def test_what_was_decided_stays_where_the_days_stay(office: ReminderOffice) -> None:
    await office.press(await office.opened("端午节（节前）"), "批准")
    card = await send(office, file_of())
    await office.press(card, "确认使用")
    assert office.planned(BOAT).state is ReminderState.APPROVED
