"""「改文字」: an admin says in a reply what a reminder opens with and what to watch for.

What is quoted is never theirs to write.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict, replace
from typing import Any

from telegram import Message, Update
from telegram.ext import BaseHandler, CallbackQueryHandler

from bot.telegram.desk import Desk, aside
from bot.telegram.messages.buttons import number, pattern, pressed, values
from bot.telegram.messages.screens import Screen, lines, show
from bot.telegram.messages.sending import typing
from bot.telegram.reminding import cards
from bot.telegram.reminding.presenting import CHANGED, GONE, Presenting
from bot.telegram.reminding.replies import TRY_AGAIN, ask_for
from bot.telegram.visiting import Visit, only
from bot.wording import clean
from knowledge.errors import LianwenError, ReminderError
from knowledge.people import Role
from knowledge.reminding.model import OPENING_UNITS, WATCH_MOST, WATCH_UNITS, Wording
from knowledge.reminding.own_words import asks_to_restore, read_wording, unfounded
from knowledge.reminding.plan import Planned
from knowledge.reminding.planning import Planner
from knowledge.reminding.schedule import CHINA

BEGUN = "这条提醒已经开始发送或者结束了，不能再改文字。"
ONLY_TEXT = "请把文字直接打在回复里。"
SAVED = "已记下您改的文字。下面是大家会收到的样子，请核对后批准。"
RESTORED = "已恢复原来的文字。下面是大家会收到的样子，请核对后批准。"
PLACEHOLDER = "先写导语，再每行一件要留意的事"

_HOW = (
    "要改，就用“回复”功能回复本条消息，可以把上面的话复制过去再改：第一段是导语"
    f"（{OPENING_UNITS}字以内），后面每行一件要留意的事，用“·”开头"
    f"（最多{WATCH_MOST}行，每行{WATCH_UNITS}字以内）。只写导语的，其余各行不变。\n"
    "依据的条文和案例由系统引用，不用写。要用回原来的文字，回复“恢复”两个字。"
)
_PROMPT = re.compile(r"改提醒 (\S{1,60})（第 (\d{1,9}) 稿）\n")


class Rewording:
    """Asks for an admin's own words, and keeps them where they hold."""

    def __init__(self, desk: Desk, planner: Planner, presenting: Presenting) -> None:
        self._reminders = desk.records.reminders
        self._asker = desk.asker
        self._planner = planner
        self._presenting = presenting

    def handlers(self) -> Iterator[BaseHandler[Any, Any, Any]]:
        """The button."""
        yield CallbackQueryHandler(self.ask, pattern(cards.REWORD))

    @only(Role.ADMIN)
    async def ask(self, update: Update, visit: Visit) -> None:
        """Show the words as they are and ask for a reply."""
        query, person = pressed(update), visit.member.telegram_id
        key, version = cards.key_in(values(query), 1), number(values(query), 0)
        planned = await aside(self._reminders.get, key) if key else None
        if planned is None or not planned.state.is_ahead:
            await query.answer(BEGUN if planned else GONE, show_alert=True)
            return
        if planned.version != version:
            await query.answer(CHANGED, show_alert=True)
            await self._presenting.present(visit.bot, person, planned)
            return
        await query.answer()
        await ask_for(visit, prompt_of(planned, await aside(self._present, planned)), PLACEHOLDER)

    async def take(self, prompt: str, message: Message, visit: Visit) -> bool:
        """Keep the words of a reply, and show the reminder as it is now."""
        named = _PROMPT.match(prompt)
        if named is None:
            return False
        person = visit.member.telegram_id
        planned = await aside(self._reminders.get, cards.key_in(named.groups(), 0))
        if planned is None or planned.version != int(named[2]) or not planned.state.is_ahead:
            told = CHANGED if planned else GONE
        else:
            async with typing(visit.bot, person):
                told = await aside(self._reworded, planned, clean(message.text or ""), person)
        await show(visit.bot, person, Screen([lines(told)]), message.message_id)
        now = await aside(self._reminders.get, planned.key) if planned else None
        # Where nothing changed the prompt still stands, and another card would only distract.
        if now is not None and now.version != int(named[2]):
            await self._presenting.present(visit.bot, person, now)
        return True

    def _reworded(self, planned: Planned, text: str, person: int) -> str:
        """Keep the words; what to tell the admin. Blocks."""
        if not text:
            return f"{ONLY_TEXT}{TRY_AGAIN}"
        try:
            own = None if asks_to_restore(text) else self._own(planned, text)
        except LianwenError as error:
            return f"{error}\n{TRY_AGAIN}"
        given = None if own is None else asdict(own)
        kept = self._reminders.reword(planned.key, planned.version, given, person)
        if kept is None:
            return CHANGED
        return SAVED if own else RESTORED

    def _own(self, planned: Planned, text: str) -> Wording:
        """The words, if the reminder can go out with them. Blocks.

        :raises ReminderError: they are too long, or name what may not be named.
        :raises LianwenError: there is no knowledge base, or it cannot be opened.
        """
        own = read_wording(text, self._present(planned))
        day = planned.due_at.astimezone(CHINA).date()
        if faults := unfounded(own, self._asker.library(), day):
            raise ReminderError(f"{''.join(faults)}请改引现行有效的条文，或者去掉这一处。")
        cards.as_members_see_it(self._planner.compose(replace(planned, wording=asdict(own))))
        return own

    def _present(self, planned: Planned) -> Wording | None:
        """The words so far; None where there are none that could be shown. Blocks."""
        if planned.wording is not None:
            return Wording(planned.wording["opening"], tuple(planned.wording["watch"]))
        kept = self._presenting.as_kept(planned)
        return kept.wording if kept else None


def prompt_of(planned: Planned, present: Wording | None) -> str:
    """What asks for the words; the reply to it is known by its first line."""
    head = f"改提醒 {planned.key}（第 {planned.version} 稿）\n{cards.name_of(planned)}"
    if present is None:
        return f"{head}还没有拟成文字。\n\n{_HOW}"
    watch = "\n".join(f"· {clean(line)}" for line in present.watch)
    return f"{head}现在的文字：\n\n{clean(present.opening)}\n\n{watch}\n\n{_HOW}"
