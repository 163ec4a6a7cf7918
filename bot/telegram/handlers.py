"""What the bot does with each kind of update: read it, ask the core, send.

Which update reaches which handler is the table in ``application``.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Any

from telegram import Message, Update
from telegram.constants import ChatType
from telegram.error import Conflict, NetworkError, TelegramError
from telegram.ext import ApplicationHandlerStop, CallbackContext

from bot.asking import Asker, opens_follow_up
from bot.telegram import phrases
from bot.telegram.memory import Conversations, Throttle
from bot.telegram.sending import send_answer, send_text, typing
from bot.wording import clean
from knowledge.errors import LianwenError, QuestionError
from knowledge.model import Question

LOGGER = logging.getLogger(__name__)

Context = CallbackContext[Any, Any, Any, Any]

STRANGER_SECONDS = 60 * 60.0
# An album arrives as one message for each picture.
UNREADABLE_SECONDS = 5.0


class Reception:
    """Receives people's messages. One for each application."""

    def __init__(self, asker: Asker, served_ids: frozenset[int], contact: str) -> None:
        self._asker = asker
        self._served_ids = served_ids
        self._contact = contact
        self._conversations = Conversations()
        self._strangers = Throttle(STRANGER_SECONDS)
        self._unreadable = Throttle(UNREADABLE_SECONDS)

    async def gate(self, update: Update, context: Context) -> None:
        """Let served people through in private chats; end every other update here."""
        chat, person = update.effective_chat, update.effective_user
        if chat is None or person is None or chat.type != ChatType.PRIVATE:
            raise ApplicationHandlerStop
        if person.id in self._served_ids:
            return
        if self._strangers.allows(person.id):
            LOGGER.warning("未登记的 Telegram 编号 %s 发来消息，没有答复其问题", person.id)
            try:
                await send_text(context.bot, chat.id, phrases.stranger(person.id))
            except Exception:
                # Whatever happens to the notice, the question must go no further.
                LOGGER.exception("没能告知未登记的人")
        raise ApplicationHandlerStop

    async def start(self, update: Update, context: Context) -> None:
        """Answer /start: who this is and how to ask."""
        await send_text(context.bot, _message(update).chat_id, phrases.START)

    async def help(self, update: Update, context: Context) -> None:
        """Answer /help: what can be asked, with examples."""
        await send_text(context.bot, _message(update).chat_id, phrases.help_text(self._contact))

    async def new(self, update: Update, context: Context) -> None:
        """Answer /new: forget the earlier questions."""
        message = _message(update)
        self._conversations.forget(_conversation(message))
        await send_text(context.bot, message.chat_id, phrases.NEW_TOPIC)

    async def question(self, update: Update, context: Context) -> None:
        """Answer text: ask the core and send what it answers."""
        message = _message(update)
        key, text = _conversation(message), clean(message.text or "")
        question = Question(text=text, turns=self._conversations.turns(key))
        begun = time.monotonic()
        async with typing(context.bot, message.chat_id):
            answer = await asyncio.to_thread(self._asker.ask, question)
        if opens_follow_up(answer):
            self._conversations.remember(key, text)
        await send_answer(context.bot, message.chat_id, answer)
        LOGGER.info(
            "答复 %s：%s，%d 条依据，%.1f 秒",
            message.chat_id,
            answer.outcome,
            len(answer.citations),
            time.monotonic() - begun,
        )

    async def unknown_command(self, update: Update, context: Context) -> None:
        """Answer a command that does not exist."""
        await send_text(context.bot, _message(update).chat_id, phrases.UNKNOWN_COMMAND)

    async def unreadable(self, update: Update, context: Context) -> None:
        """Answer a picture, voice message, file or the like."""
        chat_id = _message(update).chat_id
        if self._unreadable.allows(chat_id):
            await send_text(context.bot, chat_id, phrases.TEXT_ONLY)

    async def failed(self, update: object, context: Context) -> None:
        """Log what went wrong and tell the person what to do next."""
        error = context.error
        if not isinstance(update, Update):
            _log_polling(error)
            return
        if isinstance(error, LianwenError):
            if not isinstance(error, QuestionError):
                LOGGER.error("无法答复：%s", error)
            sentence = clean(str(error))
        else:
            LOGGER.error("处理消息时出错", exc_info=error)
            sentence = phrases.failed(self._contact)
        person, chat = update.effective_user, update.effective_chat
        if person is None or chat is None or person.id not in self._served_ids:
            return
        try:
            await send_text(context.bot, chat.id, sentence or phrases.failed(self._contact))
        except TelegramError as second:
            LOGGER.error("出错说明也没有发出去：%s", second.message)


def _message(update: Update) -> Message:
    message = update.effective_message
    if message is None:  # the table sends only updates with a message here
        raise ApplicationHandlerStop
    return message


def _conversation(message: Message) -> tuple[int, int]:
    sender = message.from_user
    return (sender.id if sender else 0, message.chat_id)


def _log_polling(error: Exception | None) -> None:
    """Trouble fetching updates: PTB goes on trying, so a line is enough."""
    if isinstance(error, Conflict):
        LOGGER.error("另有程序在用同一个机器人令牌收消息，请只保留一个。")
    elif isinstance(error, NetworkError):
        LOGGER.warning("与 Telegram 的连接中断，将自动重试：%s", error.message)
    else:
        LOGGER.error("接收消息时出错", exc_info=error)
