"""Who does a thing, to whom: 由甲向乙报告 is not 由乙向甲报告. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from knowledge.grounding.folding import BLANK, blanked, phrases, without_brackets
from knowledge.grounding.polarity import operator_spans
from knowledge.grounding.propositions import Proposition
from knowledge.grounding.statements import Statement
from knowledge.grounding.vocabulary import NEUTRAL, same
from knowledge.lexical import segments

_MARKS = frozenset("由向对被给")
_OPENS, _INNER = "^", ""
_BODY = re.compile(
    "(?:机关|部门|单位|组织|纪委|党委|法院|委员会|监察员|负责人|人员|对象|公务员|党员|干部|成员"
    "|责任者|关系人|当事人|本人|他人|被调查人|检举控告人|调查人|经营者|企业|配偶|子女|亲属|群众)$"
)
_JOINS = frozenset("、和与及或") | {"以及", "或者", "及其"}
# Who may act in the clause where one acts in the sentence.
_ACTS = {_OPENS, "由"}


@dataclass(frozen=True)
class _Role:
    """Somebody, and the mark before them; they open a phrase, or stand in the midst of it."""

    mark: str
    who: str


def exchanges_roles(said: Statement, told: Proposition) -> bool:
    """Whether somebody does what is done to them in the clause, or the reverse."""
    known = _roles(told.said.text) + _roles(told.paragraph_text)
    for role in _roles(said.text):
        marks = {each.mark for each in known if same(each.who, role.who)}
        if marks and not _allows(marks, role.mark, sanctions=bool(said.sanctions)):
            return True
    return False


def _allows(marks: set[str], mark: str, *, sanctions: bool) -> bool:
    if mark in marks:
        return True
    if mark in _ACTS:
        return bool(marks & _ACTS) or (sanctions and "对" in marks)
    if mark == _INNER:
        return not marks <= _MARKS - {"由"}
    # 对公职人员给予处分.
    return mark == "对" and sanctions and _OPENS in marks


@lru_cache(maxsize=4096)
def _roles(text: str) -> tuple[_Role, ...]:
    return tuple(role for phrase in phrases(without_brackets(text)) for role in _of_phrase(phrase))


def _of_phrase(phrase: str) -> list[_Role]:
    found: list[_Role] = []
    mark, open_still = _OPENS, True
    for word in segments(blanked(phrase, operator_spans(phrase))):
        if word in _MARKS:
            mark = word
        elif BLANK in word:
            mark = mark if mark in _MARKS else _INNER
        elif _BODY.search(word):
            found.append(_Role(mark, word))
            open_still = False
        elif word in _JOINS or word in NEUTRAL:
            # 担任领导职务的公务员 opens its phrase as well.
            if word == "的" and open_still and mark != _INNER:
                continue
        elif not open_still:
            mark = _INNER
    return found
