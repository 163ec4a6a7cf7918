"""A year's holidays and reminders as a calendar file (RFC 5545): the only importer of icalendar."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event

from bot.holiday_wording import ESTIMATED, one_line
from knowledge.holidays.model import Occasion, Year

if TYPE_CHECKING:
    from knowledge.reminding.schedule import Due

_PRODUCT = "-//lianwen//holidays//ZH"
_CHINA = ZoneInfo("Asia/Shanghai")
_DAY = dt.timedelta(days=1)
# A reminder takes no time; an event without any is a line too thin to be seen in most calendars.
_SEEN_FOR = dt.timedelta(minutes=15)
# Names of events are made from what they are about, so that importing again replaces them.
_SPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:lianwen:holidays")


def feed(year: Year, dues: Sequence[Due], stamp: dt.datetime) -> bytes:
    """The calendar file: holidays and worked weekend days as whole days, reminders with times.

    :param dues: the reminders to write down, whatever their year.
    :param stamp: when the file is made, an aware instant.
    """
    calendar = Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", f"{year.number}年放假安排和廉政提醒")
    for event in _events(year, dues):
        event.add("dtstamp", stamp.astimezone(dt.UTC))
        # Nobody is busy because of these.
        event.add("transp", "TRANSPARENT")
        calendar.add_component(event)
    # Without bounds the zone would come with the summer times of the eighties.
    calendar.add_missing_timezones(dt.date(year.number - 1, 1, 1), dt.date(year.number + 2, 1, 1))
    written: bytes = calendar.to_ical()
    return written


def _events(year: Year, dues: Sequence[Due]) -> Iterator[Event]:
    for occasion in year.occasions:
        yield _holiday(occasion)
    for day in year.worked:
        event = _event("上班（调休）", f"worked:{day}")
        event.add("dtstart", day)
        event.add("dtend", day + _DAY)
        yield event
    for due in dues:
        yield _reminder(due)


def _holiday(occasion: Occasion) -> Event:
    note = "" if occasion.official else f"（{ESTIMATED}）"
    event = _event(f"{one_line(occasion.name)}放假{note}", f"off:{occasion.key}")
    event.add("dtstart", occasion.first)
    event.add("dtend", occasion.last + _DAY)  # the first day that is no longer part of it
    event.add("status", "CONFIRMED" if occasion.official else "TENTATIVE")
    return event


def _reminder(due: Due) -> Event:
    occasion = due.occasion
    name = f"廉政提醒：{one_line(occasion.name)}（{due.moment.words}）"
    event = _event(name, f"reminder:{occasion.key}:{due.moment}")
    at = due.at.astimezone(_CHINA)
    event.add("dtstart", at)
    event.add("dtend", at + _SEEN_FOR)
    if not occasion.official:
        event.add("description", f"放假日期{ESTIMATED}。")
    return event


def _event(summary: str, key: str) -> Event:
    event = Event()
    event.add("uid", f"{uuid.uuid5(_SPACE, key)}@lianwen")
    event.add("summary", summary)
    return event
