"""/invite: an admin makes a link that lets one person in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from telegram import Update
from telegram.ext import BaseHandler, CallbackQueryHandler, CommandHandler, filters

from bot.roles import ROLE_NAMES, typed_role
from bot.telegram.desk import Desk, aside
from bot.telegram.membership import phrases as member_phrases
from bot.telegram.messages.buttons import button, keyboard, pattern, values
from bot.telegram.messages.screens import Screen, lines, show, titled, turn
from bot.telegram.visiting import Visit, only
from bot.wording import clean
from knowledge.people import Role

LONGEST_DEPARTMENT = 40
_WORD = "invite"


def department_in(words: list[str]) -> str:
    """A department's name as typed, on one line."""
    return " ".join(clean(" ".join(words)).split())[:LONGEST_DEPARTMENT]


class Inviting:
    """Makes invites."""

    def __init__(self, desk: Desk) -> None:
        self._invites = desk.records.invites

    def handlers(self) -> Iterator[BaseHandler[Any, Any, Any]]:
        """/invite and its buttons."""
        yield CommandHandler("invite", self.invite, filters=filters.UpdateType.MESSAGE)
        yield CallbackQueryHandler(self.chosen, pattern(_WORD))

    @only(Role.ADMIN)
    async def invite(self, update: Update, visit: Visit) -> None:
        """Answer /invite [role] [department] with a link, or with the roles to choose from."""
        role = typed_role(visit.args[0]) if visit.args else None
        if role is None:
            screen = _roles(understood=not visit.args)
        else:
            screen = await self._made(visit, role, department_in((visit.args or [])[1:]))
        await show(visit.bot, visit.member.telegram_id, screen)

    @only(Role.ADMIN)
    async def chosen(self, update: Update, visit: Visit) -> None:
        """A role was chosen by its button."""
        query = update.callback_query
        if query is None:
            return
        role = typed_role("".join(values(query)[:1]))
        await turn(query, await self._made(visit, role, "") if role else _roles(understood=False))

    async def _made(self, visit: Visit, role: Role, department: str) -> Screen:
        maker = visit.member.telegram_id
        invite = await aside(self._invites.make, maker, role, department)
        link = f"https://t.me/{visit.bot.username}?start={invite.code}"
        told = member_phrases.invited(link, role, department, invite.expires_at)
        return Screen([titled("邀请链接", *told)])


def _roles(*, understood: bool) -> Screen:
    opening = "请选择对方的角色：" if understood else "没有看懂角色，请选择："
    example = f"也可以连同部门一起写，例如：/invite {ROLE_NAMES[Role.OFFICER]} 执法一队"
    buttons = [button(name, _WORD, role) for role, name in ROLE_NAMES.items()]
    return Screen([titled("邀请同事加入", opening), lines(example)], keyboard(buttons))
