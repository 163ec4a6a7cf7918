"""The messages that hold one answer: noted before they are filled, so that none comes twice.

Sending can be accepted and yet look failed, or be cut off by a crash; done again, it would
show the answer twice. So a short draft is sent and noted first, and then edited into the
answer: an edit may be repeated as often as need be.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace as changed
from functools import partial
from typing import Any, TypeVar

from telegram import Message, ReplyParameters
from telegram.constants import ChatType
from telegram.error import BadRequest, Forbidden, NetworkError, RetryAfter
from telegram.ext import ExtBot

from bot.telegram import phrases
from bot.telegram.desk import aside
from bot.telegram.messages.screens import Screen, lines, replace
from bot.telegram.messages.sending import deliver
from knowledge.store import Deliveries, Delivery

LOGGER = logging.getLogger(__name__)

PAUSE = 1.0
# Short, for a stop waits this long for whoever waits for the network.
LONGEST_PAUSE = 5.0

T = TypeVar("T")


class LeftError(Exception):
    """The person blocked us, or the group threw us out: there is nobody to write to."""


class NotShownError(Exception):
    """Telegram refuses what we want to show, in a fresh message too."""


class Pages:
    """The messages under one question."""

    def __init__(
        self,
        bot: ExtBot[Any],
        deliveries: Deliveries,
        asked: Message,
        noted: Delivery,
        running: Callable[[], bool],
    ) -> None:
        self._bot = bot
        self._deliveries = deliveries
        self._asked = asked
        self._noted = noted
        self._running = running

    @classmethod
    async def under(
        cls,
        bot: ExtBot[Any],
        deliveries: Deliveries,
        asked: Message,
        running: Callable[[], bool],
    ) -> Pages:
        """What stands under a question by now; before it is first answered, nothing.

        :param running: False once the bot stops; then Telegram is waited for no longer.
        """
        noted = await aside(deliveries.of, asked.chat_id, asked.message_id)
        return cls(bot, deliveries, asked, noted, running)

    @property
    def begun(self) -> bool:
        """Whether anything stands there."""
        return bool(self._noted.messages)

    @property
    def question_id(self) -> int | None:
        """The question's number in the log, once it has one."""
        return self._noted.question_id

    async def number(self, question_id: int) -> None:
        """Keep the question's number in the log."""
        self._noted = changed(self._noted, question_id=question_id)
        await aside(self._deliveries.number, *self._key, question_id)

    async def open(self, *, anew: bool) -> int:
        """Say that the question is being worked on; the id of the message that says so.

        :param anew: also where an answer stands already.
        :raises LeftError: there is nobody to tell.
        """
        draft = Screen([lines(phrases.LOOKING)])
        if not self.begun or (anew and not await self._place(0, draft)):
            await self._draft(0)
        return self._noted.messages[0]

    async def fill(self, screens: Sequence[Screen]) -> None:
        """Let these be what stands under the question, page by page.

        :raises LeftError: there is nobody to show them to.
        :raises NotShownError: Telegram refuses one of them.
        """
        for page, screen in enumerate(screens):
            if page < len(self._noted.messages) and await self._place(page, screen):
                continue
            # Not sent yet, deleted by the person, or too old to be edited.
            await self._draft(page)
            if not await self._place(page, screen):
                raise NotShownError(f"page {page} of the answer")
        await self._shorten(len(screens))

    @property
    def _key(self) -> tuple[int, int]:
        return self._asked.chat_id, self._asked.message_id

    async def _place(self, page: int, screen: Screen) -> bool:
        place = (self._asked.chat_id, self._noted.messages[page])
        return await self._insist(lambda: replace(self._bot, *place, screen))

    async def _draft(self, page: int) -> None:
        reply = None
        if page == 0 and self._asked.chat.type != ChatType.PRIVATE:
            reply = ReplyParameters(self._asked.message_id, allow_sending_without_reply=True)
        text = phrases.NEXT_PAGE if page else phrases.LOOKING
        sent = await self._insist(
            lambda: deliver(self._bot, self._asked.chat_id, text, None, reply=reply)
        )
        if sent is None:
            raise LeftError
        messages = list(self._noted.messages)
        messages[page:] = [sent.message_id, *messages[page + 1 :]]
        self._noted = changed(self._noted, messages=tuple(messages))
        await aside(self._deliveries.record, *self._key, page, sent.message_id)

    async def _shorten(self, pages: int) -> None:
        surplus = self._noted.messages[pages:]
        if not surplus:
            return
        chat_id = self._asked.chat_id
        for message_id in surplus:
            with suppress(BadRequest):  # gone, or too old to go
                await self._insist(partial(self._bot.delete_message, chat_id, message_id))
        self._noted = changed(self._noted, messages=self._noted.messages[:pages])
        await aside(self._deliveries.shorten, *self._key, pages)

    async def _insist(self, act: Callable[[], Awaitable[T]]) -> T:
        """Try until Telegram can be reached; at a stop, leave the question for the next start.

        :raises asyncio.CancelledError: the bot stops.
        """
        pause = PAUSE
        while True:
            try:
                return await act()
            except BadRequest:  # a NetworkError by descent, but not by nature
                raise
            except Forbidden as error:
                LOGGER.info("没有发给 %s：%s", self._asked.chat_id, error.message)
                raise LeftError from error
            except (NetworkError, RetryAfter) as error:
                LOGGER.warning("答复没有送达，%.0f 秒后再试：%s", pause, error.message)
            if not self._running():
                raise asyncio.CancelledError
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)
