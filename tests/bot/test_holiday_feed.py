"""Holidays and reminders as a calendar file, and as people read them."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar as Read
from icalendar import Event

from bot.holiday_feed import feed
from bot.holiday_wording import listing, span
from bot.wording import Style, join, undressed
from knowledge.holidays.calendar import Calendar
from knowledge.holidays.model import AddedDays, Origin, Year
from knowledge.reminding.model import Moment
from knowledge.reminding.schedule import Due

STAMP = dt.datetime(2026, 3, 1, 8, tzinfo=dt.UTC)
NOTE = "暂按农历推算，以国务院办公厅通知为准"
CHINA = ZoneInfo("Asia/Shanghai")


def due(key: str, moment: Moment = Moment.BEFORE, calendar: Calendar | None = None) -> Due:
    occasion = (calendar or Calendar()).occasion(key)
    assert occasion is not None
    at = dt.datetime.combine(occasion.first - dt.timedelta(days=3), dt.time(1, 30), dt.UTC)
    return Due(occasion, moment, at, at + dt.timedelta(days=2))


def events(year: Year, *dues: Due) -> dict[str, Event]:
    """The events of a file by their summaries, read back."""
    found = Read.from_ical(feed(year, dues, STAMP)).walk("VEVENT")
    assert not any(each.errors for each in found)
    return {str(each["summary"]): each for each in found}


def text(year: Year) -> str:
    return join(listing(year), undressed)


def test_holidays_are_whole_days_up_to_the_day_after() -> None:
    found = events(Calendar().year(2026))
    boat = found["端午节放假"]
    assert boat.decoded("dtstart") == dt.date(2026, 6, 19)
    assert boat.decoded("dtend") == dt.date(2026, 6, 22)
    assert boat["status"] == "CONFIRMED"
    assert len(found) == 7 + 1  # and six days worked, under one summary


def test_worked_weekend_days_are_in_the_file() -> None:
    days = [
        each.decoded("dtstart")
        for each in Read.from_ical(feed(Calendar().year(2026), (), STAMP)).walk("VEVENT")
        if each["summary"] == "上班（调休）"
    ]
    assert [f"{day:%m-%d}" for day in days] == [
        "01-04", "02-14", "02-28", "05-09", "09-20", "10-10",
    ]  # fmt: skip


def test_computed_holidays_say_that_they_are() -> None:
    found = events(Calendar().year(2027), due("2027-端午节"))
    holidays = [each for name, each in found.items() if "放假" in name]
    assert len(holidays) == 7
    assert all(NOTE in each["summary"] for each in holidays)
    assert {str(each["status"]) for each in holidays} == {"TENTATIVE"}
    assert NOTE in found["廉政提醒：端午节（节前）"]["description"]


def test_reminders_have_their_hour_in_china() -> None:
    year = Calendar().year(2026)
    found = events(year, due("2026-端午节"), due("2026-国庆节", Moment.BACK))
    reminder = found["廉政提醒：端午节（节前）"]
    at = reminder.decoded("dtstart")
    assert at == dt.datetime(2026, 6, 16, 9, 30, tzinfo=CHINA)
    assert reminder["dtstart"].params["tzid"] == "Asia/Shanghai"
    assert reminder.decoded("dtend") > at
    assert "description" not in reminder
    assert "廉政提醒：国庆节（节后第一个工作日）" in found
    # The zone that is named is explained (RFC 5545, 3.2.19).
    zones = Read.from_ical(feed(year, [due("2026-端午节")], STAMP)).walk("VTIMEZONE")
    assert [str(zone["tzid"]) for zone in zones] == ["Asia/Shanghai"]


def test_importing_again_replaces_what_was_there() -> None:
    def names(year: Year, *dues: Due) -> dict[str, str]:
        return {
            name.removesuffix(f"（{NOTE}）"): str(each["uid"])
            for name, each in events(year, *dues).items()
        }

    calendar, later = Calendar(), dt.timedelta(hours=2)
    first = names(calendar.year(2027), due("2027-端午节"))
    moved = replace(due("2027-端午节"), at=due("2027-端午节").at + later)
    official = replace(
        calendar.year(2027),
        origin=Origin.FILE,
        occasions=tuple(replace(each, official=True) for each in calendar.year(2027).occasions),
    )
    assert names(official, moved) == first
    assert len(set(first.values())) == len(first)
    assert feed(official, [moved], STAMP) == feed(official, [moved], STAMP)
    assert not set(first.values()) & set(names(calendar.year(2028)).values())


def test_names_with_anything_in_them_stay_names() -> None:
    wild = "升学季,谢师宴;第一批\r\nBEGIN:VEVENT\n\u202e\\收礼\x07" + "很长" * 60
    added = AddedDays(1, wild, dt.date(2026, 6, 15), dt.date(2026, 6, 30))
    calendar = Calendar(added=[added])
    year = calendar.year(2026)
    written = feed(year, [due("added-1", calendar=calendar)], STAMP)
    (found,) = [
        str(each["summary"])
        for each in Read.from_ical(written).walk("VEVENT")
        if "升学季" in each["summary"]
    ]
    assert found == (f"廉政提醒：升学季,谢师宴;第一批 BEGIN:VEVENT \\收礼{'很长' * 60}（节前）")
    lines = written.split(b"\r\n")
    assert all(len(line) <= 75 for line in lines)
    assert not any(b"\n" in line or b"\r" in line for line in lines)
    assert lines.count(b"BEGIN:VEVENT") == 7 + 6 + 1


def test_the_file_is_what_the_standard_asks_for() -> None:
    written = feed(Calendar().year(2026), [due("2026-端午节")], STAMP.astimezone(CHINA))
    whole = Read.from_ical(written)
    assert (str(whole["version"]), str(whole["prodid"])) == ("2.0", "-//lianwen//holidays//ZH")
    assert written.startswith(b"BEGIN:VCALENDAR\r\n")
    assert written.endswith(b"END:VCALENDAR\r\n")
    for event in whole.walk("VEVENT"):
        assert event["uid"].isascii()
        assert event.decoded("dtstamp") == STAMP
        assert event["dtstamp"].to_ical() == b"20260301T080000Z"
    assert str(whole["x-wr-calname"]) == "2026年放假安排和廉政提醒"


def test_people_read_the_days_of_a_year_with_the_weekends_worked() -> None:
    blocks = listing(Calendar().year(2026))
    assert blocks[0][0].style is Style.DECISIVE
    read = text(Calendar().year(2026))
    assert read.startswith("2026年放假安排\n（依据国务院办公厅通知）\n\n")
    assert "· 端午节：6月19日（周五）至6月21日（周日），共3天\n" in read
    assert "上班（调休）：1月4日（周日）、2月14日（周六）、" in read


def test_people_read_that_days_are_computed_and_what_to_wait_for() -> None:
    read = text(Calendar().year(2027))
    assert read.startswith(f"2027年放假安排\n（{NOTE}）")
    assert "· 端午节：6月9日（周三），共1天" in read
    assert "要等通知公布，到时请再看一次" in read
    assert "· 国庆节、中秋节：9月30日（周六）至10月5日（周四），共6天" in text(
        Calendar().year(2028)
    )


def test_people_read_which_file_an_admin_imported_and_its_notices() -> None:
    year = replace(
        Calendar().year(2026),
        origin=Origin.FILE,
        worked=(),
        papers=("https://www.gov.cn/a\u202e\nb", " "),
    )
    read = text(year)
    assert "（管理员导入的放假安排）" in read
    assert "没有调休上班的周末。" in read
    assert read.endswith("通知：https://www.gov.cn/a b")


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        ("2023-12-30", "2024-01-01", "2023年12月30日（周六）至2024年1月1日（周一），共3天"),
        ("2024-06-08", "2024-06-10", "6月8日（周六）至6月10日（周一），共3天"),
        ("2024-06-10", "2024-06-10", "6月10日（周一），共1天"),
    ],
)
def test_days_are_written_as_people_say_them(first: str, last: str, words: str) -> None:
    assert span(dt.date.fromisoformat(first), dt.date.fromisoformat(last), 2024) == words
