"""Notices to the admins, seldom enough to be read."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from telegram import Bot

from bot.telegram.desk import aside
from bot.telegram.messages.sending import notify
from knowledge.people import Role
from knowledge.store import Records

SHANGHAI = ZoneInfo("Asia/Shanghai")


def shanghai_today() -> str:
    """The civil date, as YYYY-MM-DD."""
    return dt.datetime.now(SHANGHAI).date().isoformat()


async def tell_admins_today(bot: Bot, records: Records, matter: str, text: str) -> None:
    """Write to every admin who can be reached, once a day for each ``matter``."""
    if not await aside(records.once.claim, f"{matter}:{shanghai_today()}"):
        return
    for admin in await aside(records.members.list, Role.ADMIN):
        await notify(bot, records.members, admin.telegram_id, text)
