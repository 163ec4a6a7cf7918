"""What the bot remembers about people between messages: little, briefly, in memory."""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable

from bot.asking import TURNS_KEPT

Clock = Callable[[], float]

CONVERSATION_SECONDS = 30 * 60.0
PEOPLE_KEPT = 1_000


class Conversations:
    """The last questions of each conversation, oldest first.

    A conversation is forgotten ``seconds`` after its last question, and the
    longest silent one goes once there are more than ``capacity``.
    """

    def __init__(
        self,
        seconds: float = CONVERSATION_SECONDS,
        capacity: int = PEOPLE_KEPT,
        clock: Clock = time.monotonic,
    ) -> None:
        self._seconds = seconds
        self._capacity = capacity
        self._clock = clock
        self._kept: OrderedDict[Hashable, tuple[float, deque[str]]] = OrderedDict()

    def turns(self, key: Hashable) -> tuple[str, ...]:
        """List the questions still remembered, oldest first."""
        last, turns = self._kept.get(key, (0.0, ()))
        if turns and self._clock() - last > self._seconds:
            self.forget(key)
            return ()
        return tuple(turns)

    def remember(self, key: Hashable, question: str) -> None:
        """Add a question as the latest turn."""
        turns = deque([*self.turns(key), question], maxlen=TURNS_KEPT)
        self._kept[key] = (self._clock(), turns)
        self._kept.move_to_end(key)
        while len(self._kept) > self._capacity:
            self._kept.popitem(last=False)

    def forget(self, key: Hashable) -> None:
        """Start afresh."""
        self._kept.pop(key, None)


class Throttle:
    """Says yes once in ``seconds`` for each key; the oldest keys are forgotten."""

    def __init__(
        self, seconds: float, capacity: int = PEOPLE_KEPT, clock: Clock = time.monotonic
    ) -> None:
        self._seconds = seconds
        self._capacity = capacity
        self._clock = clock
        self._told: OrderedDict[Hashable, float] = OrderedDict()

    def allows(self, key: Hashable) -> bool:
        """Whether this key may be told again now; a yes counts as told."""
        now = self._clock()
        told = self._told.get(key)
        if told is not None and now - told < self._seconds:
            return False
        self._told[key] = now
        self._told.move_to_end(key)
        while len(self._told) > self._capacity:
            self._told.popitem(last=False)
        return True
