"""Holiday reminders in chat: planned, previewed ahead, sent once, reported."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from typing import Any

from telegram.ext import BaseHandler, ExtBot

from bot.telegram.desk import Desk
from bot.telegram.reminding.clock import Clock
from bot.telegram.reminding.days import DaysDesk
from bot.telegram.reminding.desk import ReminderDesk
from bot.telegram.reminding.holidays import Holidays
from bot.telegram.reminding.importing import Importing
from bot.telegram.reminding.informing import Informing
from bot.telegram.reminding.members import ForMembers
from bot.telegram.reminding.presenting import Presenting
from bot.telegram.reminding.replies import Replies
from bot.telegram.reminding.rewording import Rewording
from bot.telegram.reminding.ticking import Ticking
from bot.telegram.visiting import Bots, Visit
from bot.wiring import make_planner
from knowledge.reminding.policy import Policy

LOGGER = logging.getLogger(__name__)

EVERY = 20.0
FIRST_AFTER = 1.0
STOP_SECONDS = 10.0


class Reminding:
    """All that the bot does about reminders."""

    def __init__(self, desk: Desk, *, clock: Clock | None = None, every: float = EVERY) -> None:
        """Put the features together.

        :param every: seconds between ticks.
        """
        planner = make_planner(desk.settings, desk.records, desk.asker)
        informing = Informing(desk, planner, clock)
        self._every = every
        policy = Policy(desk.settings.reminders, desk.settings.reminder_choice)
        self._ticking = Ticking(desk.records, planner, informing, policy, clock)
        self._under_way: asyncio.Task[None] | None = None
        presenting = Presenting(desk, planner)
        rewording = Rewording(desk, planner, presenting)
        days, importing = DaysDesk(desk, planner, clock), Importing(desk, planner, clock)
        self._replies = Replies(rewording, days, importing)
        self._features = (
            ForMembers(desk, planner),
            Holidays(desk, planner, clock),
            ReminderDesk(desk, planner, presenting, clock),
            rewording,
            days,
            importing,
        )

    def replies(self) -> Iterator[BaseHandler[Any, Any, Any]]:
        """Replies to prompts; they go before whatever else takes messages and files."""
        yield from self._replies.handlers()

    def handlers(self) -> Iterator[BaseHandler[Any, Any, Any]]:
        """Commands and buttons."""
        for feature in self._features:
            yield from feature.handlers()

    def begin(self, application: Bots) -> None:
        """Let the job queue tick, and do nothing else: its jobs die with the process, and it
        drops those that are a second late.
        """
        if application.job_queue is None:
            raise RuntimeError("the application was built without a job queue")
        application.job_queue.run_repeating(
            self._tick,
            self._every,
            FIRST_AFTER,
            name="reminders",
            job_kwargs={"misfire_grace_time": None, "coalesce": True},
        )

    async def close(self) -> None:
        """Finish the messages under way; the next start sends the rest."""
        self._ticking.stop()
        if self._under_way is not None:
            # Telegram may have told them to wait for longer than a stop can.
            await asyncio.wait({self._under_way}, timeout=STOP_SECONDS)
            self._under_way.cancel()
            await asyncio.gather(self._under_way, return_exceptions=True)
        await self._ticking.end()

    async def _tick(self, visit: Visit) -> None:
        """Begin a round unless one is at it; ten thousand messages take longer than a tick."""
        if self._under_way is None or self._under_way.done():
            self._under_way = asyncio.create_task(self._round(visit.bot))

    async def _round(self, bot: ExtBot[Any]) -> None:
        try:
            await self._ticking.tick(bot)
        except Exception:
            LOGGER.exception("节日提醒这一轮出了错，稍后接着做")
