"""Joining by an invite: t.me/<bot>?start=<code> brings the person here with the code."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from typing import Any

from telegram import Bot, Message, Update, User
from telegram.ext import ApplicationHandlerStop, BaseHandler, MessageHandler, filters

from bot.telegram import menus
from bot.telegram.desk import Desk, aside
from bot.telegram.membership import phrases as member_phrases
from bot.telegram.membership.admins import tell_admins_today
from bot.telegram.messages.sending import notify, send_text
from bot.telegram.traffic.memory import Throttle
from bot.telegram.visiting import Visit
from bot.wording import clean
from knowledge.store.invites import Outcome, Redeemed

LOGGER = logging.getLogger(__name__)

LONGEST_NAME = 64
# How often somebody who guesses codes hears of it.
TOLD_EVERY = 60 * 60.0

# What the button above inline results brings with /start; it is no invite.
FROM_INLINE = "inline"
# Bot API, deep links: up to 64 of these characters.
_CODE = re.compile(rf"^/start(?:@\w+)?\s+(?!{FROM_INLINE}\s*$)([A-Za-z0-9_-]{{1,64}})\s*$")


def code_in(message: Message) -> str:
    """The invite code that /start brought; "" where there is none."""
    found = _CODE.match(message.text or "")
    return found[1] if found else ""


def shown_name(person: User) -> str:
    """Someone's name as Telegram shows it, on one line."""
    return " ".join(clean(person.full_name).split())[:LONGEST_NAME]


class Joining:
    """Redeems invites: for strangers at the gate's word, for members as a command."""

    def __init__(self, desk: Desk) -> None:
        self._records = desk.records
        self._guessing = Throttle(TOLD_EVERY)

    def handlers(self) -> Iterator[BaseHandler[Any, Any, Any]]:
        """/start with a code; it goes before the /start without."""
        private = filters.UpdateType.MESSAGE & filters.ChatType.PRIVATE
        yield MessageHandler(private & filters.Regex(_CODE), self.start)

    async def start(self, update: Update, visit: Visit) -> None:
        """Answer a member who opened an invite link."""
        if update.message is None or update.effective_user is None:
            raise ApplicationHandlerStop
        await self.redeem(update.effective_user, code_in(update.message), visit.bot)

    async def redeem(self, person: User, code: str, bot: Bot) -> None:
        """Let the person in, or say why not."""
        invites, name = self._records.invites, shown_name(person)
        redeemed = await aside(invites.redeem, code, person.id, name)
        if redeemed.outcome is Outcome.TOO_MANY:
            LOGGER.warning("Telegram 编号 %s 试邀请码的次数过多", person.id)
            notice = member_phrases.guessing(person.id)
            await tell_admins_today(bot, self._records, "guessing", notice)
            if self._guessing.allows(person.id):
                await send_text(bot, person.id, member_phrases.TOO_MANY_CODES)
        elif redeemed.member is None:
            await send_text(bot, person.id, member_phrases.BAD_CODE)
        elif redeemed.outcome in {Outcome.ALREADY, Outcome.AGAIN}:
            used = redeemed.outcome is Outcome.AGAIN
            await send_text(bot, person.id, member_phrases.already(redeemed.member, used=used))
        else:
            await self._welcome(redeemed, bot)

    async def _welcome(self, redeemed: Redeemed, bot: Bot) -> None:
        member = redeemed.member
        if member is None:
            return
        if redeemed.outcome is Outcome.JOINED:
            line = member_phrases.welcome(member)
        else:
            line = member_phrases.role_changed(member)
        try:
            await send_text(bot, member.telegram_id, line)
            await menus.fit(bot, member)
        finally:
            if redeemed.made_by is not None:
                notice = member_phrases.joined(member)
                await notify(bot, self._records.members, redeemed.made_by, notice)
