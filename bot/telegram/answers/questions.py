"""Questions: read one, ask the core, let its answer stand under it. Edits change the answer."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import time
from collections.abc import Callable, Iterator
from typing import Any

from telegram import Message, Update
from telegram.constants import ChatType
from telegram.ext import (
    ApplicationHandlerStop,
    BaseHandler,
    CommandHandler,
    MessageHandler,
    filters,
)

from bot.asking import TURNS_KEPT, opens_follow_up
from bot.telegram import phrases
from bot.telegram.answers.answer_buttons import answer_keyboard
from bot.telegram.desk import Desk, aside
from bot.telegram.membership.addressing import question_text
from bot.telegram.messages.delivery import LeftError, Pages
from bot.telegram.messages.drafting import drafting
from bot.telegram.messages.rendering import answer_pages
from bot.telegram.messages.screens import Screen, lines
from bot.telegram.messages.sending import send_text, typing
from bot.telegram.traffic.failing import explained
from bot.telegram.visiting import Visit
from bot.wording import clean
from knowledge.asked import AskedQuestion, CitedClause
from knowledge.errors import StoreError
from knowledge.model import Answer, Question

LOGGER = logging.getLogger(__name__)

# How many questions the core works on at once; the others wait, and only they.
WORKED_ON = 8
CONVERSATION = dt.timedelta(minutes=30)


class Questions:
    """Receives questions and answers them."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._turns = desk.records.turns
        self._places = asyncio.Semaphore(WORKED_ON)

    def handlers(self) -> Iterator[BaseHandler[Any, Any, Any]]:
        """/new, and text that is no command, edited or not."""
        new, edited = filters.UpdateType.MESSAGE, filters.UpdateType.EDITED_MESSAGE
        yield CommandHandler("new", self.new, filters=new)
        yield MessageHandler(new & filters.TEXT & ~filters.COMMAND, self.question)
        yield MessageHandler(edited & filters.TEXT & ~filters.COMMAND, self.edited)

    async def new(self, update: Update, visit: Visit) -> None:
        """Answer /new: forget the earlier questions."""
        message = _message(update)
        await aside(self._turns.forget, visit.member.telegram_id, message.chat_id)
        await send_text(visit.bot, message.chat_id, phrases.NEW_TOPIC)

    async def question(self, update: Update, visit: Visit) -> None:
        """Answer a question, or go on where a crash interrupted the answer."""
        message = _message(update)
        await self._answer(message, visit, await self._pages(message, visit), anew=False)

    async def edited(self, update: Update, visit: Visit) -> None:
        """Answer a question anew, in the same place, after its text was changed.

        In private, an edit of anything else (a command, an answer to a form, a question too old
        for its answer to be edited) asks nothing. In a group it may have added our name.
        """
        message = _message(update)
        pages = await self._pages(message, visit)
        if pages.begun or _in_group(message):
            await self._answer(message, visit, pages, anew=True)

    async def _pages(self, message: Message, visit: Visit) -> Pages:
        return await Pages.under(
            visit.bot,
            self._desk.records.deliveries,
            message,
            lambda: visit.application.running,
        )

    async def _answer(self, message: Message, visit: Visit, pages: Pages, *, anew: bool) -> None:
        begun = time.monotonic()
        try:
            draft = await pages.open(anew=anew)
            text = clean(question_text(message, visit.bot.username))
            answer = await self._ask(message, visit, text, draft)
            elapsed = time.monotonic() - begun
            noted = await self._note(message, visit, text, answer, elapsed, pages)
            screens = [Screen(page) for page in answer_pages(answer)]
            if noted is not None:
                buttons = answer_keyboard(noted.id, answer, _in_group(message), noted.vote)
                screens[-1] = Screen(screens[-1].blocks, buttons)
            await pages.fill(screens)
        except LeftError:
            return
        except Exception as error:  # noqa: BLE001  # whatever it was, no draft may stay behind
            await _apologise(pages, explained(error, self._desk.settings.contact))
            return
        LOGGER.info("答复：%s，%d 条依据，%.1f 秒", answer.outcome, len(answer.citations), elapsed)

    async def _ask(self, message: Message, visit: Visit, text: str, draft: int) -> Answer:
        turns = await aside(
            self._turns.before,
            visit.member.telegram_id,
            message.chat_id,
            message.message_id,
            _since(),
        )
        # Who waits for a place sees the draft; only what is worked on is shown as typing.
        async with (
            self._places,
            typing(visit.bot, message.chat_id),
            drafting(visit.bot, message.chat_id, draft) as heard,
        ):
            # A model's daily budget is counted by the same hash as the log's.
            person = self._desk.records.asked.person(visit.member.telegram_id)
            question = Question(text=text, turns=turns, person=person)
            return await aside(self._desk.asker.ask, question, heard)

    async def _note(
        self,
        message: Message,
        visit: Visit,
        text: str,
        answer: Answer,
        elapsed: float,
        pages: Pages,
    ) -> AskedQuestion | None:
        """Remember a question and log it; what the log holds, or None where that failed."""
        person, place = visit.member.telegram_id, (message.chat_id, message.message_id)
        cited = [
            CitedClause(each.document.title, each.clause.article, each.clause.id)
            for each in answer.citations
        ]
        logged = (text, answer.outcome, round(1000 * elapsed), cited)
        asked, number = self._desk.records.asked, pages.question_id
        try:
            if opens_follow_up(answer):
                await aside(self._turns.remember, person, *place, text, TURNS_KEPT, _since())
            else:
                await aside(self._turns.drop, person, *place)
            # Answered before, if only in part before a crash; the log may have forgotten it.
            if number is not None and await aside(asked.is_by, number, person):
                await aside(asked.revise, number, *logged)
            else:
                number = await aside(asked.add, person, *logged, _in_group(message))
                await pages.number(number)
            return await aside(asked.get, number)
        except StoreError as error:  # the answer is worth more than its trace
            LOGGER.error("提问没能记下：%s", error)
            return None


async def give_up(desk: Desk, running: Callable[[], bool], update: Update) -> None:
    """Tell a member that their question brought the bot down again and again."""
    message, person = update.effective_message, update.effective_user
    if message is None or person is None or not message.text or message.text.startswith("/"):
        return
    try:
        if await aside(desk.records.members.get, person.id) is None:
            return
        pages = await Pages.under(message.get_bot(), desk.records.deliveries, message, running)  # type: ignore[arg-type]  # the application's bot is an ExtBot
        if pages.begun or not _in_group(message):
            await _apologise(pages, phrases.failed(desk.settings.contact))
    except StoreError as error:
        LOGGER.error("没能告知提问中断：%s", error)


async def _apologise(pages: Pages, sentence: str) -> None:
    try:
        await pages.fill([Screen([lines(sentence)])])
    except LeftError:
        return
    except Exception:
        LOGGER.exception("出错说明也没有发出去")


def _message(update: Update) -> Message:
    message = update.effective_message
    if message is None:  # the table sends only updates with a message here
        raise ApplicationHandlerStop
    return message


def _in_group(message: Message) -> bool:
    return message.chat.type != ChatType.PRIVATE


def _since() -> dt.datetime:
    return dt.datetime.now(dt.UTC) - CONVERSATION
