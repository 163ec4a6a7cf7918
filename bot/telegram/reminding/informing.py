"""Telling admins about reminders unasked: previews, what is missing or broken, what came of them.

Each admin is told each thing once, whichever process does it; what could not be sent is sent
later.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Sequence

from telegram import Bot
from telegram.error import BadRequest, TelegramError

from bot.telegram.desk import Desk, aside
from bot.telegram.messages.screens import Screen, lines, show, titled
from bot.telegram.reminding import cards
from bot.telegram.reminding.clock import Clock
from knowledge.people import Role
from knowledge.reminding.model import Reminder
from knowledge.reminding.plan import Planned, ReminderState
from knowledge.reminding.planning import Checked, Planner
from knowledge.reminding.policy import Unapproved
from knowledge.reminding.schedule import CHINA

LOGGER = logging.getLogger(__name__)

# What was over longer ago when the bot came to see it is told of in one message.
LONG_OVER = dt.timedelta(days=1)
_LISTED = 12
# Seconds within which no second process tries what one is just telling.
TURN = 600


class Informing:
    """Writes to the admins."""

    def __init__(self, desk: Desk, planner: Planner, clock: Clock | None = None) -> None:
        self._records = desk.records
        self._planner = planner
        self._clock = clock or Clock()

    async def preview(
        self,
        bot: Bot,
        planned: Planned,
        reminder: Reminder,
        unapproved: Unapproved,
        now: dt.datetime,
    ) -> None:
        """Show what will go out, and ask for a word about it; noted once somebody has seen it."""
        key = f"reminder:{planned.key}:preview:{planned.version}"
        message = cards.as_members_see_it(reminder)
        if await self._tell(bot, key, message, cards.control(planned, reminder, unapproved)):
            await aside(self._records.reminders.previewed, planned.key, planned.version, now)

    async def cannot_compose(self, bot: Bot, planned: Planned, why: str, now: dt.datetime) -> None:
        """Say, once a day, that a reminder cannot go out as things are."""
        day = now.astimezone(CHINA).date()
        text = titled(
            f"廉政提醒“{cards.name_of(planned)}”现在发不了",
            why,
            f"发送时间：{cards.when(planned.due_at)}。改好以后会自动发给还没收到的人，"
            f"最晚到{cards.when(planned.closes_at)}。",
        )
        await self._tell(bot, f"reminder:{planned.key}:broken:{day}", Screen([text]))

    async def changed(self, bot: Bot, checked: Checked) -> None:
        """Say that a draft no longer stood and has been written anew."""
        planned = checked.planned
        text = titled(
            f"廉政提醒“{cards.name_of(planned)}”的引文已不成立，已在发送前拦下并重新拟定",
            *checked.faults,
        )
        shown = [Screen([text])]
        if planned.state is ReminderState.SENDING:
            shown.append(cards.as_members_see_it(checked.reminder))
        await self._tell(bot, f"reminder:{planned.key}:changed:{planned.version}", *shown)

    async def held(self, bot: Bot, planned: Planned) -> None:
        """Say that its time has come and nobody has approved it."""
        text = titled(
            f"廉政提醒“{cards.name_of(planned)}”到了发送时间，还没有批准，先不发",
            f"请发送 /reminders 批准或跳过；最晚到{cards.when(planned.closes_at)}。",
        )
        await self._tell(bot, f"reminder:{planned.key}:held", Screen([text]))

    async def report(self, bot: Bot, ended: Sequence[Planned]) -> None:
        """Say what came of reminders: who got them, or that they were missed."""
        old = [each for each in ended if _long_over(each)]
        for planned in ended:
            if planned not in old:
                await self._report(bot, planned)
        if old:
            await self._tell(bot, _key_of(old[-1], "missed"), _missed_long_ago(old))

    async def ask_for_days(self, bot: Bot, now: dt.datetime) -> None:
        """From mid-November on, ask twice a month for next year's official days."""
        today = now.astimezone(CHINA).date()
        calendar = await aside(self._planner.calendar)
        year = calendar.unknown_year(today)
        if year is None:
            return
        half = f"{today:%Y-%m}-{1 if today.day < 15 else 2}"  # noqa: PLR2004  # the middle
        text = titled(
            f"还没有{year}年的放假安排",
            "国务院办公厅的通知一般在11月公布。通知出来以前，提醒的日期暂按农历推算，"
            "可能与实际放假不同。",
            "请更新机器人，或发送 /reminders 按说明导入放假安排文件。",
        )
        await self._tell(bot, f"reminder:days:{year}:{half}", Screen([text]))

    async def _report(self, bot: Bot, planned: Planned) -> None:
        tally = await aside(self._records.reminder_deliveries.tally, planned.key)
        if planned.started_at is not None:
            await self._tell(bot, _key_of(planned, "report"), cards.report(planned, tally))
            return
        text = titled(
            f"错过了廉政提醒“{cards.name_of(planned)}”，没有发给任何人",
            f"本应在{cards.when(planned.due_at)}发出，最晚{cards.when(planned.closes_at)}；"
            "那段时间机器人没有运行，或提醒没有批准、没能拟成。请用别的办法提醒大家。",
        )
        await self._tell(bot, _key_of(planned, "missed"), Screen([text]))

    async def _tell(self, bot: Bot, key: str, *screens: Screen) -> bool:
        """Whether some admin knows now, or none can be reached.

        That an admin knows is noted afterwards: a crash in between must not pass for consent.
        Until then one process tries it, for a while.
        """
        admins = await aside(self._records.members.list, Role.ADMIN)
        reachable = [admin.telegram_id for admin in admins if admin.reachable]
        known = await aside(self._records.once.opening_with, f"{key}:")
        turn = int(self._clock.now().timestamp() // TURN)
        for person in reachable:
            told, trying = f"{key}:{person}", f"{key}:{person}:{turn}"
            if told in known or not await aside(self._records.once.claim, trying):
                continue
            if await self._sent(bot, person, screens):
                await aside(self._records.once.claim, told)
                known.add(told)
            else:
                await aside(self._records.once.release, trying)
        return not reachable or any(f"{key}:{person}" in known for person in reachable)

    async def _sent(self, bot: Bot, person: int, screens: Sequence[Screen]) -> bool:
        """False where it may be tried again."""
        try:
            for screen in screens:
                await show(bot, person, screen)
        except BadRequest as error:  # has never spoken with us, say: trying again changes nothing
            LOGGER.warning("没能通知管理员 %s：%s", person, error.message)
        except TelegramError as error:
            LOGGER.warning("没能通知管理员 %s，稍后再试：%s", person, error.message)
            return False
        return True


def _key_of(planned: Planned, what: str) -> str:
    """Named by when it ended: what a wrong clock ended may end once more."""
    ended = f"{planned.ended_at:%Y%m%dT%H%M%S}" if planned.ended_at else ""
    return f"reminder:{planned.key}:{what}:{ended}"


def _long_over(planned: Planned) -> bool:
    if planned.started_at is not None or planned.ended_at is None:
        return False
    return planned.ended_at - planned.closes_at > LONG_OVER


def _missed_long_ago(missed: Sequence[Planned]) -> Screen:
    listed = [f"· {cards.name_of(each)}，{cards.when(each.due_at)}" for each in missed[-_LISTED:]]
    more = f"……另有 {len(missed) - _LISTED} 次" if len(missed) > _LISTED else ""
    head = f"机器人没有运行（或关闭了提醒）期间，错过了 {len(missed)} 次廉政提醒，没有补发"
    return Screen([titled(head, *listed, more), lines("以后的提醒照常；发送 /reminders 查看。")])
