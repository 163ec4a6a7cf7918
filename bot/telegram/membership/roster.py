"""/members: the list of members, paged; each can be given a role or department, or removed."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator
from typing import Any

from telegram import Bot, CallbackQuery, Update
from telegram.error import TelegramError
from telegram.ext import BaseHandler, CallbackQueryHandler, CommandHandler, filters

from bot.roles import ROLE_NAMES, typed_role
from bot.telegram import menus
from bot.telegram.desk import Desk, aside
from bot.telegram.membership import phrases as member_phrases
from bot.telegram.membership.inviting import department_in
from bot.telegram.membership.phrases import named, who, why_not
from bot.telegram.messages.buttons import button, keyboard, number, pattern, values
from bot.telegram.messages.screens import Screen, lines, show, titled, turn
from bot.telegram.messages.sending import notify, send_text
from bot.telegram.visiting import Visit, only
from knowledge.people import Member, Role
from knowledge.store.roster import Refusal

LOGGER = logging.getLogger(__name__)

PAGE = 8
_LIST, _ONE, _ASK, _DO = "members", "member", "member-ask", "member-do"
_REMOVE = "remove"
_ORDER = list(Role)[::-1]
_USAGE = (
    "没有看懂。可以这样写：\n/members 部门 编号 新部门\n/members 角色 编号 纪检人员\n"
    "只发送 /members 可看名单，从中点选。"
)


class RosterScreens:
    """Shows the list and changes it; every press is checked anew."""

    def __init__(self, desk: Desk) -> None:
        self._members = desk.records.members
        self._roster = desk.records.roster

    def handlers(self) -> Iterator[BaseHandler[Any, Any, Any]]:
        """/members and its buttons."""
        yield CommandHandler("members", self.members, filters=filters.UpdateType.MESSAGE)
        yield CallbackQueryHandler(self.page, pattern(_LIST))
        yield CallbackQueryHandler(self.one, pattern(_ONE))
        yield CallbackQueryHandler(self.ask, pattern(_ASK))
        yield CallbackQueryHandler(self.do, pattern(_DO))

    @only(Role.ADMIN)
    async def members(self, update: Update, visit: Visit) -> None:
        """Answer /members with the list, or /members 部门|角色 <id> <new> with the change."""
        given = visit.args or []
        screen = await self._typed(given, visit) if given else await self._list(0)
        await show(visit.bot, visit.member.telegram_id, screen)

    @only(Role.ADMIN)
    async def page(self, update: Update, visit: Visit) -> None:
        """Turn to another page of the list."""
        if query := update.callback_query:
            await turn(query, await self._list(number(values(query), 0) or 0))

    @only(Role.ADMIN)
    async def one(self, update: Update, visit: Visit) -> None:
        """Show one member and what can be done."""
        if query := update.callback_query:
            member = await self._meant(query)
            await turn(query, _card(member) if member else _gone())

    @only(Role.ADMIN)
    async def ask(self, update: Update, visit: Visit) -> None:
        """Ask whether a change is meant."""
        if query := update.callback_query:
            member = await self._meant(query)
            await turn(query, _question(member, _wish(query)) if member else _gone())

    @only(Role.ADMIN)
    async def do(self, update: Update, visit: Visit) -> None:
        """Make a change that was confirmed."""
        query = update.callback_query
        if query is None:
            return
        member, wish = await self._meant(query), _wish(query)
        if member is None:
            await turn(query, _gone())
        elif wish == _REMOVE:
            await turn(query, await self._remove(member, visit))
        elif role := typed_role(wish):
            await turn(query, await self._give_role(member.telegram_id, role, visit))
        else:
            await turn(query, _card(member))

    async def _list(self, page: int) -> Screen:
        everyone = sorted(
            await aside(self._members.list), key=lambda member: _ORDER.index(member.role)
        )
        pages = max(1, -(-len(everyone) // PAGE))
        page = min(page, pages - 1)
        counts = Counter(member.role for member in everyone)
        sums = "，".join(f"{ROLE_NAMES[role]} {counts[role]}" for role in _ORDER if counts[role])
        shown = everyone[page * PAGE : (page + 1) * PAGE]
        rows = [[button(_label(member), _ONE, member.telegram_id)] for member in shown]
        turns = [button("‹ 上一页", _LIST, page - 1)] if page else []
        turns += [button("下一页 ›", _LIST, page + 1)] if page < pages - 1 else []
        title = f"成员名单（共 {len(everyone)} 人" + (
            f"，第 {page + 1}/{pages} 页）" if pages > 1 else "）"
        )
        text = titled(title, sums, "点名字可以改角色、改部门或移出；发送 /invite 邀请新成员。")
        return Screen([text], keyboard(*rows, turns))

    async def _typed(self, given: list[str], visit: Visit) -> Screen:
        what, telegram_id = given[0], number(given, 1)
        if telegram_id is None:
            return Screen([lines(_USAGE)])
        if what == "部门":
            return await self._give_department(telegram_id, department_in(given[2:]), visit)
        role = typed_role("".join(given[2:]))
        member = await aside(self._members.get, telegram_id)
        if what != "角色" or role is None:
            return Screen([lines(_USAGE)])
        return _question(member, role) if member else _gone()

    async def _give_role(self, telegram_id: int, role: Role, visit: Visit) -> Screen:
        admin = visit.member.telegram_id
        now = await aside(self._roster.change_role, admin, telegram_id, role)
        if isinstance(now, Refusal):
            return _refused(telegram_id, now)
        await menus.fit(visit.bot, now)
        await self._tell(visit.bot, now, admin, member_phrases.role_changed(now))
        return _card(now, f"已改为{ROLE_NAMES[role]}。")

    async def _give_department(self, telegram_id: int, department: str, visit: Visit) -> Screen:
        admin = visit.member.telegram_id
        now = await aside(self._roster.change_department, admin, telegram_id, department)
        if isinstance(now, Refusal):
            return _refused(telegram_id, now)
        await self._tell(visit.bot, now, admin, member_phrases.department_changed(now))
        return _card(now, "部门已改好。")

    async def _remove(self, member: Member, visit: Visit) -> Screen:
        admin = visit.member.telegram_id
        gone = await aside(self._roster.remove, admin, member.telegram_id)
        if isinstance(gone, Refusal):
            return _refused(member.telegram_id, gone)
        await menus.clear(visit.bot, gone.telegram_id)
        if gone.reachable and gone.telegram_id != admin:
            await _say_goodbye(visit.bot, gone.telegram_id)
        back = keyboard([button("‹ 名单", _LIST, 0)])
        return Screen([titled(f"已把 {named(gone)} 移出名单。")], back)

    async def _tell(self, bot: Bot, member: Member, admin: int, text: str) -> None:
        if member.telegram_id != admin:
            await notify(bot, self._members, member.telegram_id, text)

    async def _meant(self, query: CallbackQuery) -> Member | None:
        telegram_id = number(values(query), 0)
        return await aside(self._members.get, telegram_id) if telegram_id is not None else None


def _wish(query: CallbackQuery) -> str:
    return "".join(values(query)[1:2])


def _label(member: Member) -> str:
    away = "" if member.reachable else "（联系不上）"
    return f"{named(member)[:20]} · {who(member)[:20]}{away}"


def _card(member: Member, news: str = "") -> Screen:
    """One member, with a button for each thing that can be done."""
    telegram_id = member.telegram_id
    about = (
        f"编号：{telegram_id}",
        f"角色：{ROLE_NAMES[member.role]}" + ("（写在配置 ADMIN_IDS 里）" if member.fixed else ""),
        f"部门：{member.department or '（空）'}",
        "" if member.reachable else "联系不上：对方停用了机器人，等其再发消息时恢复。",
    )
    department = lines(f"改部门请发送：/members 部门 {telegram_id} 新部门")
    roles = [
        button(f"改为{name}", _ASK, telegram_id, role)
        for role, name in ROLE_NAMES.items()
        if role is not member.role
    ]
    removal = [button("移出名单", _ASK, telegram_id, _REMOVE), button("‹ 名单", _LIST, 0)]
    blocks = [titled(named(member), *about), department]
    return Screen([lines(news), *blocks] if news else blocks, keyboard(roles, removal))


def _question(member: Member, wish: str) -> Screen:
    role = typed_role(wish)
    if wish == _REMOVE:
        asked = f"要把 {named(member)}（{who(member)}）移出名单吗？移出后其提问不再答复。"
    elif role is not None:
        asked = f"要把 {named(member)} 从{ROLE_NAMES[member.role]}改为{ROLE_NAMES[role]}吗？"
    else:
        return _card(member)
    telegram_id = member.telegram_id
    choices = [button("确认", _DO, telegram_id, wish), button("取消", _ONE, telegram_id)]
    return Screen([titled(asked)], keyboard(choices))


def _refused(telegram_id: int, refusal: Refusal) -> Screen:
    back = [button("‹ 返回", _ONE, telegram_id), button("‹ 名单", _LIST, 0)]
    return Screen([lines(why_not(refusal))], keyboard(back))


def _gone() -> Screen:
    return Screen([lines(member_phrases.NO_SUCH_MEMBER)], keyboard([button("‹ 名单", _LIST, 0)]))


async def _say_goodbye(bot: Bot, telegram_id: int) -> None:
    try:
        await send_text(bot, telegram_id, member_phrases.REMOVED)
    except TelegramError as error:
        LOGGER.info("没能告知被移出的人：%s", error.message)
