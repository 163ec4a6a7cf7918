"""Sweeping: what was kept for a while goes when its time is over."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import Awaitable, Callable

from telegram import Bot

from bot.telegram.answers.questions import CONVERSATION
from bot.telegram.desk import Desk, aside
from bot.telegram.insight.faq_telling import tell_askers
from bot.telegram.refreshing import files
from bot.telegram.refreshing.telling import KEPT as AMENDMENTS_KEPT
from knowledge.errors import StoreError
from knowledge.settings import Settings
from knowledge.store import Records

LOGGER = logging.getLogger(__name__)

EVERY = 60 * 60.0
# Telegram keeps what it could not deliver for a day; three leave room for clocks.
UPDATES_KEPT = dt.timedelta(days=3)
# Messages can be edited for two days, by people and by us.
DELIVERIES_KEPT = dt.timedelta(hours=48)
CLAIMS_KEPT = dt.timedelta(days=400)
SCORES_KEPT = dt.timedelta(days=400)
REMINDERS_KEPT = dt.timedelta(days=400)


async def keep_up(bot: Bot, desk: Desk, tell_rest: Callable[[Bot], Awaitable[None]]) -> None:
    """Sweep, and tell what a crash kept from people; at once and every hour, until cancelled.

    :param tell_rest: tells of amendments those who have not heard of them.
    """
    while True:
        try:
            await aside(sweep, desk.records, desk.settings, dt.datetime.now(dt.UTC))
            await tell_askers(bot, desk)
            await tell_rest(bot)
        except StoreError as error:
            LOGGER.error("过期数据没能清理，一小时后再试：%s", error)
        except Exception:
            LOGGER.exception("过期数据没能清理，一小时后再试")
        await asyncio.sleep(EVERY)


def sweep(records: Records, settings: Settings, at: dt.datetime) -> None:
    """Drop everything whose time is over at an instant."""
    records.inbox.sweep(at - UPDATES_KEPT)
    records.deliveries.sweep(at - DELIVERIES_KEPT)
    records.turns.sweep(at - CONVERSATION)
    records.once.forget_before(at - CLAIMS_KEPT)
    records.scores.sweep(at - SCORES_KEPT)
    records.reminders.sweep(at - REMINDERS_KEPT)
    records.asked.purge(settings.question_days)
    records.faq.sweep()
    records.amendments.sweep(at - AMENDMENTS_KEPT)
    files.sweep(records, settings.data_dir, at)
    records.referrals.sweep(at, dt.timedelta(days=settings.question_days))
