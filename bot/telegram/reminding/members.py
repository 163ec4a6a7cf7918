"""The two buttons under a reminder: 「知道了」 and 「我有疑问」."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterator, Sequence
from typing import Any

from telegram import CallbackQuery, ForceReply, Update
from telegram.ext import BaseHandler, CallbackQueryHandler

from bot.telegram.desk import Desk, aside
from bot.telegram.messages.buttons import pattern, pressed, values
from bot.telegram.messages.sending import deliver
from bot.telegram.reminding.message import DOUBT, SEEN
from bot.telegram.visiting import Visit, only
from bot.wording import clean
from knowledge.errors import LianwenError
from knowledge.reminding.planning import Planner

LOGGER = logging.getLogger(__name__)

NOTED = "好的，已记下您看过这条提醒。"
ASK = "请把您的疑问打成一句话发给我，说清什么人、什么事、什么情形。"
PLACEHOLDER = "例如：月饼券值两百元，能收吗？"


class ForMembers:
    """Notes who has seen a reminder, and takes their questions."""

    def __init__(self, desk: Desk, planner: Planner) -> None:
        self._records = desk.records
        self._planner = planner

    def handlers(self) -> Iterator[BaseHandler[Any, Any, Any]]:
        """The two buttons."""
        yield CallbackQueryHandler(self.saw, pattern(SEEN))
        yield CallbackQueryHandler(self.ask, pattern(DOUBT))

    @only()
    async def saw(self, update: Update, visit: Visit) -> None:
        """Note it, and say so."""
        query = pressed(update)
        await self._note(query, visit)
        await query.answer(NOTED)

    @only()
    async def ask(self, update: Update, visit: Visit) -> None:
        """Ask for the question; what is answered is a question like any other."""
        query = pressed(update)
        key = await self._note(query, visit)
        await query.answer()
        examples = [f"· {clean(each)}" for each in await aside(self._examples, key)]
        text = "\n".join([ASK, *(["比如：", *examples] if examples else [])])
        prompt = ForceReply(input_field_placeholder=PLACEHOLDER)
        await deliver(visit.bot, visit.member.telegram_id, text, None, prompt)

    async def _note(self, query: CallbackQuery, visit: Visit) -> str:
        key = (values(query) or [""])[0]
        at, person = dt.datetime.now(dt.UTC), visit.member.telegram_id
        await aside(self._records.reminder_deliveries.saw, key, person, at)
        return key

    def _examples(self, key: str) -> Sequence[str]:
        """Blocks."""
        planned = self._records.reminders.get(key)
        try:
            return self._planner.as_sent(planned).questions if planned else ()
        except LianwenError as error:  # amended since: examples are a courtesy
            LOGGER.info("没有列出提问的例子：%s", error)
            return ()
