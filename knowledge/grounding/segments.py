"""A sentence, cut into the single things that it says, each with where it says that it stands."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from knowledge.grounding import sources
from knowledge.grounding.folding import blanked, fold, sentences
from knowledge.grounding.places import Named, Names, Place, places
from knowledge.grounding.propositions import Proposition
from knowledge.grounding.statements import Statement, read
from knowledge.writing.model import Given

_AT_CIRCUMSTANCE = re.compile(r"[,、](?=情节)")
_AT_GRADE = re.compile(
    r",(?=(?:而|则)?(?:严重警告|警告|撤销党内职务|留党察看|开除|记过|记大过|降级|撤职))"
)
# 依据是《…》第…条: nothing is said to fall under it.
_ATTRIBUTION = re.compile(
    "(?:依据|根据|按照|依照|参见|规定|条文|出自|见|是|在|为|的|这|该|此|上述|以上|,|\0)*"
)


@dataclass(frozen=True)
class Segment:
    """One statement of a sentence, with the documents and places that it is said to be from."""

    statement: Statement
    named: tuple[Named, ...]
    places: tuple[Place, ...]

    @property
    def says_nothing(self) -> bool:
        """Whether it only names where something stands."""
        named = bool(self.named or self.places)
        return named and bool(_ATTRIBUTION.fullmatch(self.statement.plain))

    def of_named(self, told: Proposition, cited: Sequence[Given]) -> bool:
        """Whether ``told`` stands in a document that is named here, if one is."""
        named = sources.documents_of(self.named, cited)
        return not named or told.document.id in named

    def is_from(self, told: Proposition, cited: Sequence[Given]) -> bool:
        """Whether ``told`` stands where it is said to stand."""
        text = told.said.text
        # An article that the clause sends its readers to is not its own.
        elsewhere = [place for place in self.places if place.written not in text]
        named = [place for place in elsewhere if place.article]
        return (
            self.of_named(told, cited)
            and all(is_at(place, told) for place in elsewhere if not place.article)
            and (not named or any(is_at(place, told) for place in named))
        )


def segments(text: str, cited: Sequence[Given], names: Names, question: str) -> list[Segment]:
    """What folded ``text`` says, one after the other; a place named holds until the next is.

    :param question: folded; things that are counted there are no articles here.
    """
    counted = fold("".join(f"{each.clause.text}{each.document.title}" for each in cited))
    found: list[Segment] = []
    for part in _parts(text):
        # A name that is not known and stands in the clause is read as the words that it is.
        named = [each for each in names.documents(part) if each.family or each.name not in counted]
        free = blanked(part, [(each.start, each.end) for each in named])
        named_places = [place for place, _ in places(free, counted + question)]
        statement = read(sources.without_standing(free), counted + question)
        if found and not named and not named_places:
            found.append(Segment(statement, found[-1].named, found[-1].places))
        else:
            found.append(Segment(statement, tuple(named), tuple(named_places)))
    return found


def _parts(text: str) -> Iterator[str]:
    """Sentences, and the sanctions of one: each circumstance or period has its own."""
    for sentence in sentences(text):
        start = 0
        cuts = [*_AT_CIRCUMSTANCE.finditer(sentence), *_AT_GRADE.finditer(sentence)]
        for cut in sorted(cuts, key=lambda match: match.start()):
            said = read(sentence[start : cut.start()])
            if said.sanctions and (cut.re is _AT_CIRCUMSTANCE or said.amounts):
                yield sentence[start : cut.start()]
                start = cut.end()
        if sentence[start:]:
            yield sentence[start:]


def is_at(place: Place, told: Proposition) -> bool:
    """Whether a proposition stands in that article, 款 and 项, as far as these are named."""
    return (
        place.article in {"", told.clause.article}
        and place.paragraph in {0, told.paragraph}
        and place.item in {0, told.item}
    )
