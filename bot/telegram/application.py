"""The Telegram application: its settings, its handler table, its life.

What each handler does is left to its feature's module.
"""

from __future__ import annotations

import asyncio
import logging
import re
import sys
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from telegram import Bot
from telegram.constants import UpdateType
from telegram.error import InvalidToken, TelegramError
from telegram.ext import Application, ContextTypes, Defaults

from bot.telegram import menus
from bot.telegram.answers.article_view import ArticleView
from bot.telegram.answers.fitting_cases import FittingCases
from bot.telegram.answers.questions import Questions, give_up
from bot.telegram.answers.voting import Voting
from bot.telegram.browsing import Browsing
from bot.telegram.desk import Desk, aside
from bot.telegram.general import General
from bot.telegram.insight.faq_desk import FaqDesk
from bot.telegram.insight.gaps import Gaps
from bot.telegram.insight.statistics import Statistics
from bot.telegram.membership.doors import Doors
from bot.telegram.membership.gate import Gate
from bot.telegram.membership.inviting import Inviting
from bot.telegram.membership.joining import Joining
from bot.telegram.membership.roster import RosterScreens
from bot.telegram.privacy import Privacy
from bot.telegram.referrals.referring import Referring
from bot.telegram.referrals.reviewing import Reviewing
from bot.telegram.refreshing import Refreshing
from bot.telegram.reminding import Reminding
from bot.telegram.traffic.concealing import conceal
from bot.telegram.traffic.limiting import Pacing
from bot.telegram.traffic.queueing import Intake, PerPersonProcessor
from bot.telegram.traffic.receiving import read_webhook, receive
from bot.telegram.upkeep import keep_up
from bot.telegram.visiting import Bots, Visit
from knowledge.errors import ConfigurationError
from knowledge.people import Role
from knowledge.settings import Settings

LOGGER = logging.getLogger(__name__)

# Only what the table below handles is fetched.
FETCHED = [
    UpdateType.MESSAGE,
    UpdateType.EDITED_MESSAGE,
    UpdateType.CALLBACK_QUERY,
    UpdateType.INLINE_QUERY,
    UpdateType.MY_CHAT_MEMBER,
]
LONGEST_PAUSE = 60.0
THREADS = 24
SWITCH_SECONDS = 0.0005
WARM_UP = "可以收礼吗？"

_TOKEN = re.compile(r"\d+:[\w-]+", re.ASCII)


def build_application(
    desk: Desk, refreshing: Refreshing | None = None, reminding: Reminding | None = None
) -> Bots:
    """Assemble the bot; nothing is sent or fetched yet.

    :param refreshing: refreshes the knowledge base; the usual way where it is None.
    :param reminding: reminds of holidays; the usual way where it is None.
    :raises ConfigurationError: the token is missing or malformed.
    """
    settings, token = desk.settings, _token(desk.settings)
    conceal(token)
    refreshing, reminding = refreshing or Refreshing(desk), reminding or Reminding(desk)
    intake = Intake(desk.records.inbox)
    upkeep: list[asyncio.Task[None]] = []

    def running() -> bool:
        return application.running

    async def prepare(application: Bots) -> None:
        # Questions may hold eight threads for seconds; the database must not wait for them.
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(THREADS))
        await aside(desk.records.roster.fix_admins, settings.admin_ids)
        privileged = await aside(desk.records.members.list, Role.REVIEWER, Role.ADMIN)
        await menus.announce(application.bot, privileged)
        await refreshing.recover()
        await intake.resume(application.bot)
        beside = _beside(application.bot, desk, refreshing)
        upkeep.extend(asyncio.create_task(each) for each in beside)
        reminding.begin(application)

    async def end(_: Bots) -> None:
        await reminding.close()
        for task in upkeep:
            task.cancel()
        await asyncio.gather(*upkeep, return_exceptions=True)
        await refreshing.close()

    application: Bots = (
        Application.builder()
        .context_types(ContextTypes(context=Visit))
        .token(token)
        .base_url(_base_url(settings))
        .base_file_url(f"{settings.telegram_api_url.rstrip('/')}/file/bot")
        .defaults(Defaults(tzinfo=ZoneInfo("Asia/Shanghai")))
        .rate_limiter(Pacing(desk.records.members))
        .update_queue(intake)
        .concurrent_updates(PerPersonProcessor(intake, partial(give_up, desk, running)))
        .post_init(prepare)
        .post_stop(end)
        .build()
    )
    _add_handlers(application, desk, refreshing, reminding)
    return application


def run(desk: Desk) -> None:
    """Serve until stopped by a signal.

    :raises ConfigurationError: the token is missing, malformed or refused.
    """
    application = build_application(desk)
    settings = desk.settings
    webhook = read_webhook(settings)
    if not settings.admin_ids:
        LOGGER.warning(
            "ADMIN_IDS 是空的，没有人能邀请成员。"
            "请在 .env 里把 ADMIN_IDS 设为您的 Telegram 编号，再重新启动；"
            "给机器人发一条消息，它会告诉您编号。"
        )
    # The event loop gives the interpreter up at every request and must get it back from threads
    # that search: in Python's usual five milliseconds a time, questions queued up twice as long.
    sys.setswitchinterval(SWITCH_SECONDS)
    asyncio.run(_reach_telegram(settings))
    LOGGER.info("廉问已上线，正在接收消息；按 Ctrl-C 停止。")
    receive(application, webhook, FETCHED)


def _add_handlers(
    application: Bots, desk: Desk, refreshing: Refreshing, reminding: Reminding
) -> None:
    """Fill the table: in each group the first handler that matches takes the update."""
    general, joining = General(desk), Joining(desk)
    application.add_handlers(list(Gate(desk, joining).handlers()), group=-6)
    # Replies to referrals and to cards are no questions; other replies go on from there. So do
    # files, unless an admin sends them.
    reviewing, faq = Reviewing(desk), FaqDesk(desk)
    application.add_handlers(list(reviewing.replies()), group=-5)
    application.add_handlers(list(faq.replies()), group=-4)
    application.add_handlers(list(refreshing.replies()), group=-3)
    application.add_handlers(list(reminding.replies()), group=-2)
    application.add_handlers(list(refreshing.attachments()), group=-1)
    answers = (ArticleView(desk), FittingCases(desk), Voting(desk), Referring(desk), reviewing)
    membership = (Doors(desk), Inviting(desk), RosterScreens(desk))
    learning = (Statistics(desk), Gaps(desk), faq, refreshing, reminding)
    before = (joining, general, Privacy(desk), *membership, Browsing(desk), *answers, *learning)
    for feature in (*before, Questions(desk)):
        application.add_handlers(list(feature.handlers()))
    application.add_handlers(list(general.leftovers()))
    application.add_error_handler(general.failed)


def _beside(bot: Bot, desk: Desk, refreshing: Refreshing) -> Iterator[Coroutine[Any, Any, None]]:
    """What goes on beside the updates."""
    yield keep_up(bot, desk, refreshing.tell_rest)
    yield _warm_up(desk)
    yield from refreshing.beside(bot)


async def _warm_up(desk: Desk) -> None:
    """Load the model and open the index, so that the first to ask waits no longer than others."""
    try:
        await aside(desk.asker.library)
        await aside(desk.asker.vectors, [WARM_UP])
    except Exception as error:  # noqa: BLE001  # whatever it is, the bot works without
        # No knowledge base yet, say: whoever asks is told what to do.
        LOGGER.warning("模型和索引没能预先载入，将在第一次提问时再试：%s", error)


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
