"""Every request to Telegram passes here: its limits are kept, and those who left are noted."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

from telegram.error import BadRequest, Forbidden, RetryAfter
from telegram.ext import AIORateLimiter

from bot.telegram.desk import aside
from knowledge.errors import StoreError
from knowledge.store import Members

LOGGER = logging.getLogger(__name__)

RETRIES = 3
# As ``rate_limit_args`` of a request that is dropped rather than made to wait.
COURTESY = -1

Result = bool | dict[str, Any] | list[dict[str, Any]]
Call = Callable[..., Coroutine[Any, Any, Result]]

_TYPING = "sendChatAction"
_ANSWERS = {"answerCallbackQuery", "answerInlineQuery"}
_STALE = ("query is too old", "query id is invalid")
_NEW_MESSAGES = ("send", "forward", "copy")


class Pacing(AIORateLimiter):
    """PTB's limits for new messages; for everything, waiting when Telegram says to wait.

    Telegram's 30 messages a second (20 a minute in a group) are counted in new messages.
    Edits are none: the message that an answer is edited into has been counted when it was
    sent, and must not queue behind the questions of others. Typing notices, answers to
    buttons and deletions are none either.
    """

    def __init__(self, members: Members) -> None:
        super().__init__(max_retries=RETRIES)
        self._members = members
        self._flooded_until = 0.0

    async def process_request(
        self,
        callback: Call,
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: int | None,
    ) -> Result:
        """Send one request when its time has come; see ``BaseRateLimiter``."""

        async def calmly(*args: Any, **kwargs: Any) -> Result:
            # PTB's own waiting ends as soon as any request that was under way comes back.
            await self._calm()
            try:
                return await callback(*args, **kwargs)
            except RetryAfter as error:
                self._hold(error)
                raise

        try:
            if endpoint == _TYPING or rate_limit_args == COURTESY:
                return await self._courtesy(callback, args, kwargs)
            # Those who come during a flood wait out here, and then pass at the usual rate.
            await self._calm()
            new = endpoint.startswith(_NEW_MESSAGES)
            return await super().process_request(
                calmly, args, kwargs, endpoint, data if new else {}, rate_limit_args
            )
        except Forbidden:
            await self._note_gone(data.get("chat_id"))
            raise
        except BadRequest as error:
            if endpoint in _ANSWERS and any(words in error.message.lower() for words in _STALE):
                # Pressed while we were away: nobody waits for this answer any more.
                LOGGER.info("按钮或行内查询已过时，没有答复")
                return True
            raise

    async def _courtesy(self, callback: Call, args: Any, kwargs: dict[str, Any]) -> Result:
        if self._wait() > 0:
            return True
        try:
            return await callback(*args, **kwargs)
        except RetryAfter as error:
            self._hold(error)
            return True

    def _hold(self, error: RetryAfter) -> None:
        seconds = error._retry_after.total_seconds()  # the public name warns
        LOGGER.info("发送过快，Telegram 要求等 %.0f 秒", seconds)
        until = asyncio.get_running_loop().time() + seconds
        self._flooded_until = max(self._flooded_until, until)

    def _wait(self) -> float:
        return self._flooded_until - asyncio.get_running_loop().time()

    async def _calm(self) -> None:
        while (seconds := self._wait()) > 0:  # noqa: ASYNC110  # a time is awaited, no event
            await asyncio.sleep(seconds)

    async def _note_gone(self, chat_id: object) -> None:
        """A person blocked us or deleted the account; groups keep no such note."""
        with suppress(TypeError, ValueError):
            person = int(str(chat_id))
            if person > 0:
                try:
                    await aside(self._members.set_reachable, person, False)
                except StoreError as error:
                    LOGGER.error("没能记下 %s 已停用机器人：%s", person, error)
