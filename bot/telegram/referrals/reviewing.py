"""Reviewers answer what was passed on: by replying in chat, to any copy, at any time."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

from telegram import Bot, Message, Update
from telegram.error import TelegramError
from telegram.ext import (
    ApplicationHandlerStop,
    BaseHandler,
    CallbackQueryHandler,
    CommandHandler,
    MessageHandler,
    filters,
)

from bot.telegram.desk import Desk, aside
from bot.telegram.messages.buttons import number, pattern, pressed, values
from bot.telegram.messages.screens import Screen, lines, show, turn
from bot.telegram.referrals import screens
from bot.telegram.referrals.copies import send_copy, tell_others
from bot.telegram.visiting import Visit, only
from bot.wording import clean
from knowledge.people import Member, Role
from knowledge.store.referrals import Referral, State

LOGGER = logging.getLogger(__name__)


class Reviewing:
    """The reviewers' side."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._referrals = desk.records.referrals

    def replies(self) -> Iterator[BaseHandler[Any, Any, Any]]:
        """Replies to copies; they go before whatever else takes messages for questions."""
        content = ~filters.COMMAND & ~filters.StatusUpdate.ALL
        yield MessageHandler(filters.REPLY & filters.ChatType.PRIVATE & content, self.reply)

    def handlers(self) -> Iterator[BaseHandler[Any, Any, Any]]:
        """/referrals, and the buttons under it and under copies."""
        yield CommandHandler("referrals", self.list, filters=filters.UpdateType.MESSAGE)
        yield CallbackQueryHandler(self.page, pattern(screens.LIST))
        yield CallbackQueryHandler(self.again, pattern(screens.SHOW))
        yield CallbackQueryHandler(self.take, pattern(screens.TAKE))

    @only(Role.REVIEWER)
    async def list(self, update: Update, visit: Visit) -> None:
        """Answer /referrals: what waits for an answer."""
        waiting = await aside(self._referrals.waiting)
        await show(visit.bot, visit.member.telegram_id, screens.waiting(waiting, 0))

    @only(Role.REVIEWER)
    async def page(self, update: Update, visit: Visit) -> None:
        """Turn to another page of the list."""
        query = pressed(update)
        waiting = await aside(self._referrals.waiting)
        await turn(query, screens.waiting(waiting, number(values(query), 0) or 0))

    @only(Role.REVIEWER)
    async def again(self, update: Update, visit: Visit) -> None:
        """Show one referral once more; it can be replied to as well."""
        query = pressed(update)
        referral = await self._sent(number(values(query), 0))
        if referral is None:
            await query.answer(screens.NO_LONGER, show_alert=True)
            return
        await query.answer()
        await send_copy(visit.bot, self._desk, referral, visit.member.telegram_id)

    @only(Role.REVIEWER)
    async def take(self, update: Update, visit: Visit) -> None:
        """A reviewer says that they will answer; the others are told."""
        query, reviewer = pressed(update), visit.member
        before = await self._sent(number(values(query), 0))
        referral = before and await aside(self._referrals.take, before.id, reviewer.telegram_id)
        if not before or not referral:
            await query.answer(screens.NO_LONGER, show_alert=True)
        elif referral.state is State.ANSWERED:
            await query.answer("这个问题已经有人答复；要补充，仍可回复这条消息。", show_alert=True)
        elif referral.taken_by != reviewer.telegram_id:
            other = await aside(self._desk.records.members.get, referral.taken_by or 0)
            line = screens.taken(other.name if other else "")
            await query.answer(f"{line}您也可以直接回复。", show_alert=True)
        else:
            await query.answer("好的。请用“回复”功能回复这条消息。")
            if before.taken_by is None:
                line = screens.taken(reviewer.name)
                await tell_others(visit.bot, self._desk, referral, reviewer.telegram_id, line)

    async def reply(self, update: Update, visit: Visit) -> None:
        """Take a reply to a copy; anything else goes on to the other handlers."""
        message = update.effective_message
        if message is None or message.reply_to_message is None:
            return
        person = visit.member
        referral = await aside(
            self._referrals.shown_in, person.telegram_id, message.reply_to_message.message_id
        )
        if referral is None:
            return
        line = ""
        if person.role is not Role.REVIEWER:
            line = screens.NOT_REVIEWER
        elif update.edited_message:
            line = screens.NO_EDITS
        elif not clean(message.text or ""):
            line = screens.TEXT_PLEASE
        elif not await aside(self._referrals.has_reply, person.telegram_id, message.message_id):
            line = await self._pass_on(visit.bot, referral, person, message)
        if line:
            await show(visit.bot, person.telegram_id, Screen([lines(line)]), message.message_id)
        raise ApplicationHandlerStop

    async def _pass_on(
        self, bot: Bot, referral: Referral, reviewer: Member, message: Message
    ) -> str:
        """Send the answer to whoever asked; what the reviewer is told of it."""
        if referral.asker is None:
            return screens.ASKER_GONE
        asker = await aside(self._desk.records.members.get, referral.asker)
        if asker is None or not asker.reachable:
            return screens.ASKER_LEFT
        again = referral.state is State.ANSWERED
        try:
            for screen in screens.reply(referral, message.text or "", again=again):
                if await show(bot, asker.telegram_id, screen) is None:
                    return screens.ASKER_LEFT
        except TelegramError as error:
            LOGGER.warning("人工答复没能送达（第 %s 件）：%s", referral.id, error.message)
            return screens.NOT_DELIVERED
        first = await aside(
            self._referrals.answered, referral.id, reviewer.telegram_id, message.message_id
        )
        if first:
            line = screens.done(reviewer.name)
            await tell_others(bot, self._desk, referral, reviewer.telegram_id, line)
        return screens.DELIVERED

    async def _sent(self, referral_id: int | None) -> Referral | None:
        """A referral that its asker has confirmed; a draft is nobody else's business."""
        referral = None if referral_id is None else await aside(self._referrals.get, referral_id)
        return referral if referral and referral.state is not State.DRAFT else None
