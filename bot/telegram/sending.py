"""Getting messages to a person: typing notice, refused markup, lost connections."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from telegram import Bot, LinkPreviewOptions
from telegram.constants import ChatAction, ParseMode
from telegram.error import BadRequest, Forbidden, NetworkError, TelegramError

from bot.telegram.rendering import plain, render
from knowledge.model import Answer

LOGGER = logging.getLogger(__name__)

# Telegram shows the notice for five seconds.
TYPING_EVERY = 4.0
RETRY_AFTER = 1.0

_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)


async def send_answer(bot: Bot, chat_id: int, answer: Answer) -> None:
    """Send an answer, message by message; plain where Telegram refuses the markup."""
    for marked, bare in zip(render(answer), plain(answer), strict=True):
        if not await _send_page(bot, chat_id, marked, bare):
            return


async def send_text(bot: Bot, chat_id: int, text: str) -> None:
    """Send one short plain message."""
    await _deliver(bot, chat_id, text, None)


async def _send_page(bot: Bot, chat_id: int, marked: str, bare: str) -> bool:
    try:
        return await _deliver(bot, chat_id, marked, ParseMode.HTML)
    except BadRequest as error:
        if "parse entities" not in error.message.lower():
            raise
        LOGGER.warning("Telegram 不接受这条消息的格式，改发纯文本：%s", error.message)
        return await _deliver(bot, chat_id, bare, None)


async def _deliver(bot: Bot, chat_id: int, text: str, parse_mode: str | None) -> bool:
    """Send once, and once more after a lost connection; False where we are blocked.

    After a lost connection the first copy may have arrived. A rule read twice
    does less harm than an answer that never comes.
    """
    for attempt in (1, 2):
        try:
            await bot.send_message(
                chat_id, text, parse_mode=parse_mode, link_preview_options=_NO_PREVIEW
            )
        except BadRequest:  # a NetworkError by descent, but not by nature
            raise
        except Forbidden as error:
            LOGGER.info("没有发给 %s：%s", chat_id, error.message)
            return False
        except NetworkError as error:
            if attempt == 2:  # noqa: PLR2004  # the last of the two
                raise
            LOGGER.warning("发送时连接中断，%s 秒后重发：%s", RETRY_AFTER, error.message)
            await asyncio.sleep(RETRY_AFTER)
        else:
            return True
    return False


@asynccontextmanager
async def typing(bot: Bot, chat_id: int) -> AsyncIterator[None]:
    """Show 「正在输入」 for as long as the block runs."""
    notice = asyncio.create_task(_keep_typing(bot, chat_id))
    try:
        yield
    finally:
        notice.cancel()
        await asyncio.gather(notice, return_exceptions=True)


async def _keep_typing(bot: Bot, chat_id: int) -> None:
    while True:
        try:
            await bot.send_chat_action(chat_id, ChatAction.TYPING)
        except TelegramError as error:  # a courtesy: the answer matters, not this
            LOGGER.debug("typing notice for %s: %s", chat_id, error.message)
        await asyncio.sleep(TYPING_EVERY)
