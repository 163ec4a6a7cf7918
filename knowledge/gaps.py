"""Questions that found no answer, or one that did not help, grouped by what they ask. Pure."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knowledge.asked import AskedQuestion
from knowledge.model import Outcome

# Average linkage over cosine distance: questions nearer than this on average are one group.
# Of 600 questions of the ask bank, four an article, seven pairs in ten that this puts together
# belong to one article (at 0.20 eight, at 0.30 five); a group too few is the lesser harm.
APART = 0.25
USELESS = "useless"


@dataclass(frozen=True, slots=True)
class Gap:
    """Questions that ask alike. ``wording`` is the one nearest to the others."""

    wording: str
    questions: tuple[AskedQuestion, ...]
    """Newest first."""

    @property
    def people(self) -> int:
        """How many different people asked."""
        return len({each.person for each in self.questions})

    @property
    def latest(self) -> dt.datetime:
        """When it was last asked, UTC."""
        return self.questions[0].at

    @property
    def reasons(self) -> Counter[str]:
        """What was wrong with the answers, as often as it was said."""
        return Counter(each.reason for each in self.questions if each.reason)


def is_gap(question: AskedQuestion) -> bool:
    """Whether nothing was found, or what was found did not help."""
    return question.outcome == Outcome.NO_BASIS or question.vote == USELESS


def grouped(questions: Sequence[AskedQuestion], vectors: NDArray[np.float32]) -> list[Gap]:
    """Groups, the largest first, then the latest.

    :param vectors: unit vectors of the questions, shape (n, d).
    """
    labels = _labels(vectors)
    gaps = []
    for label in sorted(set(labels)):
        places = [place for place, each in enumerate(labels) if each == label]
        own = vectors[places]
        central = questions[places[int(np.argmax(own @ own.mean(axis=0)))]]
        members = sorted((questions[place] for place in places), key=lambda each: each.at)
        gaps.append(Gap(central.text, tuple(reversed(members))))
    return sorted(gaps, key=lambda gap: (len(gap.questions), gap.latest), reverse=True)


def _labels(vectors: NDArray[np.float32]) -> list[int]:
    if len(vectors) < 2:  # noqa: PLR2004  # clustering needs a pair
        return list(range(len(vectors)))
    from sklearn.cluster import AgglomerativeClustering

    clustering = AgglomerativeClustering(
        n_clusters=None, metric="cosine", linkage="average", distance_threshold=APART
    )
    return [int(label) for label in clustering.fit_predict(vectors)]
