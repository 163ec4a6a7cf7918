"""A year's official days off from an admin's file: checked, shown, and kept once confirmed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from telegram import Bot, InlineKeyboardMarkup, Message, Update
from telegram.ext import BaseHandler, CallbackQueryHandler

from bot.holiday_changes import changes
from bot.holiday_wording import listing
from bot.telegram.desk import Desk, aside
from bot.telegram.messages.buttons import button, keyboard, pattern, pressed, values
from bot.telegram.messages.rendering import pages
from bot.telegram.messages.screens import Screen, lines, show, titled, turn
from bot.telegram.messages.sending import typing
from bot.telegram.refreshing.collecting import attachment, download
from bot.telegram.refreshing.files import RefusedError
from bot.telegram.reminding import cards
from bot.telegram.reminding.clock import Clock
from bot.telegram.reminding.overview import IMPORT
from bot.telegram.reminding.replies import ask_for
from bot.telegram.visiting import Visit, only
from bot.wording import Block
from knowledge.errors import LianwenError, UnreadableError
from knowledge.holidays.calendar import Calendar
from knowledge.holidays.model import OfficialYear
from knowledge.holidays.reading import LARGEST, read_year
from knowledge.people import Role
from knowledge.reminding.planning import Planner
from knowledge.reminding.policy import Unapproved

KEEP, LEAVE = "rm-days-yes", "rm-days-no"

PROMPT = "导入放假安排\n"
HOW = (
    "请用“回复”功能回复本条消息，附上一年的放假安排文件：JSON 格式，与开源项目 holiday-cn 的"
    "同名文件一样，例如 2027.json，里面是\n"
    '{"year": 2027, "days": [{"name": "元旦", "date": "2027-01-01", "isOffDay": true}, …]}\n'
    "isOffDay 为 false 的是调休上班的周末。收到后先给您看内容，确认了才用。"
)
PLACEHOLDER = "附上 JSON 文件"
NO_FILE = "没有看到文件。"
TOO_LARGE = "「{name}」超过1MB，不像是一年的放假安排，没有收下。"
AGAIN = "放假安排没有改动。请再回复一次那条消息，附上 JSON 文件。"
SURE = "还没有用上。确认后，提醒改按这些日子发；日子有变的要重新预览、批准。"
SAME = "与现在用的日子相同；确认后，今后以这份文件为准。"
KEPT = "{year}年的放假安排已用上，提醒已按它排好。要改，再导入一份即可。"
LEFT = "没有改动，还用原来的放假安排。"
LOST = "找不到当时的文件，没有用上。请发送 /reminders，再导入一次。"

_DIGEST = 16


class Importing:
    """Takes a file in a reply, and keeps its days when the admin says so."""

    def __init__(self, desk: Desk, planner: Planner, clock: Clock | None = None) -> None:
        self._holidays = desk.records.holidays
        self._unapproved = desk.settings.reminders
        self._planner = planner
        self._clock = clock or Clock()

    def handlers(self) -> Iterator[BaseHandler[Any, Any, Any]]:
        """The buttons."""
        yield CallbackQueryHandler(self.ask, pattern(IMPORT))
        yield CallbackQueryHandler(self.keep, pattern(KEEP))
        yield CallbackQueryHandler(self.leave, pattern(LEAVE))

    @only(Role.ADMIN)
    async def ask(self, update: Update, visit: Visit) -> None:
        """Ask for a reply with a file."""
        await pressed(update).answer()
        await ask_for(visit, PROMPT + HOW, PLACEHOLDER)

    async def take(self, prompt: str, message: Message, visit: Visit) -> bool:
        """Show what a file says, under the message that holds it."""
        if not prompt.startswith(PROMPT):
            return False
        person = visit.member.telegram_id
        try:
            async with typing(visit.bot, person):
                data = await _file_in(visit.bot, message)
                screen = await aside(self._preview, data)
        except LianwenError as error:
            screen = Screen([lines(str(error), AGAIN)])
        await show(visit.bot, person, screen, message.message_id)
        return True

    @only(Role.ADMIN)
    async def keep(self, update: Update, visit: Visit) -> None:
        """Read the file once more, off the message that the card stands under, and keep it."""
        query = pressed(update)
        card = query.message
        asked = card.reply_to_message if isinstance(card, Message) else None
        try:
            data = await _file_in(visit.bot, asked) if asked else b""
            if [_digest(data)] != values(query):
                raise UnreadableError(LOST)  # deleted, or edited into another file
            year = read_year(data)
        except LianwenError:
            await turn(query, Screen([lines(LOST)], _back()))
            return
        await aside(self._keep, year, visit.member.telegram_id)
        await turn(query, Screen([lines(KEPT.format(year=year.number))], _back()))

    @only(Role.ADMIN)
    async def leave(self, update: Update, visit: Visit) -> None:
        """Leave the days as they were."""
        await turn(pressed(update), Screen([lines(LEFT)], _back()))

    def _preview(self, data: bytes) -> Screen:
        """What a file says and what it changes. Blocks.

        :raises UnreadableError: anything in it is wrong.
        """
        official = read_year(data)
        files, added = self._holidays.years(), self._holidays.added()
        after = Calendar([*files, official], added).year(official.number)
        differences = changes(Calendar(files, added).year(official.number), after)
        told = [f"· {each}" for each in differences] or [SAME]
        blocks: list[Block] = [titled("与现在用的日子相比", *told), lines(SURE), *listing(after)]
        yes, no = button("确认使用", KEEP, _digest(data)), button("不用", LEAVE)
        return Screen(pages(blocks)[0], keyboard([yes, no]))

    def _keep(self, year: OfficialYear, person: int) -> None:
        """Blocks."""
        self._holidays.keep(year, person)
        # A plan that nobody carries out would be found missed once it is carried out again.
        if self._unapproved is not Unapproved.OFF:
            self._planner.plan(self._clock.now())


async def _file_in(bot: Bot, message: Message) -> bytes:
    """The file that a message holds.

    :raises RefusedError: it holds none, one too large, or Telegram does not hand it over.
    """
    attached = attachment(message) if message.document else None
    if attached is None:
        raise RefusedError(NO_FILE)
    if attached.size > LARGEST:
        raise RefusedError(TOO_LARGE.format(name=attached.name))
    return await download(bot, attached)


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:_DIGEST]


def _back() -> InlineKeyboardMarkup | None:
    return keyboard([button("返回列表", cards.LIST, 0)])
