"""Showing one screen of text and buttons: as a new message, or in the place of another."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from telegram import Bot, CallbackQuery, InlineKeyboardMarkup, Message, ReplyParameters
from telegram.constants import ParseMode
from telegram.error import BadRequest

from bot.telegram.messages.rendering import html_of, plain_of
from bot.telegram.messages.sending import NO_PREVIEW, deliver, unasked
from bot.wording import Block, Piece, Style
from knowledge.store import Members

LOGGER = logging.getLogger(__name__)

_UNCHANGED = "message is not modified"
_UNPARSABLE = "parse entities"


@dataclass(frozen=True, slots=True)
class Screen:
    """One message's worth of blocks (cut longer text with ``rendering.pages``), with buttons."""

    blocks: Sequence[Block]
    keyboard: InlineKeyboardMarkup | None = None


def lines(*texts: str) -> Block:
    """A block of plain lines."""
    return tuple(Piece(Style.PLAIN, text) for text in texts if text)


def titled(title: str, *texts: str) -> Block:
    """A block of plain lines under a bold one."""
    return (Piece(Style.DECISIVE, title), *lines(*texts))


async def show(
    bot: Bot, chat_id: int, screen: Screen, reply_to: int | None = None, *, tries: int = 2
) -> Message | None:
    """Send a screen as a new message; None where we are blocked.

    :param tries: as ``deliver`` has it.
    """
    buttons = screen.keyboard
    reply = ReplyParameters(reply_to, allow_sending_without_reply=True) if reply_to else None
    try:
        text = html_of(screen.blocks)
        return await deliver(bot, chat_id, text, ParseMode.HTML, buttons, reply, tries=tries)
    except BadRequest as error:
        if _UNPARSABLE not in error.message.lower():
            raise
        LOGGER.warning("Telegram 不接受这条消息的格式，改发纯文本：%s", error.message)
        text = plain_of(screen.blocks)
        return await deliver(bot, chat_id, text, None, buttons, reply, tries=tries)


async def notify(bot: Bot, members: Members, chat_id: int, screen: Screen) -> bool:
    """Show a screen to a member unasked, unless they left us; True where it reached them."""

    async def send() -> Message | None:
        return await show(bot, chat_id, screen)

    return await unasked(members, chat_id, send)


async def replace(bot: Bot, chat_id: int, message_id: int, screen: Screen) -> bool:
    """Put a screen in the place of an earlier message; True where it stands there now.

    False where that message is gone or can no longer be edited.
    """
    tries = ((html_of(screen.blocks), ParseMode.HTML), (plain_of(screen.blocks), None))
    for text, mode in tries:
        try:
            await bot.edit_message_text(
                text,
                chat_id,
                message_id,
                parse_mode=mode,
                link_preview_options=NO_PREVIEW,
                reply_markup=screen.keyboard,
            )
        except BadRequest as error:
            words = error.message.lower()
            if _UNCHANGED in words:
                return True
            if _UNPARSABLE in words and mode:
                LOGGER.warning("Telegram 不接受这条消息的格式，改发纯文本：%s", error.message)
                continue
            LOGGER.info("没能改动消息 %s：%s", message_id, error.message)
            return False
        return True
    return False


async def turn(query: CallbackQuery, screen: Screen) -> None:
    """Answer a pressed button by putting a screen in the place of its message."""
    await query.answer()
    message = query.message
    if message is None:
        return
    if not await replace(query.get_bot(), message.chat.id, message.message_id, screen):
        await show(query.get_bot(), message.chat.id, screen)
