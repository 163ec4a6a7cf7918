"""/quiz: warning-education questions with four options, one's own score, the rule behind each."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from telegram import Update
from telegram.ext import BaseHandler, CallbackQueryHandler, CommandHandler, filters

from bot.telegram.desk import Desk, aside
from bot.telegram.messages.buttons import button, keyboard, number, pattern, pressed, values
from bot.telegram.messages.screens import Screen, lines, show, titled, turn
from bot.telegram.visiting import Visit, only
from bot.wording import Block, Piece, Style, clean, place
from knowledge.model import Citation
from knowledge.quizzing import OPTIONS, QuizQuestion, askable, bank, choose
from knowledge.store.scores import Score, Scores, Showing

CHOICE, NEXT = "quiz", "quiznext"
NONE_HELD = "知识库里还没有可以出题的内容。请联系管理员更新知识库后再来。"
GONE = "这道题已经更新。请发送 /quiz 换一道。"
GONE_ON = "下一题已经出过了，请看下面；也可以发送 /quiz 再来一题。"

_SHANGHAI = ZoneInfo("Asia/Shanghai")
_LETTERS = "ABCD"
_SEEDS = 2**31


@dataclass(frozen=True, slots=True)
class Tally:
    """Somebody's score today and in all."""

    today: Score
    total: Score


class Quiz:
    """Puts questions and keeps the score."""

    def __init__(self, desk: Desk) -> None:
        self._asker = desk.asker
        self._scores: Scores = desk.records.scores

    def handlers(self) -> Iterator[BaseHandler[Any, Any, Any]]:
        """/quiz and its buttons, in private only."""
        yield CommandHandler("quiz", self.open, filters=filters.UpdateType.MESSAGE)
        yield CallbackQueryHandler(self.judge, pattern(CHOICE))
        yield CallbackQueryHandler(self.go_on, pattern(NEXT))

    @only()
    async def open(self, update: Update, visit: Visit) -> None:
        """Answer /quiz with the score so far and a question."""
        await show(
            visit.bot, visit.member.telegram_id, await aside(self._put, visit.member.telegram_id)
        )

    @only()
    async def judge(self, update: Update, visit: Visit) -> None:
        """Tell whether the chosen option is right; the first choice counts, once."""
        query = pressed(update)
        given = values(query)
        showing, chosen = number(given, 0), number(given, 1)
        screen = None
        if showing is not None and chosen is not None and chosen < OPTIONS:
            screen = await aside(self._judged, visit.member.telegram_id, showing, chosen)
        if screen is None:
            await query.answer(GONE, show_alert=True)
        else:
            await turn(query, screen)

    @only()
    async def go_on(self, update: Update, visit: Visit) -> None:
        """Put the next question below, once for each answered one."""
        query, person = pressed(update), visit.member.telegram_id
        showing = number(values(query), 0)
        if showing is None or not await aside(self._scores.follow, person, showing):
            await query.answer(GONE_ON)
            return
        await query.answer()
        await show(visit.bot, person, await aside(self._put, person))

    def _put(self, person: int) -> Screen:
        questions = askable(self._asker.library())
        seed = secrets.randbelow(_SEEDS)
        chosen = choose(list(questions), self._scores.given(person), seed)
        if chosen is None:
            return Screen([lines(NONE_HELD)])
        question = questions[chosen]
        showing = self._scores.show(person, question.id, question.fingerprint, seed)
        return question_screen(question, showing, self._tally(person))

    def _judged(self, person: int, showing_id: int, chosen: int) -> Screen | None:
        showing = self._scores.get(person, showing_id)
        question = bank().get(showing.question_id) if showing else None
        if showing is None or question is None or question.fingerprint != showing.fingerprint:
            return None
        basis = question.basis(self._asker.library())
        if basis is None:
            return None
        right = question.options(showing.seed)[chosen] == question.right
        kept = self._scores.answer(person, showing.id, chosen, right=right)
        return answer_screen(question, kept or showing, basis, self._tally(person))

    def _tally(self, person: int) -> Tally:
        midnight = dt.datetime.combine(dt.datetime.now(_SHANGHAI).date(), dt.time(), _SHANGHAI)
        return Tally(self._scores.score(person, midnight), self._scores.score(person))


def question_screen(question: QuizQuestion, showing: Showing, tally: Tally) -> Screen:
    """A question with its options, one button each."""
    letters = [
        button(letter, CHOICE, showing.id, at) for at, letter in enumerate(_LETTERS[:OPTIONS])
    ]
    blocks = [
        titled("廉政知识小测", _score(tally)),
        _asked(question, showing),
    ]
    return Screen(blocks, keyboard(letters))


def answer_screen(
    question: QuizQuestion, showing: Showing, basis: Citation, tally: Tally
) -> Screen:
    """A question that has been answered: right or wrong, why, and the words it rests on."""
    options = question.options(showing.seed)
    chosen = showing.chosen if showing.chosen is not None else 0
    right = options.index(question.right)
    if chosen == right:
        verdict = f"✓ 答对了：{_LETTERS[right]}"
    else:
        verdict = f"✗ 您选了 {_LETTERS[chosen]}，正确答案是 {_LETTERS[right]}"
    blocks = [
        _asked(question, showing),
        titled(verdict, question.explanation),
        (
            Piece(Style.PLACE, f"依据：{clean(place(basis))}"),
            Piece(Style.QUOTE, clean(basis.quote)),
        ),
        lines(_score(tally)),
    ]
    return Screen(blocks, keyboard([button("下一题", NEXT, showing.id)]))


def _asked(question: QuizQuestion, showing: Showing) -> Block:
    options = question.options(showing.seed)
    listed = (f"{letter}. {option}" for letter, option in zip(_LETTERS, options, strict=True))
    return titled(question.stem, *listed)


def _score(tally: Tally) -> str:
    def told(score: Score) -> str:
        return f"答对 {score.right}／{score.answered}"

    if not tally.total.answered:
        return "还没有答过题，来试试第一道。"
    return f"今日{told(tally.today)}，累计{told(tally.total)}"
