"""Getting messages to a person: typing notice, refused markup, lost connections."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from telegram import (
    Bot,
    ForceReply,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    Message,
    ReplyParameters,
)
from telegram.constants import ChatAction
from telegram.error import BadRequest, Forbidden, NetworkError, TelegramError

from bot.telegram.desk import aside
from knowledge.store import Members

LOGGER = logging.getLogger(__name__)

# Telegram shows the notice for five seconds.
TYPING_EVERY = 4.0
# Most answers are there by then, and need no notice.
TYPING_AFTER = 0.3
RETRY_AFTER = 1.0

NO_PREVIEW = LinkPreviewOptions(is_disabled=True)


async def send_text(bot: Bot, chat_id: int, text: str) -> None:
    """Send one short plain message."""
    await deliver(bot, chat_id, text, None)


async def deliver(
    bot: Bot,
    chat_id: int,
    text: str,
    parse_mode: str | None,
    keyboard: InlineKeyboardMarkup | ForceReply | None = None,
    reply: ReplyParameters | None = None,
    *,
    tries: int = 2,
) -> Message | None:
    """Send once, and once more after a lost connection; None where we are blocked.

    After a lost connection the first copy may have arrived. A rule read twice
    does less harm than an answer that never comes.

    :param tries: how often to send at most; 1 for what must not come twice.
    """
    for attempt in range(1, tries + 1):
        try:
            return await bot.send_message(
                chat_id,
                text,
                parse_mode=parse_mode,
                link_preview_options=NO_PREVIEW,
                reply_markup=keyboard,
                reply_parameters=reply,
            )
        except BadRequest:  # a NetworkError by descent, but not by nature
            raise
        except Forbidden as error:
            LOGGER.info("没有发给 %s：%s", chat_id, error.message)
            return None
        except NetworkError as error:
            if attempt == tries:
                raise
            LOGGER.warning("发送时连接中断，%s 秒后重发：%s", RETRY_AFTER, error.message)
            await asyncio.sleep(RETRY_AFTER)
    return None


async def notify(bot: Bot, members: Members, chat_id: int, text: str) -> bool:
    """Write to a member unasked, unless they left us; True where it reached them.

    ``screens.notify`` does the same with a screen.
    """

    async def send() -> Message | None:
        return await deliver(bot, chat_id, text, None)

    return await unasked(members, chat_id, send)


async def unasked(
    members: Members, chat_id: int, send: Callable[[], Awaitable[Message | None]]
) -> bool:
    """Run ``send`` where the member can be reached; a refusal is a line in the log."""
    member = await aside(members.get, chat_id)
    if member is None or not member.reachable:
        return False
    try:
        return await send() is not None
    except TelegramError as error:  # they asked for nothing: whoever caused this must go on
        LOGGER.warning("没能通知 %s：%s", chat_id, error.message)
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
    await asyncio.sleep(TYPING_AFTER)
    while True:
        try:
            await bot.send_chat_action(chat_id, ChatAction.TYPING)
        except TelegramError as error:  # a courtesy: the answer matters, not this
            LOGGER.debug("typing notice for %s: %s", chat_id, error.message)
        await asyncio.sleep(TYPING_EVERY)
