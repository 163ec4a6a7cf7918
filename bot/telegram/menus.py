"""The commands: one table for the menus beside the input line, for /help and for who may do what.

Each feature adds its own lines here; what a command does is left to the feature.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Iterable
from dataclasses import dataclass

from telegram import (
    Bot,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
)
from telegram.error import TelegramError

from knowledge.people import Member, Role

LOGGER = logging.getLogger(__name__)

# Telegram's limits: 512 characters in an empty chat, 120 on the bot's own page.
DESCRIPTION = (
    "廉问回答党纪和廉洁从业方面的问题，逐字引用所依据的条文，并注明出处。\n\n"
    "只为本单位已登记的人员服务：请向管理员要邀请链接，点开后按“开始”。\n"
    "请不要发送涉密内容和他人隐私。"
)
SHORT_DESCRIPTION = "党纪和廉洁从业问答，逐字引用条文。仅限已登记人员使用。"

EVERYONE = frozenset(Role)
REVIEWERS = frozenset({Role.REVIEWER})
ADMINS = frozenset({Role.ADMIN})


@dataclass(frozen=True, slots=True)
class Entry:
    """One command, in the order of the menu. ``groups``: also in the menu of group chats."""

    command: str
    words: str
    roles: frozenset[Role] = EVERYONE
    groups: bool = False


COMMANDS: tuple[Entry, ...] = (
    Entry("help", "用法和提问例子", groups=True),
    Entry("new", "另起话题，不带上文", groups=True),
    Entry("measures", "廉政执法八条措施", groups=True),
    Entry("cases", "警示案例，按类型和年份", groups=True),
    Entry("rules", "已收录的文件，逐章逐条看", groups=True),
    Entry("quiz", "廉政知识小测"),
    Entry("holidays", "放假安排和提醒设置"),
    Entry("privacy", "关于您的记录：存什么、存多久"),
    Entry("forget", "删除您自己的提问和记录"),
    Entry("referrals", "转来的问题，等待答复", REVIEWERS),
    Entry("faq", "书面答复：审核、查看、停用", REVIEWERS | ADMINS),
    Entry("stats", "使用情况：次数、依据、评价、用时", ADMINS),
    Entry("gaps", "没答上来的问题", ADMINS),
    Entry("reminders", "节日廉政提醒：预览、批准、送达情况", ADMINS),
    Entry("refresh", "更新知识库：收文件、预览、生效", ADMINS),
    Entry("rollback", "退回上一版知识库", ADMINS),
    Entry("invite", "邀请同事加入", ADMINS),
    Entry("members", "成员名单", ADMINS),
)

Menu = list[tuple[str, str]]


def menu_for(role: Role) -> Menu:
    """What a member of this role may send in private, with descriptions."""
    return _menu(entry for entry in COMMANDS if role in entry.roles)


def group_menu() -> Menu:
    """What members may send in groups."""
    return _menu(entry for entry in COMMANDS if entry.groups)


async def announce(bot: Bot, members: Iterable[Member]) -> None:
    """Set every menu and the descriptions; the bot works without them.

    :param members: those who may have a menu of their own: reviewers and admins.
    """
    everyone, groups = BotCommandScopeAllPrivateChats(), BotCommandScopeAllGroupChats()
    await _courtesy(bot.set_my_commands(menu_for(Role.OFFICER), everyone))
    await _courtesy(bot.set_my_commands(group_menu(), groups))
    await _courtesy(bot.set_my_description(DESCRIPTION))
    await _courtesy(bot.set_my_short_description(SHORT_DESCRIPTION))
    for member in members:
        await fit(bot, member)


async def fit(bot: Bot, member: Member) -> None:
    """Give a member's chat the menu of their role."""
    if member.role is Role.OFFICER:
        await clear(bot, member.telegram_id)
    elif member.reachable:
        scope = BotCommandScopeChat(member.telegram_id)
        await _courtesy(bot.set_my_commands(menu_for(member.role), scope))


async def clear(bot: Bot, telegram_id: int) -> None:
    """Leave someone's chat with the menu that everybody has."""
    await _courtesy(bot.delete_my_commands(BotCommandScopeChat(telegram_id)))


def _menu(entries: Iterable[Entry]) -> Menu:
    return [(entry.command, entry.words) for entry in entries]


async def _courtesy(call: Awaitable[object]) -> None:
    try:
        await call
    except TelegramError as error:
        LOGGER.warning("没能设置命令菜单或简介，不影响问答：%s", error.message)
