"""Who may use the model next."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Turns:
    """One call at a time, questions first: building an index must not starve them."""

    def __init__(self) -> None:
        self._running = threading.Lock()
        self._gate = threading.Condition()
        self._questions = 0

    @contextmanager
    def first(self) -> Iterator[None]:
        """For a question that somebody waits for."""
        with self._gate:
            self._questions += 1
        try:
            with self._running:
                yield
        finally:
            with self._gate:
                self._questions -= 1
                self._gate.notify_all()

    @contextmanager
    def last(self) -> Iterator[None]:
        """For a batch of a build: after every question that waits."""
        with self._gate:
            self._gate.wait_for(lambda: not self._questions)
        with self._running:
            yield
