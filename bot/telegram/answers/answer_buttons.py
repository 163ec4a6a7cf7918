"""The buttons under an answer: what it rests on, whether it helped, whom to ask further.

What each button does is left to ``article_view``, ``voting``, ``fitting_cases`` and ``referring``.
"""

from __future__ import annotations

from collections.abc import Sequence

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.telegram.messages.buttons import button, keyboard
from knowledge.model import Answer, Outcome

# The words in the buttons' data.
ORIGINAL = "original"
CASES = "fitting"
VOTE = "vote"
REASON = "why"
REFER = "refer"

USEFUL, USELESS = "useful", "useless"
REASONS = ("答非所问", "依据不对", "看不懂", "其他")

_IN_A_ROW = 5


def answer_keyboard(
    question_id: int, answer: Answer, in_group: bool, vote: str = ""
) -> InlineKeyboardMarkup | None:
    """What stands under the last page of an answer; None under small talk.

    :param vote: how the asker has judged it already: "", "useful" or "useless".
    """
    if answer.outcome is Outcome.SMALL_TALK:
        return None
    cited = [citation.clause.id for citation in answer.citations]
    return keyboard_of(question_id, cited, answer.outcome, in_group, vote)


def keyboard_of(
    question_id: int,
    cited: Sequence[str],
    outcome: str,
    in_group: bool,
    vote: str = "",
    *,
    asking_why: bool = False,
) -> InlineKeyboardMarkup | None:
    """The same from what is kept of the question.

    :param cited: the ids of the cited clauses, in the order of the answer's sources.
    :param asking_why: add the reasons why an answer may have been of no use.
    """
    further = [] if in_group else [button("转纪检部门", REFER, question_id)]
    if outcome == Outcome.ANSWERED:
        further = [button("相关案例", CASES, question_id), *further]
    judged = [
        button(_marked("有用", vote == USEFUL), VOTE, question_id, USEFUL),
        button(_marked("没用", vote == USELESS), VOTE, question_id, USELESS),
    ]
    why = [
        button(reason, REASON, question_id, place)
        for place, reason in enumerate(REASONS if asking_why else ())
    ]
    originals = _originals(cited)
    rows = [originals[at : at + _IN_A_ROW] for at in range(0, len(originals), _IN_A_ROW)]
    return keyboard(*rows, further, judged, why[:2], why[2:])


def _originals(cited: Sequence[str]) -> list[InlineKeyboardButton]:
    """One button a clause, by the number that its source has in the answer."""
    numbers: dict[str, int] = {}
    for number, clause_id in enumerate(cited, 1):
        numbers.setdefault(clause_id, number)
    alone = len(numbers) == 1
    return [
        button("原文" if alone else f"原文{number}", ORIGINAL, clause_id)
        for clause_id, number in numbers.items()
    ]


def _marked(label: str, chosen: bool) -> str:
    return f"✓ {label}" if chosen else label
