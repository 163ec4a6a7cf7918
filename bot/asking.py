"""The door through which terminal and Telegram reach the core.

How a question is answered is left to the ``knowledge`` layer.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from knowledge.library import Library
from knowledge.llm.model import Heard
from knowledge.model import Answer, Citation, Clause, Outcome, Question

# Earlier questions passed along, so that 「那情节严重的呢？」 can be understood.
TURNS_KEPT = 4


class Asker(Protocol):
    """Anything that answers questions. ``ask`` blocks, for seconds at times."""

    def ask(self, question: Question, heard: Heard | None = None) -> Answer:
        """Answer one question.

        :param heard: told the text so far, again and again, by a core that writes its answers;
            it may be called from any thread, and what it is told has not been verified.
        :raises LianwenError: an expected failure; its message is for people.
        """
        ...

    def vectors(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Questions as unit vectors of shape (n, d): near for what asks the same.

        :raises LianwenError: the model cannot be loaded.
        """
        ...

    def cases_for(self, text: str) -> tuple[Citation, ...]:
        """What cases that fit a text say, best first: of each the deed, then the sanction.

        :raises LianwenError: as ``ask``.
        """
        ...

    def find(self, text: str, limit: int) -> Sequence[Clause]:
        """At most ``limit`` articles to quote for a few words: those named, else the nearest.

        :raises LianwenError: as ``ask``.
        """
        ...

    def library(self) -> Library:
        """Everything held in the live generation.

        :raises LianwenError: there is none, or it cannot be opened.
        """
        ...


def opens_follow_up(answer: Answer) -> bool:
    """Whether a later question may refer to this one.

    A greeting between two questions must not push the real one out.
    """
    return answer.outcome in {Outcome.ANSWERED, Outcome.NO_BASIS}
