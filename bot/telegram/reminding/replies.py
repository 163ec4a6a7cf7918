"""Replies to what the bot has asked an admin for: each goes to the feature whose prompt it answers.

What a reply is about is read off the prompt itself, so that it may come after a restart.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

from telegram import ForceReply, Message, Update
from telegram.ext import ApplicationHandlerStop, BaseHandler, MessageHandler, filters

from bot.telegram.messages.rendering import MESSAGE_UNITS, fitting
from bot.telegram.messages.sending import deliver
from bot.telegram.visiting import Visit
from knowledge.people import Role

TRY_AGAIN = "没有改动。请再回复一次那条消息。"


class Taking(Protocol):
    """A feature that asks for replies."""

    async def take(self, prompt: str, message: Message, visit: Visit) -> bool:
        """Take a reply to its own prompt; False where the prompt is another's."""
        ...


class Replies:
    """Hands replies to whoever asked for them; others go on to the other handlers."""

    def __init__(self, *features: Taking) -> None:
        self._features = features

    def handlers(self) -> Iterator[BaseHandler[Any, Any, Any]]:
        """Replies in words, and with a file: they are neither questions nor for a refresh."""
        # Whoever sends a command instead has changed their mind.
        sent = (filters.TEXT & ~filters.COMMAND) | filters.Document.ALL | filters.PHOTO
        reply = filters.UpdateType.MESSAGE & filters.REPLY & filters.ChatType.PRIVATE
        yield MessageHandler(reply & sent, self.replied)

    async def replied(self, update: Update, visit: Visit) -> None:
        """Take a reply of an admin's to a prompt of ours."""
        message = update.effective_message
        prompt = message.reply_to_message if message else None
        if message is None or prompt is None or visit.member.role is not Role.ADMIN:
            return
        if prompt.from_user is None or prompt.from_user.id != visit.bot.id:
            return
        for feature in self._features:
            if await feature.take(prompt.text or "", message, visit):
                raise ApplicationHandlerStop


async def ask_for(visit: Visit, text: str, placeholder: str) -> None:
    """Ask the admin for a reply.

    :param placeholder: what the input line shows, at most 64 characters.
    """
    asked = ForceReply(selective=True, input_field_placeholder=placeholder)
    text = text[: fitting(text, MESSAGE_UNITS)]
    await deliver(visit.bot, visit.member.telegram_id, text, None, asked)
