"""What keeps a statement from being what a clause says: the words, the numbers, the sanctions."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from knowledge.grounding.amounts import Amount
from knowledge.grounding.attributives import drops_attribute
from knowledge.grounding.leaning import answers, leans_otherwise
from knowledge.grounding.origins import (
    BREACH,
    Asked,
    binds_others,
    joins_otherwise,
    repeats_question,
    takes_strange_words,
)
from knowledge.grounding.polarity import Sign
from knowledge.grounding.propositions import Proposition
from knowledge.grounding.referrals import exchanges_place
from knowledge.grounding.roles import exchanges_roles
from knowledge.grounding.sanctions import (
    SYSTEMS,
    Sanction,
    claims_circumstance,
    of_two_systems,
    rank,
)
from knowledge.grounding.statements import Statement
from knowledge.grounding.vocabulary import (
    called,
    content,
    everyday,
    holds,
    same,
)
from knowledge.grounding.wholeness import takes_in_part
from knowledge.writing.model import Fault

# A sum of the person's own is not to be called much or little.
_JUDGES = re.compile("价值|数额|金额|标准|[大小多少高低轻重]|明显|超|限|起点")


def faults_between(
    said: Statement, told: Proposition, asked: Asked, *, goes_on: bool = False
) -> frozenset[Fault]:
    """Why ``said`` is not what ``told`` says; empty where it is.

    :param goes_on: whether the sentence goes on with the 款 that was spoken of last.
    """
    found = {
        *_number_faults(said, told, asked),
        *_sanction_faults(said, told),
    }
    if (
        takes_strange_words(said, told, asked)
        or joins_otherwise(said, told)
        or binds_others(said, told, asked)
        or exchanges_roles(said, told)
        or leans_otherwise(said, told, asked.text)
        or (not told.whole and (exchanges_place(said, told) or drops_attribute(said, told)))
        or _leaves_out(said, told, asked, goes_on=goes_on)
    ):
        found.add(Fault.UNSUPPORTED)
    return frozenset(found)


def _leaves_out(said: Statement, told: Proposition, asked: Asked, *, goes_on: bool) -> bool:
    """Whether it is told in part. What repeats the question says no more than a 不可以 does."""
    if is_elliptical(said) or not takes_in_part(said, told, goes_on=goes_on):
        return False
    forbids = set(said.operators) == {Sign.FORBID} and repeats_question(said, asked)
    return not (forbids and answers(said.operators, told, asked.text))


def is_related(said: Statement, told: Proposition) -> bool:
    """Whether they share a word, without which nothing of one is said in the other."""
    words = [word for word in said.words if len(word) > 1]
    known = "".join(each for word in everyday(said.plain) for each in called(word))
    return not words or any(holds(told.said.text, word, word) for word in (*words, *content(known)))


def _number_faults(said: Statement, told: Proposition, asked: Asked) -> set[Fault]:
    found = set()
    units = {each.unit for each in told.said.amounts}
    for amount in said.amounts:
        if amount.is_article and amount.unit not in units:
            continue
        if not _told(amount, told.said.amounts) and not _fact_of(amount, said, asked):
            found.add(Fault.PERIOD if amount.is_time else Fault.NUMBER)
    if not found:
        found |= {
            Fault.PERIOD if phrase.amounts[0].is_time else Fault.NUMBER
            for at, phrase in enumerate(said.phrases)
            if any(_told(amount, told.said.amounts) for amount in phrase.amounts)
            and not _in_place(at, said, told)
        }
    return found


def _told(amount: Amount, among: tuple[Amount, ...]) -> bool:
    return any(amount.is_told_by(other) for other in among)


def _fact_of(amount: Amount, said: Statement, asked: Asked) -> bool:
    """Whether it is a sum that the person told, and nothing is made to hang on it."""
    if amount.limit or amount.is_time or said.sanctions or said.circumstances or said.measures:
        return False
    if _JUDGES.search(said.plain):
        return False
    known = {(each.value, each.unit) for each in asked.statement.amounts}
    return (amount.value, amount.unit) in known


def _in_place(at: int, said: Statement, told: Proposition) -> bool:
    """Whether the numbers of a phrase stand in the clause beside what they stand beside here."""
    phrase = said.phrases[at]
    numbers = [each for each in phrase.amounts if _told(each, told.said.amounts)]
    if len(numbers) > 1 and not _in_a_row(numbers, told.said.amounts):
        return False
    beside = said.phrases[at - 1].words if at and not said.phrases[at - 1].amounts else ()
    words = {*phrase.words, *beside}
    phrases = told.said.phrases
    # What a number hangs on stands before it, or after it: 一年内，不得提拔.
    after = [*zip(phrases, (*phrases[1:], None), strict=True)]
    before = [*zip(phrases, (None, *phrases[:-1]), strict=True)]
    return _is_nearest(phrase, words, numbers, after, may_be_bare=True) or _is_nearest(
        phrase, words, numbers, before, may_be_bare=False
    )


def _is_nearest(
    phrase: Statement,
    words: set[str],
    numbers: Sequence[Amount],
    among: Sequence[tuple[Statement, Statement | None]],
    *,
    may_be_bare: bool,
) -> bool:
    """Whether, of the phrases with such numbers, the one that is most like it has these.

    :param among: each phrase of the clause, with the one beside it.
    :param may_be_bare: whether one without words of its own is like any.
    """
    grades = {each.grades for each in phrase.sanctions}
    units = {each.unit for each in numbers}
    places = [
        (other, {*other.words, *(beside.words if beside and not beside.amounts else ())})
        for other, beside in among
        if {each.unit for each in other.amounts} & units
    ]
    shared = [sum(any(same(w, o) for o in around) for w in words) for _, around in places]
    for (other, around), count in zip(places, shared, strict=True):
        if not any(_told(amount, other.amounts) for amount in numbers):
            continue
        others = {each.grades for each in other.sanctions}
        if grades and others and not grades <= others:
            continue
        # The number of the phrase that is most like it, not of another.
        if count == max(shared) and (count or (may_be_bare and not (words and around))):
            return True
    return False


def _in_a_row(numbers: Sequence[Amount], among: Sequence[Amount]) -> bool:
    size = len(numbers)
    return any(
        all(a.is_told_by(b) for a, b in zip(numbers, among[at : at + size], strict=True))
        for at in range(len(among) - size + 1)
    )


def _sanction_faults(said: Statement, told: Proposition) -> set[Fault]:
    wrong = not said.circumstances <= told.said.circumstances
    called_so = {*said.measures, *SYSTEMS.findall(said.plain)}
    wrong |= any(each not in f"{told.said.text}{told.headings}" for each in called_so)
    wrong |= any(not _is_told(each, told) for each in said.sanctions)
    wrong |= bool(said.sanctions) and not told.whole and bool(_pairs(said) - _pairs(told.said))
    wrong |= told.whole and not (_tells_range(said) and is_elliptical(said))
    wrong |= told.derived and not said.sanctions
    claimed = claims_circumstance(said.text) and said.text not in told.said.text
    return {Fault.SANCTION} if wrong or claimed else set()


def _tells_range(said: Statement) -> bool:
    """Whether it says how heavy a sanction may be, and not in which case."""
    return (
        all(each.is_range for each in said.sanctions)
        and bool(said.sanctions)
        and not (said.measures or said.circumstances or said.operators)
    )


def _pairs(statement: Statement) -> Counter[tuple[frozenset[str], str]]:
    """What follows under which circumstance, and how often it is said."""
    return Counter((each.grades, each.circumstance) for each in statement.sanctions)


def _is_told(sanction: Sanction, told: Proposition) -> bool:
    if not told.whole:
        return any(
            (each.grades, each.circumstance) == (sanction.grades, sanction.circumstance)
            for each in told.said.sanctions
        )
    if not sanction.is_range:
        return False
    if "直至" in sanction.grades and sanction.grades in [g.grades for g in told.own.sanctions]:
        # It is one of its sanctions, and is tied to what that is tied to.
        return False
    grades = {grade for each in told.own.sanctions for grade in each.grades - {"直至", "和"}}
    # Grades of two systems have no common order.
    named = sanction.grades - {"直至", "和"}
    if not grades or of_two_systems(grades) or not named <= grades:
        return False
    ordered = sorted(grades, key=rank)
    from_the_lightest = "直至" in sanction.grades
    return named == ({ordered[0], ordered[-1]} if from_the_lightest else {ordered[-1]})


def is_elliptical(said: Statement) -> bool:
    """Whether it leaves out what it is about: 情节较轻的，给予警告处分."""
    about = any(len(word) > 1 and word not in BREACH for word in content(said.plain))
    # 警告，六个月: a period tells which it is.
    return not about and not said.amounts
