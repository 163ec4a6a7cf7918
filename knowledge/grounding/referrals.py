"""The articles that a clause sends its readers to, none of which may be exchanged. Pure."""

from __future__ import annotations

from knowledge.grounding.places import Place, places
from knowledge.grounding.propositions import Proposition
from knowledge.grounding.statements import Statement
from knowledge.grounding.vocabulary import same

# The share of a phrase's words that says it over again.
_AGAIN = 0.5


def exchanges_place(said: Statement, told: Proposition) -> bool:
    """Whether an article that the clause sends its readers to is exchanged for another."""
    for phrase in told.said.phrases:
        meant = {_place(each) for each, _ in places(phrase.text)}
        for other in said.phrases if meant else ():
            named = {_place(each) for each, _ in places(other.text)}
            shared = sum(any(same(word, each) for each in other.words) for word in phrase.words)
            if named and shared and shared >= _AGAIN * len(phrase.words) and not named <= meant:
                return True
    return False


def _place(place: Place) -> tuple[str, int, int]:
    return place.article, place.paragraph, place.item
