"""One sentence against the clauses that it cites: everything that is wrong with it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence

from knowledge.grounding import orders, sources
from knowledge.grounding.folding import fold, with_ends_of
from knowledge.grounding.form import is_plain
from knowledge.grounding.harmless import is_harmless
from knowledge.grounding.leaning import answers
from knowledge.grounding.origins import Asked
from knowledge.grounding.places import Names, Place
from knowledge.grounding.propositions import Proposition, propositions
from knowledge.grounding.quotes import misquotes
from knowledge.grounding.sanctions import of_two_systems
from knowledge.grounding.segments import Segment, is_at, segments
from knowledge.grounding.statements import Statement, read
from knowledge.grounding.support import faults_between, is_elliptical, is_related
from knowledge.library import Library
from knowledge.model import Kind
from knowledge.writing.model import Fault, Given, Sentence

_OPENING = re.compile("(不可以|不能|不得|不行|可以|能|需要|要|必须|应当)[,。](?=.)")
_TELLS_OF_A_CASE = re.compile("案例|案中|案件中|一案|该案|本案|某")

Topic = frozenset[tuple[str, int]]
"""The 款 that were spoken of last: (clause id, ordinal)."""


class Judge:
    """Judges the sentences of one answer in their order, for each may lean on the one before.

    :param given: the passages that the model was given.
    :param day: the civil day asked about; today where it is None.
    """

    def __init__(
        self,
        given: Sequence[Given],
        question: str,
        library: Library | None = None,
        day: dt.date | None = None,
    ) -> None:
        self._given = {each.number: each for each in given}
        self._clauses = [fold(each.clause.text) for each in given]
        self._question = question
        self._asked = Asked(fold(question), read(fold(question)))
        self._library = library
        self._day = day
        self._names = Names(sources.names_for(given, library))
        self._past = {
            name
            for name, document in {each.document.id: each.document for each in given}.items()
            if sources.is_past(document, library, day)
        }
        self._topic: Topic = frozenset()

    def faults(self, sentence: Sentence) -> tuple[Fault, ...]:
        """Everything that is wrong with it, in the order of ``Fault``; empty where it stands."""
        found = set(self._faults(sentence))
        if found:
            # What follows must not lean on a sentence that is not sent.
            self._topic = frozenset()
        return tuple(fault for fault in Fault if fault in found)

    def _faults(self, sentence: Sentence) -> Iterator[Fault]:
        text = fold(sentence.text)
        cited = [self._given[number] for number in sentence.cites if number in self._given]
        clauses = [fold(each.clause.text) for each in cited]
        if orders.gives_orders(text, "\n".join(clauses)) or any(map(orders.is_tainted, clauses)):
            yield Fault.INSTRUCTION
        if len(cited) < len(sentence.cites):
            yield Fault.NOT_GIVEN
        if not is_plain(sentence.text):
            yield Fault.UNSUPPORTED
        elif is_harmless(text, self._clauses, self._asked.text):
            return
        if not sentence.cites:
            yield Fault.UNCITED
        if cited and text:
            yield from self._against(sentence, text, cited)

    def _against(self, sentence: Sentence, text: str, cited: Sequence[Given]) -> Iterator[Fault]:
        if misquotes(sentence.text, [each.clause.text for each in cited], self._question):
            yield Fault.MISQUOTED
        if sources.hides_standing(text, cited, self._past, self._day):
            yield Fault.SUPERSEDED
        topic = self._topic
        faults = list(self._judged(text, cited))
        ended = with_ends_of(text, [fold(each.clause.text) for each in cited])
        if faults and ended != text:
            self._topic = topic
            faults = list(self._judged(ended, cited))
        yield from faults

    def _judged(self, text: str, cited: Sequence[Given]) -> Iterator[Fault]:
        opening = _OPENING.match(text)
        said = segments(
            text[opening.end() :] if opening else text, cited, self._names, self._asked.text
        )
        if not all(sources.is_named_rightly(each, cited) for part in said for each in part.named):
            yield Fault.DOCUMENT
        if not all(_is_there(place, cited) for part in said for place in part.places):
            yield Fault.ARTICLE
        told = [each for given in cited for each in propositions(given.document, given.clause)]
        used: set[str] = set()
        for part in said:
            faults, supporting = self._support(part, told, cited)
            yield from faults
            used |= {each.clause.id for each in supporting}
            if opening and supporting and not self._answered(opening[1], supporting):
                yield Fault.UNSUPPORTED
            opening = None
            if any(map(_is_case, supporting)) and not _TELLS_OF_A_CASE.search(text):
                # A case decides nothing; its sanction is nobody else's.
                yield Fault.UNSUPPORTED
        if any(each.clause.id not in used for each in cited):
            yield Fault.UNSUPPORTED

    def _support(
        self, part: Segment, told: Sequence[Proposition], cited: Sequence[Given]
    ) -> tuple[frozenset[Fault], list[Proposition]]:
        """What is wrong with a part, and what supports it where nothing is."""
        if part.says_nothing:
            return frozenset(), list(told)
        judged = [
            (
                faults_between(
                    part.statement, each, self._asked, goes_on=_place(each) in self._topic
                ),
                each,
            )
            for each in [each for each in told if is_related(part.statement, each)] or told
        ]
        supporting = [each for faults, each in judged if not faults]
        if not supporting:
            # Of what is wrong everywhere, the nearest miss tells best.
            parts = [faults for faults, each in judged if not each.whole]
            none = frozenset({Fault.UNSUPPORTED})
            return min(parts, key=lambda each: (len(each), each == none), default=none), []
        meant = [each for each in supporting if part.is_from(each, cited)]
        if not meant:
            in_named = any(part.of_named(each, cited) for each in supporting)
            return frozenset({Fault.ARTICLE if in_named else Fault.DOCUMENT}), []
        if is_elliptical(part.statement) and part.statement.sanctions:
            meant = self._spoken_of(part.statement, meant, told)
            if not meant:
                return frozenset({Fault.SANCTION}), []
        self._topic = frozenset(map(_place, meant))
        return frozenset(), meant

    def _answered(self, opening: str, supporting: Sequence[Proposition]) -> bool:
        """Whether a 不可以 before the rule itself is what the rule says of what was asked."""
        operators = read(opening).operators
        return any(answers(operators, each, self._asked.text, opens=True) for each in supporting)

    def _spoken_of(
        self, said: Statement, meant: Sequence[Proposition], told: Sequence[Proposition]
    ) -> list[Proposition]:
        """Which of several 款 a sanction without its case is of; none where it may be any."""
        if _is_ambiguous(said, [each for each in told if self._may_be_meant(each)]):
            return []
        return [each for each in meant if self._may_be_meant(each)]

    def _may_be_meant(self, told: Proposition) -> bool:
        """Whether it is of the 款 that was spoken of last; a case is told before its sanction."""
        return _place(told) in self._topic


def _place(told: Proposition) -> tuple[str, int]:
    return told.clause.id, told.paragraph


def _is_there(place: Place, cited: Sequence[Given]) -> bool:
    """Whether a clause cited is that article and has that 款 and 项, or names it itself."""
    return any(
        place.written in fold(each.clause.text)
        or any(is_at(place, told) for told in propositions(each.document, each.clause))
        for each in cited
    )


def _is_ambiguous(said: Statement, told: Sequence[Proposition]) -> bool:
    """Whether the same circumstance has several sanctions of one system among these."""
    for sanction in said.sanctions:
        found = {
            each.grades
            for proposition in told
            if not proposition.whole
            for each in proposition.own.sanctions
            if each.circumstance == sanction.circumstance
            and not of_two_systems(each.grades | sanction.grades)
        }
        if len(found) > 1 and not sanction.is_range:
            return True
    return False


def _is_case(told: Proposition) -> bool:
    return told.document.kind is Kind.CASE
