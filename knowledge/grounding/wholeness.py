"""What a sentence takes from a clause it takes whole: phrase by phrase, with its case.

A phrase is told whole where each of its words, numbers and negations is told. Of alternatives
that are listed in it some may be left out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from knowledge.grounding.listing import Item, Lists
from knowledge.grounding.phrasing import NAMES_ONLY, Phrase, Reading, readings
from knowledge.grounding.polarity import NEGATIVE, Sign
from knowledge.grounding.propositions import Proposition
from knowledge.grounding.statements import Statement
from knowledge.grounding.vocabulary import called, everyday, holds

_CLASS = re.compile("(?:下列|以下|这些)[^,;]*(?:行为|活动)之一")
_ALTERNATIVE = re.compile("^(?:或者|或)")
_ADDS = re.compile("^(?:并|直至)")
_NARROWS = re.compile("违规|违反|利用|擅自|未经|借机")
_EXCEPTS = re.compile("除外|以外|不在此限|^除")
_RULES = {Sign.OBLIGE, Sign.PERMIT, Sign.WAIVE, Sign.MAY_WAIVE, Sign.MUST_WAIVE}
_ALIKE = ({Sign.FORBID, Sign.DENY}, *({sign} for sign in Sign))


@dataclass(frozen=True)
class _Hearing:
    """What a sentence says, as it is compared with the words of a clause."""

    statement: Statement
    text: str
    spoken: frozenset[str]

    @property
    def signs(self) -> list[Sign]:
        """What it forbids, allows, waives or denies."""
        return self.statement.operators

    def has(self, word: str) -> bool:
        """Whether a word of a clause is said, or one that means the same."""
        if len(word) == 1:
            return word in self.text
        return holds(self.text, word, word) or any(word in term for term in self.spoken)


def takes_in_part(said: Statement, told: Proposition, *, goes_on: bool = False) -> bool:
    """Whether it takes something out of a phrase, or out of the case that it hangs on.

    :param goes_on: whether the same 款 was spoken of before, and its case told.
    """
    if told.whole:
        return False
    hearing = _hearing(said)
    return all(_is_torn(hearing, each, told.headings, goes_on=goes_on) for each in readings(told))


@lru_cache(maxsize=512)
def _hearing(said: Statement) -> _Hearing:
    spoken = {term for word in everyday(said.plain) for term in called(word)}
    return _Hearing(said, said.text, frozenset(spoken))


def _is_torn(said: _Hearing, reading: Reading, headings: str, *, goes_on: bool) -> bool:
    phrases = reading.phrases
    if _is_of_another_case(said, reading):
        return True
    whole = [_is_whole(said, each) for each in phrases]
    used = _used(said, phrases, whole, headings)
    if used is None or _makes_rule_of_case(said.statement, phrases, used):
        return True
    if Sign.FORBID in said.signs and not any(phrases[at].outcome for at in used):
        used |= {at for at, each in enumerate(phrases) if each.outcome and used}
    of_a_class = any(_CLASS.search(each.statement.text) for each in phrases)
    for at, phrase in enumerate(phrases):
        needed = _is_needed(at, phrases, used)
        if of_a_class:
            # Each deed that follows is one of the class; what narrows it must be told.
            narrows = _NARROWS.findall(phrase.statement.text)
            needed = needed and not all(map(said.has, narrows))
        if (goes_on and phrase.leads) or _is_scope(phrase.statement, headings):
            needed = False
        if needed and not any(whole[other] for other in _beside(at, phrases)):
            return True
    return False


def _is_of_another_case(said: _Hearing, reading: Reading) -> bool:
    """Whether it speaks of a case that stands in brackets, and goes on as if of this one."""
    return bool(reading.elsewhere) and any(
        len(word) > 1
        and holds(reading.elsewhere, word, word)
        and not any(_holds(phrase, word) for phrase in reading.phrases)
        for word in said.statement.words
    )


def _is_scope(statement: Statement, headings: str) -> bool:
    """Whether it is the occasion that all of the document is about: 在国内交往中."""
    return statement.text.endswith("中") and all(
        holds(headings, word, word) for word in statement.words
    )


def _makes_rule_of_case(said: Statement, phrases: tuple[Phrase, ...], used: set[int]) -> bool:
    """Whether it rules what the clause only speaks of: as a case, or under another 应当."""
    ruling = {*said.operators}
    if not used:
        return False
    if ruling & _RULES and all(phrases[at].case for at in used):
        return True
    forbids = any({*phrases[at].statement.operators} & NEGATIVE for at in used)
    sanctioned = any(each.statement.sanctions for each in phrases)
    return Sign.FORBID in ruling and not forbids and not sanctioned


def _is_needed(at: int, phrases: tuple[Phrase, ...], used: set[int]) -> bool:
    """Whether a phrase must be told for the sake of those that are."""
    text = phrases[at].statement.text
    if phrases[at].example or NAMES_ONLY.search(text):
        return False
    # What is said of the same case; and what follows from it, which 不得 speaks of as well.
    meant = [each for each in used if phrases[each].block == phrases[at].block]
    if not meant:
        return False
    if at - 1 in used and _ADDS.search(text):
        return bool(phrases[at].statement.sanctions or phrases[at].statement.measures)
    if _EXCEPTS.search(text):
        return True
    # 工作餐上家常菜，不得提供香烟: two rules, side by side.
    beside = not phrases[at].case and all(_only_forbids(phrases[each]) for each in meant)
    return at < max(meant) and not phrases[at].outcome and not beside


def _only_forbids(phrase: Phrase) -> bool:
    statement = phrase.statement
    ruling = {*statement.operators}
    return phrase.outcome and ruling <= {Sign.FORBID} and not statement.measures


def _beside(at: int, phrases: tuple[Phrase, ...]) -> list[int]:
    """The phrase and those that stand for it: alternatives, or another number of the kind."""
    found = [at]
    for first, second in ((at - 1, at), (at, at + 1)):
        if first < 0 or second >= len(phrases):
            continue
        one, other = phrases[first].statement, phrases[second].statement
        units = {each.unit for each in one.amounts} & {each.unit for each in other.amounts}
        numbers = bool(units) and not phrases[second].outcome
        if _ALTERNATIVE.match(other.text) or numbers:
            found += [first, second]
    return found


def _used(
    said: _Hearing, phrases: tuple[Phrase, ...], whole: list[bool], headings: str
) -> set[int] | None:
    """The phrases that it takes something from; None where it takes from none wholly."""
    used: set[int] = set()
    of_a_class = any(_CLASS.search(each.statement.text) for each in phrases)
    for word in said.statement.words:
        if len(word) == 1 or (of_a_class and _NARROWS.search(word)):
            continue
        holding = [at for at, each in enumerate(phrases) if _holds(each, word)]
        taken = [at for at in holding if whole[at]]
        if (
            holding
            and not taken
            and not any(
                word in phrases[at].subject or _is_scope(phrases[at].statement, headings)
                for at in holding
            )
        ):
            return None
        used |= set(taken) if len(taken) == 1 else set()
    for at, phrase in enumerate(phrases):
        if _outcome_told(said.statement, phrase.statement):
            if not whole[at]:
                return None
            used.add(at)
    return used


def _holds(phrase: Phrase, word: str) -> bool:
    return holds(phrase.statement.text, word, word)


def _outcome_told(said: Statement, phrase: Statement) -> bool:
    grades = {each.grades for each in phrase.sanctions}
    return (
        any(each.grades in grades for each in said.sanctions)
        or bool(phrase.measures & said.measures)
        or any(each.is_told_by(other) for each in said.amounts for other in phrase.amounts)
    )


def _is_whole(said: _Hearing, phrase: Phrase) -> bool:
    """Whether all of a phrase is told, but for alternatives."""
    return any(each in said.text for each in phrase.instances) or any(
        _is_told(said, each) for each in phrase.ways
    )


def _is_told(said: _Hearing, lists: Lists) -> bool:
    return all(_is_heard(said, each) for each in lists.needed) and all(
        any(all(_is_heard(said, each) for each in item) for item in choice)
        and not any(_is_part(said, item) for item in choice)
        for choice in lists.choices
    )


def _is_part(said: _Hearing, item: tuple[Item, ...]) -> bool:
    heard = [_is_heard(said, each) for each in item]
    return any(heard) and not all(heard)


def _is_heard(said: _Hearing, item: Item) -> bool:
    if item.amount:
        return any(item.amount.is_told_by(each) for each in said.statement.amounts)
    if item.sign:
        return any(item.sign in kind and sign in kind for kind in _ALIKE for sign in said.signs)
    if item.grades:
        return any(each.grades == item.grades for each in said.statement.sanctions)
    return said.has(item.word)
