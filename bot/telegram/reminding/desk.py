"""/reminders: admins look at what is ahead and what was sent, approve, skip and try it out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from telegram import CallbackQuery, Update
from telegram.ext import BaseHandler, CallbackQueryHandler, CommandHandler, filters

from bot.telegram.desk import Desk, aside
from bot.telegram.messages.buttons import button, keyboard, number, pattern, pressed, values
from bot.telegram.messages.screens import Screen, lines, show, turn
from bot.telegram.messages.sending import typing
from bot.telegram.reminding import cards, overview
from bot.telegram.reminding.clock import Clock
from bot.telegram.reminding.message import screen_of
from bot.telegram.reminding.presenting import BUSY, CHANGED, GONE, Presenting
from bot.telegram.visiting import Visit, only
from knowledge.errors import LianwenError
from knowledge.people import Role
from knowledge.reminding.plan import Planned, ReminderState
from knowledge.reminding.planning import Planner

OVER = "这条提醒的时间已经过了，不能再批准、跳过或发出。"
TRIED = "上面就是大家会收到的消息，只发给了您，不计入送达。"

_DECISIONS = {
    cards.APPROVE: ReminderState.APPROVED,
    cards.SKIP: ReminderState.SKIPPED,
    cards.REOPEN: ReminderState.OPEN,
}


class ReminderDesk:
    """The list, one reminder, and what is decided about it."""

    def __init__(
        self, desk: Desk, planner: Planner, presenting: Presenting, clock: Clock | None = None
    ) -> None:
        self._records = desk.records
        self._unapproved = desk.settings.reminders
        self._planner = planner
        self._presenting = presenting
        self._clock = clock or Clock()

    def handlers(self) -> Iterator[BaseHandler[Any, Any, Any]]:
        """/reminders and its buttons."""
        yield CommandHandler("reminders", self.tell, filters=filters.UpdateType.MESSAGE)
        yield CallbackQueryHandler(self.page, pattern(cards.LIST, overview.PAST))
        yield CallbackQueryHandler(self.show, pattern(cards.SHOW))
        yield CallbackQueryHandler(self.decide, pattern(*_DECISIONS))
        yield CallbackQueryHandler(self.try_out, pattern(cards.TRY))
        yield CallbackQueryHandler(self.report, pattern(cards.REPORT))

    @only(Role.ADMIN)
    async def tell(self, update: Update, visit: Visit) -> None:
        """Answer /reminders."""
        screen = overview.ahead(await aside(self._plan), 0)
        await show(visit.bot, visit.member.telegram_id, screen)

    @only(Role.ADMIN)
    async def page(self, update: Update, visit: Visit) -> None:
        """Turn to a page of either list."""
        query = pressed(update)
        past = (query.data or "").startswith(overview.PAST)
        page = number(values(query), 0) or 0
        drawn = overview.past if past else overview.ahead
        await turn(query, drawn(await aside(self._plan), page))

    @only(Role.ADMIN)
    async def show(self, update: Update, visit: Visit) -> None:
        """Show one reminder, below the list."""
        query = pressed(update)
        planned = await self._named(query, 0)
        if planned is not None:
            await query.answer()
            await self._presenting.present(visit.bot, visit.member.telegram_id, planned)

    @only(Role.ADMIN)
    async def decide(self, update: Update, visit: Visit) -> None:
        """Approve, skip or leave open the version that this admin has seen."""
        query, person = pressed(update), visit.member.telegram_id
        planned = await self._named(query, 1)
        if planned is None:
            return
        if planned.closes_at <= self._clock.now():
            await query.answer(OVER, show_alert=True)
            return
        data = query.data or ""
        state = next(state for word, state in _DECISIONS.items() if data.startswith(word))
        kept = await aside(self._decided, planned, number(values(query), 0), state, person)
        if kept is not None:
            await turn(query, await aside(self._presenting.card, kept))
            return
        await query.answer(CHANGED, show_alert=True)
        now = await aside(self._records.reminders.get, planned.key)
        await self._presenting.present(visit.bot, person, now or planned)

    @only(Role.ADMIN)
    async def try_out(self, update: Update, visit: Visit) -> None:
        """Send the very message to the admin who asks, and to nobody else."""
        query, person = pressed(update), visit.member.telegram_id
        planned = await self._named(query, 1)
        if planned is None:
            return
        await query.answer()
        back = keyboard([button("返回列表", cards.LIST, 0)])
        try:
            async with typing(visit.bot, person):
                message = await aside(self._as_sent, planned)
        except LianwenError as error:
            await show(visit.bot, person, Screen([lines(str(error))], back))
            return
        await show(visit.bot, person, message or Screen([lines(BUSY)], back))
        if message is not None:
            await show(visit.bot, person, Screen([lines(TRIED)], back))

    @only(Role.ADMIN)
    async def report(self, update: Update, visit: Visit) -> None:
        """Show who got it by now, in the place of the card or of an earlier report."""
        query = pressed(update)
        planned = await self._named(query, 0)
        if planned is not None:
            tally = await aside(self._records.reminder_deliveries.tally, planned.key)
            await turn(query, cards.report(planned, tally))

    def _plan(self) -> overview.Plan:
        """Blocks."""
        now, deliveries = self._clock.now(), self._records.reminder_deliveries
        ahead: list[Planned] = []
        ended: list[overview.Ended] = []
        for each in self._records.reminders.list():
            if _is_over(each, now):
                ended.insert(0, overview.Ended(each, deliveries.tally(each.key)))
            else:
                ahead.append(each)
        return overview.Plan(ahead, ended, self._planner.timing, self._unapproved, now)

    def _decided(
        self, planned: Planned, version: int | None, state: ReminderState, person: int
    ) -> Planned | None:
        """Blocks."""
        if version is None or (state is ReminderState.APPROVED and planned.draft is None):
            return None  # nobody has seen what it says
        return self._records.reminders.decide(planned.key, version, state, person)

    def _as_sent(self, planned: Planned) -> Screen | None:
        """The message with its buttons; None where somebody changes it just now. Blocks."""
        if not planned.state.is_ahead:
            return screen_of(planned.key, self._planner.as_sent(planned))
        checked = self._planner.check(planned)
        return screen_of(planned.key, checked.reminder) if checked else None

    async def _named(self, query: CallbackQuery, place: int) -> Planned | None:
        """The reminder whose key a button brought; says so where there is none."""
        key = cards.key_in(values(query), place)
        planned = await aside(self._records.reminders.get, key) if key else None
        if planned is None:
            await query.answer(GONE, show_alert=True)
        return planned


def _is_over(planned: Planned, now: dt.datetime) -> bool:
    """Whether nothing more comes of it; what was skipped is never closed by anybody."""
    if planned.state in {ReminderState.DONE, ReminderState.MISSED}:
        return True
    return planned.state.is_ahead and planned.closes_at <= now
