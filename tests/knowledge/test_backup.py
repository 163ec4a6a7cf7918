"""Backups taken while everything runs: whole, private, without secrets, or not there at all."""

from __future__ import annotations

import hashlib
import json
import shutil
import threading
import time
import zipfile
from collections import namedtuple
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from knowledge import archive, backup
from knowledge.archive import BackupError
from knowledge.backup import back_up
from knowledge.errors import NotBuiltError
from knowledge.keys import load_key
from knowledge.restoring import restore
from knowledge.store import Generation, Records, Store
from tests.fakes import CARS, GIFTS, GIFTS_REVISED
from tests.knowledge.installations import LEXICON, answer, files, make, publish

_Usage = namedtuple("_Usage", "total used free")


@pytest.fixture
def made(tmp_path: Path, database_url: str) -> Iterator[Store]:
    store = make(tmp_path / "data", database_url)
    yield store
    store.close()


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """Where a backup goes, in a folder of its own."""
    (tmp_path / "kept").mkdir()
    return tmp_path / "kept" / "备份.zip"


def test_a_backup_holds_what_cannot_be_made_anew_and_says_so(made: Store, target: Path) -> None:
    done = back_up(made, target, key=load_key(made.data_dir), settings="RERANK=1\n")
    assert (done.file, done.size) == (target, target.stat().st_size)
    with zipfile.ZipFile(target) as opened:
        held = {name: opened.read(name) for name in opened.namelist()}
    manifest = json.loads(held.pop("manifest.json"))
    stated = {each["name"]: (each["size"], each["sha256"]) for each in manifest["members"]}
    assert stated == {
        name: (len(content), hashlib.sha256(content).hexdigest()) for name, content in held.items()
    }
    live, before = made.generations()
    assert (manifest["live"], manifest["model"]) == (live.name, "tiny")
    tops = {"/".join(name.split("/")[:2]) for name in held}
    assert tops == {
        "lianwen.sqlite3",
        f"generations/{live.name}",
        f"generations/{before.name}",
        "lexicon.yaml",
        "refreshes/1",
        "settings.env",
    }
    assert held["lexicon.yaml"].decode() == LEXICON
    assert held["settings.env"] == b"RERANK=1\n"


def test_a_backup_is_private_and_leaves_nothing_beside_it(made: Store, target: Path) -> None:
    back_up(made, target)
    assert list(target.parent.iterdir()) == [target]
    assert target.stat().st_mode & 0o777 == 0o600


def test_the_key_is_not_in_a_backup(made: Store, target: Path) -> None:
    key = load_key(made.data_dir)
    back_up(made, target, key=key)
    with zipfile.ZipFile(target) as opened:
        for name in opened.namelist():
            assert key not in opened.read(name)
            assert key.hex().encode() not in opened.read(name)


def test_a_file_that_is_there_is_kept_unless_told_otherwise(made: Store, target: Path) -> None:
    target.write_bytes(b"another backup")
    with pytest.raises(BackupError, match="--force"):
        back_up(made, target)
    assert target.read_bytes() == b"another backup"
    back_up(made, target, force=True)
    assert zipfile.is_zipfile(target)


@pytest.mark.parametrize("failing", ["writing", "reading back", "renaming"])
def test_a_backup_that_fails_leaves_no_half_file(
    made: Store, target: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    where = {
        "writing": (archive.Writer, "add_text"),
        "reading back": (archive.Reader, "verify"),
        "renaming": (backup, "settle_names"),
    }
    target.write_bytes(b"another backup")
    if failing == "renaming":
        monkeypatch.setattr(Path, "replace", full)
    else:
        monkeypatch.setattr(*where[failing], full)
    with pytest.raises(BackupError, match="磁盘空间"):
        back_up(made, target, force=True)
    assert files(target.parent) == {target.name: b"another backup"}


def test_too_little_room_is_noticed_before_anything_is_copied(
    made: Store, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: _Usage(10**12, 10**12, 16 << 20))
    monkeypatch.setattr(archive.Writer, "add", None)
    with pytest.raises(BackupError, match=r"还差 .* MB"):
        back_up(made, target)
    assert list(target.parent.iterdir()) == []


def test_a_backup_needs_a_database_and_a_folder_to_go_to(
    tmp_path: Path, made: Store, database_url: str
) -> None:
    with pytest.raises(BackupError, match="文件夹"):
        back_up(made, tmp_path / "none" / "b.zip")
    if not database_url:
        with pytest.raises(NotBuiltError, match="lianwen start"):
            back_up(Store(tmp_path / "empty"), tmp_path / "b.zip")
    assert not (tmp_path / "b.zip").exists()


def test_lost_indexes_are_told_of(made: Store, target: Path) -> None:
    live, _ = made.generations()
    shutil.rmtree(made.folder(live.name))
    with pytest.raises(BackupError, match="lianwen ingest"):
        back_up(made, target)


def test_progress_ends_at_the_whole(made: Store, target: Path) -> None:
    told: list[tuple[int, int]] = []
    back_up(made, target, progress=lambda done, total: told.append((done, total)))
    assert told == sorted(told)
    assert told[-1][0] == told[-1][1] > 0


def test_what_is_swept_away_while_it_is_copied_is_left_out(
    made: Store, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add = archive.Writer.add
    overtaken: list[str] = []

    def add_and_publish(writer: archive.Writer, name: str, file: Path) -> None:
        if not overtaken and name.startswith("generations/"):
            overtaken.append(name.split("/")[1])
            publish(made, GIFTS_REVISED)
            publish(made, CARS, GIFTS)
        add(writer, name, file)

    monkeypatch.setattr(archive.Writer, "add", add_and_publish)
    back_up(made, target)
    with zipfile.ZipFile(target) as opened:
        held = {n.split("/")[1] for n in opened.namelist() if n.startswith("generations/")}
    assert held == {each.name for each in made.generations()}
    assert not held & set(overtaken)


def test_a_backup_amid_questions_and_refreshes_answers_and_has_lost_nothing(
    tmp_path: Path, made: Store, target: Path
) -> None:
    key = load_key(made.data_dir)
    with at_work(made) as logged:
        for number in range(2):
            while len(logged) < 3 * (number + 1):
                time.sleep(0.01)
            before = logged[-1]
            back_up(made, target, key=key, force=True)
            restore(target, tmp_path / f"{number}", key=key)
            restored = Store(tmp_path / f"{number}")
            records = Records.over(restored.database, key)
            assert records.asked.get(before) is not None
            assert records.audit.verify().sound
            titles = [each.parsed.document.title for each in restored.held(live_of(restored).id)]
            restored.close()
            # Both are among what is published in turn; whichever it was, it quotes itself.
            assert titles in (["礼品管理办法"], ["礼品管理办法", "公务用车办法"])
            assert "十日内登记上交" in answer(tmp_path / f"{number}")


def test_an_index_that_is_swept_while_it_is_looked_through_costs_another_try_only(
    made: Store, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks, below = [0], Path.rglob

    def swept(folder: Path, pattern: str) -> Iterator[Path]:
        looks[0] += 1
        if looks[0] == 1:
            raise FileNotFoundError(folder)
        return below(folder, pattern)

    monkeypatch.setattr(Path, "rglob", swept)
    done = back_up(made, target, key=load_key(made.data_dir))
    assert done.file == target
    assert looks[0] > 1


def live_of(store: Store) -> Generation:
    live = store.live_generation()
    assert live is not None
    return live


@contextmanager
def at_work(store: Store) -> Iterator[list[int]]:
    """Somebody asks and somebody refreshes, one after the other; the questions' numbers."""
    records, over = Records.over(store.database, load_key(store.data_dir)), threading.Event()
    logged: list[int] = []

    def ask() -> None:
        while not over.is_set():
            number = records.asked.add(7, "能收吗", "answered", 1, [], in_group=False)
            records.audit.append(7, "member.forgot", questions=number)
            logged.append(number)

    def refresh() -> None:
        while not over.is_set():
            publish(store, GIFTS, CARS)
            publish(store, GIFTS)

    threads = [threading.Thread(target=each) for each in (ask, refresh)]
    for each in threads:
        each.start()
    try:
        yield logged
    finally:
        over.set()
        for each in threads:
            each.join()
