"""A question → what is asked and what was found, with more searches where they may help.

Without a ``Rewriter`` this is the plain search and nothing else.
"""

from __future__ import annotations

import re

from knowledge.model import Question
from knowledge.query import Query
from knowledge.retrieval import Findings, Retriever
from knowledge.writing.gathering import gather, is_declined, is_sure
from knowledge.writing.rewriting import Rewriter

_BREAK = re.compile(
    r"[，,。；;、！!？?\s]+|(?<=.{3})(?=还[把给让用替请收跟从骂]|又|另外|后来|然后|同时|并且|顺便)"
)
# Words that tell kinds of acts apart; rules deal with each kind in articles of its own.
_KINDS = tuple(
    re.compile(words)
    for words in (
        "收|送|塞|礼|红包|购物卡|好处|烟",
        "吃|喝|请客|饭|宴|唱歌|KTV|麻将|打牌|赌|高尔夫|钓鱼|旅游|景区|会所",
        "车|油卡",
        "借(?!着|机|口)",
        "报销|报了|虚报|冒领|发票|公款|补贴|津贴|奖金|小金库|超标",
        "通风报信|打招呼|说情|提前告|泄|免了|骂|刁难|罚",
        "干股|入股|股份|兼职|开店|做生意|挂名",
        "结婚|寿|升学|酒席|装修",
    )
)


class Reader:
    """Searches for a question. Safe to call from several threads.

    :param rewriter: says follow-ups and stories in the rules' words; None for nobody.
    """

    def __init__(self, rewriter: Rewriter | None = None) -> None:
        self._rewriter = rewriter

    def search(self, question: Question, query: Query, retriever: Retriever) -> Findings:
        """What is found for ``query``, which is what ``question`` was understood as.

        The model is asked once at most, and not at all where the plain search will do.

        :raises QuestionError: the question is empty or far too long.
        """
        findings = retriever.search(query)
        searches = self._searches(question, query, findings)
        return gather(retriever, query, findings, searches) if searches else findings

    def recalled(self, question: Question) -> tuple[str, ...]:
        """What it was searched with besides, as far as a model has said so before."""
        return self._rewriter.recalled(question) if self._rewriter else ()

    def _searches(self, question: Question, query: Query, findings: Findings) -> tuple[str, ...]:
        """What is searched for besides, given the plain search's findings; empty for nothing."""
        if self._rewriter is None or not _calls_for_more(question, query, findings):
            return ()
        return self._rewriter.searches(question, question.person)


def acts(text: str) -> tuple[str, ...]:
    """The parts of a story that tell of an act of another kind than those before."""
    told: set[int] = set()
    parts = []
    for part in filter(None, _BREAK.split(text)):
        kinds = {kind for kind, words in enumerate(_KINDS) if words.search(part)}
        if kinds - told:
            told |= kinds
            parts.append(part)
    return tuple(parts)


def _calls_for_more(question: Question, query: Query, findings: Findings) -> bool:
    """Whether it leans on earlier turns, tells of several acts, or was found nothing sure for."""
    if findings.resolved or is_declined(findings):
        return False
    leans = bool(question.turns) and query.alone is None
    return leans or len(acts(query.text)) > 1 or not is_sure(findings)
