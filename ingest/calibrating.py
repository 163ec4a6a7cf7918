"""Fits a generation's calibration from questions whose answer is known to be here, or not."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from knowledge.calibration import Calibration, Scale
from knowledge.embedding import Encoder
from knowledge.intents import Intent, examples, fit
from knowledge.vectors import ASKS, PASSAGES, VectorIndex

# How deep in an off-topic question's ranking similarity says nothing any more.
_DEEP = 50
# Asks beside the other examples: enough to tell, few enough not to drown them.
_MAX_ASKS = 1500

Vectors = NDArray[np.float32]


def calibrate(
    index: VectorIndex,
    encoder: Encoder,
    asks: Mapping[str, Vectors],
    progress: Callable[[int], None],
) -> Calibration:
    """Fit on an index that is already written.

    :param asks: text of every ask → its vector (d,).
    """
    given = [(text, intent) for intent in Intent for text in examples(intent)]
    vectors = encoder.encode_queries([text for text, _ in given], progress)
    aside = [v for v, (_, intent) in zip(vectors, given, strict=True) if intent is Intent.OFF_TOPIC]
    chosen = _spread(list(asks), _MAX_ASKS)
    return Calibration(
        passages=_scale(index, aside, PASSAGES),
        asks=_scale(index, aside, ASKS),
        intents=fit(
            [*(text for text, _ in given), *chosen],
            np.vstack([vectors, *(asks[text][np.newaxis] for text in chosen)]),
            [*(intent for _, intent in given), *([Intent.ANSWERABLE] * len(chosen))],
        ),
    )


def _scale(index: VectorIndex, questions: Sequence[Vectors], among: str) -> Scale:
    found = [index.search(vector, _DEEP, among=among) for vector in questions]
    if not all(found):
        return Scale()
    best = sorted(hits[0].score for hits in found)
    deep = sorted(hits[-1].score for hits in found)
    return Scale(low=deep[len(deep) // 2], high=best[len(best) * 3 // 4])


def _spread(texts: Sequence[str], most: int) -> list[str]:
    """At most ``most`` of ``texts``, evenly from all of them."""
    if len(texts) <= most:
        return list(texts)
    return [texts[round(i * (len(texts) - 1) / (most - 1))] for i in range(most)]
