"""An installation from a backup: all of it is made ready beside the present one, then switched.

The switch is one step, the database's; it names new folders of indexes, which nobody knew before.
What administrators wrote follows it: ``finish`` sees to that should the step be the last one.
"""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path, PurePosixPath

from filelock import FileLock, Timeout

from knowledge.archive import BackupError, Manifest, Reader
from knowledge.backup import GENERATIONS, SETTINGS, WRITTEN, Progress
from knowledge.calibration import Calibration
from knowledge.disk import missing_bytes, settle, settle_names
from knowledge.errors import LianwenError, StoreError
from knowledge.lexical import LexicalIndex
from knowledge.running import INGEST_LOCK, undisturbed
from knowledge.store import Database
from knowledge.store.database import FILE
from knowledge.store.replacing import alone, is_empty, is_marked, load, prepare, put_in_place
from knowledge.store.snapshot import Indexed, Snapshot, generation_names, is_known, read
from knowledge.vectors import VectorIndex

_CONTENT = (*WRITTEN, SETTINGS)
_READY, _FOLLOWING = "restore-", "restored-"


class KeyState(StrEnum):
    """How the key of this installation stands to that of the backup."""

    SAME = "same"
    OTHER = "other"
    MISSING = "missing"
    NONE_NEEDED = "none needed"
    UNSEALED = "unsealed"
    """There is a key here and none there: taken before there was one, or the seal was removed."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored; ``passed_over`` messages were being answered when it was taken."""

    manifest: Manifest
    key: KeyState
    passed_over: int


def restore(
    file: Path,
    data_dir: Path,
    url: str = "",
    *,
    key: bytes | None = None,
    force: bool = False,
    progress: Progress | None = None,
) -> Restored:
    """Restore a backup. Cut short at any point, it has changed nothing or everything.

    :param url: DATABASE_URL; "" means a SQLite file in ``data_dir``.
    :param key: the installation's, None where it has none yet.
    :param force: put it in the place of what is there.
    :raises BackupError: it is damaged or from a newer program, or there is something already.
    :raises BusyError: somebody is at work on the data directory.
    :raises StoreError: the database or the disk cannot be written.
    """
    file = file.expanduser()
    if not file.is_file():
        raise BackupError(f"找不到备份文件 {file}。请核对路径。")
    try:
        with file.open("rb") as opened:
            reader = Reader(opened)
            state = _key_state(reader.manifest, key)
            _look_through(reader.manifest)
            # Before anything is made: a damaged one leaves no trace.
            reader.verify()
            data_dir.mkdir(parents=True, exist_ok=True)
            with undisturbed(data_dir), nullcontext() if url else alone(data_dir / FILE):
                if not force and not _is_unused(data_dir, url):
                    raise BackupError(
                        f"{data_dir} 里（或 DATABASE_URL 指的数据库里）已有数据。要留一份就先"
                        "运行 lianwen backup；确定要用备份替换它，再加 --force。"
                    )
                with _folder(data_dir) as ready:
                    switch = _Switch(reader, data_dir, url, ready, progress)
                    passed_over = switch.carry_out(key if state is KeyState.SAME else None)
            return Restored(reader.manifest, state, passed_over)
    except OSError as error:
        raise StoreError(
            f"没有恢复（{error.strerror or error}）。"
            f"请检查备份文件、{data_dir} 的权限和磁盘空间后重试。"
        ) from error


def finish(database: Database) -> None:
    """Put in place what a restoring that was cut short after its switch left to do."""
    if not any(database.data_dir.glob(f"{_FOLLOWING}*")):
        return
    try:
        # Whoever is restoring now does it himself.
        with FileLock(database.data_dir / INGEST_LOCK, timeout=0):
            _follow(database)
    except Timeout:
        return


def _key_state(manifest: Manifest, key: bytes | None) -> KeyState:
    if not manifest.key_check:
        return KeyState.NONE_NEEDED if key is None else KeyState.UNSEALED
    if key is None:
        return KeyState.MISSING
    return KeyState.SAME if manifest.is_of(key) else KeyState.OTHER


def _look_through(manifest: Manifest) -> None:
    """Whether this program knows what to do with every member."""
    if not is_known(manifest.revision):
        raise BackupError("这份备份的数据表来自更新版本的廉问。请先把廉问升级到那个版本，再恢复。")
    names = [member.name for member in manifest.members]
    tops = {next(iter(PurePosixPath(name).parts), "") for name in names}
    if FILE not in names or not tops <= {FILE, GENERATIONS, *_CONTENT}:
        raise BackupError("备份里缺了数据库，或有不认得的内容。什么都没有改动；请换一份备份再试。")


def _is_unused(data_dir: Path, url: str) -> bool:
    if url:
        database = Database(data_dir, url)
        try:
            empty = is_empty(database)
        finally:
            database.close()
    else:
        empty = not (data_dir / FILE).exists()
    folders = (data_dir / GENERATIONS, *(data_dir / name for name in WRITTEN))
    return empty and not any(
        any(each.iterdir()) if each.is_dir() else each.exists() for each in folders
    )


@contextmanager
def _folder(data_dir: Path) -> Iterator[Path]:
    """A private folder to make things ready in; those of restorings cut short go as well."""
    for left in data_dir.glob(f"{_READY}*"):
        shutil.rmtree(left, ignore_errors=True)
    ready = data_dir / f"{_READY}{secrets.token_hex(6)}"
    ready.mkdir(mode=0o700)
    try:
        yield ready
    finally:
        shutil.rmtree(ready, ignore_errors=True)


class _Switch:
    """One restoring, of an archive that has been read through."""

    def __init__(
        self, reader: Reader, data_dir: Path, url: str, ready: Path, progress: Progress | None
    ) -> None:
        self._reader = reader
        self._data_dir = data_dir
        self._url = url
        self._ready = ready
        self._progress = progress
        self._done = 0

    def carry_out(self, audit_key: bytes | None) -> int:
        """Make everything ready, and switch; how many messages are passed over."""
        manifest = self._reader.manifest
        self._make_room(manifest.size)
        for member in manifest.members:
            self._reader.extract(member, self._ready / member.name, self._advance)
        snapshot = read(self._ready / FILE)
        self._check(snapshot)
        mark = f"{_FOLLOWING}{secrets.token_hex(6)}"
        # A folder of that name may be there, and the present database may name it.
        names = {each.name: f"g{secrets.token_hex(6)}" for each in snapshot.generations}
        passed_over = prepare(self._ready, mark, names, audit_key, manifest.created_at)
        renamed = [replace(each, name=names[each.name]) for each in snapshot.generations]
        if list(read(self._ready / FILE).generations) != renamed:
            raise BackupError("备份的数据表没能升级。什么都没有改动；请把这份备份交给维护人员。")
        # Chroma and the migrations have written since.
        settle(self._ready)
        self._bring_in(names, mark)
        database = self._switched()
        try:
            _follow(database)
        finally:
            database.close()
        return passed_over

    def _switched(self) -> Database:
        if not self._url:
            put_in_place(self._data_dir / FILE, self._ready / FILE)
            settle_names(self._data_dir)
            return Database(self._data_dir)
        database = Database(self._data_dir, self._url, create=True)
        load(self._ready / FILE, database)
        return database

    def _make_room(self, size: int) -> None:
        missing = missing_bytes(self._ready, size)
        if missing:
            raise BackupError(
                f"磁盘空间不够，还差 {(missing >> 20) + 1} MB。"
                "请腾出空间，或用 --data-dir 换一个磁盘上的目录。"
            )

    def _advance(self, count: int) -> None:
        self._done += count
        if self._progress:
            self._progress(self._done, self._reader.manifest.size)

    def _check(self, snapshot: Snapshot) -> None:
        """Whether the indexes are there, each with all that the database says it holds."""
        root = self._ready / GENERATIONS
        found = {each.name for each in root.iterdir()} if root.is_dir() else set()
        named = {each.name for each in snapshot.generations}
        if snapshot.revision != self._reader.manifest.revision or found != named:
            raise BackupError("备份里的数据库与索引对不上。什么都没有改动；请换一份备份再试。")
        for each in snapshot.generations:
            try:
                _open_indexes(root / each.name, each)
            except (LianwenError, OSError, ValueError, KeyError) as error:
                raise BackupError(
                    "备份里的索引打不开。什么都没有改动；请换一份备份再试。"
                ) from error

    def _bring_in(self, names: dict[str, str], mark: str) -> None:
        """Put beside the present state whatever the new one will need."""
        content = self._ready / "content"
        content.mkdir()
        for name in _CONTENT:
            if (self._ready / name).exists():
                (self._ready / name).rename(content / name)
        root = self._data_dir / GENERATIONS
        root.mkdir(exist_ok=True)
        for name, new in names.items():
            (self._ready / GENERATIONS / name).rename(root / new)
        content.rename(self._data_dir / mark)
        for folder in (root, self._data_dir):
            settle_names(folder)


def _open_indexes(folder: Path, indexed: Indexed) -> None:
    index = VectorIndex.open(folder / "chroma", model=indexed.model)
    try:
        count = index.count()
    finally:
        index.close()
    keywords = LexicalIndex(folder / "lexical.sqlite3")
    if not count == len(list(keywords.passage_ids())) == indexed.passages:
        raise ValueError("passages are missing")
    Calibration.load(folder)


def _follow(database: Database) -> None:
    """Do what follows a switch that was made; drop what was meant for one that was not."""
    data_dir = database.data_dir
    for content in data_dir.glob(f"{_FOLLOWING}*"):
        gone = data_dir / f"{_READY}{content.name}"
        if is_marked(database, content.name):
            for name in _CONTENT:
                _put(content / name, data_dir / name, gone)
        # Not halfway there: a second time, what is missing would be taken for deleted.
        shutil.rmtree(gone, ignore_errors=True)
        content.rename(gone)
        shutil.rmtree(gone, ignore_errors=True)
    kept = generation_names(database) if database.exists else set()
    for folder in (data_dir / GENERATIONS).iterdir():
        if folder.name not in kept:
            shutil.rmtree(folder, ignore_errors=True)


def _put(source: Path, target: Path, work: Path) -> None:
    """Have at ``target`` what is at ``source``, by way of a folder; nothing where that is."""
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(mode=0o700)
    if target.exists():
        target.rename(work / "old")
    if source.is_dir():
        shutil.copytree(source, work / "new")
    elif source.exists():
        shutil.copy2(source, work / "new")
    else:
        return
    settle(work / "new")
    (work / "new").rename(target)
    settle_names(target.parent)
