"""Counts what became of the sentences that models wrote. No text is kept."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from knowledge.writing.drafts import Draft, Fallback
from knowledge.writing.model import Fault


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts since the start.

    ``written`` are answers in a model's words, ``cached`` those of them written before;
    ``passed`` sentences that stood, ``rewritten`` those of them only when written anew,
    ``dropped`` those that never did; ``faults`` what was wrong with sentences, rewritten or
    dropped; ``fallbacks`` answers that stayed quotes, by reason.
    """

    written: int
    cached: int
    passed: int
    rewritten: int
    dropped: int
    faults: Mapping[Fault, int]
    fallbacks: Mapping[Fallback, int]


class Verdicts:
    """The counters. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._faults: Counter[Fault] = Counter()
        self._fallbacks: Counter[Fallback] = Counter()

    def add(self, draft: Draft) -> None:
        """Count one answer; the sentences of one written before were counted then."""
        with self._lock:
            if draft.fallback:
                self._fallbacks[draft.fallback] += 1
            else:
                self._counts["written"] += 1
            if draft.cached:
                self._counts["cached"] += 1
                return
            for each in draft.text.judged:
                self._counts["passed" if each.verdict.stands else "dropped"] += 1
                self._counts["rewritten"] += bool(each.before and each.verdict.stands)
                for verdict in filter(None, (each.before, each.verdict)):
                    self._faults.update(verdict.faults)

    def snapshot(self) -> Tally:
        """What was counted so far."""
        with self._lock:
            counts = self._counts
            return Tally(
                written=counts["written"],
                cached=counts["cached"],
                passed=counts["passed"],
                rewritten=counts["rewritten"],
                dropped=counts["dropped"],
                faults=dict(self._faults),
                fallbacks=dict(self._fallbacks),
            )
