"""The owner's end of the worker: starting it, messages through its pipes, ending it."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from pathlib import Path
from typing import IO

from pydantic import TypeAdapter, ValidationError

from ingest.reading import limits
from ingest.reading.results import LENGTH, Ready, Reply, Request
from knowledge.errors import LianwenError

_LOG = logging.getLogger(__name__)

COMMAND = (sys.executable, "-P", "-m", "ingest.reading.worker")
"""What is started; not by multiprocessing, which would run the owner's main module again."""

_KEPT_LINES = 20
_LINE = 2000
_ATTEMPTS = 2

_REPLIES: TypeAdapter[Reply] = TypeAdapter(Reply)


class Silent(Exception):  # noqa: N818  # no failure of ours, and none that leaves this package
    """The worker gave no sign of life in time."""


class Gone(Exception):  # noqa: N818  # likewise
    """The worker has died, or says what it cannot mean."""


class Process:
    """One worker that is up. Replies are read by a thread, so that waiting can end."""

    def __init__(self) -> None:
        """Start it.

        :raises LianwenError: where that fails.
        """
        for _ in range(_ATTEMPTS):
            self._scratch = tempfile.TemporaryDirectory(
                prefix="lianwen-reading-", ignore_cleanup_errors=True
            )
            if self._start():
                return
        raise LianwenError(
            "读取文件的程序启动不了，什么也没有导入。"
            "请检查内存是否足够、安装是否完整（make setup），原因见日志。"
        )

    @property
    def pid(self) -> int:
        """Its number among the system's processes."""
        return self._running.pid

    def ask(self, request: Request) -> None:
        """Send a request.

        :raises Gone: where the worker no longer takes any.
        """
        body = json.dumps({"path": request.path, "after": request.after}).encode()
        try:
            self._stdin.write(LENGTH.pack(len(body)) + body)
            self._stdin.flush()
        except (OSError, ValueError) as error:
            raise Gone(self._epitaph()) from error

    def reply(self, timeout: float) -> Reply:
        """Wait for the next message, ``timeout`` seconds at most.

        :raises Silent: when that time is over.
        :raises Gone: where none will come, or it is no message.
        """
        try:
            frame = self._frames.get(timeout=max(timeout, 0))
        except queue.Empty:
            raise Silent from None
        if frame is None:
            raise Gone(self._epitaph())
        try:
            return _REPLIES.validate_json(frame)
        except ValidationError as error:
            raise Gone(f"no message: {frame[:200]!r}") from error

    def end(self) -> None:
        """Kill it, and what it may have started itself: it has nothing to save."""
        self._over.set()
        if hasattr(os, "killpg") and self._running.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._running.pid, signal.SIGKILL)
        self._running.kill()
        self._running.wait()
        for thread in self._threads:
            thread.join(timeout=1)
        for pipe in (self._running.stdin, self._running.stdout, self._running.stderr):
            # What was being written when it died cannot be flushed.
            with contextlib.suppress(OSError):
                if pipe is not None:
                    pipe.close()
        self._scratch.cleanup()

    def _start(self) -> bool:
        """Start it and wait until it is ready; False where it dies or says nothing."""
        # Nothing of the owner's environment, which holds its secrets; nor its signals, so that
        # Ctrl-C reaches the owner alone, who then ends this one.
        self._running = subprocess.Popen(  # noqa: S603  # ourselves
            COMMAND,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={
                "PYTHONPATH": str(Path(__file__).parents[2]),
                "PYTHONUTF8": "1",
                # Whatever a library leaves behind, killed or not, goes when the worker does.
                "HOME": self._scratch.name,
                "TMPDIR": self._scratch.name,
            },
            start_new_session=True,
        )
        stdin, stdout, stderr = self._running.stdin, self._running.stdout, self._running.stderr
        if stdin is None or stdout is None or stderr is None:
            raise LianwenError("读取文件的程序没有管道。请重试；还不行请把日志交给维护人员。")
        self._stdin = stdin
        # Bounded, so that a worker that floods its pipe fills the pipe and not our memory.
        self._frames: queue.Queue[bytes | None] = queue.Queue(maxsize=100)
        self._over = threading.Event()
        self._last: deque[str] = deque(maxlen=_KEPT_LINES)
        self._threads = (
            threading.Thread(target=self._take_replies, args=(stdout,), daemon=True),
            threading.Thread(target=self._take_noise, args=(stderr,), daemon=True),
        )
        for thread in self._threads:
            thread.start()
        try:
            if isinstance(self.reply(limits.START), Ready):
                return True
        except (Silent, Gone) as error:
            _LOG.error("no worker: %s %s", error, self._epitaph())
        except BaseException:
            self.end()
            raise
        self.end()
        return False

    def _take_replies(self, pipe: IO[bytes]) -> None:
        try:
            while head := pipe.read(LENGTH.size):
                length = LENGTH.unpack(head)[0] if len(head) == LENGTH.size else limits.REPLY + 1
                if length > limits.REPLY:
                    # No length: shown as it is, and for want of a message it ends the worker.
                    self._put(head)
                    break
                self._put(pipe.read(length))
        except (OSError, ValueError, MemoryError) as error:
            _LOG.debug("the worker's pipe: %s", error)
        self._put(None)

    def _put(self, frame: bytes | None) -> None:
        while not self._over.is_set():
            try:
                self._frames.put(frame, timeout=1)
            except queue.Full:
                continue
            return

    def _take_noise(self, pipe: IO[bytes]) -> None:
        with contextlib.suppress(OSError, ValueError):
            while line := pipe.readline(_LINE):
                text = line.decode("utf-8", "replace").rstrip()
                self._last.append(text)
                _LOG.debug("worker: %s", text)

    def _epitaph(self) -> str:
        """What is known of its end, for the log."""
        deadline = time.monotonic() + 1
        while self._running.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        return f"exit status {self._running.returncode}; last words: {' / '.join(self._last)}"
