"""The one way in: it looks at every update first and lets pass what members may ask.

Whoever is not on the list gets a polite line, and nothing else; in groups, silence.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from typing import Any

from telegram import Chat, Message, Update, User
from telegram.constants import ChatType
from telegram.error import TelegramError
from telegram.ext import ApplicationHandlerStop, BaseHandler, TypeHandler

from bot.telegram import phrases
from bot.telegram.desk import Desk, aside
from bot.telegram.membership import phrases as member_phrases
from bot.telegram.membership.addressing import addressed, command_of
from bot.telegram.membership.admins import shanghai_today, tell_admins_today
from bot.telegram.membership.joining import Joining, code_in, shown_name
from bot.telegram.messages.sending import send_text
from bot.telegram.traffic.memory import Throttle
from bot.telegram.visiting import Visit
from knowledge.errors import StoreError
from knowledge.people import Member, Role

LOGGER = logging.getLogger(__name__)

DAY = 24 * 60 * 60.0
# A database that restarts is back by then.
PAUSES = (0.5, 2.0, 8.0)


class Gate:
    """Looks at every update before any other handler does."""

    def __init__(self, desk: Desk, joining: Joining) -> None:
        self._records = desk.records
        self._joining = joining
        self._strangers = Throttle(DAY)

    def handlers(self) -> Iterator[BaseHandler[Any, Any, Any]]:
        """Everything passes here, in a group before all others."""
        yield TypeHandler(Update, self.admit)

    async def admit(self, update: Update, visit: Visit) -> None:
        """Let pass what members may send where they sent it; end every other update here.

        Where nobody can be looked up nobody passes: the update waits for the next start.
        """
        try:
            await self._admit(update, visit)
        except ApplicationHandlerStop:
            raise
        except StoreError as error:
            LOGGER.error("查不了成员名单，这条消息留待重新启动后处理：%s", error)
            raise asyncio.CancelledError from error
        except Exception as error:
            LOGGER.exception("没能核对发消息的人，这条消息不作处理")
            raise ApplicationHandlerStop from error

    async def _admit(self, update: Update, visit: Visit) -> None:
        message = update.effective_message
        if update.my_chat_member or (message and message.migrate_to_chat_id):
            return  # Telegram's own news of where the bot is; nobody is answered
        person, chat = update.effective_user, update.effective_chat
        if person is None or person.is_bot:
            raise ApplicationHandlerStop
        if update.callback_query or update.inline_query or update.chosen_inline_result:
            await self._pressed(update, visit, person)
        elif message is None or chat is None or _for_nobody(message, visit.bot.id):
            raise ApplicationHandlerStop
        elif chat.type == ChatType.PRIVATE:
            await self._private(update, visit, person)
        elif chat.type in {ChatType.GROUP, ChatType.SUPERGROUP}:
            await self._in_group(update, visit, person, chat)
        else:
            raise ApplicationHandlerStop

    async def _private(self, update: Update, visit: Visit, person: User) -> None:
        member = await self._member(person)
        if member is not None:
            visit.member = await self._seen(member, person)
            return
        try:
            code = code_in(update.message) if update.message else ""
            if code:
                await self._joining.redeem(person, code, visit.bot)
            else:
                await self._turn_away(person, visit)
        except Exception:
            # Whatever happens to the notice, the question must go no further.
            LOGGER.exception("没能告知未登记的人")
        raise ApplicationHandlerStop

    async def _in_group(self, update: Update, visit: Visit, person: User, chat: Chat) -> None:
        message = update.effective_message
        if message is None or not addressed(message, visit.bot):
            raise ApplicationHandlerStop
        member = await self._member(person)
        if member is None:
            raise ApplicationHandlerStop
        if not await aside(self._records.groups.is_open, chat.id):
            # All that an admin can do in a closed group is to open it.
            opens = update.message is not None and command_of(update.message) == "open"
            if member.role is not Role.ADMIN or not opens:
                raise ApplicationHandlerStop
        visit.member = member

    async def _pressed(self, update: Update, visit: Visit, person: User) -> None:
        """Buttons and inline queries, which come from anywhere."""
        query, chat = update.callback_query, update.effective_chat
        member, line = await self._member(person), member_phrases.MEMBERS_ONLY
        group = chat if chat is not None and chat.type != ChatType.PRIVATE else None
        if member and group and not await aside(self._records.groups.is_open, group.id):
            member, line = None, member_phrases.GROUP_CLOSED
        if member is not None:
            visit.member = member
            return
        try:
            if query:
                await query.answer(line)
            elif update.inline_query:
                await update.inline_query.answer([], is_personal=True, cache_time=60)
        except TelegramError as error:
            LOGGER.info("没能答复未登记的人：%s", error.message)
        raise ApplicationHandlerStop

    async def _member(self, person: User) -> Member | None:
        """Whoever wrote, if on the list; a database that restarts is waited for.

        :raises StoreError: it did not come back.
        """
        for pause in PAUSES:
            try:
                return await aside(self._records.members.get, person.id)
            except StoreError as error:
                LOGGER.warning("查不了成员名单，%.1f 秒后再试：%s", pause, error)
                await asyncio.sleep(pause)
        return await aside(self._records.members.get, person.id)

    async def _seen(self, member: Member, person: User) -> Member:
        """Who writes in private can be reached again, under the name that Telegram shows now."""
        name = shown_name(person)
        if not member.reachable or member.name != name:
            await aside(self._records.members.seen, person.id, name)
            return await self._member(person) or member
        return member

    async def _turn_away(self, person: User, visit: Visit) -> None:
        """Tell a stranger once a day how to be let in, and the admins that strangers knock."""
        today = shanghai_today()
        if not self._strangers.allows((person.id, today)):
            return
        if not await aside(self._records.once.claim, f"stranger:{person.id}:{today}"):
            return
        LOGGER.warning("未登记的 Telegram 编号 %s 发来消息，没有答复其问题", person.id)
        await aside(self._records.audit.append, person.id, "stranger")
        try:
            await send_text(visit.bot, person.id, phrases.stranger(person.id))
        finally:
            await tell_admins_today(
                visit.bot, self._records, "knock", member_phrases.knock(person.id)
            )


def _for_nobody(message: Message, bot_id: int) -> bool:
    """Written by a chat rather than a person, or put there by our own inline mode."""
    own = message.via_bot is not None and message.via_bot.id == bot_id
    return own or message.sender_chat is not None
