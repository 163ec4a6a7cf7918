"""Where the bot is: groups that an admin opens and closes, people who block it and come back."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

from telegram import Chat, ChatMemberUpdated, Update, User
from telegram.constants import ChatMemberStatus, ChatType
from telegram.ext import (
    ApplicationHandlerStop,
    BaseHandler,
    ChatMemberHandler,
    CommandHandler,
    MessageHandler,
    filters,
)

from bot.telegram import phrases
from bot.telegram.desk import Desk, aside
from bot.telegram.membership import phrases as member_phrases
from bot.telegram.membership.admins import tell_admins_today
from bot.telegram.messages.sending import send_text
from bot.telegram.visiting import Visit
from bot.wording import clean
from knowledge.people import Role

LOGGER = logging.getLogger(__name__)

LONGEST_TITLE = 40
_GROUPS = {ChatType.GROUP, ChatType.SUPERGROUP}
_OUTSIDE = {ChatMemberStatus.LEFT, ChatMemberStatus.BANNED}


class Doors:
    """/open and /close, and Telegram's news of where the bot was put or thrown out."""

    def __init__(self, desk: Desk) -> None:
        self._records = desk.records

    def handlers(self) -> Iterator[BaseHandler[Any, Any, Any]]:
        """Commands for groups, and news that no person wrote."""
        message = filters.UpdateType.MESSAGE
        yield CommandHandler("open", self.open, filters=message)
        yield CommandHandler("close", self.close, filters=message)
        yield MessageHandler(message & filters.StatusUpdate.MIGRATE, self.moved)
        yield ChatMemberHandler(self.standing, ChatMemberHandler.MY_CHAT_MEMBER)

    async def open(self, update: Update, visit: Visit) -> None:
        """Answer /open: from now on members are answered in this group."""
        chat = await self._group_of_admin(update, visit)
        opened = await aside(self._records.groups.open, chat.id, visit.member.telegram_id)
        line = member_phrases.OPENED if opened else member_phrases.OPEN_ALREADY
        await send_text(visit.bot, chat.id, line.format(visit.bot.username))

    async def close(self, update: Update, visit: Visit) -> None:
        """Answer /close: nobody is answered in this group any more."""
        chat = await self._group_of_admin(update, visit)
        await aside(self._records.groups.close, chat.id, visit.member.telegram_id)
        await send_text(visit.bot, chat.id, member_phrases.CLOSED.format(visit.bot.username))

    async def moved(self, update: Update, visit: Visit) -> None:
        """A group became a supergroup: it stays as open as it was."""
        message = update.message
        if message is not None and message.migrate_to_chat_id is not None:
            await aside(self._records.groups.moved, message.chat_id, message.migrate_to_chat_id)

    async def standing(self, update: Update, visit: Visit) -> None:
        """The bot was blocked or unblocked, put into a group or thrown out of it."""
        change = update.my_chat_member
        if change is None:
            return
        chat, outside = change.chat, change.new_chat_member.status in _OUTSIDE
        if chat.type == ChatType.PRIVATE:
            await aside(self._records.members.set_reachable, chat.id, not outside)
        elif chat.type in _GROUPS and outside:
            await aside(self._records.groups.close, chat.id, change.from_user.id)
        elif chat.type in _GROUPS and change.old_chat_member.status in _OUTSIDE:
            await self._added(change, visit)

    async def _added(self, change: ChatMemberUpdated, visit: Visit) -> None:
        chat, person = change.chat, change.from_user
        if await aside(self._records.groups.is_open, chat.id):
            return  # it came along when its group became a supergroup
        member = await aside(self._records.members.get, person.id)
        if member is not None and member.role is Role.ADMIN:
            line = member_phrases.HOW_TO_OPEN.format(visit.bot.username)
            await send_text(visit.bot, chat.id, line)
            return
        LOGGER.warning("编号 %s 把机器人加进了群 %s，群没有开放", person.id, chat.id)
        await self._report(chat, person, visit, stranger=member is None)

    async def _report(self, chat: Chat, person: User, visit: Visit, *, stranger: bool) -> None:
        """Tell the admins: once a day of what strangers do, once a day for each member's group."""
        await aside(self._records.audit.append, person.id, "group.added", chat_id=chat.id)
        title = " ".join(clean(chat.title or "").split())[:LONGEST_TITLE]
        matter = "group of a stranger" if stranger else f"group {chat.id}"
        notice = member_phrases.added_by_other(title, person.id, visit.bot.username)
        await tell_admins_today(visit.bot, self._records, matter, notice)

    async def _group_of_admin(self, update: Update, visit: Visit) -> Chat:
        """The group that an admin speaks in; others are told in a line, and that is all."""
        chat = update.effective_chat
        if chat is None:
            raise ApplicationHandlerStop
        if chat.type in _GROUPS and visit.member.role is Role.ADMIN:
            return chat
        in_group = chat.type in _GROUPS
        line = phrases.NOT_FOR_YOU if in_group else member_phrases.IN_GROUPS_ONLY
        await send_text(visit.bot, chat.id, line)
        raise ApplicationHandlerStop
