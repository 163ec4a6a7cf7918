"""Fits a generation's calibration from questions whose answer is known to be here, or not."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knowledge.calibration import Calibration, Scale
from knowledge.intents import Intent, IntentModel, examples, fit
from knowledge.model import GENERATED
from knowledge.vectors import ASKS, PASSAGES, VectorIndex

# How deep in an off-topic question's ranking similarity says nothing any more.
_DEEP = 50
# Asks beside the other examples: enough to tell, few enough not to drown them.
_MAX_ASKS = 1500

Vectors = NDArray[np.float32]


def calibrate(
    index: VectorIndex,
    asks: Mapping[str, Vectors],
    examined: Mapping[str, Vectors],
    model: str,
    earlier: Calibration | None = None,
) -> Calibration:
    """Fit on an index that is already written.

    :param asks: text of every ask → its vector (d,).
    :param examined: text of every example of ``intents`` → its vector (d,).
    :param model: the name of the encoder that made the vectors.
    :param earlier: a calibration whose model of intents is taken where it would come out the same.
    """
    given = [(text, intent) for intent in Intent for text in examples(intent)]
    vectors = np.stack([examined[text] for text, _ in given])
    aside = [v for v, (_, intent) in zip(vectors, given, strict=True) if intent is Intent.OFF_TOPIC]
    chosen = _sample(asks, _MAX_ASKS)
    lesson = _Lesson(
        [*(text for text, _ in given), *chosen],
        np.vstack([vectors, *(asks[text][np.newaxis] for text in chosen)]),
        [*(intent for _, intent in given), *([Intent.ANSWERABLE] * len(chosen))],
        model,
    )
    return Calibration(
        passages=_scale(index, aside, PASSAGES),
        asks=_scale(index, aside, ASKS),
        intents=_model(lesson, earlier),
        fitted_on=lesson.hash,
    )


@dataclass(frozen=True, slots=True)
class _Lesson:
    """What the model of intents is fitted on: texts, their vectors (n, d), their kinds."""

    texts: Sequence[str]
    vectors: Vectors
    intents: Sequence[Intent]
    model: str

    @property
    def hash(self) -> str:
        # Not of the vectors: the encoder makes the same of the same text but for the last bits,
        # which change on the way through an index.
        digest = hashlib.sha256(f"{_FIT}\n{self.model}\n".encode())
        for text, intent in zip(self.texts, self.intents, strict=True):
            digest.update(f"{intent.value}\t{text}\n".encode())
        return digest.hexdigest()


# Raise it when ``intents.fit`` makes something else of the same lesson.
_FIT = "2"
_FITTED: dict[str, IntentModel] = {}
_FITTED_KEPT = 4


def _model(lesson: _Lesson, earlier: Calibration | None) -> IntentModel:
    """Fit, unless it was done before: it takes seconds, and most refreshes change no question."""
    key = lesson.hash
    if earlier is not None and earlier.intents is not None and earlier.fitted_on == key:
        return earlier.intents
    if key not in _FITTED:
        while len(_FITTED) >= _FITTED_KEPT:
            _FITTED.pop(next(iter(_FITTED)), None)
        _FITTED[key] = fit(lesson.texts, lesson.vectors, lesson.intents)
    return _FITTED[key]


def _scale(index: VectorIndex, questions: Sequence[Vectors], among: str) -> Scale:
    # From what people wrote alone: a model must not sway which questions are answered.
    made = sum(GENERATED in each for each in index.entries(among)) if among == ASKS else 0
    found = []
    for vector in questions:
        hits = index.search(vector, _DEEP + made, among=among)
        found.append([each for each in hits if GENERATED not in each.id][:_DEEP])
    if not all(found):
        return Scale()
    best = sorted(hits[0].score for hits in found)
    deep = sorted(hits[-1].score for hits in found)
    return Scale(low=deep[len(deep) // 2], high=best[len(best) * 3 // 4])


def _sample(texts: Iterable[str], most: int) -> list[str]:
    """At most ``most`` of ``texts``, by the hash of each: as good as drawn by lot.

    Whichever documents come or go, nearly the same are chosen again, so that a refresh does not
    sway answers to questions that it has nothing to do with.
    """
    return sorted(texts, key=lambda text: hashlib.sha256(text.encode()).digest())[:most]
