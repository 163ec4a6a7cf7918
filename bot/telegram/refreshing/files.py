"""The files of refreshes on disk: a folder a refresh, each file under its hash. Blocks."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from knowledge.disk import missing_bytes, settle_names
from knowledge.errors import LianwenError
from knowledge.store import Records, Refresh
from knowledge.store.refreshes import FOLDER

# More is an archive that somebody should look through first, or a slip.
MOST_FILES = 200
MOST_BYTES = 500 << 20
KEPT = dt.timedelta(days=30)

_CHUNK = 1 << 20


class RefusedError(LianwenError):
    """A file that is not taken; the sentence is for the admin who gave it."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A file as it lies in its refresh's folder; ``size`` in bytes."""

    sha256: str
    size: int


class Files:
    """The folders under a data directory."""

    def __init__(self, data_dir: Path) -> None:
        self._root = data_dir.expanduser() / FOLDER

    def keep(self, refresh_id: int, data: bytes) -> Kept:
        """Keep what was downloaded.

        :raises RefusedError: the disk is full.
        """
        return self._write(refresh_id, [data], len(data))

    def copy(self, refresh_id: int, file: Path) -> Kept:
        """Keep a copy of a file, which itself stays as it is.

        :raises RefusedError: the disk is full.
        :raises OSError: the file cannot be read.
        """
        return self._write(refresh_id, _chunks(file), file.stat().st_size)

    def remove(self, refresh_id: int) -> None:
        """Delete a refresh's folder, if it is there."""
        shutil.rmtree(self._root / str(refresh_id), ignore_errors=True)

    def _write(self, refresh_id: int, chunks: Iterable[bytes], size: int) -> Kept:
        """Under a passing name until it is whole and on the disk: a crash leaves no half file."""
        folder = self._root / str(refresh_id)
        folder.mkdir(parents=True, exist_ok=True)
        if missing_bytes(folder, size):
            raise RefusedError("磁盘空间不够，文件没有收下。请清理服务器磁盘后再发一次。")
        digest, written = hashlib.sha256(), 0
        descriptor, partial = tempfile.mkstemp(suffix=".part", dir=folder)
        try:
            with os.fdopen(descriptor, "wb") as file:
                for chunk in chunks:
                    digest.update(chunk)
                    written += file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            Path(partial).replace(folder / digest.hexdigest())
        except BaseException:
            Path(partial).unlink(missing_ok=True)
            raise
        settle_names(folder)
        return Kept(digest.hexdigest(), written)


def digest_of(file: Path) -> str:
    """A file's SHA-256, read piece by piece.

    :raises OSError: it cannot be read.
    """
    digest = hashlib.sha256()
    for chunk in _chunks(file):
        digest.update(chunk)
    return digest.hexdigest()


def check_room(refresh: Refresh, name: str, size: int) -> None:
    """See to it that a refresh does not grow beyond what anybody can look through.

    :raises RefusedError: it would.
    """
    if len(refresh.sources) >= MOST_FILES:
        raise RefusedError(
            f"一次更新最多 {MOST_FILES} 份文件，「{name}」没有收下。"
            "请先预览并生效这一批，再发其余的。"
        )
    if sum(each.size for each in refresh.sources) + size > MOST_BYTES:
        raise RefusedError(
            f"一次更新最多 {MOST_BYTES >> 20} MB，「{name}」没有收下。"
            "请先预览并生效这一批，再发其余的。"
        )


def sweep(records: Records, data_dir: Path, at: dt.datetime) -> None:
    """Give up what nobody has gone on with for a month, and delete what ended that long ago."""
    files = Files(data_dir)
    for refresh_id in records.refreshes.sweep(at - KEPT):
        files.remove(refresh_id)


def _chunks(file: Path) -> Iterator[bytes]:
    with file.open("rb") as opened:
        while chunk := opened.read(_CHUNK):
            yield chunk
