"""Watches which generation is live, and tells which one an answer is of."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

from knowledge.store import Generation, Store

EVERY = 0.1
# A switch is seen so much later than it happened, at worst under load.
SLACK = 1.0


@dataclass(frozen=True, slots=True)
class Answered:
    """A question and what was quoted: (clause's id, quote, clause's text). Monotonic seconds."""

    text: str
    due: float
    at: float
    cited: tuple[tuple[str, str, str], ...] = ()
    error: str = ""

    @property
    def wait_ms(self) -> float:
        return 1000 * (self.at - self.due)


@dataclass(frozen=True, slots=True)
class Verdict:
    """``late_ms``: how long after the switch an answer came that is of the one before."""

    problem: str = ""
    telling: bool = False
    late_ms: float | None = None


@dataclass(frozen=True, slots=True)
class Switch:
    """A generation seen live from a moment on, with the words of its clauses by id."""

    seen: float
    generation: Generation
    words: dict[str, str]


class Witness(threading.Thread):
    """A context manager; ``judge`` comes after it."""

    def __init__(self, store: Store) -> None:
        super().__init__(daemon=True)
        self.switches: list[Switch] = []
        self._store = store
        self._over = threading.Event()

    def __enter__(self) -> Witness:
        self._look()
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._look()
        self._over.set()
        self.join()
        self._store.close()

    def run(self) -> None:
        while not self._over.wait(EVERY):
            self._look()

    def _look(self) -> None:
        live = self._store.live_generation()
        if live is None or (self.switches and self.switches[-1].generation.id == live.id):
            return
        seen = time.monotonic()
        words = {
            clause.id: clause.text
            for held in self._store.held(live.id)
            for clause in held.parsed.clauses
        }
        self.switches.append(Switch(seen, live, words))

    def judge(self, answered: Answered) -> Verdict:
        """Whether an answer is wholly of a generation that may have answered then.

        Those are the ones live between asking and answer, and the one before the first of them.
        """
        holding = [
            index
            for index, each in enumerate(self.switches)
            if all(
                each.words.get(key) == text and quote in text for key, quote, text in answered.cited
            )
        ]
        if not holding:
            return Verdict(f"{answered.text}: of no one generation")
        first = self._live_at(answered.due)
        allowed = range(max(0, first - 1), self._live_at(answered.at + SLACK) + 1)
        if not set(allowed) & set(holding):
            return Verdict(f"{answered.text}: of {holding}, when {list(allowed)} might answer")
        telling = len(holding) < len(self.switches)
        late = None
        if telling and max(holding) < first:
            late = 1000 * (answered.at - self.switches[first].seen)
        return Verdict(telling=telling, late_ms=late)

    def _live_at(self, moment: float) -> int:
        return max(
            (index for index, each in enumerate(self.switches) if each.seen <= moment), default=0
        )
