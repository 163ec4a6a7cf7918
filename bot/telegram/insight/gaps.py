"""/gaps: what people asked and got no answer to, or none that helped; answering it in writing."""

from __future__ import annotations

import datetime as dt
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from threading import Lock
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray
from telegram import ForceReply, InlineKeyboardMarkup, Update
from telegram.ext import BaseHandler, CallbackQueryHandler, CommandHandler, filters

from bot.telegram.desk import Desk, aside
from bot.telegram.insight.faq_screens import WRITE_HOW
from bot.telegram.messages.buttons import button, keyboard, number, pattern, pressed, values
from bot.telegram.messages.rendering import fitting
from bot.telegram.messages.screens import Screen, lines, show, titled, turn
from bot.telegram.messages.sending import deliver, typing
from bot.telegram.visiting import Visit, only
from bot.wording import clean, date
from knowledge.asked import AskedQuestion
from knowledge.gaps import Gap, grouped, is_gap
from knowledge.people import Role

PERIOD = dt.timedelta(days=90)
# The latest; encoding more would keep an admin waiting.
MOST_QUESTIONS = 400
VECTORS_KEPT = 2_000
SHOWN = 6
# A question may have a thousand characters, and seven of them share a message.
SHORT, LESS_SHORT = 120, 600
CARD_UNITS = 3_000

PAGE, ANSWER, DISMISS = "gap-page", "gap-answer", "gap-none"

NOTHING = "近90天没有需要补的问题：没有“没有依据”的，也没有被评为没用的。"
GONE = "这一组问题已经处理，或记录已经删除。发送 /gaps 重新看。"

_SHANGHAI = ZoneInfo("Asia/Shanghai")


class Gaps:
    """The admins' list of what the knowledge base could not answer."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._lock = Lock()
        self._vectors: OrderedDict[str, NDArray[np.float32]] = OrderedDict()

    def handlers(self) -> Iterator[BaseHandler[Any, Any, Any]]:
        """/gaps and the buttons under it."""
        yield CommandHandler("gaps", self.list, filters=filters.UpdateType.MESSAGE)
        yield CallbackQueryHandler(self.page, pattern(PAGE))
        yield CallbackQueryHandler(self.answer, pattern(ANSWER))
        yield CallbackQueryHandler(self.dismiss, pattern(DISMISS))

    @only(Role.ADMIN)
    async def list(self, update: Update, visit: Visit) -> None:
        """Answer /gaps: the largest group first."""
        async with typing(visit.bot, visit.member.telegram_id):
            gaps = await aside(self._gaps)
        await show(visit.bot, visit.member.telegram_id, _screen(gaps, 0))

    @only(Role.ADMIN)
    async def page(self, update: Update, visit: Visit) -> None:
        """Turn to another group."""
        query = pressed(update)
        gaps = await aside(self._gaps)
        await turn(query, _screen(gaps, number(values(query), 0) or 0))

    @only(Role.ADMIN)
    async def answer(self, update: Update, visit: Visit) -> None:
        """Ask the admin to write an answer, in a reply to the card."""
        query, author = pressed(update), visit.member.telegram_id
        gap = await aside(self._holding, number(values(query), 0))
        if gap is None:
            await query.answer(GONE, show_alert=True)
            return
        await query.answer()
        wordings = _wordings(gap)
        ids = [each.id for each in gap.questions]
        entry_id = await aside(self._desk.records.faq.begin, author, wordings, ids)
        asked = clean(gap.wording)
        text = f"书面答复第 {entry_id} 号：{asked[: fitting(asked, CARD_UNITS)]}\n\n{WRITE_HOW}"
        card = None
        try:
            card = await deliver(visit.bot, author, text, None, ForceReply(selective=True))
        finally:
            if card is None:  # nobody can answer what was never shown
                await aside(self._desk.records.faq.discard, entry_id)
        if card is not None:
            await aside(self._desk.records.faq.carded, entry_id, card.message_id)

    @only(Role.ADMIN)
    async def dismiss(self, update: Update, visit: Visit) -> None:
        """Put a group aside: it needs no answer."""
        query = pressed(update)
        gap = await aside(self._holding, number(values(query), 0))
        if gap is None:
            await query.answer(GONE, show_alert=True)
            return
        ids = [each.id for each in gap.questions]
        author = visit.member.telegram_id
        await aside(self._desk.records.faq.dismiss, author, _wordings(gap), ids)
        await turn(query, _screen(await aside(self._gaps), 0))

    def _gaps(self) -> Sequence[Gap]:
        """Every group that nobody has dealt with. Blocks."""
        since = dt.datetime.now(dt.UTC) - PERIOD
        settled = self._desk.records.faq.settled()
        open_ones = [
            each
            for each in self._desk.records.asked.since(since)
            if is_gap(each) and each.id not in settled
        ][-MOST_QUESTIONS:]
        return grouped(open_ones, self._vectors_of(open_ones)) if open_ones else []

    def _holding(self, question_id: int | None) -> Gap | None:
        for gap in self._gaps():
            if any(each.id == question_id for each in gap.questions):
                return gap
        return None

    def _vectors_of(self, questions: Sequence[AskedQuestion]) -> NDArray[np.float32]:
        """Vectors (n, d); those seen before are not encoded again."""
        with self._lock:
            texts = list(dict.fromkeys(each.text for each in questions))
            new = [text for text in texts if text not in self._vectors]
            if new:
                self._vectors.update(zip(new, self._desk.asker.vectors(new), strict=True))
            found = np.stack([self._vectors[each.text] for each in questions])
            while len(self._vectors) > VECTORS_KEPT:
                self._vectors.popitem(last=False)
            return found


def _wordings(gap: Gap) -> Sequence[str]:
    """The group's questions, each wording once, the central one first."""
    texts = [gap.wording, *(each.text for each in gap.questions)]
    return list(dict.fromkeys(clean(text) for text in texts))


def _screen(gaps: Sequence[Gap], place: int) -> Screen:
    if not gaps:
        return Screen([lines(NOTHING)])
    place = min(place, len(gaps) - 1)
    gap = gaps[place]
    unanswered = sum(1 for each in gap.questions if each.vote != "useless")
    latest = date(gap.latest.astimezone(_SHANGHAI).date())
    told = [f"问过 {len(gap.questions)} 次，{gap.people} 人，最近一次 {latest}"]
    if unanswered:
        told.append(f"没有依据 {unanswered} 次")
    if gap.reasons:
        reasons = "、".join(f"{reason} {count}" for reason, count in gap.reasons.most_common())
        told.append(f"评为没用：{reasons}")
    others = _wordings(gap)[1 : SHOWN + 1]
    head = f"没答上来、没帮上忙的问题（近90天），第 {place + 1} 组，共 {len(gaps)} 组"
    blocks = [lines(head), titled(_short(gap.wording, LESS_SHORT), *told)]
    if others:
        blocks.append(lines("也有人这样问：", *(f"· {_short(text, SHORT)}" for text in others)))
    return Screen(blocks, _buttons(gap, place, len(gaps)))


def _short(text: str, characters: int) -> str:
    text = " ".join(clean(text).split())
    return text if len(text) <= characters else f"{text[:characters]}…"


def _buttons(gap: Gap, place: int, count: int) -> InlineKeyboardMarkup | None:
    first = gap.questions[0].id
    turning = []
    if place > 0:
        turning.append(button("上一组", PAGE, place - 1))
    if place + 1 < count:
        turning.append(button("下一组", PAGE, place + 1))
    return keyboard(
        [button("书面答复", ANSWER, first), button("不用答复", DISMISS, first)], turning
    )
