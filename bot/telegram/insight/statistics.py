"""/stats: how the questions of the last days went, in figures and as a chart, for admins."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterator
from typing import Any

from telegram import InlineKeyboardMarkup, Update
from telegram.ext import BaseHandler, CallbackQueryHandler, CommandHandler, filters

from bot.charts import usage_chart
from bot.telegram.desk import Desk, aside
from bot.telegram.insight import writing
from bot.telegram.messages.buttons import button, keyboard, number, pattern, pressed, values
from bot.telegram.messages.screens import Screen, lines, show
from bot.telegram.messages.sending import typing
from bot.telegram.visiting import Visit, only
from knowledge.people import Role
from knowledge.usage import SHANGHAI, Tally, Usage, beginning, counted

LOGGER = logging.getLogger(__name__)

PERIODS = (7, 30, 90)
PERIOD = "stats"

NO_CHART = "（图没能画出来，原因见日志；请检查数据目录的空间和权限。）"
_SECOND = 1_000


class Statistics:
    """Counts the question log for an admin."""

    def __init__(self, desk: Desk) -> None:
        self._asked = desk.records.asked
        self._folder = desk.settings.data_dir.expanduser()
        self._verdicts = desk.verdicts

    def handlers(self) -> Iterator[BaseHandler[Any, Any, Any]]:
        """/stats, and the buttons for other periods."""
        yield CommandHandler("stats", self.week, filters=filters.UpdateType.MESSAGE)
        yield CallbackQueryHandler(self.other, pattern(PERIOD))

    @only(Role.ADMIN)
    async def week(self, update: Update, visit: Visit) -> None:
        """Answer /stats: the last seven days."""
        await self._send(visit, PERIODS[0])

    @only(Role.ADMIN)
    async def other(self, update: Update, visit: Visit) -> None:
        """Send another period, below: an admin may want to compare them."""
        query = pressed(update)
        await query.answer()
        days = number(values(query), 0)
        await self._send(visit, days if days in PERIODS else PERIODS[0])

    async def _send(self, visit: Visit, days: int) -> None:
        chat, buttons = visit.member.telegram_id, _periods(days)
        async with typing(visit.bot, chat):
            usage = await aside(self._usage, days)
            told = self._told(usage)
            if not usage.total.asked:
                await show(visit.bot, chat, Screen([lines(told)], buttons))
                return
            try:
                picture = await aside(usage_chart, usage, self._folder)
            except Exception:
                # Figures without a picture still say everything.
                LOGGER.exception("统计图没能画出来")
                screen = Screen([lines(told, NO_CHART)], buttons)
                await show(visit.bot, chat, screen)
                return
            await visit.bot.send_photo(
                chat, picture, caption=told, reply_markup=buttons, filename="stats.png"
            )

    def _told(self, usage: Usage) -> str:
        if self._verdicts is None:
            return summary(usage)
        return f"{summary(usage)}\n{writing.told(self._verdicts.snapshot())}"

    def _usage(self, days: int) -> Usage:
        """Blocks."""
        today = dt.datetime.now(SHANGHAI).date()
        return counted(self._asked.since(beginning(days, today)), days, today)


def summary(usage: Usage) -> str:
    """The figures of a period in a few lines."""
    period = f"近{len(usage.days)}天（{_day(usage.first)}至{_day(usage.last)}）"
    total = usage.total
    if not total.asked:
        return f"{period}没有人提问。"
    told = [
        f"{period}：提问 {total.asked} 次，{usage.people} 人",
        f"有依据 {_share(total.answered, total)}，没有依据 {_share(total.no_basis, total)}"
        + (f"，拒答 {total.other} 次" if total.other else ""),
        f"评为有用 {total.useful} 次，评为没用 {total.useless} 次",
        f"用时：一半的提问不超过 {_seconds(total.median_ms)}，95%不超过 {_seconds(total.p95_ms)}",
    ]
    if total.no_basis or total.useless:
        told.append("没答上来的和评为没用的，发送 /gaps 查看。")
    return "\n".join(told)


def _share(count: int, total: Tally) -> str:
    return f"{count} 次（{count / total.asked:.0%}）"


def _seconds(milliseconds: float | None) -> str:
    return f"{(milliseconds or 0) / _SECOND:.1f} 秒"


def _day(day: dt.date) -> str:
    return f"{day.month}月{day.day}日"


def _periods(shown: int) -> InlineKeyboardMarkup | None:
    return keyboard([button(f"近{days}天", PERIOD, days) for days in PERIODS if days != shown])
