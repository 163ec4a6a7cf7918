"""The door through which terminal and Telegram reach the core.

How a question is answered is left to the ``knowledge`` layer.
"""

from __future__ import annotations

from typing import Protocol

from knowledge.model import Answer, Outcome, Question

# Earlier questions passed along, so that 「那情节严重的呢？」 can be understood.
TURNS_KEPT = 4


class Asker(Protocol):
    """Anything that answers questions. ``ask`` blocks, for seconds at times."""

    def ask(self, question: Question) -> Answer:
        """Answer one question.

        :raises LianwenError: an expected failure; its message is for people.
        """
        ...


def opens_follow_up(answer: Answer) -> bool:
    """Whether a later question may refer to this one.

    A greeting between two questions must not push the real one out.
    """
    return answer.outcome in {Outcome.ANSWERED, Outcome.NO_BASIS}
