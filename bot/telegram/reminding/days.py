"""Days that admins want a reminder for (升学季): added in a reply, listed, taken away."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any

from telegram import Message, Update
from telegram.ext import BaseHandler, CallbackQueryHandler

from bot.holiday_wording import one_line, span
from bot.telegram.desk import Desk, aside
from bot.telegram.messages.buttons import button, keyboard, number, pattern, pressed, values
from bot.telegram.messages.screens import Screen, lines, show, titled, turn
from bot.telegram.reminding import cards
from bot.telegram.reminding.clock import Clock
from bot.telegram.reminding.overview import ADD, ADDED
from bot.telegram.reminding.replies import TRY_AGAIN, ask_for
from bot.telegram.visiting import Visit, only
from bot.wording import clean
from knowledge.errors import ReminderError
from knowledge.holidays.model import AddedDays
from knowledge.holidays.typed import LONGEST, NAME_CHARS, read_days
from knowledge.people import Role
from knowledge.reminding.planning import Planner
from knowledge.reminding.policy import Unapproved
from knowledge.reminding.schedule import CHINA

REMOVE, REMOVE_SURE = "rm-away", "rm-away-yes"

PROMPT = "增加要提醒的日子\n"
HOW = (
    "请用“回复”功能回复本条消息，写名称和日子，例如\n"
    "升学季 2027-06-20 2027-07-10\n"
    "婚丧高发期 10月1日至10月15日\n"
    f"名称不超过{NAME_CHARS}字，日子不超过{LONGEST}天；不写年份的，按下一个这样的日子算。"
)
PLACEHOLDER = "升学季 6月20日至7月10日"
NONE = "还没有加过日子，或者加的都已经过去。按「增加日子」可以加。"
NO_SUCH = "这段日子已经删掉了。"
REMOVED = "已删去「{name}」，没发的提醒不再发。"
NO_BEFORE = "本单位没有开节前提醒（REMINDER_MOMENTS），所以这段日子不会有提醒。"
OFF = "本单位关闭了节日提醒（REMINDERS=off），开启以后才会发。"
AT_ONCE = "提醒的时间已经到了，给管理员预览后尽快发，最晚到{closes}。"
AT = "提醒在{at}发出，之前会给管理员预览。"

_LISTED = 8


class DaysDesk:
    """Adds days and takes them away; the plan follows at once."""

    def __init__(self, desk: Desk, planner: Planner, clock: Clock | None = None) -> None:
        self._holidays = desk.records.holidays
        self._unapproved = desk.settings.reminders
        self._planner = planner
        self._clock = clock or Clock()

    def handlers(self) -> Iterator[BaseHandler[Any, Any, Any]]:
        """The buttons."""
        yield CallbackQueryHandler(self.ask, pattern(ADD))
        yield CallbackQueryHandler(self.page, pattern(ADDED))
        yield CallbackQueryHandler(self.ask_to_remove, pattern(REMOVE))
        yield CallbackQueryHandler(self.remove, pattern(REMOVE_SURE))

    @only(Role.ADMIN)
    async def ask(self, update: Update, visit: Visit) -> None:
        """Ask for a reply with a name and days."""
        await pressed(update).answer()
        await ask_for(visit, PROMPT + HOW, PLACEHOLDER)

    async def take(self, prompt: str, message: Message, visit: Visit) -> bool:
        """Add what a reply says."""
        if not prompt.startswith(PROMPT):
            return False
        person = visit.member.telegram_id
        told = await aside(self._added, clean(message.text or ""), person)
        buttons = keyboard([button("已加的日子", ADDED, 0), button("返回列表", cards.LIST, 0)])
        await show(visit.bot, person, Screen([lines(*told)], buttons), message.message_id)
        return True

    @only(Role.ADMIN)
    async def page(self, update: Update, visit: Visit) -> None:
        """Show a page of what was added and is not over."""
        query = pressed(update)
        await turn(query, await aside(self._list, number(values(query), 0) or 0))

    @only(Role.ADMIN)
    async def ask_to_remove(self, update: Update, visit: Visit) -> None:
        """Ask before days go."""
        query = pressed(update)
        days = await aside(self._named, number(values(query), 0))
        if days is None:
            await query.answer(NO_SUCH, show_alert=True)
            return
        yes, no = button("确定删去", REMOVE_SURE, days.id), button("不删", ADDED, 0)
        text = "删去后，没发的提醒不再发，已经改过的文字也不留。确定吗？"
        await turn(query, Screen([titled(_line(days), text)], keyboard([yes, no])))

    @only(Role.ADMIN)
    async def remove(self, update: Update, visit: Visit) -> None:
        """Take days away."""
        query = pressed(update)
        days = await aside(self._named, number(values(query), 0))
        if days is None or not await aside(self._removed, days, visit.member.telegram_id):
            await query.answer(NO_SUCH, show_alert=True)
            return
        back = keyboard([button("已加的日子", ADDED, 0), button("返回列表", cards.LIST, 0)])
        told = REMOVED.format(name=one_line(days.name))
        await turn(query, Screen([lines(told)], back))

    def _added(self, text: str, person: int) -> Sequence[str]:
        """Add days; what to tell the admin, in lines. Blocks."""
        now = self._clock.now()
        try:
            new = read_days(text, _day(now))
        except ReminderError as error:
            return [str(error), TRY_AGAIN]
        # The same reply comes again after a crash.
        same = (each for each in self._holidays.added() if _is(each, new.name, new.first, new.last))
        days = next(same, None) or self._holidays.add(new.name, new.first, new.last, person)
        self._plan(now)
        return [f"已加上「{_line(days)}」。", self._due(days, now)]

    def _due(self, days: AddedDays, now: dt.datetime) -> str:
        """When its reminder goes out. Blocks."""
        if self._unapproved is Unapproved.OFF:
            return OFF
        key = f"added-{days.id}"
        found = self._planner.dues(days.first, days.first)
        due = next((each for each in found if each.occasion.key == key), None)
        if due is None:
            return NO_BEFORE
        if due.at <= now:
            return AT_ONCE.format(closes=cards.when(due.closes))
        return AT.format(at=cards.when(due.at))

    def _removed(self, days: AddedDays, person: int) -> bool:
        """Blocks."""
        gone = self._holidays.remove(days.id, person)
        self._plan(self._clock.now())
        return gone

    def _plan(self, now: dt.datetime) -> None:
        # A plan that nobody carries out would be found missed once it is carried out again.
        if self._unapproved is not Unapproved.OFF:
            self._planner.plan(now)

    def _list(self, page: int) -> Screen:
        """Blocks."""
        today = _day(self._clock.now())
        days = [each for each in self._holidays.added() if each.last >= today]
        count = max(1, -(-len(days) // _LISTED))
        page = min(page, count - 1)
        shown = days[page * _LISTED : (page + 1) * _LISTED]
        rows = [[button(f"删去：{one_line(each.name)}", REMOVE, each.id)] for each in shown]
        turning = []
        if page > 0:
            turning.append(button("上一页", ADDED, page - 1))
        if page + 1 < count:
            turning.append(button(f"下一页（{page + 1}/{count}）", ADDED, page + 1))
        ending = [button("增加日子", ADD), button("返回列表", cards.LIST, 0)]
        listed = [f"· {_line(each)}" for each in shown] or [NONE]
        return Screen([titled("自己加的日子", *listed)], keyboard(*rows, turning, ending))

    def _named(self, number: int | None) -> AddedDays | None:
        """Blocks."""
        return next((each for each in self._holidays.added() if each.id == number), None)


def _is(days: AddedDays, name: str, first: dt.date, last: dt.date) -> bool:
    return (days.name, days.first, days.last) == (name, first, last)


def _line(days: AddedDays) -> str:
    """升学季：2027年6月20日（周日）至7月10日（周六），共21天."""
    return f"{one_line(days.name)}：{span(days.first, days.last, 0)}"


def _day(instant: dt.datetime) -> dt.date:
    return instant.astimezone(CHINA).date()
