"""/start and /help, and what is said to commands and messages that the bot cannot read."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

from telegram import Update
from telegram.constants import ChatType
from telegram.error import Conflict, NetworkError, TelegramError
from telegram.ext import (
    ApplicationHandlerStop,
    BaseHandler,
    CommandHandler,
    MessageHandler,
    filters,
)

from bot.telegram import menus, phrases
from bot.telegram.desk import Desk, aside
from bot.telegram.membership import phrases as member_phrases
from bot.telegram.messages.sending import send_text
from bot.telegram.traffic.failing import explained
from bot.telegram.traffic.memory import Throttle
from bot.telegram.traffic.queueing import NotStoredError
from bot.telegram.visiting import Visit
from knowledge.errors import StoreError
from knowledge.people import Role

LOGGER = logging.getLogger(__name__)

# An album arrives as one message for each picture.
UNREADABLE_SECONDS = 5.0

_HEARD = filters.VOICE | filters.VIDEO_NOTE | filters.AUDIO | filters.VIDEO
_SEEN = filters.PHOTO | filters.Document.ALL


class General:
    """What any member may send, questions apart."""

    def __init__(self, desk: Desk) -> None:
        self._contact = desk.settings.contact
        self._members = desk.records.members
        self._unreadable = Throttle(UNREADABLE_SECONDS)

    def handlers(self) -> Iterator[BaseHandler[Any, Any, Any]]:
        """Commands of its own; they go before the leftovers."""
        message = filters.UpdateType.MESSAGE
        yield CommandHandler("start", self.start, filters=message)
        yield CommandHandler("help", self.help, filters=message)

    def leftovers(self) -> Iterator[BaseHandler[Any, Any, Any]]:
        """What no other feature has taken; they go last."""
        message = filters.UpdateType.MESSAGE
        yield MessageHandler(message & filters.COMMAND, self.unknown_command)
        yield MessageHandler(message & ~filters.StatusUpdate.ALL, self.unreadable)

    async def start(self, update: Update, visit: Visit) -> None:
        """Answer /start: who this is and how to ask."""
        if _in_group(update):
            await _reply(update, visit, member_phrases.IN_GROUP_HELP)
            return
        await _reply(update, visit, phrases.START)
        if visit.member.role is not Role.OFFICER:
            # Telegram takes a menu for one's own chat only once that chat exists.
            await menus.fit(visit.bot, visit.member)

    async def help(self, update: Update, visit: Visit) -> None:
        """Answer /help: what can be asked, with examples, and the commands of one's role."""
        if _in_group(update):
            await _reply(update, visit, member_phrases.IN_GROUP_HELP)
        else:
            commands = menus.menu_for(visit.member.role)
            await _reply(update, visit, phrases.help_text(self._contact, commands))

    async def unknown_command(self, update: Update, visit: Visit) -> None:
        """Answer a command that does not exist."""
        await _reply(update, visit, phrases.UNKNOWN_COMMAND)

    async def unreadable(self, update: Update, visit: Visit) -> None:
        """Answer a picture, voice message, file or the like."""
        message = update.message
        if message is None or not self._unreadable.allows(message.chat_id):
            return
        if _HEARD.check_update(update):
            line = phrases.NO_VOICE
        elif _SEEN.check_update(update):
            line = phrases.NO_FILES
        else:
            line = phrases.TEXT_ONLY
        await _reply(update, visit, line)

    async def failed(self, update: object, visit: Visit) -> None:
        """Log what went wrong, tell the person what to do next, and end the update.

        PTB would go on with the handlers after the one that failed, which were not meant for
        this update: a reviewer's answer would be taken for a question.
        """
        error = visit.error
        if not isinstance(update, Update):
            _log_polling(error)
            return
        try:
            await self._tell(update, visit, explained(error, self._contact))
        except (TelegramError, StoreError) as second:
            LOGGER.error("出错说明也没有发出去：%s", second)
        finally:
            raise ApplicationHandlerStop

    async def _tell(self, update: Update, visit: Visit, sentence: str) -> None:
        # The context of an error is a new one: who they are must be asked again.
        person = update.effective_user
        if person is not None and await aside(self._members.get, person.id) is not None:
            await _reply(update, visit, sentence)


def _in_group(update: Update) -> bool:
    return update.effective_chat is not None and update.effective_chat.type != ChatType.PRIVATE


async def _reply(update: Update, visit: Visit, text: str) -> None:
    if update.effective_chat is not None:
        await send_text(visit.bot, update.effective_chat.id, text)


def _log_polling(error: Exception | None) -> None:
    """Trouble fetching updates: PTB goes on trying, so a line is enough."""
    if isinstance(error, NotStoredError):
        return  # logged where it happened
    if isinstance(error, Conflict):
        LOGGER.error("另有程序在用同一个机器人令牌收消息，请只保留一个。")
    elif isinstance(error, NetworkError):
        LOGGER.warning("与 Telegram 的连接中断，将自动重试：%s", error.message)
    else:
        LOGGER.error("接收消息时出错", exc_info=error)
