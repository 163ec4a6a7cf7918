"""An installation from a backup: the same, whichever database, and never half of it."""

from __future__ import annotations

import shutil
from collections import namedtuple
from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock

from knowledge.archive import BackupError
from knowledge.backup import back_up
from knowledge.errors import BusyError
from knowledge.keys import load_key
from knowledge.people import Member, Role
from knowledge.restoring import KeyState, finish, restore
from knowledge.running import serving
from knowledge.store import Records, Store
from knowledge.store.database import FILE
from tests.databases import empty_database_url
from tests.fakes import GIFTS_REVISED
from tests.knowledge.installations import (
    LEXICON,
    ON_POSTGRES,
    answer,
    files,
    make,
    publish,
    records_of,
    rows,
)

_Usage = namedtuple("_Usage", "total used free")
# What restoring notes of itself, and the messages that it passes over.
TOUCHED = ("generation", "once", "audit", "update")


@pytest.fixture
def made(tmp_path: Path, database_url: str) -> Iterator[Store]:
    store = make(tmp_path / "data", database_url)
    yield store
    store.close()


@pytest.fixture
def key(made: Store) -> bytes:
    return load_key(made.data_dir)


@pytest.fixture
def saved(tmp_path: Path, made: Store, key: bytes) -> Path:
    back_up(made, tmp_path / "saved.zip", key=key, settings="RERANK=1\n")
    return tmp_path / "saved.zip"


@pytest.fixture
def other_url() -> Iterator[str]:
    """Another empty database of the same kind."""
    with empty_database_url() as url:
        yield url


@pytest.mark.parametrize("into", ["the same kind", "SQLite"])
def test_what_was_saved_is_there_again(
    tmp_path: Path,
    made: Store,
    saved: Path,
    key: bytes,
    database_url: str,
    other_url: str,
    into: str,
) -> None:
    url = other_url if into == "the same kind" else ""
    told: list[tuple[int, int]] = []
    done = restore(saved, tmp_path / "new", url, key=key, progress=lambda *each: told.append(each))
    assert (done.key, done.passed_over) == (KeyState.SAME, 1)
    assert told[-1][0] == told[-1][1] == done.manifest.size
    again = Store(tmp_path / "new", url=url)
    assert rows(again.database, *TOUCHED) == rows(made.database, *TOUCHED)
    assert [(e.id, e.live, e.model, e.documents) for e in again.generations()] == [
        (e.id, e.live, e.model, e.documents) for e in made.generations()
    ]
    held = {path.name for path in (tmp_path / "new" / "generations").iterdir()}
    assert held == {each.name for each in again.generations()}
    assert (tmp_path / "new" / "lexicon.yaml").read_text(encoding="utf-8") == LEXICON
    assert (tmp_path / "new" / "refreshes" / "1" / "0a1b").read_bytes() == b"sent by an admin"
    assert (tmp_path / "new" / "settings.env").read_text(encoding="utf-8") == "RERANK=1\n"
    top = {path.name for path in (tmp_path / "new").iterdir() if path.suffix != ".lock"}
    database = set() if url else {FILE}
    assert top == {"generations", "lexicon.yaml", "refreshes", "settings.env"} | database
    expected = answer(made.data_dir, database_url)
    assert answer(tmp_path / "new", url) == expected
    assert "日内登记上交" in expected
    again.close()


@pytest.mark.skipif(not ON_POSTGRES, reason="from SQLite to a server")
def test_a_backup_of_a_file_goes_to_a_server(tmp_path: Path, database_url: str) -> None:
    made = make(tmp_path / "data")
    back_up(made, tmp_path / "saved.zip", key=load_key(made.data_dir))
    restore(tmp_path / "saved.zip", tmp_path / "new", database_url, key=load_key(made.data_dir))
    again = Store(tmp_path / "new", url=database_url)
    assert rows(again.database, *TOUCHED) == rows(made.database, *TOUCHED)
    assert answer(tmp_path / "new", database_url) == answer(made.data_dir)
    # Work goes on: numbers follow, entries are sealed.
    records = Records.over(again.database, load_key(made.data_dir))
    assert records.asked.add(7, "又一问", "answered", 1, [], in_group=False) == 4
    publish(again, GIFTS_REVISED)
    records.audit.append(None, "group.opened")
    assert records.audit.verify().sound
    again.close()


def test_the_audit_log_goes_on_and_tells_of_the_restoring(
    tmp_path: Path, made: Store, saved: Path, key: bytes
) -> None:
    head = records_of(made).audit.verify().head
    done = restore(saved, tmp_path / "new", key=key)
    again = Store(tmp_path / "new")
    audit = Records.over(again.database, key).audit
    assert audit.verify(head).sound
    last = audit.recent(1)[0]
    assert (last.action, last.details["taken"]) == ("backup.restored", done.manifest.created_at)
    again.close()


def test_messages_that_were_being_answered_are_not_answered_again(
    tmp_path: Path, made: Store, saved: Path, key: bytes
) -> None:
    assert records_of(made).inbox.waiting()
    restore(saved, tmp_path / "new", key=key)
    again = Store(tmp_path / "new")
    inbox = records_of(again).inbox
    assert inbox.waiting() == []
    assert not inbox.take(41, "正在答的问题")
    again.close()


def test_it_says_whether_the_key_is_that_of_the_backup(tmp_path: Path, saved: Path) -> None:
    assert restore(saved, tmp_path / "a").key is KeyState.MISSING
    assert restore(saved, tmp_path / "b", key=b"another").key is KeyState.OTHER
    assert not (tmp_path / "a" / "secret.key").exists()


def test_what_is_there_already_is_kept_unless_told_otherwise(
    tmp_path: Path, made: Store, saved: Path, key: bytes, database_url: str
) -> None:
    records_of(made).members.add(Member(9, Role.ADMIN, "乙"))
    publish(made, GIFTS_REVISED)
    (made.data_dir / "lexicon.yaml").unlink()
    (made.data_dir / "questions.txt").write_text("后来写的\n", encoding="utf-8")
    made.close()
    before = rows(made.database)
    made.close()
    with pytest.raises(BackupError, match=r"lianwen backup.*--force"):
        restore(saved, made.data_dir, database_url, key=key)
    assert rows(made.database) == before
    made.close()
    restore(saved, made.data_dir, database_url, key=key, force=True)
    assert records_of(made).members.get(9) is None
    assert (made.data_dir / "lexicon.yaml").read_text(encoding="utf-8") == LEXICON
    assert not (made.data_dir / "questions.txt").exists()
    assert (made.data_dir / "models" / "big" / "weights").is_file()
    assert load_key(made.data_dir) == key
    assert "五日内" not in answer(made.data_dir, database_url)
    assert "十日内" in answer(made.data_dir, database_url)
    kept = {each.name for each in made.generations()}
    assert {path.name for path in made.generations_folder.iterdir()} == kept


@pytest.mark.skipif(ON_POSTGRES, reason="about the SQLite file")
def test_a_damaged_database_can_be_replaced(
    tmp_path: Path, made: Store, saved: Path, key: bytes
) -> None:
    made.close()
    (made.data_dir / FILE).write_bytes(b"no database" * 1000)
    (made.data_dir / f"{FILE}-wal").write_bytes(b"of another" * 1000)
    restore(saved, made.data_dir, key=key, force=True)
    assert "十日内" in answer(made.data_dir)


def test_nobody_may_be_at_work(tmp_path: Path, made: Store, saved: Path, database_url: str) -> None:
    new = tmp_path / "new"
    new.mkdir()
    with FileLock(new / "ingest.lock"), pytest.raises(BusyError, match="更新"):
        restore(saved, new)
    with serving(new), serving(new), pytest.raises(BusyError, match="机器人"):
        restore(saved, new)
    if not database_url:
        records_of(made).members.list()  # a connection stays open
        with pytest.raises(BusyError, match="数据库"):
            restore(saved, made.data_dir, force=True)
    assert files(new) == {}
    restore(saved, new)
    with serving(new):
        pass


def test_too_little_room_is_noticed_before_anything_is_unpacked(
    tmp_path: Path, saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: _Usage(10**12, 10**12, 16 << 20))
    with pytest.raises(BackupError, match=r"还差 .* MB"):
        restore(saved, tmp_path / "new")
    assert files(tmp_path / "new") == {}


def test_a_restoring_that_fails_changes_nothing(
    tmp_path: Path, made: Store, saved: Path, key: bytes, database_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    before = rows(made.database)
    made.close()
    beside = {name for name in files(made.data_dir) if not name.startswith(FILE)}
    monkeypatch.setattr("knowledge.restoring._Switch._switched", _no_space)
    with pytest.raises(Exception, match="磁盘空间"):
        restore(saved, made.data_dir, database_url, key=key, force=True)
    store = Store(made.data_dir, url=database_url, create=True)
    finish(store.database)
    assert rows(store.database) == before
    after = {name for name in files(made.data_dir) if not name.startswith(FILE)}
    assert after == beside
    store.close()


def _no_space(*_: object) -> None:
    raise OSError(28, "No space left on device")
