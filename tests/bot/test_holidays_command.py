"""/holidays: everybody sees the days off, takes them along, and chooses their reminders."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from icalendar import Calendar

from bot.telegram import phrases, reminding
from bot.telegram.reminding.holidays import NO_YEAR, NOT_CHOSEN
from knowledge.library import Library
from knowledge.store import Records
from knowledge.store.muted import REMINDERS, REMINDERS_MORE
from tests.bot.conftest import all_handled
from tests.bot.reminder_office import ReminderOffice, reminder_office
from tests.bot.reminding import Shelf, china
from tests.bot.samples import ADMIN, MEMBERS, REVIEWER
from tests.peer import Peer
from tests.peer.chats import BOT, Sent

pytestmark = pytest.mark.any_database

PERSON = MEMBERS[0]
GROUP = -100700
NAME = str(BOT["username"])


@pytest.fixture
async def office(
    peer: Peer,
    records: Records,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> AsyncIterator[ReminderOffice]:
    monkeypatch.setattr(reminding, "FIRST_AFTER", 10.0**6)
    changes = getattr(request, "param", {})
    async with reminder_office(peer, records, Shelf(Library([])), tmp_path, **changes) as made:
        yield made


def reminders_in(message: Sent) -> list[str]:
    """The summaries of the reminders in a calendar file, by time."""
    assert message.document
    events = Calendar.from_ical(message.document[1]).walk("VEVENT")
    named = [(str(each.decoded("dtstart")), str(each["summary"])) for each in events]
    return [summary for _, summary in sorted(named) if summary.startswith("廉政提醒")]


def muted(office: ReminderOffice) -> tuple[bool, bool]:
    """Whether the person gets no reminders, and only the first of each holiday."""
    kept = office.records.muted
    return kept.is_muted(PERSON, REMINDERS), kept.is_muted(PERSON, REMINDERS_MORE)


@pytest.mark.parametrize("person", [PERSON, REVIEWER, ADMIN])
async def test_everybody_sees_this_years_days(office: ReminderOffice, person: int) -> None:
    told = await office.say("/holidays", person)
    assert told.text.startswith("2026年放假安排")
    assert "端午节：6月19日（周五）至6月21日（周日），共3天" in told.text
    assert "您现在每次都收" in told.text
    assert list(told.buttons) == [
        "2025年", "2027年", "日历文件（.ics）", "✓ 全部提醒", "只要节前一次"
    ]  # fmt: skip


async def test_another_year_is_a_press_or_a_word_away(office: ReminderOffice) -> None:
    told = await office.say("/holidays", PERSON)
    await office.press(told, "2027年", PERSON)
    assert "2027年放假安排" in office.now(told).text
    assert "暂按农历推算" in office.now(told).text
    for words in ("/holidays 2027", "/holidays 2027年"):
        assert (await office.say(words, PERSON)).text == office.now(told).text


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("/holidays 端午", NO_YEAR),
        ("/holidays 1999", "只能查2004年至2100年"),
        ("/holidays 2101", "只能查2004年至2100年"),
        ("/holidays 99999999999999999999999999", NO_YEAR),
    ],
)
async def test_a_year_that_is_none_is_said(
    office: ReminderOffice, command: str, words: str
) -> None:
    assert words in (await office.say(command, PERSON)).text


async def test_the_year_turns_with_chinas_midnight(office: ReminderOffice) -> None:
    office.times.time = china("2027-01-01 00:30")
    assert (await office.say("/holidays", PERSON)).text.startswith("2027年放假安排")


async def test_the_last_year_has_none_after_it(office: ReminderOffice) -> None:
    told = await office.say("/holidays 2100", PERSON)
    assert "2099年" in told.buttons
    assert "2101年" not in told.buttons


async def test_the_calendar_file_holds_days_and_reminders(office: ReminderOffice) -> None:
    first = china("2026-08-20 08:00").date()
    office.records.holidays.add("升学季", first, first, None)
    told = await office.say("/holidays", PERSON)
    sent = await office.press(told, "日历文件（.ics）", PERSON)
    assert sent.document
    assert sent.document[0] == "廉问-2026年放假与廉政提醒.ics"
    assert "日历" in sent.text
    named = reminders_in(sent)
    assert named[0] == "廉政提醒：元旦（节前）"
    assert "廉政提醒：升学季（节前）" in named
    assert len(named) == 7 * 3 + 1


async def test_the_file_holds_the_reminders_that_one_gets(office: ReminderOffice) -> None:
    told = await office.say("/holidays", PERSON)
    await office.press(told, "只要节前一次", PERSON)
    sent = await office.press(told, "日历文件（.ics）", PERSON)
    assert len(reminders_in(sent)) == 7
    office.records.muted.set(PERSON, REMINDERS, muted=True)
    sent = await office.press(told, "日历文件（.ics）", PERSON)
    assert reminders_in(sent) == []


async def test_fewer_and_all_again(office: ReminderOffice) -> None:
    told = await office.say("/holidays", PERSON)
    await office.press(told, "只要节前一次", PERSON)
    assert muted(office) == (False, True)
    assert "只收节前一次" in office.now(told).text
    assert "✓ 只要节前一次" in office.now(told).buttons
    await office.press(told, "全部提醒", PERSON)
    assert muted(office) == (False, False)
    assert not office.records.muted.of_topic(REMINDERS_MORE)


@pytest.mark.parametrize("office", [{"reminder_choice": "none"}], indirect=True)
async def test_none_where_the_unit_allows_it(office: ReminderOffice) -> None:
    told = await office.say("/holidays", PERSON)
    await office.press(told, "不要提醒", PERSON)
    assert muted(office) == (True, False)
    assert "您现在不收" in office.now(told).text
    await office.press(told, "只要节前一次", PERSON)
    assert muted(office) == (False, True)


@pytest.mark.parametrize(
    ("office", "words"),
    [
        ({"reminder_choice": "nothing"}, "本单位统一设置"),
        ({"reminders": "off"}, "没有开启"),
        ({"reminder_moments": "before"}, "本单位统一设置"),
    ],
    indirect=["office"],
)
async def test_where_there_is_nothing_to_choose_no_button_offers_it(
    office: ReminderOffice, words: str
) -> None:
    told = await office.say("/holidays", PERSON)
    assert words in told.text
    assert list(told.buttons) == ["2025年", "2027年", "日历文件（.ics）"]
    for forged in ("hd-hear|none|2026", "hd-hear|fewer|2026"):
        await office.press(told, forged, PERSON)
    assert office.alerts() == [NOT_CHOSEN] * 2
    assert muted(office) == (False, False)


async def test_forged_choices_and_years_do_nothing(office: ReminderOffice) -> None:
    told = await office.say("/holidays", PERSON)
    for forged in ("hd-hear|none|2026", "hd-hear|ALL", "hd-hear"):
        await office.press(told, forged, PERSON)
    assert office.alerts() == [NOT_CHOSEN] * 3
    await office.press(told, "hd-ics|9999", PERSON)
    assert "只能查" in office.alerts()[-1]
    assert not office.peer.calls("sendDocument")
    await office.press(told, "hd-year|x", PERSON)
    assert office.now(told).text.startswith("2026年放假安排")


async def test_it_is_for_private_chats(office: ReminderOffice) -> None:
    office.records.groups.open(GROUP, ADMIN)
    await office.peer.say(PERSON, f"/holidays@{NAME}", chat_id=GROUP)
    await all_handled(office.peer, office.records)
    assert office.texts(GROUP) == [phrases.PRIVATE_ONLY]
