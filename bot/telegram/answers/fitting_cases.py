"""「相关案例」: up to three warning cases near a question or the clauses that answered it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from telegram import Update
from telegram.ext import BaseHandler, CallbackQueryHandler

from bot.telegram.answers.answer_buttons import CASES, ORIGINAL
from bot.telegram.desk import Desk, aside
from bot.telegram.messages.buttons import button, keyboard, number, pattern, pressed, values
from bot.telegram.messages.rendering import pages
from bot.telegram.messages.screens import Screen, lines, show, titled
from bot.telegram.visiting import Visit
from bot.wording import Block, Piece, Style, clean, spot, title
from knowledge.asked import AskedQuestion
from knowledge.model import Citation

MOST = 3
TITLE = "相关案例"
NONE = "没有找到与这个问题相近的案例。可以发送 /cases 按类型查看全部案例。"
GONE = "这条提问的记录已经删除，请重新问一次。"

# How much of a cited clause is looked for: its opening says what it is about.
_OPENING = 300

Case = tuple[Citation, ...]


class FittingCases:
    """Answers 「相关案例」."""

    def __init__(self, desk: Desk) -> None:
        self._asker = desk.asker
        self._asked = desk.records.asked

    def handlers(self) -> Iterator[BaseHandler[Any, Any, Any]]:
        """The one button."""
        yield CallbackQueryHandler(self.show, pattern(CASES))

    async def show(self, update: Update, visit: Visit) -> None:
        """Show the cases below the answer."""
        query = pressed(update)
        question_id = number(values(query), 0)
        asked = None if question_id is None else await aside(self._asked.get, question_id)
        if question_id is None or asked is None or query.message is None:
            await query.answer(GONE, show_alert=True)
            return
        if not asked.in_group and not await aside(
            self._asked.is_by, question_id, visit.member.telegram_id
        ):
            await query.answer(GONE, show_alert=True)
            return
        await query.answer()
        chat, message = query.message.chat.id, query.message.message_id
        for screen in case_screens(await aside(self._find, asked)):
            await show(visit.bot, chat, screen, reply_to=message)

    def _find(self, asked: AskedQuestion) -> list[Case]:
        """Cases near the question first, then those near the clauses that answered it."""
        library = self._asker.library()
        found: dict[str, Case] = {}
        texts = [asked.text]
        for each in asked.clauses:
            clause = library.clauses.get(each.clause_id)
            texts += [clause.text[:_OPENING]] if clause else []
        for text in texts:
            if len(found) >= MOST:
                break
            citations = self._asker.cases_for(text)
            for document_id, case in groupby(citations, key=lambda each: each.document.id):
                found.setdefault(document_id, tuple(case))
        return list(found.values())[:MOST]


def case_screens(cases: list[Case]) -> list[Screen]:
    """What was done and what came of it, the source, and a button to each whole case."""
    if not cases:
        return [Screen([lines(NONE)])]
    blocks: list[Block] = [titled(TITLE)]
    for place, case in enumerate(cases, 1):
        document = case[0].document
        source = clean(document.source)
        quotes = [
            piece
            for citation in case
            for piece in (
                Piece(Style.PLACE, spot(citation)),
                Piece(Style.QUOTE, clean(citation.quote)),
            )
        ]
        head = Piece(Style.PLACE, f"【{place}】{title(document)}")
        blocks.append((head, *quotes, *lines(f"来源：{source}" if source else "")))
    sheets = pages(blocks)
    whole = [
        button("案例全文" if len(cases) == 1 else f"案例全文{place}", ORIGINAL, case[0].clause.id)
        for place, case in enumerate(cases, 1)
    ]
    last = len(sheets) - 1
    return [
        Screen(sheet, keyboard(whole) if place == last else None)
        for place, sheet in enumerate(sheets)
    ]
