"""Whether a statement leans as the clause does: what it forbids, allows, requires or denies."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from knowledge.grounding.polarity import NEGATIVE, Governed, Sign, signs_of
from knowledge.grounding.propositions import Proposition
from knowledge.grounding.statements import Statement, read
from knowledge.grounding.vocabulary import called, everyday, holds, same, without_givers

# What says what something is, not what may be done.
_COPULA = re.compile("属于?|是|为|包括|指|算|适用|分")
_NEGATED_QUESTION = re.compile("[不没未无别]")
# 不得收 and 不收 are one; what may be waived and what is are two.
_KINDS = {
    Sign.FORBID: "no",
    Sign.DENY: "no",
    Sign.WAIVE: "waive",
    Sign.MAY_WAIVE: "may_waive",
    Sign.MUST_WAIVE: "must_waive",
    Sign.PERMIT: "permit",
}
_COUNTED = frozenset(_KINDS.values())
# How a phrase goes on with what was allowed before it.
_GOES_ON = re.compile("或者|或|并|也|不予|免予|予以|给予|改")
# The share of a phrase's words that says it over again.
_AGAIN = 0.6
_SEVERAL = 2
_SEPARATOR = re.compile("、|或者|或")
_PARTICLES = {"吗", "呢", "吧", "嘛", "行", "行不行", "请问"}
_TELLS_NOTHING = {Sign.PLAIN, Sign.DENY}


def leans_otherwise(said: Statement, told: Proposition, question: str) -> bool:
    """Whether it allows, forbids, requires, waives or denies what the clause does not.

    :param question: folded; a bare 不可以 answers it.
    """
    bare = not any(len(each.word) > 1 for each in said.governed) and not said.amounts
    if said.operators and bare and not said.sanctions and not said.measures:
        # 不可以收: what it is about stands in the question alone.
        if not answers(said.operators, told, question):
            return True
        if not said.governed:
            return False
    return (
        any(_differs(each, told) for each in said.governed)
        or any(_unheard(sign, told) for sign in said.operators)
        or _drops_prohibition(said, told)
        or _drops_permission(said, told)
        or _miscounts(said, told)
    )


def _differs(word: Governed, told: Proposition) -> bool:
    found = signs_of(word.word, told.said.governed) or signs_of(word.word, told.around.governed)
    signs = {each.sign for each in found}
    if word.sign is Sign.PLAIN:
        heads = all(each.head for each in found)
        return bool(found) and heads and (signs <= NEGATIVE or signs == {Sign.PERMIT})
    if not word.head:
        return False
    allowed = {
        Sign.FORBID: {Sign.FORBID, Sign.DENY},
        Sign.DENY: NEGATIVE,
        Sign.OBLIGE: {Sign.OBLIGE, Sign.PLAIN},
    }.get(word.sign, {word.sign})
    if signs & allowed:
        return False
    # What is sanctioned is forbidden.
    punished = bool(told.said.sanctions) and signs == {Sign.PLAIN}
    return not (word.sign is Sign.FORBID and punished)


def _unheard(sign: Sign, told: Proposition) -> bool:
    """Whether the clause has nothing of this kind at all."""
    if sign in _TELLS_NOTHING or sign is Sign.OBLIGE:
        return False
    heard = set(told.said.operators)
    if sign is Sign.FORBID:
        return not (heard & NEGATIVE or told.said.sanctions)
    return sign not in heard


def _drops_prohibition(said: Statement, told: Proposition) -> bool:
    """Whether the clause only forbids or waives, and this names the same without saying so."""
    ruling = {each for each in told.own.operators if each not in _TELLS_NOTHING}
    if not ruling or not ruling <= NEGATIVE or said.sanctions or told.own.sanctions:
        return False
    return not set(said.operators) & NEGATIVE and not _COPULA.search(said.plain)


def _drops_permission(said: Statement, told: Proposition) -> bool:
    """Whether what the clause leaves open, over a comma as well, is told as settled."""
    may = {Sign.PERMIT, Sign.MAY_WAIVE}
    if may & set(said.operators):
        return False
    allowed = False
    for phrase in told.own.phrases:
        if allowed and _GOES_ON.match(phrase.text) and Sign.OBLIGE not in phrase.operators:
            words = [*phrase.words, *phrase.measures]
            if any(same(word, each) for word in words for each in (*said.words, *said.measures)):
                return True
        else:
            allowed = bool(may & set(phrase.operators))
    return False


def _miscounts(said: Statement, told: Proposition) -> bool:
    """Whether what it says over again of the clause has a 不 or a 可以 more, or one less.

    Each phrase of the clause that is said over again brings its own; a phrase that is only
    touched may bring them.
    """
    heard = _counts(said)
    least: Counter[str] = Counter()
    most: Counter[str] = Counter()
    for phrase in told.said.phrases:
        shared = sum(any(same(word, each) for each in said.words) for word in phrase.words)
        most += _counts(phrase) if shared or not phrase.words else Counter()
        if shared and shared >= _AGAIN * len(phrase.words):
            least += _told_once(phrase)
    if told.said.sanctions and not said.sanctions:
        # 不得 may be said of what is sanctioned.
        most["no"] += said.operators.count(Sign.FORBID)
    return any(not least[kind] <= heard[kind] <= most[kind] for kind in _COUNTED)


def _told_once(phrase: Statement) -> Counter[str]:
    """What a phrase has at least, wherever alternatives are left out: 不登记、不上交."""
    counts = _counts(phrase)
    pieces = [_counts(read(each)) for each in _SEPARATOR.split(phrase.plain)]
    counts["no"] = max(each["no"] for each in pieces)
    return counts


def _counts(statement: Statement) -> Counter[str]:
    return Counter(_KINDS[sign] for sign in statement.operators if sign in _KINDS)


def answers(
    operators: Sequence[Sign], told: Proposition, question: str, *, opens: bool = False
) -> bool:
    """Whether a bare 不可以 or 必须 is what the clause says of what was asked.

    :param opens: whether more follows it in its sentence; only then may it be 可以.
    """
    if _NEGATED_QUESTION.search(question) or len(operators) != 1:
        return False
    asked = is_asked(question, told)
    heard = set(told.own.operators if opens else told.said.operators)
    if operators[0] is Sign.FORBID:
        forbids = Sign.FORBID in heard or bool(told.said.sanctions)
        return asked and forbids and not heard & {Sign.PERMIT, Sign.MAY_WAIVE, Sign.WAIVE}
    allowed = {Sign.OBLIGE, Sign.PERMIT} if opens else {Sign.OBLIGE}
    return operators[0] in allowed and asked and heard == {operators[0]}


def is_asked(question: str, told: Proposition) -> bool:
    """Whether the clause speaks of most of what was asked, and of more than one thing of it."""
    words = dict.fromkeys(
        word for word in read(without_givers(question)).words if word not in _PARTICLES
    )
    spoken = "".join(
        each
        for each in everyday(question)
        if any(holds(told.said.text, term) for term in called(each))
    )
    known = [word for word in words if word in spoken or holds(told.said.text, word, question)]
    return len(known) >= _SEVERAL and len(known) >= _AGAIN * len(words)
