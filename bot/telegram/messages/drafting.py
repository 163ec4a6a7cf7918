"""A message that shows an answer while it is being written."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from telegram.error import TelegramError
from telegram.ext import ExtBot

from bot.telegram.messages.rendering import MESSAGE_UNITS, fitting
from bot.telegram.messages.sending import NO_PREVIEW
from bot.telegram.phrases import UNFINISHED
from bot.telegram.traffic.limiting import COURTESY
from bot.wording import clean
from knowledge.llm.model import Heard

LOGGER = logging.getLogger(__name__)

EVERY = 1.0
# A group takes 20 messages a minute from us, whosever questions they answer.
EVERY_IN_GROUP = 4.0


@asynccontextmanager
async def drafting(bot: ExtBot[Any], chat_id: int, message_id: int) -> AsyncIterator[Heard]:
    """Within the block, what is given to ``heard`` (text so far, from any thread) is shown.

    On the way out the last edit has reached Telegram: none may come after the answer's.
    """
    draft = _Draft(bot, chat_id, message_id)
    writing = asyncio.create_task(draft.write())
    try:
        yield draft.heard
    finally:
        draft.close()
        await writing


class _Draft:
    def __init__(self, bot: ExtBot[Any], chat_id: int, message_id: int) -> None:
        self._bot = bot
        self._chat_id = chat_id
        self._message_id = message_id
        self._every = EVERY if chat_id > 0 else EVERY_IN_GROUP
        self._loop = asyncio.get_running_loop()
        self._text = ""
        self._news = asyncio.Event()
        self._closed = asyncio.Event()

    def heard(self, text: str) -> None:
        """Take the text so far; called in the core's thread."""
        self._loop.call_soon_threadsafe(self._take, text)

    def close(self) -> None:
        """Show nothing more."""
        self._closed.set()
        self._news.set()

    async def write(self) -> None:
        """Edit the message whenever there is more, but seldom."""
        shown = ""
        while True:
            await self._news.wait()
            self._news.clear()
            if self._closed.is_set():
                return
            if self._text != shown:
                shown = self._text
                await self._show(shown)
            try:
                await asyncio.wait_for(self._closed.wait(), self._every)
            except TimeoutError:
                continue

    def _take(self, text: str) -> None:
        self._text = clean(text)
        if self._text:
            self._news.set()

    async def _show(self, text: str) -> None:
        head = text[: fitting(text, MESSAGE_UNITS - len(UNFINISHED))]
        try:
            await self._bot.edit_message_text(
                head + UNFINISHED,
                self._chat_id,
                self._message_id,
                link_preview_options=NO_PREVIEW,
                rate_limit_args=COURTESY,
            )
        except TelegramError as error:  # the answer matters, not this
            LOGGER.debug("draft in %s: %s", self._chat_id, error.message)
