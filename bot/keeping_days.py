"""The days behind the reminders, from the command line: official ones from a file, added ones,
and all of a year's as a calendar file.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from rich.console import Console
from rich.text import Text

from bot.holiday_changes import changes
from bot.holiday_feed import feed
from bot.holiday_wording import listing, one_line, span
from bot.previewing_reminders import when
from bot.terminal import show_blocks
from bot.wiring import make_assistant, make_planner, open_records, open_store
from bot.wording import clean
from knowledge.errors import ReminderError, StoreError, UnreadableError
from knowledge.holidays.calendar import Calendar
from knowledge.holidays.reading import LARGEST, read_year
from knowledge.holidays.typed import new_days
from knowledge.library import today
from knowledge.reminding.planning import Planner
from knowledge.reminding.yearly import dues_of
from knowledge.settings import Settings
from knowledge.store import Records

_FILE = "廉问-{year}年放假与廉政提醒.ics"
_FOLLOWS = "运行中的机器人一分钟内按新的日子安排提醒。"


def bring_in(settings: Settings, file: Path, console: Console) -> None:
    """Keep a year's official days from a file, and print what they are and what changed.

    :raises UnreadableError: the file cannot be read, or anything in it is wrong.
    """
    try:
        with file.open("rb") as opened:
            data = opened.read(LARGEST + 1)
    except OSError as error:
        raise UnreadableError(f"读不了 {file}：{error.strerror}。请检查路径和权限。") from error
    year = read_year(data)
    holidays = _records(settings).holidays
    files, added = holidays.years(), holidays.added()
    before = Calendar(files, added).year(year.number)
    after = Calendar([*files, year], added).year(year.number)
    holidays.keep(year, None)
    show_blocks(listing(after), console)
    console.print()
    differences = changes(before, after)
    for each in differences:
        console.print(Text(f"有变：{each}"), soft_wrap=True)
    done = f"已导入{year.number}年的放假安排{'' if differences else '，与原来的日子相同'}。"
    console.print(Text(f"{done}{_FOLLOWS}"), soft_wrap=True)


def add(settings: Settings, given: tuple[str, str, str], console: Console) -> None:
    """Add days and print when their reminder is due.

    :param given: the name, the first day and the last, as they were typed.
    :raises ReminderError: they cannot be read, or make no sense.
    """
    name, first, last = given
    new = new_days(clean(name), first, last, today())
    records = _records(settings)
    days = records.holidays.add(new.name, new.first, new.last, None)
    console.print(Text(f"已加上「{one_line(days.name)}」，{span(days.first, days.last, 0)}。"))
    found = _planner(settings, records).dues(days.first, days.first)
    due = next((each for each in found if each.occasion.key == f"added-{days.id}"), None)
    told = f"提醒在 {when(due.at)} 发出。" if due else "按 REMINDER_MOMENTS 的设置，没有提醒。"
    if due and due.at <= dt.datetime.now(dt.UTC):
        told = "提醒的时间已经到了，机器人会尽快发出。"
    console.print(Text(f"{told}{_FOLLOWS}"), soft_wrap=True)


def show(settings: Settings, console: Console) -> None:
    """Print the days that were added."""
    added = _records(settings).holidays.added()
    if not added:
        console.print(Text("还没有加过日子。请用 lianwen reminders add 增加。"))
        return
    for each in added:
        line = f"{each.id}  {one_line(each.name)}：{span(each.first, each.last, 0)}"
        console.print(Text(line), soft_wrap=True)


def remove(settings: Settings, number: int, console: Console) -> None:
    """Take added days away.

    :raises ReminderError: there are none of that number.
    """
    if not _records(settings).holidays.remove(number, None):
        raise ReminderError(f"没有编号是 {number} 的日子。请先用 lianwen reminders days 查看编号。")
    console.print(Text(f"已删去第 {number} 号。{_FOLLOWS}"), soft_wrap=True)


def write_file(settings: Settings, year: int, output: Path | None, console: Console) -> None:
    """Write a year's days and reminders as a calendar file; one of that name is replaced.

    :raises QuestionError: a year that the calendar does not know.
    :raises StoreError: the file cannot be written.
    """
    planner = _planner(settings, _records(settings))
    calendar = planner.calendar()
    due = dues_of(calendar, year, planner.timing)
    data = feed(calendar.year(year), due, dt.datetime.now(dt.UTC))
    file = output or Path(_FILE.format(year=year))
    try:
        file.write_bytes(data)
    except OSError as error:
        raise StoreError(f"写不了 {file}：{error.strerror}。请换一个位置（--output）。") from error
    console.print(Text(f"已写好 {file}，可以导入手机或电脑的日历。"), soft_wrap=True)


def _records(settings: Settings) -> Records:
    return open_records(settings, open_store(settings, create=True))


def _planner(settings: Settings, records: Records) -> Planner:
    # Days and times are all that is asked of it: no knowledge base is opened.
    return make_planner(settings, records, make_assistant(settings))
