"""/holidays: anybody sees a year's days off, takes them along as a calendar file, and chooses
which reminders to get.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Any

from telegram import InlineKeyboardButton, Update
from telegram.ext import BaseHandler, CallbackQueryHandler, CommandHandler, filters

from bot.holiday_feed import feed
from bot.holiday_wording import listing
from bot.telegram.desk import Desk, aside
from bot.telegram.messages.buttons import button, keyboard, number, pattern, pressed, values
from bot.telegram.messages.rendering import pages
from bot.telegram.messages.screens import Screen, lines, show, turn
from bot.telegram.reminding.clock import Clock
from bot.telegram.visiting import Visit, only
from bot.wording import Block
from knowledge.errors import QuestionError
from knowledge.holidays.computed import EARLIEST, LATEST
from knowledge.reminding.model import Moment
from knowledge.reminding.planning import Planner
from knowledge.reminding.policy import Choice, Unapproved
from knowledge.reminding.schedule import CHINA, Due
from knowledge.reminding.yearly import dues_of
from knowledge.store.muted import REMINDERS, REMINDERS_MORE

YEAR, FILE, HEAR = "hd-year", "hd-ics", "hd-hear"

NO_YEAR = "请写年份，例如 /holidays 2027；不写就是今年。"
FILE_NAME = "廉问-{year}年放假与廉政提醒.ics"
FILE_HOW = "点开这个文件，就能加进手机或电脑的日历。放假安排公布或有变动后，请再取一次。"
NOT_CHOSEN = "本单位没有开放这个选择，您的提醒没有变。"
UNIT_OFF = "本单位没有开启节日廉政提醒。"
UNIT_SET = "节日廉政提醒由本单位统一设置，每次都会发给您。"


class Hear(StrEnum):
    """Which reminders a person wants."""

    ALL = "all"
    FEWER = "fewer"
    NONE = "none"


_LABELS = {Hear.ALL: "全部提醒", Hear.FEWER: "只要节前一次", Hear.NONE: "不要提醒"}
_NOW = {
    Hear.ALL: "节日廉政提醒：您现在每次都收。",
    Hear.FEWER: "节日廉政提醒：您现在只收节前一次。",
    Hear.NONE: "节日廉政提醒：您现在不收。",
}
_OPEN = {
    Choice.NOTHING: (),
    Choice.FEWER: (Hear.ALL, Hear.FEWER),
    Choice.NONE: (Hear.ALL, Hear.FEWER, Hear.NONE),
}


class Holidays:
    """The days off, and each person's own choice."""

    def __init__(self, desk: Desk, planner: Planner, clock: Clock | None = None) -> None:
        self._muted = desk.records.muted
        self._settings = desk.settings
        self._planner = planner
        self._clock = clock or Clock()

    def handlers(self) -> Iterator[BaseHandler[Any, Any, Any]]:
        """/holidays and its buttons."""
        yield CommandHandler("holidays", self.tell, filters=filters.UpdateType.MESSAGE)
        yield CallbackQueryHandler(self.turn_to, pattern(YEAR))
        yield CallbackQueryHandler(self.send_file, pattern(FILE))
        yield CallbackQueryHandler(self.choose, pattern(HEAR))

    @only()
    async def tell(self, update: Update, visit: Visit) -> None:
        """Answer /holidays and /holidays 2027."""
        person = visit.member.telegram_id
        given = "".join(visit.args or []).removesuffix("年")
        year = number([given], 0) if given else self._this_year()
        if year is None:
            screen = Screen([lines(NO_YEAR)])
        else:
            screen = await aside(self._screen, year, person)
        await show(visit.bot, person, screen)

    @only()
    async def turn_to(self, update: Update, visit: Visit) -> None:
        """Show another year."""
        query = pressed(update)
        year = number(values(query), 0) or self._this_year()
        await turn(query, await aside(self._screen, year, visit.member.telegram_id))

    @only()
    async def send_file(self, update: Update, visit: Visit) -> None:
        """Send the calendar file of a year, with the reminders that this person gets."""
        query, person = pressed(update), visit.member.telegram_id
        year = number(values(query), 0) or self._this_year()
        try:
            data = await aside(self._file, year, person)
        except QuestionError as error:
            await query.answer(str(error), show_alert=True)
            return
        await query.answer()
        name = FILE_NAME.format(year=year)
        await visit.bot.send_document(person, data, caption=FILE_HOW, filename=name)

    @only()
    async def choose(self, update: Update, visit: Visit) -> None:
        """Keep which reminders this person wants, as far as the unit leaves it to them."""
        query, person = pressed(update), visit.member.telegram_id
        given = (values(query) or [""])[0]
        chosen = next((each for each in self._open() if each == given), None)
        if chosen is None:
            await query.answer(NOT_CHOSEN, show_alert=True)
            return
        await aside(self._keep, person, chosen)
        year = number(values(query), 1) or self._this_year()
        await turn(query, await aside(self._screen, year, person))

    def _this_year(self) -> int:
        return self._clock.now().astimezone(CHINA).year

    def _screen(self, year: int, person: int) -> Screen:
        """Blocks."""
        try:
            told = listing(self._planner.calendar().year(year))
        except QuestionError as error:
            return Screen([lines(str(error))])
        heard = self._heard(person)
        blocks: list[Block] = [*told, lines(self._stands(heard))]
        if len(pages(blocks)) > 1:  # pages of addresses of notices; the rest matters more
            blocks = [*told[:-1], blocks[-1]]
        beside = [each for each in (year - 1, year + 1) if EARLIEST <= each <= LATEST]
        years = [button(f"{each}年", YEAR, each) for each in beside]
        file = [button("日历文件（.ics）", FILE, year)]
        return Screen(pages(blocks)[0], keyboard(years, file, self._choices(heard, year)))

    def _stands(self, heard: Hear) -> str:
        if self._settings.reminders is Unapproved.OFF:
            return UNIT_OFF
        if heard is Hear.ALL and not self._open():
            return UNIT_SET
        return _NOW[heard]

    def _choices(self, heard: Hear, year: int) -> list[InlineKeyboardButton]:
        return [
            button(f"{'✓ ' if each is heard else ''}{_LABELS[each]}", HEAR, each, year)
            for each in self._open()
        ]

    def _open(self) -> Sequence[Hear]:
        """What the unit lets people choose among."""
        if self._settings.reminders is Unapproved.OFF:
            return ()
        found = _OPEN[self._settings.reminder_choice]
        # Where only the first is sent, or never, 「只要节前一次」 says nothing.
        fewer = self._settings.reminder_moments > {Moment.BEFORE}
        found = tuple(each for each in found if fewer or each is not Hear.FEWER)
        return found if len(found) > 1 else ()

    def _heard(self, person: int) -> Hear:
        """Blocks."""
        if self._muted.is_muted(person, REMINDERS):
            return Hear.NONE
        fewer = self._muted.is_muted(person, REMINDERS_MORE)
        return Hear.FEWER if fewer else Hear.ALL

    def _keep(self, person: int, chosen: Hear) -> None:
        """Blocks."""
        self._muted.set(person, REMINDERS, muted=chosen is Hear.NONE)
        self._muted.set(person, REMINDERS_MORE, muted=chosen is Hear.FEWER)

    def _file(self, year: int, person: int) -> bytes:
        """Blocks.

        :raises QuestionError: a year that the calendar does not know.
        """
        calendar, heard = self._planner.calendar(), self._heard(person)
        found = dues_of(calendar, year, self._planner.timing)
        own = [each for each in found if self._is_for(each, heard)]
        return feed(calendar.year(year), own, self._clock.now())

    def _is_for(self, due: Due, heard: Hear) -> bool:
        if self._settings.reminders is Unapproved.OFF or heard is Hear.NONE:
            return False
        return heard is Hear.ALL or due.moment is Moment.BEFORE
