"""Questions that wait for the model go through it together; what it is, is left to others."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from knowledge.embedding.turns import Turns

Vectors = NDArray[np.float32]
Encode = Callable[[Sequence[str]], Vectors]


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    texts: Sequence[str]
    vectors: Future[Vectors] = field(default_factory=Future)


class Pool:
    """Encodes the questions of many threads, all in one thread of its own.

    A model on two cores does ten short texts in hardly more time than one, so that the more
    wait, the faster it goes. And every thread that runs a model keeps memory and idle helper
    threads of its own, which twenty askers would have twenty times.
    """

    def __init__(self, encode: Encode, turns: Turns, most: int) -> None:
        """Pool calls of ``encode``, at most ``most`` texts of several people at a time."""
        self._encode = encode
        self._turns = turns
        self._most = most
        self._waiting: deque[_Waiting] = deque()
        self._changing = threading.Lock()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="questions")

    def vectors(self, texts: Sequence[str]) -> Vectors:
        """Texts → (n, d), in the order given. Blocks until they are done."""
        own = _Waiting(texts)
        with self._changing:
            self._waiting.append(own)
        self._thread.submit(self._work)
        return own.vectors.result()

    def _work(self) -> None:
        """Do what waits, if an earlier turn has not done it already."""
        with self._turns.first():
            taken = self._taken()
            if taken:
                self._run(taken)

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
        except BaseException as error:  # noqa: BLE001  # handed on to whom it belongs
            if len(taken) == 1:
                taken[0].vectors.set_exception(error)
                return
            # Nobody fails for a text of somebody else's.
            for each in taken:
                self._run([each])
            return
        start = 0
        for each in taken:
            each.vectors.set_result(found[start : start + len(each.texts)])
            start += len(each.texts)
