"""What kind of question this is: one that rules may answer, or one that they must not.

Told from examples in lexicon/intents, by a linear model over the encoder's vector
and character runs, fitted anew with each generation, so that it follows the
model in use. What is done about it is left to ``answering``.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float32]

# Character runs tell turns of phrase (忽略以上, 怎么才能不被) that a vector of the
# whole question blurs; the vector tells fields that share no characters.
_RUNS = (1, 2, 3)
_BUCKETS = 1 << 12
_VECTOR_WEIGHT = 3.0
# Inverse regularisation, chosen by 5-fold cross-validation over the examples.
_C = 20.0


class Intent(StrEnum):
    """The examples' files: each line of <value>.txt is one."""

    ANSWERABLE = "honest_hard"
    EVADE = "evade"
    VERDICT = "verdict"
    OTHER_LAW = "other_law"
    OFF_TOPIC = "off_topic"
    UNIT_FACTS = "unit_facts"
    INJECTION = "injection"
    SMALL_TALK = "small_talk"


@cache
def examples(intent: Intent) -> tuple[str, ...]:
    """Example questions of one kind."""
    path = files("knowledge") / "lexicon" / "intents" / f"{intent.value}.txt"
    return tuple(line for line in path.read_text(encoding="utf-8").splitlines() if line.strip())


@dataclass(frozen=True, slots=True)
class IntentModel:
    """Multinomial logistic regression: ``weights`` of shape (intents, features)."""

    weights: Matrix
    bias: Matrix

    def probabilities(self, text: str, vector: Matrix) -> dict[Intent, float]:
        """Share in [0, 1] of every intent, for a question and its vector (d,)."""
        scores = self.weights @ _features([text], vector[np.newaxis])[0] + self.bias
        shares = np.exp(scores - scores.max())
        return dict(zip(Intent, (shares / shares.sum()).tolist(), strict=True))


def fit(texts: Sequence[str], vectors: Matrix, intents: Sequence[Intent]) -> IntentModel:
    """Fit on questions with their vectors (n, d) and kinds; every kind must occur."""
    from sklearn.linear_model import LogisticRegression

    order = {intent: position for position, intent in enumerate(Intent)}
    model = LogisticRegression(C=_C, max_iter=2000)
    model.fit(_features(texts, vectors), [order[each] for each in intents])
    return IntentModel(
        np.asarray(model.coef_, dtype=np.float32), np.asarray(model.intercept_, dtype=np.float32)
    )


def _features(texts: Sequence[str], vectors: Matrix) -> Matrix:
    """(n, d + buckets): the scaled vector beside unit-length counts of character runs."""
    runs = np.zeros((len(texts), _BUCKETS), dtype=np.float32)
    for row, text in enumerate(texts):
        folded = f" {text.lower()} "
        for length in _RUNS:
            for start in range(len(folded) - length + 1):
                bucket = zlib.crc32(folded[start : start + length].encode()) % _BUCKETS
                runs[row, bucket] += 1
    runs = np.log1p(runs)
    runs /= np.maximum(np.linalg.norm(runs, axis=1, keepdims=True), 1e-9)
    features: Matrix = np.hstack([_VECTOR_WEIGHT * vectors, runs])
    return features
