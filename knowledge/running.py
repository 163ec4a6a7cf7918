"""Who is at work on a data directory: bots side by side, or else one who needs it to himself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, ReadWriteLock, Timeout

from knowledge.errors import BusyError

BOT_LOCK = "bot.lock"
INGEST_LOCK = "ingest.lock"


@contextmanager
def serving(data_dir: Path) -> Iterator[None]:
    """Answer people from a data directory; several may at once.

    :raises BusyError: it is just being restored.
    """
    lock = _bots(data_dir)
    try:
        lock.acquire_read(timeout=0)
    except Timeout as error:
        raise BusyError("正在从备份恢复。请等恢复结束后再启动。") from error
    try:
        yield
    finally:
        lock.close()


@contextmanager
def undisturbed(data_dir: Path) -> Iterator[None]:
    """Have a data directory to oneself.

    :raises BusyError: a bot answers from it, or an ingest builds in it.
    """
    ingest = FileLock(data_dir / INGEST_LOCK, timeout=0)
    try:
        ingest.acquire()
    except Timeout as error:
        raise BusyError("知识库正在更新。请等更新结束后再试。") from error
    try:
        bots = _bots(data_dir)
        try:
            bots.acquire_write(timeout=0)
        except Timeout as error:
            raise BusyError("机器人正在运行。请先停下它，再重试。") from error
        try:
            yield
        finally:
            bots.close()
    finally:
        ingest.release()


def _bots(data_dir: Path) -> ReadWriteLock:
    # One for each caller: two of them in a process are two all the same.
    return ReadWriteLock(data_dir / BOT_LOCK, is_singleton=False)
