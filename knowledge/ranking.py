"""What the channels say of a clause → one score. Weights are fitted by `make train` on
asks of articles kept aside and on questions written apart from the bank
(tuned/ranking.json), never on a question set for measuring.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from knowledge.model import Kind

# Order of a clause's features; the fit and the file name them.
FEATURES = (
    "dense",
    "asked",
    "asked_again",
    "without_asks",
    "without_asks_dense",
    "lexical",
    "asked_lexical",
    "document",
    "general",
    "case",
    "requirement",
)


@dataclass(frozen=True, slots=True)
class Signals:
    """What four searches say of one clause.

    ``dense`` and ``asked`` on the scale of ``calibration.Scale``; ``lexical`` and
    ``asked_lexical`` in [0, 1], shares of the best hit; ``asked_again`` the second ask
    found; ``document`` how near its document as a whole is; ``has_asks`` whether
    anybody wrote asks for the clause at all; ``general`` whether it stands in a part
    that only says what a rule is for.
    """

    dense: float
    asked: float
    asked_again: float
    document: float
    lexical: float
    asked_lexical: float
    has_asks: bool
    kind: Kind
    general: bool

    def features(self, *, wants_case: bool) -> NDArray[np.float64]:
        """Numbers in the order of ``FEATURES``."""
        bare = not self.has_asks
        return np.array(
            [
                self.dense,
                0.0 if bare else self.asked,
                0.0 if bare else self.asked_again,
                float(bare),
                self.dense * bare,
                self.lexical,
                self.asked_lexical,
                self.document,
                float(self.general),
                float(self.kind is Kind.CASE and not wants_case),
                float(self.kind is Kind.REQUIREMENT),
            ]
        )


@dataclass(frozen=True, slots=True)
class Weights:
    """The fitted numbers. ``features`` in the order of ``FEATURES``; ``reranked`` is what
    one logit of the cross-encoder adds; ``margin`` how far below the best a clause may
    lie and still be quoted; ``decision`` weighs the evidence that there is an answer.
    """

    features: NDArray[np.float64]
    reranked: float
    margin: float
    decision: dict[str, float]

    def score(self, signals: Signals, *, wants_case: bool) -> float:
        """The score before reranking."""
        return float(self.features @ signals.features(wants_case=wants_case))


@cache
def weights() -> Weights:
    """The shipped weights."""
    text = (files("knowledge") / "tuned" / "ranking.json").read_text(encoding="utf-8")
    stored = json.loads(text)
    return Weights(
        features=np.array([stored["features"][name] for name in FEATURES]),
        reranked=stored["reranked"],
        margin=stored["margin"],
        decision=stored["decision"],
    )
