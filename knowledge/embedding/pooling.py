"""Questions that wait for the model go through it together; what it is, is left to others."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knowledge.embedding.turns import Turns

Vectors = NDArray[np.float32]
Encode = Callable[[Sequence[str]], Vectors]


@dataclass(slots=True, eq=False)
class _Waiting:
    texts: Sequence[str]
    vectors: Vectors | None = None
    error: Exception | None = None

    @property
    def done(self) -> bool:
        return self.vectors is not None or self.error is not None


class Pool:
    """Encodes the questions of many threads; whoever has the model takes the others along.

    A model on two cores does ten short texts in hardly more time than one, so that the more
    wait, the faster it goes.
    """

    def __init__(self, encode: Encode, turns: Turns, most: int) -> None:
        """Pool calls of ``encode``, at most ``most`` texts of several people at a time."""
        self._encode = encode
        self._turns = turns
        self._most = most
        self._waiting: deque[_Waiting] = deque()
        self._changing = threading.Lock()

    def vectors(self, texts: Sequence[str]) -> Vectors:
        """Texts → (n, d), in the order given. Blocks until they are done."""
        own = _Waiting(texts)
        with self._changing:
            self._waiting.append(own)
        with self._turns.first():
            while not own.done:
                self._run(self._taken())
        if own.vectors is None:
            raise own.error or RuntimeError("done without vectors")
        return own.vectors

    def _taken(self) -> list[_Waiting]:
        """Those who wait longest, as many as go together; the first however long it is."""
        taken: list[_Waiting] = []
        with self._changing:
            while self._waiting:
                together = [*taken, self._waiting[0]]
                if taken and sum(len(each.texts) for each in together) > self._most:
                    break
                taken.append(self._waiting.popleft())
        return taken

    def _run(self, taken: Sequence[_Waiting]) -> None:
        try:
            found = self._encode([text for each in taken for text in each.texts])
        except Exception as error:
            if len(taken) == 1:
                taken[0].error = error
                return
            # Nobody fails for a text of somebody else's.
            for each in taken:
                self._run([each])
            return
        start = 0
        for each in taken:
            each.vectors = found[start : start + len(each.texts)]
            start += len(each.texts)
