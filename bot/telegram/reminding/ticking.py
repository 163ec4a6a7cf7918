"""What a tick does about reminders: plan, preview, send, and close what is over.

Whether something has been done is read from the database each time, so that a tick may be late,
doubled or cut off, in one process or several.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from telegram.ext import ExtBot

from bot.telegram.desk import aside
from bot.telegram.reminding.clock import Clock, Steadiness
from bot.telegram.reminding.informing import Informing
from bot.telegram.reminding.message import screen_of
from bot.telegram.reminding.sending import Sending
from bot.telegram.reminding.workers import BEAT_EVERY, Workers
from knowledge.errors import LianwenError, StoreError
from knowledge.people import Member
from knowledge.reminding.model import Moment
from knowledge.reminding.plan import Planned, ReminderState
from knowledge.reminding.planning import Planner
from knowledge.reminding.policy import Choice, Policy, Unapproved
from knowledge.store import Records
from knowledge.store.muted import REMINDERS, REMINDERS_MORE

LOGGER = logging.getLogger(__name__)

# Admins get to see what goes out this long ahead.
PREVIEW = dt.timedelta(hours=48)
# Silence means consent only of somebody who had the time to speak.
GRACE = dt.timedelta(hours=2)
# What was under way when a reminder's time was over has an end by then.
LAST_WORD = dt.timedelta(minutes=10)
# Until then what came of a reminder is told to admins who could not be reached before.
REPORTED_FOR = dt.timedelta(days=3)
# Seconds until what could not be composed is tried again.
BACK_OFF = 600.0

FAILED = "程序出了错，详情见日志；请把日志交给维护人员。"


class Ticking:
    """Carries the plan out, a tick at a time."""

    def __init__(
        self,
        records: Records,
        planner: Planner,
        informing: Informing,
        policy: Policy,
        clock: Clock | None = None,
    ) -> None:
        """Put it together.

        :param policy: what the unit has settled about consent and choices.
        """
        self._records = records
        self._planner = planner
        self._informing = informing
        self._unapproved = policy.unapproved
        self._choice = policy.choice
        self._clock = clock or Clock()
        self._steadiness = Steadiness(self._clock, records.reminders.latest)
        self._workers = Workers(records.reminder_deliveries, self._clock)
        self._sending = Sending(records.reminder_deliveries, self._workers, self._clock)
        self._one_at_a_time = asyncio.Lock()
        self._not_before: dict[str, float] = {}

    async def tick(self, bot: ExtBot[Any]) -> None:
        """Do what there is to do now; nothing where an earlier tick is still at it."""
        if self._unapproved is Unapproved.OFF or self._one_at_a_time.locked():
            return
        async with self._one_at_a_time:
            beating = asyncio.create_task(self._beat())
            try:
                await self._tick(bot)
            except StoreError as error:
                LOGGER.error("节日提醒这一轮没能做完，稍后接着做：%s", error)
            finally:
                beating.cancel()
                await asyncio.gather(beating, return_exceptions=True)

    def stop(self) -> None:
        """Begin no further request; those under way are finished."""
        self._sending.end()

    async def end(self) -> None:
        """Stop, and leave what is left to whoever comes next."""
        self.stop()
        async with self._one_at_a_time:
            try:
                if await self._sending.write_down():
                    await aside(self._workers.leave)
            except StoreError as error:
                LOGGER.error("没发完的提醒没能交还，下次启动两分钟后接着发：%s", error)

    async def _beat(self) -> None:
        """Live on while requests wait for minutes, as Telegram may ask."""
        while True:
            await asyncio.sleep(BEAT_EVERY)
            try:
                await aside(self._workers.beat)
            except StoreError as error:
                LOGGER.warning("发送进程没能报到，稍后再报：%s", error)

    async def _tick(self, bot: ExtBot[Any]) -> None:
        await aside(self._workers.beat)
        now = await aside(self._steadiness.believed)
        if not await self._sending.write_down() or now is None:
            return
        await aside(self._planner.plan, now)
        await self._close(now)
        if self._planner.timing.is_quiet(now):
            return
        await self._informing.report(bot, await self._ended(now))
        await self._informing.ask_for_days(bot, now)
        states = (ReminderState.OPEN, ReminderState.APPROVED)
        for planned in await self._list(*states, until=now + PREVIEW):
            await self._guarded(bot, planned, self._preview)
        for planned in await self._list(*states, until=now):
            await self._guarded(bot, planned, self._start)
        for planned in await self._list(ReminderState.SENDING):
            await self._guarded(bot, planned, self._send)

    async def _guarded(
        self,
        bot: ExtBot[Any],
        planned: Planned,
        step: Callable[[ExtBot[Any], Planned, dt.datetime], Awaitable[None]],
    ) -> None:
        """Whatever is wrong with one reminder, the others go on; it is tried again by and by."""
        count, now = self._clock.monotonic(), self._clock.now()
        if count < self._not_before.get(planned.key, count):
            return
        try:
            await step(bot, planned, now)
        except StoreError:
            raise
        except LianwenError as error:
            # Searching for articles again and again would take the processor from those who ask.
            self._not_before[planned.key] = count + BACK_OFF
            await self._informing.cannot_compose(bot, planned, str(error), now)
        except Exception:
            self._not_before[planned.key] = count + BACK_OFF
            LOGGER.exception("提醒 %s 出了错，稍后再试", planned.key)
            await self._informing.cannot_compose(bot, planned, FAILED, now)

    async def _close(self, now: dt.datetime) -> None:
        """End what is over. What a wrong clock ended goes on where the time comes again."""
        for planned in await self._list(ReminderState.MISSED):
            if now < planned.closes_at:
                await aside(self._records.reminders.reopen, planned.key)
        ahead = (ReminderState.OPEN, ReminderState.APPROVED, ReminderState.SENDING)
        for planned in await self._list(*ahead, until=now):
            if planned.closes_at <= now:
                await aside(self._give_up, planned, now)

    def _give_up(self, planned: Planned, now: dt.datetime) -> None:
        """Blocks."""
        deliveries = self._records.reminder_deliveries
        deliveries.miss(planned.key)
        tally = deliveries.tally(planned.key)
        if tally.pending and now < planned.closes_at + LAST_WORD:
            return  # another process is just sending them, or dead and not yet buried
        whole = planned.started_at is not None and not tally.missed and not tally.pending
        state = ReminderState.DONE if whole else ReminderState.MISSED
        self._records.reminders.end(planned.key, state, now)

    async def _preview(self, bot: ExtBot[Any], planned: Planned, now: dt.datetime) -> None:
        """Let admins see what it says, unless they have."""
        if planned.draft is not None and planned.previewed_at is not None:
            return
        drafted = await aside(self._planner.drafted, planned, now)
        if drafted is not None:
            await self._informing.preview(bot, *drafted, self._unapproved, now)

    async def _start(self, bot: ExtBot[Any], planned: Planned, now: dt.datetime) -> None:
        """Hold it against the knowledge base once more, and let its deliveries begin."""
        if not self._may_go(planned, now):
            if self._unapproved is Unapproved.HOLD and planned.state is ReminderState.OPEN:
                await self._informing.held(bot, planned)
            return
        checked = await aside(self._planner.check, planned, now)
        if checked is None:
            return
        if checked.planned.version != planned.version:
            # It says something else now, which admins are shown first.
            if checked.faults:
                await self._informing.changed(bot, checked)
            return
        await aside(self._begin, checked.planned, now)

    def _may_go(self, planned: Planned, now: dt.datetime) -> bool:
        if planned.state is ReminderState.APPROVED:
            return True
        if self._unapproved is not Unapproved.SEND:
            return False
        # Where hardly any time is left, sending is what the unit has asked for.
        latest = planned.closes_at - GRACE
        return now >= (
            min(planned.previewed_at + GRACE, latest) if planned.previewed_at else latest
        )

    def _begin(self, planned: Planned, now: dt.datetime) -> None:
        """Blocks."""
        quiet = self._quiet(Moment(planned.moment))
        people = [each.telegram_id for each in self._records.members.list() if _wants(each, quiet)]
        self._records.reminders.start(planned, people, now)

    def _quiet(self, moment: Moment) -> set[int]:
        """Who wants nothing of it, as far as the unit leaves that to them now. Blocks."""
        quiet: set[int] = set()
        if self._choice is Choice.NONE:
            quiet |= self._records.muted.of_topic(REMINDERS)
        fewer = Moment.BEFORE in self._planner.timing.moments
        if self._choice is not Choice.NOTHING and fewer and moment is not Moment.BEFORE:
            quiet |= self._records.muted.of_topic(REMINDERS_MORE)
        return quiet

    async def _send(self, bot: ExtBot[Any], planned: Planned, now: dt.datetime) -> None:
        def may_go_on() -> bool:
            now = self._clock.now()
            return now < planned.closes_at and not self._planner.timing.is_quiet(now)

        # Amended while it was going out: what is wrong now goes to nobody else.
        if self._unapproved is Unapproved.SEND:
            checked = await aside(self._planner.amend, planned, now)
            if checked is None:
                return
            if checked.faults:
                await self._informing.changed(bot, checked)
            reminder = checked.reminder
        else:
            reminder = await aside(self._planner.as_sent, planned, now)
        await self._sending.send(bot, planned.key, screen_of(planned.key, reminder), may_go_on)
        tally = await aside(self._records.reminder_deliveries.tally, planned.key)
        if not tally.pending:
            now = self._clock.now()
            await aside(self._records.reminders.end, planned.key, ReminderState.DONE, now)
            await self._informing.report(bot, await self._ended(now))

    async def _ended(self, now: dt.datetime) -> Sequence[Planned]:
        return await aside(self._records.reminders.ended, now - REPORTED_FOR)

    async def _list(
        self, *states: ReminderState, until: dt.datetime | None = None
    ) -> list[Planned]:
        # ``until`` counts in: what is due this very second is due.
        end = until + dt.timedelta(microseconds=1) if until else None
        return await aside(self._records.reminders.list, *states, until=end)


def _wants(member: Member, quiet: set[int]) -> bool:
    return member.reachable and member.telegram_id not in quiet
