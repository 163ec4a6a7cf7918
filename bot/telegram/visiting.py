"""Who a handler is speaking with, and handlers kept for some of them."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, TypeVar

from telegram import Update
from telegram.constants import ChatType
from telegram.ext import Application, CallbackContext, ExtBot

from bot.telegram import phrases
from bot.telegram.messages.sending import send_text
from knowledge.people import Member, Role

Bots = Application[Any, Any, Any, Any, Any, Any]
F = TypeVar("F")


class Visit(CallbackContext[ExtBot[Any], dict[Any, Any], dict[Any, Any], dict[Any, Any]]):
    """One update's context; the gate notes the member who sent it."""

    def __init__(
        self, application: Bots, chat_id: int | None = None, user_id: int | None = None
    ) -> None:
        super().__init__(application, chat_id, user_id)
        self._member: Member | None = None

    @property
    def member(self) -> Member:
        """Who sent this update; the gate lets no one else through."""
        if self._member is None:
            raise RuntimeError("a handler ran for somebody whom the gate has not seen")
        return self._member

    @member.setter
    def member(self, member: Member) -> None:
        self._member = member


Handle = Callable[[F, Update, Visit], Coroutine[Any, Any, None]]


def only(*roles: Role) -> Callable[[Handle[F]], Handle[F]]:
    """Keep a handler method for members of these roles (any, where none is given), and for
    private chats; others are told in a line.
    """

    def keep(handle: Handle[F]) -> Handle[F]:
        @wraps(handle)
        async def kept(feature: F, update: Update, visit: Visit) -> None:
            chat = update.effective_chat
            if roles and visit.member.role not in roles:
                line = phrases.NOT_FOR_YOU
            elif chat is not None and chat.type != ChatType.PRIVATE:
                line = phrases.PRIVATE_ONLY
            else:
                await handle(feature, update, visit)
                return
            if update.callback_query:
                await update.callback_query.answer(line)
            elif chat is not None:
                await send_text(visit.bot, chat.id, line)

        return kept

    return keep
