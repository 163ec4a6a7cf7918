"""Whether enough of a model's answer stands to be sent; otherwise the clauses are quoted. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from knowledge.grounding.folding import fold
from knowledge.grounding.polarity import Sign, operators
from knowledge.grounding.statements import read
from knowledge.grounding.vocabulary import called, everyday, holds
from knowledge.model import Answer
from knowledge.writing.model import Given, Sentence, Verdict, standing

_LEAST = 2  # one of so many must stand; so many words are more than chance
_OPENS = {Sign.PERMIT, Sign.WAIVE, Sign.MAY_WAIVE, Sign.MUST_WAIVE}
_CLEARS = re.compile("不(?:属于|属|算|是|构成|违)")
# What turns a rule round for some: in a sentence that was lost, or in the clause that it was of.
_TURNS = re.compile("但|例外|不过|除外|以外|之外|除非|可以|免予|不予|如果|只有|不适用")
_HAS_TURN = re.compile("但(?!书)|除[^。；]{1,30}外|可以(?:不|免)|免予|不适用")


@dataclass(frozen=True, slots=True)
class Matter:
    """What an answer is to decide: the question, and the quoting answer to it.

    ``decisive`` is the line that decides there, ``basis`` the numbers of the clauses quoted
    there, ``turning`` of those that hold an exception.
    """

    question: str
    decisive: str
    basis: frozenset[int]
    turning: frozenset[int]

    @classmethod
    def of(cls, question: str, quoting: Answer, given: Sequence[Given]) -> Matter:
        """The matter of a question, given these passages."""
        quoted = {each.clause.id for each in quoting.citations}
        return cls(
            fold(question),
            fold(quoting.text),
            frozenset(each.number for each in given if each.clause.id in quoted),
            frozenset(each.number for each in given if _HAS_TURN.search(each.clause.text)),
        )


def enough(verdicts: Sequence[Verdict], matter: Matter) -> bool:
    """Whether the sentence that decides and half of all still stand, and nothing is turned round.

    Of what is allowed nothing may be lost, and no exception to what is forbidden.
    """
    if not verdicts or not verdicts[0].stands or not _decides(verdicts[0].sentence, matter):
        return False
    kept = standing(verdicts)
    lost = [each.sentence for each in verdicts if not each.stands]
    if lost and (_allows(kept[0].text) or any(_turns(each, kept, matter) for each in lost)):
        return False
    return len(kept) * _LEAST >= len(verdicts)


def _decides(first: Sentence, matter: Matter) -> bool:
    """Whether it is of a clause that answers, and about what is asked or decided there."""
    if not matter.basis & set(first.cites):
        return False
    words = dict.fromkeys(read(fold(first.text)).words)
    asked = matter.question + "".join(
        term for word in everyday(matter.question) for term in called(word)
    )
    of_question = sum(holds(asked, each) for each in words)
    of_decision = sum(holds(matter.decisive, each) for each in words)
    return not words or of_question >= _LEAST or of_decision * _LEAST >= len(words)


def _turns(lost: Sentence, kept: Sequence[Sentence], matter: Matter) -> bool:
    """Whether a sentence that was lost may have said when another does not hold."""
    if _TURNS.search(lost.text):
        return True
    told = {number for each in kept for number in each.cites}
    return bool(set(lost.cites) & told & matter.turning)


def _allows(text: str) -> bool:
    folded = fold(text)
    return bool(_OPENS & set(operators(folded)) or _CLEARS.search(folded))
