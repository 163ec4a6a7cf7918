"""A window that shows an answer while it is being written, and takes it away again."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.live import Live
from rich.text import Text

from bot.wording import clean
from knowledge.llm.model import Heard

UNFINISHED = "……（正在核对依据）"
# More often than this nobody reads, and slow lines could not keep up.
EVERY = 0.1


@contextmanager
def reading_along(console: Console) -> Iterator[Heard]:
    """Within the block, what is given to ``heard`` (text so far, from any thread) is shown.

    After it nothing of that is left: what follows is the answer. Nothing at all is
    written where nothing is heard.
    """
    shown = _Shown(console)
    try:
        yield shown.heard
    finally:
        shown.close()


class _Shown:
    def __init__(self, console: Console) -> None:
        # Log lines go above it only where they would have gone through the middle of it.
        through = sys.stderr.isatty()
        self._console = console
        self._live = Live(
            console=console, transient=True, auto_refresh=False, redirect_stderr=through
        )
        self._lock = threading.Lock()
        self._closed = False
        self._last = 0.0

    def heard(self, text: str) -> None:
        with self._lock:
            now = time.monotonic()
            if self._closed or now - self._last < EVERY:
                return
            self._last = now
            self._live.start()
            self._live.update(self._newest(clean(text) + UNFINISHED), refresh=True)

    def _newest(self, text: str) -> Text:
        """The last lines that fit into the window; the first ones have been read."""
        lines = Text(text, style="dim").wrap(self._console, self._console.width)
        return Text("\n").join(lines[-max(self._console.height - 1, 1) :])

    def close(self) -> None:
        with self._lock:
            self._closed = True
            if self._live.is_started:
                # Emptied first: what is longer than the window could not be taken back.
                self._live.update(Text(), refresh=True)
                self._live.stop()
