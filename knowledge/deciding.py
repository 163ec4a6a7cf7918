"""Is there an answer here? Evidence from the ranking and the question's kind, weighed by
a logistic model that `make train` fits on asks kept aside and on questions of other fields.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from knowledge.intents import Intent
from knowledge.model import Ranked
from knowledge.ranking import weights

# The evidence, by name; the fit and the file use the same.
EVIDENCE = ("dense", "asked", "coverage", "answerable", "reranked", "margin", "agreement")
_NEAR = 3
_DEEP = 10


def evidence(
    ranking: Sequence[Ranked],
    *,
    dense: float,
    asked: float,
    coverage: float,
    intents: Mapping[Intent, float],
) -> dict[str, float]:
    """What speaks for an answer.

    :param dense: the best similarity of a passage, on its ``Scale``; ``asked`` of an ask.
    :param coverage: share of the question's words that the best clauses hold.
    """
    scores = [each.score for each in ranking if not each.explicit]
    share = min(max(intents.get(Intent.ANSWERABLE, 0.5), 1e-4), 1 - 1e-4)
    return {
        "dense": dense,
        "asked": asked,
        "coverage": coverage,
        "answerable": math.log(share / (1 - share)),
        "reranked": max(
            (each.reranked for each in ranking if each.reranked is not None), default=0
        ),
        "margin": scores[0] - scores[min(_DEEP, len(scores) - 1)] if scores else 0.0,
        "agreement": _agreement(ranking),
    }


def probability(found: Mapping[str, float]) -> float:
    """Of there being an answer, in [0, 1]."""
    decision = weights().decision
    total = decision["bias"] + sum(decision.get(name, 0.0) * found[name] for name in EVIDENCE)
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))


def _agreement(ranking: Sequence[Ranked]) -> float:
    """In how many of the four channels the best clause is among the first few."""
    if not ranking:
        return 0.0
    top = ranking[0]
    channels = (
        [each.similarity for each in ranking],
        [each.lexical for each in ranking],
        [each.asked for each in ranking],
        [each.asked_lexical for each in ranking],
    )
    own = (top.similarity, top.lexical, top.asked, top.asked_lexical)
    return float(
        sum(
            value > 0 and sum(each > value for each in channel) < _NEAR
            for value, channel in zip(own, channels, strict=True)
        )
    )
