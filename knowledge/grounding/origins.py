"""Where the words of a statement come from: the clause, the question, or nowhere."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from knowledge.grounding.folding import fold
from knowledge.grounding.polarity import Sign
from knowledge.grounding.propositions import Proposition
from knowledge.grounding.statements import Statement
from knowledge.grounding.vocabulary import (
    alternatives,
    called,
    everyday,
    holds,
    persons,
    same,
)

# Less than this of what a sentence says in the clause's own words is about something else.
_SHARE = 0.5
# With words of the question's own, so many must be the clause's.
_LEAST_KNOWN = 2
BREACH = {"处分", "违纪", "违规", "违反纪律", "违纪行为", "党纪处分", "纪律处分"}
_OFFENCE = {"处分", "违法", "政务处分", "违法行为", "违规"}
# 厅级以上 is not 厅级以下, which may stand in the same clause.
_LIMITED = re.compile(r"[\u4e00-\u9fff](?:以上|以下)(?!行为|情形|人员|规定|条件|几)")
# What is quoted is this proposition's, not the one's beside it.
_QUOTED = re.compile("[“「『]([^“”「」『』]+?)[，。,;:；：、]*[”」』]")
# Nobody is told what they have done; what they asked about may be called so.
_ADDRESSES = re.compile("[您你](?!(?:所)?(?:问|说|提到|描述|咨询)的?)")
_CLAUSE, _BESIDE, _QUESTION, _NOWHERE = "clause", "beside", "question", "nowhere"
_PARTY_MEMBERS = {"党员", "党员干部"}


@dataclass(frozen=True, slots=True)
class Asked:
    """The question, folded and read. Its words may be used again; it supports nothing."""

    text: str
    statement: Statement


def takes_strange_words(said: Statement, told: Proposition, asked: Asked) -> bool:
    """Whether a word comes from nowhere, or too few come from the clause."""
    if _ADDRESSES.search(said.plain) or _strange_limits(said, told, asked):
        return True
    spoken = "".join(_spoken_for(said, told, asked))
    origins: list[str] = []
    for word in said.words:
        origins.append(_origin(word, said, told, asked, spoken))
        if origins[-1] == _NOWHERE:
            return True
    known, own = origins.count(_CLAUSE), origins.count(_QUESTION)
    if own and (known < _LEAST_KNOWN or _binds(said)):
        return True
    if not known and not (said.sanctions or said.amounts or said.operators):
        # 这属于违纪行为: whether a deed falls under the clause is not for a model to say.
        return True
    return known < _SHARE * len([word for word in said.words if not _sanctioned(word, told)])


def _origin(word: str, said: Statement, told: Proposition, asked: Asked, spoken: str) -> str:
    """Where a word comes from: the clause, what stands around it, the question, or nowhere."""
    around = _around(said.plain, word)
    if holds(told.said.text, word, around) or word in spoken:
        return _CLAUSE
    in_case = any(word in each.plain for each in said.phrases if each.plain.endswith("的"))
    if (
        (not in_case and holds(told.context, word, around))
        or holds(told.headings, word, around)
        or _sanctioned(word, told)
        or (word in _PARTY_MEMBERS and _is_for_members(told))
        or (word == "受到" and told.own.sanctions)
    ):
        return _BESIDE
    return _QUESTION if _asked(word, around, said, told, asked) else _NOWHERE


def _binds(said: Statement) -> bool:
    """Whether it requires or allows something, or counts: more than a person's own words bear."""
    ruling = {each for each in said.operators if each not in {Sign.FORBID, Sign.DENY}}
    return bool(ruling or said.amounts)


def repeats_question(said: Statement, asked: Asked) -> bool:
    """Whether it says nothing but what was asked, of those whom every rule is for."""
    return not (said.sanctions or said.amounts or said.measures) and all(
        holds(asked.text, word, _around(said.plain, word)) or word in _PARTY_MEMBERS
        for word in said.words
    )


def _strange_limits(said: Statement, told: Proposition, asked: Asked) -> bool:
    """Whether a limit (厅级以上) or a quoted name is not the clause's."""
    return any(limit not in told.said.text for limit in _LIMITED.findall(said.plain)) or any(
        each not in told.said.text + asked.text for each in _QUOTED.findall(said.text)
    )


def joins_otherwise(said: Statement, told: Proposition) -> bool:
    """Whether a word is joined to another than in the clause, as 参与赌博 where that has
    组织赌博，参与卖淫.
    """
    joined = [pair for phrase in told.said.phrases for pair in _pairs_in(phrase)]
    for phrase in said.phrases:
        for first, second in _pairs_in(phrase):
            before = [one for one, other in joined if same(second, other)]
            after = [other for one, other in joined if same(first, one)]
            together = any(same(first, one) for one in before)
            if (before and after and not together) or _is_turned(first, second, told):
                return True
    return False


def _is_turned(first: str, second: str, told: Proposition) -> bool:
    """Whether the clause has the two in the other order alone: 隐匿证据 for 证据隐匿."""
    orders = set()
    for phrase in told.said.phrases:
        ones = [at for at, word in enumerate(phrase.words) if same(first, word)]
        others = [at for at, word in enumerate(phrase.words) if same(second, word)]
        orders |= {one < other for one in ones for other in others if one != other}
        if set(phrase.operators) - {Sign.DENY} and ones and others:
            # 香烟不得提供 is 不得提供香烟.
            orders.add(True)
    return orders == {False}


def _pairs_in(phrase: Statement) -> list[tuple[str, str]]:
    """The content words that stand together in a phrase with nothing between."""
    return [
        (first, second)
        for first, second in pairwise(phrase.words)
        if f"{first}{second}" in phrase.plain
    ]


def _spoken_for(said: Statement, told: Proposition, asked: Asked) -> list[str]:
    """The everyday words of the question for which the clause has its own: 购物卡, 消费卡."""
    return [
        word
        for word in everyday(said.plain)
        if word in asked.text and any(holds(told.said.text, each) for each in called(word))
    ]


def _around(text: str, word: str) -> str:
    at = text.find(word)
    return text[max(at - 1, 0) : at + len(word) + 1]


def _sanctioned(word: str, told: Proposition) -> bool:
    """处分 and 违纪 are what a clause that sanctions is about, also where it does not say so."""
    if not told.said.sanctions:
        rest = word.removesuffix("处分")
        return bool(told.said.measures) and rest != word and rest in told.said.text
    return word in (_OFFENCE if "政务" in told.headings else BREACH)


def _asked(word: str, around: str, said: Statement, told: Proposition, asked: Asked) -> bool:
    """Whether it is a word of the person's own, of which the clause may be said to speak."""
    if not holds(asked.text, word, around):
        return False
    # What a sanction is for, the clause alone may say.
    return not said.sanctions and not said.circumstances


def binds_others(said: Statement, told: Proposition, asked: Asked) -> bool:
    """Whether somebody is bound of whom the clause does not speak."""
    # A sanction is for whom it is said for; nobody is borrowed from beside it.
    spoken_of = told.said.text if said.sanctions else told.text
    titles = fold(told.document.title + told.document.stands_in_for)
    meant = {name for text in (spoken_of, titles) for name, _ in persons(text)}
    for name, gives in persons(said.plain):
        if name in meant:
            continue
        asked_for = any(each in asked.text for each in alternatives(name))
        if gives and asked_for and not said.sanctions:
            continue
        if name in _PARTY_MEMBERS and _is_for_members(told):
            continue
        return True
    return False


def _is_for_members(told: Proposition) -> bool:
    """Whether it is a rule of the party's for all of its members."""
    return "党员" not in told.text and bool(re.search("党|纪律", told.headings))
