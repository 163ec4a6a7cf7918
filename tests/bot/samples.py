"""Invented clauses, answers made of them, and a core that gives such answers."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from bot.asking import Heard
from knowledge.finding import meant, quotable
from knowledge.library import Library
from knowledge.model import (
    Answer,
    Citation,
    Clause,
    Document,
    Kind,
    Outcome,
    Paragraph,
    ParsedDocument,
    Question,
)
from knowledge.query import understand
from tests.fakes import TinyEncoder

ADMIN = 1001
MEMBERS = (2001, 2002)
REVIEWER = 3001
STRANGER = 9001

RULE = Document(
    id="rule",
    title="示例纪律处分条例",
    kind=Kind.RULE,
    effective=dt.date(2024, 1, 1),
)
GUIDE = Document(
    id="guide",
    title="《示例纪律处分条例》要点",
    kind=Kind.GUIDE,
    issued=dt.date(2025, 3, 2),
)
GIFTS = Clause(
    id="rule-97",
    document_id="rule",
    ordinal=97,
    article="第九十七条",
    path=("第二编 分则", "第八章 对违反廉洁纪律行为的处分"),
    paragraphs=(
        Paragraph(1, "收受可能影响公正执行公务的礼品、礼金，情节较轻的，给予警告处分。"),
        Paragraph(2, "收受其他明显超出正常礼尚往来的财物的，依照前款规定处理。"),
    ),
)
CARDS = Clause(
    id="guide-4",
    document_id="guide",
    ordinal=4,
    article="",
    path=("四、购物卡", "（二）怎么办"),
    paragraphs=(Paragraph(1, "收到购物卡，应当在三十日内上交。"),),
)
LIBRARY = Library([ParsedDocument(RULE, (GIFTS,)), ParsedDocument(GUIDE, (CARDS,))])
FIRST_PARAGRAPH = Citation(RULE, GIFTS, GIFTS.paragraphs[0].text, paragraph=1)
SECTION = Citation(GUIDE, CARDS, CARDS.text)

ANSWER = Answer(
    outcome=Outcome.ANSWERED,
    text="收受可能影响公正执行公务的礼品、礼金，情节较轻的，给予警告处分。",
    citations=(FIRST_PARAGRAPH, SECTION),
    notes=("所引《示例纪律处分条例》是样例文本，仅供试用。",),
    contact="机关纪委",
)
NO_BASIS = Answer(
    outcome=Outcome.NO_BASIS,
    text="现有资料里没有找到能回答这个问题的条文。",
    nearest=("《示例办法》第三条", "《示例办法》第四条"),
    contact="请换个说法再问，或直接咨询机关纪委。",
)
GREETING = Answer(outcome=Outcome.SMALL_TALK, text="您好，请说您的问题。")


def long_answer(paragraphs: int = 60, length: int = 200) -> Answer:
    """An answer whose one quote is far longer than a message."""
    texts = [f"第{number}款" + "规" * length + "。" for number in range(1, paragraphs + 1)]
    clause = Clause(
        "long", "rule", 1, "第一条", (), tuple(Paragraph(n, t) for n, t in enumerate(texts, 1))
    )
    return Answer(Outcome.ANSWERED, "按第一条处理。", (Citation(RULE, clause, clause.text),))


class FakeAsker:
    """Answers by the question's text; keeps what it was asked.

    ``hold(text)`` makes a question wait until the returned event is set. ``held`` is its
    library, ``cases`` what fits a text; ``sought`` are the texts that cases were sought for.
    """

    def __init__(self, reply: Callable[[Question], Answer] | None = None) -> None:
        self.asked: list[Question] = []
        self.held = LIBRARY
        self.cases: dict[str, tuple[Citation, ...]] = {}
        self.sought: list[str] = []
        self._reply = reply or (lambda question: Answer(Outcome.ANSWERED, f"答：{question.text}"))
        self._held: dict[str, threading.Event] = {}

    def hold(self, text: str) -> threading.Event:
        return self._held.setdefault(text, threading.Event())

    def ask(self, question: Question, heard: Heard | None = None) -> Answer:
        self.asked.append(question)
        if question.text in self._held:
            assert self._held[question.text].wait(10)
        return self._reply(question)

    def vectors(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return TinyEncoder().encode_queries(texts)

    def cases_for(self, text: str) -> tuple[Citation, ...]:
        self.sought.append(text)
        return self.cases.get(text, ())

    def find(self, text: str, limit: int) -> Sequence[Clause]:
        """As the core does, only that the nearest are those that hold the very words."""
        query = understand(Question(meant(text)), self.held.names)
        holding = [clause for clause in self.held.clauses.values() if text in clause.text]
        return quotable(self.held, query, lambda _: holding, limit)

    def library(self) -> Library:
        return self.held
