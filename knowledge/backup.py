"""A whole installation as one file, taken while everything runs: database, indexes, own content.

Left out: what can be made anew (models), and what must not lie beside the rest (the installation's
key, tokens, passwords). The way back is ``knowledge.restoring``.
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from filelock import FileLock, Timeout

from knowledge.archive import FORMAT, BackupError, Manifest, Reader, Writer
from knowledge.disk import copy_sqlite, missing_bytes, settle_names
from knowledge.running import INGEST_LOCK
from knowledge.store import Store
from knowledge.store.database import FILE
from knowledge.store.refreshes import FOLDER as REFRESHES
from knowledge.store.snapshot import Snapshot, generation_names, take
from knowledge.wording import FILE as LEXICON

Progress = Callable[[int, int], None]
"""Called with (bytes done, bytes in all)."""

GENERATIONS = "generations"
SETTINGS = "settings.env"
# What administrators write, in the data directory: files, and folders of files. Models, locks and
# the key lie beside them.
WRITTEN = (LEXICON, "questions.txt", REFRESHES)

_ATTEMPTS = 4
_PATIENCE = 60.0
# Of what SQLite may keep beside a file, whose content ``backup()`` has taken along.
_PASSING = ("-wal", "-shm", "-journal")


@dataclass(frozen=True, slots=True)
class BackedUp:
    """What was written; ``size`` in bytes."""

    file: Path
    size: int
    manifest: Manifest


class _OvertakenError(Exception):
    """What the snapshot names was swept away while it was copied."""


def back_up(
    store: Store,
    file: Path,
    *,
    key: bytes | None = None,
    settings: str = "",
    force: bool = False,
    progress: Progress | None = None,
) -> BackedUp:
    """Write a backup; nobody need stop for it, and until it is whole ``file`` stays as it was.

    :param key: the installation's, None where it has none yet; only a hash of it goes along.
    :param settings: lines of a .env without secrets.
    :param force: put it in the place of a file that is there.
    :raises BackupError: ``file`` is there already, or cannot be written.
    :raises NotBuiltError: there is no database yet.
    :raises StoreError: the database cannot be read.
    """
    file = file.expanduser()
    if file.is_dir() or not file.parent.is_dir():
        raise BackupError(f"{file} 不是可以写的文件。请给出一个已有文件夹里的文件名，如 备份.zip。")
    if file.exists() and not force:
        raise BackupError(f"{file} 已经存在。请换一个文件名，或加 --force 覆盖它。")
    with _beside(file) as work:
        for attempt in range(1, _ATTEMPTS + 1):
            # A build that goes live sweeps what the snapshot names; then the next names what there
            # is now. The last one lets no build go live meanwhile.
            hold = _holding(store.data_dir) if attempt == _ATTEMPTS else nullcontext()
            try:
                with hold:
                    done = _Attempt(store, work, progress).write(key, settings)
            except _OvertakenError:
                shutil.rmtree(work)
                work.mkdir(mode=0o700)
                continue
            done.replace(file)
            settle_names(file.parent)
            with file.open("rb") as written:
                return BackedUp(file, file.stat().st_size, Reader(written).manifest)
    raise BackupError("知识库正在接连更新，没能备份。请等更新结束后再试。")


@contextmanager
def _holding(data_dir: Path) -> Iterator[None]:
    try:
        with FileLock(data_dir / INGEST_LOCK, timeout=_PATIENCE):
            yield
    except Timeout as error:
        raise _OvertakenError from error


@contextmanager
def _beside(file: Path) -> Iterator[Path]:
    """A folder for work on the same disk, private and gone afterwards."""
    try:
        work = Path(tempfile.mkdtemp(prefix=f".{file.name}.", dir=file.parent))
        try:
            yield work
        finally:
            shutil.rmtree(work, ignore_errors=True)
    except OSError as error:
        raise BackupError(
            f"备份没有写成（{error.strerror or error}），原有的文件没有改动。"
            f"请检查 {file.parent} 的权限和磁盘空间后重试。"
        ) from error


class _Attempt:
    """One snapshot, and an archive of all that belongs to it."""

    def __init__(self, store: Store, work: Path, progress: Progress | None) -> None:
        self._store = store
        self._work = work
        self._progress = progress
        self._done = self._total = 0

    def write(self, key: bytes | None, settings: str) -> Path:
        """The archive's file, in the work folder, on the disk and read back."""
        created_at = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
        snapshot_file = self._work / FILE
        snapshot = take(self._store.database, snapshot_file)
        written = list(self._written())
        folders = [self._store.folder(each.name) for each in snapshot.generations]
        self._make_room([snapshot_file, *written, *(f for each in folders for f in _files(each))])
        target = self._work / "archive"
        with os.fdopen(os.open(target, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            writer = Writer(file, self._advance)
            try:
                writer.add(FILE, snapshot_file)
                for folder in folders:
                    self._add_generation(writer, folder)
                for each in written:
                    self._add(writer, each)
                writer.add_text(SETTINGS, settings)
                writer.close(_manifest(snapshot, created_at, writer).sealed(key))
            except BaseException:
                writer.abandon()
                raise
            file.flush()
            os.fsync(file.fileno())
        with target.open("rb") as file:
            Reader(file).verify()
        return target

    def _add_generation(self, writer: Writer, folder: Path) -> None:
        files = list(_files(folder))
        for each in files:
            self._add(writer, each)
        # Rows go before folders do: while it is named, every file was there.
        if folder.name not in generation_names(self._store.database):
            raise _OvertakenError
        if not files:
            raise BackupError(
                f"知识库的索引缺失：{folder}。请运行 lianwen ingest --rebuild 重建，再备份。"
            )

    def _add(self, writer: Writer, file: Path) -> None:
        name = file.relative_to(self._store.data_dir).as_posix()
        try:
            if file.suffix == ".sqlite3":
                # Chroma writes into its file whenever somebody opens it.
                writer.add(name, self._copied(file))
            else:
                writer.add(name, file)
        except FileNotFoundError as error:
            raise _OvertakenError from error

    def _copied(self, file: Path) -> Path:
        copy = self._work / "copy.sqlite3"
        copy.unlink(missing_ok=True)
        if not file.is_file():
            raise FileNotFoundError(file)
        try:
            copy_sqlite(file, copy)
        except sqlite3.DatabaseError as error:
            if not file.is_file():
                raise FileNotFoundError(file) from error
            raise BackupError(
                f"索引文件读不了：{file}。请运行 lianwen ingest --rebuild 重建，再备份。"
            ) from error
        return copy

    def _written(self) -> Iterator[Path]:
        for name in WRITTEN:
            path = self._store.data_dir / name
            if path.is_file() and not path.is_symlink():
                yield path
            else:
                yield from _files(path)

    def _make_room(self, files: list[Path]) -> None:
        sizes = []
        for each in files:
            try:
                sizes.append(each.stat().st_size)
            except FileNotFoundError as error:
                raise _OvertakenError from error
        self._done, self._total = 0, sum(sizes)
        # The archive, should nothing of it pack, and the copy of one index beside it.
        missing = missing_bytes(self._work, self._total + max(sizes))
        if missing:
            raise BackupError(
                f"磁盘空间不够，还差 {(missing >> 20) + 1} MB。请腾出空间，或把备份写到别的磁盘。"
            )

    def _advance(self, count: int) -> None:
        self._done += count
        if self._progress:
            self._progress(min(self._done, self._total), self._total)


def _files(folder: Path) -> Iterator[Path]:
    """Every file below a folder, in order; none where there is no folder."""
    try:
        found = sorted(folder.rglob("*"))
    except FileNotFoundError as error:  # swept while it was looked through
        raise _OvertakenError from error
    for path in found:
        if path.is_file() and not path.is_symlink() and not path.name.endswith(_PASSING):
            yield path


def _manifest(snapshot: Snapshot, created_at: str, writer: Writer) -> Manifest:
    live = next((each for each in snapshot.generations if each.live), None)
    return Manifest(
        format=FORMAT,
        program=_program(),
        created_at=created_at,
        revision=snapshot.revision,
        live=live.name if live else "",
        model=live.model if live else "",
        members=tuple(writer.members),
    )


def _program() -> str:
    try:
        return version("lianwen")
    except PackageNotFoundError:
        return ""
