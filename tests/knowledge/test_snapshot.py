"""A database as one SQLite file and back: one state, whole, whichever database it is."""

from __future__ import annotations

import os
import sqlite3
import threading
from pathlib import Path

import pytest
import sqlalchemy as sa

from knowledge.errors import BusyError, NotBuiltError, StoreError
from knowledge.people import Member, Role
from knowledge.store import Database, Records, Store
from knowledge.store.copying import opened
from knowledge.store.database import FILE
from knowledge.store.replacing import alone, is_empty, load
from knowledge.store.schema import upgrade
from knowledge.store.snapshot import is_known, make_tables, read, take
from tests.databases import made_database
from tests.knowledge.installations import make, rows

ON_SQLITE = pytest.mark.skipif(
    bool(os.environ.get("LIANWEN_TEST_DATABASE_URL")), reason="about the SQLite file"
)
ON_POSTGRES = pytest.mark.skipif(
    not os.environ.get("LIANWEN_TEST_DATABASE_URL"), reason="about PostgreSQL"
)


def reopened(file: Path) -> Database:
    """A snapshot as a database of its own."""
    file.rename(file.with_name(FILE))
    return Database(file.parent)


def filled(database: Database) -> Records:
    records = Records.over(database, b"k")
    records.members.add(Member(2**40, Role.OFFICER, "甲"))
    records.audit.append(1001, "invite.made", department="纪检组\x1b")
    for number in range(5):
        records.asked.add(7, f"问题{number}", "answered", 12, [], in_group=False)
    records.asked.forget(7)
    records.asked.add(8, "最后一问", "answered", 12, [], in_group=True)
    return records


def test_a_snapshot_holds_every_row_as_it_is(
    tmp_path: Path, store: Store, database_url: str
) -> None:
    made = make(tmp_path / "made", database_url)
    (tmp_path / "copy").mkdir()
    snapshot = take(made.database, tmp_path / "copy" / "snapshot")
    kept = [*made.generations()]
    assert {each.name for each in snapshot.generations} == {each.name for each in kept}
    assert [each.name for each in snapshot.generations if each.live] == [kept[0].name]
    assert is_known(snapshot.revision)
    assert rows(reopened(tmp_path / "copy" / "snapshot")) == rows(made.database)
    made.close()


def test_a_snapshot_is_one_private_file(tmp_path: Path, database: Database) -> None:
    filled(database)
    (tmp_path / "copy").mkdir()
    take(database, tmp_path / "copy" / "snapshot")
    (file,) = (tmp_path / "copy").iterdir()
    assert file.stat().st_mode & 0o777 == 0o600


def test_the_audit_log_of_a_snapshot_is_sound(tmp_path: Path, database: Database) -> None:
    before = filled(database).audit.verify()
    (tmp_path / "copy").mkdir()
    take(database, tmp_path / "copy" / "snapshot")
    copied = Records.over(reopened(tmp_path / "copy" / "snapshot"), b"k")
    assert copied.audit.verify(before.head) == before


def test_numbers_are_not_given_twice_after_a_snapshot(tmp_path: Path, database: Database) -> None:
    records = filled(database)
    last = records.asked.add(9, "又一问", "answered", 1, [], in_group=False)
    records.asked.forget(9)
    (tmp_path / "copy").mkdir()
    take(database, tmp_path / "copy" / "snapshot")
    copied = Records.over(reopened(tmp_path / "copy" / "snapshot"), b"k")
    assert copied.asked.add(9, "再一问", "answered", 1, [], in_group=False) == last + 1


def test_a_transaction_is_in_a_snapshot_as_a_whole_or_not_at_all(
    tmp_path: Path, database: Database
) -> None:
    filled(database)
    over = threading.Event()

    def write() -> None:
        number = 0
        while not over.is_set():
            number += 1
            with database.writing() as session:
                for half in ("left", "right"):
                    session.execute(
                        sa.text("INSERT INTO once (key, at) VALUES (:key, '2026-01-01 00:00:00')"),
                        {"key": f"{half}{number}"},
                    )

    writing = threading.Thread(target=write)
    writing.start()
    try:
        for number in range(5):
            folder = tmp_path / f"copy{number}"
            folder.mkdir()
            take(database, folder / "snapshot")
            keys = {row[0] for row in rows(reopened(folder / "snapshot"))["once"]}
            left = {each[4:] for each in keys if each.startswith("left")}
            assert left == {each[5:] for each in keys if each.startswith("right")}
    finally:
        over.set()
        writing.join()
    assert len(left) > 1  # somebody did write meanwhile


def test_where_there_is_no_database_there_is_no_snapshot(tmp_path: Path, database_url: str) -> None:
    with pytest.raises(NotBuiltError, match="lianwen start"):
        take(Database(tmp_path / "none", database_url), tmp_path / "snapshot")
    assert list(tmp_path.iterdir()) == []


def test_an_older_database_is_taken_as_it_is_and_brought_up_to_date_later(
    tmp_path: Path, database_url: str
) -> None:
    engine = sa.create_engine(database_url or f"sqlite:///{tmp_path / FILE}")
    with engine.connect() as connection:
        make_tables(connection, "0002")
        connection.exec_driver_sql(
            "INSERT INTO generation (id, name, model, created_at, passages, live) "
            "VALUES (4, 'g', 'tiny', '2026-01-01 00:00:00', 3, true)"
        )
        connection.commit()
    engine.dispose()
    (tmp_path / "copy").mkdir()
    snapshot = take(Database(tmp_path, database_url), tmp_path / "copy" / "snapshot")
    assert (snapshot.revision, snapshot.generations[0].name) == ("0002", "g")
    with opened(tmp_path / "copy" / "snapshot") as connection:
        upgrade(connection)
    copied = reopened(tmp_path / "copy" / "snapshot")
    assert rows(copied)["generation"][0][:2] == (4, "g")


@ON_POSTGRES
def test_a_snapshot_takes_the_place_of_everything_on_a_server(
    tmp_path: Path, database: Database
) -> None:
    records = filled(database)
    before = rows(database)
    head = records.audit.verify()
    take(database, tmp_path / "snapshot")
    records.audit.append(None, "group.opened")
    records.members.add(Member(9, Role.ADMIN, "乙"))
    last = records.asked.add(9, "后来的", "answered", 1, [], in_group=False)
    load(tmp_path / "snapshot", database)
    assert rows(database) == before
    assert records.audit.verify(head.head) == head
    assert records.asked.add(9, "再后来的", "answered", 1, [], in_group=False) == last
    with database.reading() as session, pytest.raises(sa.exc.DatabaseError, match="append-only"):
        session.execute(sa.text("DELETE FROM audit"))


@ON_POSTGRES
def test_a_loading_that_fails_changes_nothing(tmp_path: Path, database: Database) -> None:
    records = filled(database)
    take(database, tmp_path / "snapshot")
    last = records.asked.add(9, "后来的", "answered", 1, [], in_group=False)
    before = rows(database)
    with sqlite3.connect(tmp_path / "snapshot") as connection:
        # The server takes no such character; among the last tables, so that most went before.
        connection.execute("INSERT INTO \"update\" VALUES (1, 'x' || char(0), '2026-01-01', 0, 0)")
    connection.close()
    with pytest.raises(StoreError):
        load(tmp_path / "snapshot", database)
    assert rows(database) == before
    assert records.asked.add(9, "再后来的", "answered", 1, [], in_group=False) == last + 1


def test_a_new_database_is_empty_and_one_in_use_is_not(tmp_path: Path, database: Database) -> None:
    assert is_empty(database)
    filled(database)
    assert not is_empty(database)


@ON_SQLITE
@pytest.mark.parametrize("kept", [0, 50, 5_000, -4_096])
def test_a_file_cut_short_is_no_snapshot(tmp_path: Path, kept: int) -> None:
    with made_database(tmp_path) as database:
        filled(database)
        take(database, tmp_path / "snapshot")
    content = (tmp_path / "snapshot").read_bytes()
    (tmp_path / "snapshot").write_bytes(content[:kept])
    with pytest.raises(StoreError, match="已损坏"):
        read(tmp_path / "snapshot")


@ON_SQLITE
def test_one_is_alone_only_where_nobody_has_the_database_open(tmp_path: Path) -> None:
    with made_database(tmp_path) as database:
        filled(database)
        with pytest.raises(BusyError, match="停下机器人"), alone(tmp_path / FILE):
            pass
        written = rows(database)
    with alone(tmp_path / FILE):
        assert [each.name for each in tmp_path.glob(f"{FILE}*")] == [FILE]
        other = sqlite3.connect(tmp_path / FILE, timeout=0)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("SELECT * FROM once")
        other.close()
    again = Database(tmp_path, create=True)
    assert rows(again) == written
    again.close()
