"""Showing one reminder to an admin: the message as members will see it, and its card."""

from __future__ import annotations

import logging

from telegram import Bot

from bot.telegram.desk import Desk, aside
from bot.telegram.messages.screens import Screen, show
from bot.telegram.messages.sending import typing
from bot.telegram.reminding import cards
from knowledge.errors import LianwenError
from knowledge.reminding.model import Reminder
from knowledge.reminding.plan import Planned
from knowledge.reminding.planning import Checked, Planner

LOGGER = logging.getLogger(__name__)

GONE = "没有这条提醒：它的日子已经改了或删了。发送 /reminders 看现在的安排。"
CHANGED = "刚才的操作没有生效：这条提醒已被别的管理员改过，或者已经开始发送。请看现在的样子。"
AMENDED = "当时的文字不能完整显示：所引的条文后来有变动。"
BUSY = "这条提醒正在被别人改动，请返回列表再打开。"
UNWRITTEN = "文字还没有拟成，请返回列表再打开看原因。"
RENEWED = "原来的引文已不成立，文字已重新拟定，批准要重新给："


class Presenting:
    """Draws reminders as they stand now."""

    def __init__(self, desk: Desk, planner: Planner) -> None:
        self._reminders = desk.records.reminders
        self._unapproved = desk.settings.reminders
        self._planner = planner

    async def present(self, bot: Bot, person: int, planned: Planned) -> None:
        """Show a reminder as two messages; only the card where there is nothing to show."""
        async with typing(bot, person):
            screens = await aside(self._screens, planned)
        for screen in screens:
            await show(bot, person, screen)

    def card(self, planned: Planned) -> Screen:
        """The card alone, of a reminder whose message stands above it. Blocks."""
        if planned.state.is_ahead and planned.draft is None:
            return cards.control(planned, None, self._unapproved, trouble=UNWRITTEN)
        return cards.control(planned, self.as_kept(planned), self._unapproved)

    def as_kept(self, planned: Planned) -> Reminder | None:
        """What its draft says; None where that no longer stands, or there is none. Blocks."""
        try:
            return self._planner.as_sent(planned)
        except LianwenError as error:
            LOGGER.info("%s 的文字读不出：%s", planned.key, error)
            return None

    def _screens(self, planned: Planned) -> list[Screen]:
        """Blocks."""
        if not planned.state.is_ahead:
            return self._begun(planned)
        try:
            checked = self._planner.check(planned) or self._again(planned)
            if checked is None:
                return [cards.control(planned, None, self._unapproved, trouble=BUSY)]
            message = cards.as_members_see_it(checked.reminder)
        except LianwenError as error:
            return [cards.control(planned, None, self._unapproved, trouble=str(error))]
        told = [RENEWED, *checked.faults] if checked.faults else []
        card = cards.control(checked.planned, checked.reminder, self._unapproved, told)
        return [message, card]

    def _again(self, planned: Planned) -> Checked | None:
        """Whoever changed it meanwhile has left a version to be shown. Blocks."""
        now = self._reminders.get(planned.key)
        return self._planner.check(now) if now and now.state.is_ahead else None

    def _begun(self, planned: Planned) -> list[Screen]:
        """What people get or got. Blocks."""
        reminder = self.as_kept(planned)
        if reminder is None:
            told = [AMENDED] if planned.draft is not None else []
            return [cards.control(planned, None, self._unapproved, told)]
        card = cards.control(planned, reminder, self._unapproved)
        return [cards.as_members_see_it(reminder), card]
