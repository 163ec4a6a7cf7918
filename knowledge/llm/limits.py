"""What a model's server and its users are spared: a breaker, places at once, a daily budget.

None of it is kept on disk. A restart forgets who has asked how often today, and
two processes over one data directory count apart: it limits load, it bills nobody.
"""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from knowledge.llm.model import ModelUnavailableError, NotAskedError


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a reply is waited for, in seconds.

    ``first`` is for the first token, retries included; ``between`` for each
    later one; ``total`` for the whole reply.
    """

    first: float = 20.0
    between: float = 8.0
    total: float = 90.0


class ServerFailedError(ModelUnavailableError):
    """The server itself failed, whatever it was asked: it counts towards the breaker."""


class BusyError(NotAskedError):
    """As many as may ask at once do."""


class SpentError(NotAskedError):
    """Somebody's budget is used up."""


class Breaker:
    """Leaves a server alone that has failed several times in a row.

    Closed: everybody may ask. Open, for ``seconds``: nobody may. After that one at
    a time may try, and what becomes of that closes it or opens it again.

    :param failures: how many in a row open it.
    :param now: monotonic seconds.
    """

    def __init__(
        self,
        failures: int = 3,
        seconds: float = 60.0,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most = failures
        self._seconds = seconds
        self._now = now
        self._lock = threading.Lock()
        self._failed = 0
        self._open_until: float | None = None
        self._trying = False

    @contextmanager
    def guarded(self) -> Iterator[None]:
        """Ask the server inside; :class:`ServerFailedError` counts, other errors say nothing.

        :raises NotAskedError: it is open, or somebody else is trying.
        """
        trial = self._admit()
        try:
            yield
        except ServerFailedError:
            self._fail()
            raise
        else:
            self._close()
        finally:
            if trial:
                with self._lock:
                    self._trying = False

    def _admit(self) -> bool:
        """Whether whoever asks now is the one who tries."""
        with self._lock:
            if self._open_until is None:
                return False
            if self._trying or self._now() < self._open_until:
                raise NotAskedError("模型服务刚才连续出错，暂停使用，稍后自动恢复")
            self._trying = True
            return True

    def _fail(self) -> None:
        with self._lock:
            self._failed += 1
            if self._failed >= self._most:
                self._open_until = self._now() + self._seconds

    def _close(self) -> None:
        with self._lock:
            self._failed, self._open_until = 0, None


class Places:
    """How many may ask at once; whoever finds no place waits a moment and then goes without.

    :param seconds: that moment.
    """

    def __init__(self, places: int, seconds: float = 1.0) -> None:
        self._free = threading.BoundedSemaphore(places)
        self._seconds = seconds

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Hold a place inside.

        :raises BusyError: none came free.
        """
        if not self._free.acquire(timeout=self._seconds):
            raise BusyError("此刻请模型执笔的人太多")
        try:
            yield
        finally:
            self._free.release()


class Budget:
    """How often a day a model may be asked for a person. Kept in memory.

    What was spent on a reply that failed is not given back: the server worked for it.

    :param daily: 0 for as often as they like.
    :param today: the day it is; a new one starts a new count.
    """

    def __init__(self, daily: int, today: Callable[[], dt.date]) -> None:
        self._daily = daily
        self._today = today
        self._lock = threading.Lock()
        self._day: dt.date | None = None
        self._spent: Counter[str] = Counter()

    def spend(self, person: str) -> None:
        """Count one request for a person, known by a hash; "" is nobody, and not counted.

        :raises SpentError: there are none left today.
        """
        if not (self._daily and person):
            return
        with self._lock:
            today = self._today()
            if today != self._day:
                self._day = today
                self._spent.clear()
            if self._spent[person] >= self._daily:
                raise SpentError("您今天请模型执笔的次数已经用完，明天恢复")
            self._spent[person] += 1
