"""Copies of a referral in reviewers' chats: sent once each, and known again when replied to."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from telegram import Bot
from telegram.error import TelegramError

from bot.telegram.desk import Desk, aside
from bot.telegram.messages.screens import Screen, lines, show
from bot.telegram.referrals.screens import copy
from knowledge.people import Member, Role
from knowledge.store.referrals import Referral

LOGGER = logging.getLogger(__name__)


async def send_copies(
    bot: Bot, desk: Desk, referral: Referral, reviewers: Sequence[Member]
) -> bool:
    """Send to those who have no copy yet; True where anybody has one now.

    After a crash in between, the same press comes again and the rest is sent.
    """
    have = set(await aside(desk.records.referrals.copies, referral.id))
    for reviewer in reviewers:
        if reviewer.telegram_id not in have and await send_copy(
            bot, desk, referral, reviewer.telegram_id
        ):
            have.add(reviewer.telegram_id)
    return bool(have)


async def send_copy(bot: Bot, desk: Desk, referral: Referral, reviewer: int) -> bool:
    """Show a referral to a reviewer; a reply to any message of it answers it."""
    try:
        for screen in copy(referral):
            message = await show(bot, reviewer, screen)
            if message is None:
                return False
            await aside(desk.records.referrals.note_copy, referral.id, reviewer, message.message_id)
    except TelegramError as error:  # one reviewer out of reach must not keep it from the others
        LOGGER.warning("转办的第 %s 件没能发给 %s：%s", referral.id, reviewer, error.message)
        return False
    return True


async def tell_others(bot: Bot, desk: Desk, referral: Referral, by: int, line: str) -> None:
    """Write a line under the copies of every other reviewer who is still one."""
    copies = await aside(desk.records.referrals.copies, referral.id)
    for reviewer, message_id in copies.items():
        member = await aside(desk.records.members.get, reviewer)
        if reviewer == by or member is None or not member.reachable:
            continue
        if member.role is not Role.REVIEWER:
            continue
        try:
            await show(bot, reviewer, Screen([lines(line)]), reply_to=message_id)
        except TelegramError as error:
            LOGGER.warning("没能告知 %s：%s", reviewer, error.message)
