"""「有用」「没用」 under an answer: the asker's own judgement, with a reason, open to change."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from telegram import CallbackQuery, Update
from telegram.error import BadRequest
from telegram.ext import BaseHandler, CallbackQueryHandler

from bot.telegram.answers.answer_buttons import REASON, REASONS, USEFUL, USELESS, VOTE, keyboard_of
from bot.telegram.desk import Desk, aside
from bot.telegram.messages.buttons import number, pattern, pressed, values
from bot.telegram.visiting import Visit

THANKS = "谢谢，已记下。"
WHY = "谢谢，已记下。哪里没帮上忙？请点一个原因。"
NOT_YOURS = "只有提问的人可以评价这条答复。"
GONE = "这条提问的记录已经删除，不用再评价了。"


class Voting:
    """Takes votes and shows on the buttons how the asker has voted."""

    def __init__(self, desk: Desk) -> None:
        self._asked = desk.records.asked

    def handlers(self) -> Iterator[BaseHandler[Any, Any, Any]]:
        """The two votes, and the reasons against."""
        yield CallbackQueryHandler(self.vote, pattern(VOTE))
        yield CallbackQueryHandler(self.reason, pattern(REASON))

    async def vote(self, update: Update, visit: Visit) -> None:
        """Take a vote; ask for the reason of one against."""
        query = pressed(update)
        given = values(query)
        useful = USEFUL in given[1:2]
        if not useful and USELESS not in given[1:2]:
            await query.answer(GONE)
            return
        await self._judge(query, visit, useful, thanks=THANKS if useful else WHY)

    async def reason(self, update: Update, visit: Visit) -> None:
        """Take the reason of a vote against."""
        query = pressed(update)
        place = number(values(query), 1)
        if place is None or place >= len(REASONS):
            await query.answer(GONE)
            return
        reason = REASONS[place]
        await self._judge(query, visit, False, reason, thanks=f"{THANKS.rstrip('。')}：{reason}。")

    async def _judge(
        self, query: CallbackQuery, visit: Visit, useful: bool, reason: str = "", *, thanks: str
    ) -> None:
        question_id = number(values(query), 0)
        asked = None if question_id is None else await aside(self._asked.get, question_id)
        if question_id is None or asked is None:
            await query.answer(GONE)
            return
        voter = visit.member.telegram_id
        if not await aside(self._asked.vote, question_id, voter, useful, reason):
            await query.answer(NOT_YOURS)
            return
        await query.answer(thanks)
        buttons = keyboard_of(
            question_id,
            [each.clause_id for each in asked.clauses],
            asked.outcome,
            asked.in_group,
            USEFUL if useful else USELESS,
            asking_why=not useful and not reason,
        )
        # Pressed twice, the buttons stand as they should; and an old message is left as it is.
        with suppress(BadRequest):
            await query.edit_message_reply_markup(buttons)
