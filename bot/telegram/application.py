"""The Telegram application: its settings, its handler table, its life.

What each handler does is left to ``handlers``.
"""

from __future__ import annotations

import asyncio
import logging
import re
from typing import Any
from zoneinfo import ZoneInfo

from telegram import Bot, Update
from telegram.constants import UpdateType
from telegram.error import InvalidToken, TelegramError
from telegram.ext import (
    AIORateLimiter,
    Application,
    CommandHandler,
    Defaults,
    MessageHandler,
    TypeHandler,
    filters,
)

from bot.asking import Asker
from bot.telegram import phrases
from bot.telegram.concealing import conceal
from bot.telegram.handlers import Reception
from bot.telegram.queueing import PerPersonProcessor
from knowledge.errors import ConfigurationError
from knowledge.settings import Settings

LOGGER = logging.getLogger(__name__)

Bots = Application[Any, Any, Any, Any, Any, Any]

# Only what the table below handles is fetched: no edits, no group events.
FETCHED = [UpdateType.MESSAGE]
LONGEST_PAUSE = 60.0

_TOKEN = re.compile(r"\d+:[\w-]+", re.ASCII)


def build_application(settings: Settings, asker: Asker) -> Bots:
    """Assemble the bot; nothing is sent or fetched yet.

    :raises ConfigurationError: the token is missing or malformed.
    """
    token = _token(settings)
    conceal(token)
    application: Bots = (
        Application.builder()
        .token(token)
        .base_url(_base_url(settings))
        .base_file_url(f"{settings.telegram_api_url.rstrip('/')}/file/bot")
        .defaults(Defaults(tzinfo=ZoneInfo("Asia/Shanghai")))
        .rate_limiter(AIORateLimiter(max_retries=3))
        .concurrent_updates(PerPersonProcessor())
        .job_queue(None)
        .post_init(_announce_commands)
        .build()
    )
    _add_handlers(application, Reception(asker, settings.served_ids, settings.contact))
    return application


def run(settings: Settings, asker: Asker) -> None:
    """Serve until stopped by a signal.

    :raises ConfigurationError: the token is missing, malformed or refused.
    """
    application = build_application(settings, asker)
    if not settings.served_ids:
        LOGGER.warning(
            "ADMIN_IDS 和 MEMBER_IDS 都是空的，机器人不会答复任何人。"
            "请在 .env 里把 ADMIN_IDS 设为您的 Telegram 编号，再重新启动；"
            "给机器人发一条消息，它会告诉您编号。"
        )
    asyncio.run(_reach_telegram(settings))
    LOGGER.info("廉问已上线，正在接收消息；按 Ctrl-C 停止。")
    application.run_polling(allowed_updates=FETCHED, bootstrap_retries=-1)


def _add_handlers(application: Bots, reception: Reception) -> None:
    """Fill the table: in each group the first handler that matches takes the update."""
    message = filters.UpdateType.MESSAGE
    content = message & ~filters.StatusUpdate.ALL
    add = application.add_handler
    add(TypeHandler(Update, reception.gate), group=-1)
    add(CommandHandler("start", reception.start, filters=message))
    add(CommandHandler("help", reception.help, filters=message))
    add(CommandHandler("new", reception.new, filters=message))
    add(MessageHandler(message & filters.COMMAND, reception.unknown_command))
    add(MessageHandler(message & filters.TEXT, reception.question))
    add(MessageHandler(content, reception.unreadable))
    application.add_error_handler(reception.failed)


async def _announce_commands(application: Bots) -> None:
    """Fill the menu beside the input line; the bot works without it."""
    try:
        await application.bot.set_my_commands(phrases.COMMANDS)
    except TelegramError as error:
        LOGGER.warning("没能设置命令菜单，不影响问答：%s", error.message)


async def _reach_telegram(settings: Settings) -> None:
    """Wait until Telegram answers, with a line for each failure.

    PTB would wait as well, but in silence: an unplugged cable would look like
    a bot at work.
    """
    pause = 1.0
    while True:
        try:
            async with Bot(_token(settings), base_url=_base_url(settings)):
                return
        except InvalidToken:
            # The original message holds the token.
            raise ConfigurationError(
                "Telegram 不接受这个 TELEGRAM_BOT_TOKEN。请向 @BotFather 核对令牌，"
                "并确认 TELEGRAM_API_URL 是 Bot API 的地址，改正后重新启动。"
            ) from None
        except TelegramError as error:
            LOGGER.warning(
                "连不上 %s，%.0f 秒后重试（请检查网络或代理 HTTPS_PROXY）：%s",
                settings.telegram_api_url,
                pause,
                error.message,
            )
        await asyncio.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)


def _token(settings: Settings) -> str:
    token = settings.telegram_bot_token
    value = token.get_secret_value().strip() if token else ""
    if not value:
        raise ConfigurationError(
            "没有设置 TELEGRAM_BOT_TOKEN。请向 @BotFather 申请机器人令牌并写进 .env；"
            "没有令牌时可以用 lianwen chat 在终端里提问。"
        )
    if not _TOKEN.fullmatch(value):
        raise ConfigurationError(
            "TELEGRAM_BOT_TOKEN 的形式不对，应当像 123456:ABC-def。"
            "请对照 @BotFather 给出的令牌改正。"
        )
    return value


def _base_url(settings: Settings) -> str:
    return f"{settings.telegram_api_url.rstrip('/')}/bot"
