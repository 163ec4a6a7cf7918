"""`lianwen reminders preview`: when a year's reminders are due, and each as it will be read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from rich.console import Console
from rich.text import Text

from bot.holiday_wording import one_line, span
from bot.reminder_wording import blocks_of
from bot.terminal import show_blocks
from bot.wiring import make_assistant, make_planner, open_records, open_store
from bot.wording import clean
from knowledge.errors import ReminderError
from knowledge.holidays.model import Origin
from knowledge.library import today
from knowledge.reminding.composing import Shelf
from knowledge.reminding.model import Moment
from knowledge.reminding.plan import Planned
from knowledge.reminding.schedule import CHINA, Due
from knowledge.reminding.templates import templates_for
from knowledge.reminding.yearly import Previewed, dues_of, previews
from knowledge.settings import Settings

_ORIGINS = {
    Origin.FILE: "导入的放假安排",
    Origin.PACKAGE: "国务院办公厅通知",
    Origin.COMPUTED: "按农历推算",
}
_ADDED = "自己加的"
_WEEKDAYS = "一二三四五六日"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to show: of a year (this one where it is None), one holiday, one moment, or all."""

    year: int | None
    holiday: str
    moment: Moment | None
    brief: bool

    def takes(self, due: Due) -> bool:
        """Whether a reminder is to be shown."""
        asked = self.holiday.strip()
        names = {name for each in templates_for(due.occasion) for name in each.names}
        # 五一 is 劳动节 to everybody.
        named = asked in due.occasion.name or asked in names
        return named and (self.moment is None or due.moment is self.moment)


def preview(
    settings: Settings, wanted: Wanted, console: Console, shelf: Shelf | None = None
) -> None:
    """Print when reminders are due and, unless only that is wanted, what each says.

    Nothing is kept, and nothing is sent.

    :param shelf: what to write from; the knowledge base by the settings where it is None.
    :raises QuestionError: a year that the calendar does not know.
    :raises ReminderError: nothing is to be shown, or one of them cannot be written.
    :raises LianwenError: there is no knowledge base, or it cannot be opened.
    """
    records = open_records(settings, open_store(settings, create=True))
    shelf = shelf or make_assistant(settings)
    planner = make_planner(settings, records, shelf)
    calendar, year = planner.calendar(), wanted.year or today().year
    every = dues_of(calendar, year, planner.timing)
    # Two holidays near each other have their reminders by turns; here each has its own.
    shown = sorted(filter(wanted.takes, every), key=lambda due: due.occasion.first)
    if not shown:
        raise ReminderError(_nothing(year, every))
    origin = _ORIGINS[calendar.year(year).origin]
    if wanted.brief:
        _list(shown, year, origin, console)
        return
    shelf.library()  # said before anything is printed: without it there is nothing to read
    _list(shown, year, origin, console)
    planned = {each.key: each for each in records.reminders.list()}
    # Written in order from the first on, so that the cases are those that will be told.
    last = max(every.index(due) for due in shown)
    written = previews(shelf, every[: last + 1], contact=settings.contact, planned=planned)
    failed = sum(_show(each, planned, console) for each in written if each.due in shown)
    if failed:
        raise ReminderError(f"有 {failed} 次提醒拟不成，原因见上面带 ※ 的各行，请照着改正。")


def when(instant: dt.datetime) -> str:
    """2027-06-06（周日）09:30, in China."""
    local = instant.astimezone(CHINA)
    return f"{local:%Y-%m-%d}（周{_WEEKDAYS[local.weekday()]}）{local:%H:%M}"


def _nothing(year: int, every: Sequence[Due]) -> str:
    names = "、".join(dict.fromkeys(one_line(due.occasion.name) for due in every))
    if not names:
        return f"{year}年没有提醒。请查看 REMINDER_MOMENTS 的设置。"
    return f"{year}年没有符合的提醒，请换个节日或时机；有提醒的是：{names}。"


def _list(shown: Sequence[Due], year: int, origin: str, console: Console) -> None:
    """Print each occasion with the times of its reminders; whole lines, for pipes as well."""
    for occasion, together in groupby(shown, key=lambda due: due.occasion):
        source = origin if occasion.festivals else _ADDED
        days = span(occasion.first, occasion.last, year)
        console.print(Text(f"{one_line(occasion.name)}：{days}（{source}）"), soft_wrap=True)
        for due in together:
            console.print(Text(f"  {when(due.at)}  {due.moment.words}"), soft_wrap=True)


def _show(previewed: Previewed, planned: Mapping[str, Planned], console: Console) -> bool:
    """Print one reminder; True where it cannot be written."""
    due = previewed.due
    kept = planned.get(due.key)
    own = "，文字由管理员改过" if kept and kept.wording is not None else ""
    head = f"{one_line(due.occasion.name)}（{due.moment.words}），{when(due.at)} 发{own}"
    console.print()
    console.print(Text(f"── {head} ──", style="bold"), soft_wrap=True)
    console.print()
    why = previewed.why
    try:
        if previewed.reminder is not None:
            show_blocks(blocks_of(previewed.reminder), console)
            for note in (*previewed.reminder.dropped, *previewed.reminder.changed):
                console.print(Text(f"※ 管理员请注意：{clean(note)}"), soft_wrap=True)
            return False
    except ReminderError as error:
        why = str(error)
    console.print(Text(f"※ {clean(why)}"), soft_wrap=True)
    return True
