"""Files read in a process of their own: one that hangs, crashes or hoards costs itself alone."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from ingest.reading import limits
from ingest.reading.archive import BETWEEN
from ingest.reading.contents import Told
from ingest.reading.documents import shown_name
from ingest.reading.process import Gone, Process, Silent
from ingest.reading.results import Begun, Ended, FileRefused, Finished, Outcome, Progress, Request

_LOG = logging.getLogger(__name__)

_SLOW = "读得太久，已经停下。请拆分成几份，或者另存为别的格式再导入。"
_DOWN = (
    "使读取程序出错退出，文件可能已损坏，或者大得内存放不下。"
    "请用原来的软件打开检查，另存为 PDF 或 .docx 再导入。"
)


@dataclass(frozen=True, slots=True)
class _Stopped:
    """Why a pass over a file ended before its end: what was being read, and what to say of it.

    ``reason`` is "" where that was said already, and only the worker has to be replaced.
    """

    begun: Begun | None
    reason: str


class Readers:
    """Reads files in one worker process, started when first needed and replaced when it fails.

    A context manager; leaving it ends the worker. May be shared by threads, which then wait
    for one another.
    """

    def __init__(
        self,
        *,
        patience: float = limits.PATIENCE,
        patience_in_all: float = limits.PATIENCE_IN_ALL,
    ) -> None:
        """Set up; nothing is started yet.

        :param patience: seconds without a sign of life after which a document is given up.
        :param patience_in_all: seconds that a document may take at all.
        """
        self._patience = patience
        self._patience_in_all = patience_in_all
        self._process: Process | None = None
        self._lock = threading.Lock()

    def __enter__(self) -> Readers:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def pid(self) -> int | None:
        """The worker's process id, for whoever watches it; None where none runs."""
        return self._process.pid if self._process else None

    def close(self) -> None:
        """End the worker; the next file would start another."""
        process, self._process = self._process, None
        if process is not None:
            process.end()

    def read(self, path: Path, told: Told | None = None) -> list[Outcome]:
        """Read a file: one outcome, or one for each file of a zip.

        Never raises for what is wrong with a file.

        :param told: called in this thread while a long document is being read.
        :raises LianwenError: where no worker can be started.
        """
        with self._lock:
            try:
                return self._read(path, told or _quiet)
            except BaseException:
                # Interrupted half-way: what the worker goes on to say is of no use to anybody.
                self.close()
                raise

    def _read(self, path: Path, told: Told) -> list[Outcome]:
        name = shown_name(path)
        outcomes: list[Outcome] = []
        after = 0
        for _ in range(limits.CRASHES):
            stopped = self._pass(path, after, told, outcomes)
            if stopped is None:
                return outcomes
            self.close()
            shown = stopped.begun.name if stopped.begun else name
            if stopped.reason:
                outcomes.append(FileRefused(shown, f"「{shown}」{stopped.reason}"))
            if stopped.begun is None or shown == name:
                return outcomes
            # What is left of the zip has done nothing wrong.
            after = stopped.begun.index + 1
        reason = f"「{name}」里有太多读不了的文件，其余的没有再读。请解压后分别导入。"
        return [*outcomes, FileRefused(name, reason)]

    def _pass(self, path: Path, after: int, told: Told, outcomes: list[Outcome]) -> _Stopped | None:
        """Gather outcomes from the part ``after`` on; None once all are there."""
        course = _Course(shown_name(path), self._patience, self._patience_in_all)
        try:
            process = self._asked(Request(str(path.absolute()), after))
            while True:
                reply = process.reply(course.timeout())
                course.sign()
                match reply:
                    case Begun():
                        course.begin(reply)
                    case Progress():
                        told(reply.done, reply.total)
                    case Ended():
                        outcomes.append(course.checked(reply))
                    case Finished(exhausted=False):
                        return None
                    case Finished():
                        return _Stopped(course.begun, "")
                    case _:
                        raise Gone("an answer to nothing")
        except Silent:
            _LOG.warning("gave up reading %s", path)
            return _Stopped(course.begun, _SLOW)
        except Gone as error:
            _LOG.warning("the worker failed over %s: %s", path, error)
            return _Stopped(course.begun, _DOWN)

    def _asked(self, request: Request) -> Process:
        """Hand over a request, to a fresh worker where the last one has died meanwhile."""
        if self._process is not None:
            try:
                self._process.ask(request)
            except Gone as error:
                _LOG.info("a worker died idle: %s", error)
                self.close()
            else:
                return self._process
        self._process = Process()
        self._process.ask(request)
        return self._process


class _Course:
    """How the reading of one file goes, and whether what the worker says of it can be."""

    def __init__(self, name: str, patience: float, in_all: float) -> None:
        self.begun: Begun | None = None
        self._name = name
        self._patience = patience
        self._in_all = in_all
        self._open = False
        self._since = self._heard = time.monotonic()

    def timeout(self) -> float:
        """Seconds left to wait for the next reply."""
        return min(self._heard + self._patience, self._since + self._in_all) - time.monotonic()

    def sign(self) -> None:
        """Note that the worker lives."""
        self._heard = time.monotonic()

    def begin(self, begun: Begun) -> None:
        """Note the part being read from now on.

        :raises Gone: where there can be none such.
        """
        last = self.begun.index if self.begun else -1
        if self._open or not last < begun.index < limits.ARCHIVE_MEMBERS * 2:
            raise Gone("parts out of order")
        self._check(begun.name)
        self.begun, self._open, self._since = begun, True, time.monotonic()

    def checked(self, ended: Ended) -> Outcome:
        """Take the outcome of the part that was begun.

        :raises Gone: where it is of another.
        """
        outcome = ended.read or ended.refused
        if outcome is None:
            raise Gone("an outcome without any")
        self._check(outcome.name)
        self._open = False
        return outcome

    def _check(self, name: str) -> None:
        if name != self._name and not name.startswith(self._name + BETWEEN):
            raise Gone("a document of another file")


def _quiet(done: int, total: int) -> None:
    """Tell nobody."""
