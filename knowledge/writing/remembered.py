"""What was written before, for the same question over the same passages. In memory only."""

from __future__ import annotations

import threading
from collections import OrderedDict

from knowledge.writing.drafts import Text


class Remembered:
    """The texts used last, by their prompt's key; safe to use from several threads."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._lock = threading.Lock()
        self._texts: OrderedDict[str, Text] = OrderedDict()

    def get(self, key: str) -> Text | None:
        """The text written for a key, or None."""
        with self._lock:
            if key in self._texts:
                self._texts.move_to_end(key)
            return self._texts.get(key)

    def put(self, key: str, text: Text) -> None:
        """Keep a text; what was not asked for longest makes room."""
        with self._lock:
            self._texts[key] = text
            self._texts.move_to_end(key)
            while len(self._texts) > self._size:
                self._texts.popitem(last=False)
