"""The phrases of a clause: which are cases, what follows from them, what they list."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from knowledge.grounding.folding import bracketed, without_brackets
from knowledge.grounding.folding import phrases as phrases_of
from knowledge.grounding.listing import Lists, listed
from knowledge.grounding.polarity import NEGATIVE, Sign
from knowledge.grounding.propositions import Proposition
from knowledge.grounding.statements import Statement, read

# Phrases of one list, and one of several cases.
_GOES_ON = re.compile(",(?=以及|及|和)")
_HAS_CIRCUMSTANCE = re.compile("(?=或者[^,、]{0,6}情节)")
_BRACKETS = re.compile(r"\([^()]*\)")
_HELD = "\x02"
_EXAMPLES = re.compile("包括|例如|比如|如(?!实|期|果)")
# What is named here hangs on nothing: a list that follows, a nickname.
NAMES_ONLY = re.compile("[“”]|(?:下列|以下|这些|前款)[^,;]*之一")
_ALL = re.compile(".*")
_SUBJECT = re.compile("[^,]+?(?=应当|应|须|要|可以|不得|必须|严禁|由)")
# 应当受到处分的问题 rules nothing.
_EMBEDDED = re.compile("应当?[^,]*的|能够")
_AND = re.compile("(?<![兼合吞])并(?![处且])")
_CONDITION = re.compile("(?:的|[中时前后内起]|需要|期间)$|^(?:未|非)经")
_OPENS_CASE = re.compile("经|因|确|对|除|如")


@dataclass(frozen=True)
class Phrase:
    """A phrase of a clause.

    ``ways`` are the ways to tell it whole; ``outcome`` says that something follows in it, and
    ``block`` counts the cases with what follows from each. ``example`` is one of several that
    nothing hangs on; ``subject`` is what stands before a 应当 or 可以, of which the phrases
    after it speak as well; ``instances`` are examples in brackets of a deed.
    """

    statement: Statement
    ways: tuple[Lists, ...]
    outcome: bool
    case: bool
    leads: bool
    block: int
    example: bool
    subject: str
    instances: tuple[str, ...]


@dataclass(frozen=True)
class Reading:
    """Phrases that are said of one case; ``elsewhere`` is the text of cases in brackets beside."""

    phrases: tuple[Phrase, ...]
    elsewhere: str = ""


@lru_cache(maxsize=4096)
def readings(told: Proposition) -> tuple[Reading, ...]:
    """Its phrases without what stands in brackets, and for each bracket with a case of its own
    those with that in place of what stands before it.
    """
    lead = list(_cut(told.lead.text, (), leads=True))
    cases = [each for each in bracketed(told.own.text) if _is_case(each)]
    found = [Reading(tuple(_cut(told.own.text, lead, leads=False)), ",".join(cases))]
    for each in cases:
        after = told.own.text.partition(f"({each})")[2]
        found.append(Reading(tuple(_cut(f"{each}{after}", (), leads=False))))
    return tuple(found)


def _is_case(bracket: str) -> bool:
    """Whether it is a case with what follows from it."""
    opening, *rest = phrases_of(bracket)
    return bool(rest) and opening.endswith("的")


def _cut(text: str, before: Sequence[Phrase], *, leads: bool) -> list[Phrase]:
    found = list(before)
    ruled = example = False
    for written in _phrases(text):
        plain = without_brackets(written)
        statement = read(plain)
        decides = _decides(statement, leads=leads)
        case = bool(_CONDITION.search(plain) or (not decides and _OPENS_CASE.match(plain)))
        ruled = ruled or (decides and not case)
        outcome = ruled and not case
        example = (example or bool(_EXAMPLES.match(plain))) and not ruled and plain[-1] != "的"
        block = found[-1].block if found else 0
        if found and found[-1].outcome and case:
            block += 1
        lists = listed(
            plain,
            closed=outcome and bool(statement.measures),
            parallel=outcome and bool(NEGATIVE & {*statement.operators}),
            elides=not outcome,
        )
        subject = NAMES_ONLY.search(plain) and _ALL.match(plain)
        subject = subject or (outcome and _SUBJECT.match(plain)) or None
        found.append(
            Phrase(
                statement, lists, outcome, case, leads, block, example,
                subject[0] if subject else "", _instances(written),
            )
        )  # fmt: skip
    return found


def _decides(statement: Statement, *, leads: bool) -> bool:
    """Whether something follows in it. Of a case, what is judged or owed may be a part."""
    if not leads:
        return statement.decides
    ruling = {*statement.operators} - {Sign.DENY}
    return bool(ruling) and not _EMBEDDED.search(statement.text)


def _phrases(text: str) -> Iterator[str]:
    """Its phrases with their brackets, and those joined by 并 apart."""
    joined = _GOES_ON.sub("、", text)
    held: list[str] = _BRACKETS.findall(joined)
    bare = _HAS_CIRCUMSTANCE.sub(",", _BRACKETS.sub(_HELD, joined))
    for phrase in re.split("[,:;]", bare):
        for part in _AND.split(phrase):
            if part.strip(_HELD):
                yield re.sub(_HELD, lambda _: held.pop(0), part)


def _instances(written: str) -> tuple[str, ...]:
    match = re.search(r"行为\(如([^()]*)\)$", written)
    return tuple(match[1].split("、")) if match else ()
