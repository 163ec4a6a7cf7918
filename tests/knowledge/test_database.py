"""The database behind everything: its transactions, its schema, its failures in words."""

from __future__ import annotations

import datetime as dt
import os
import sqlite3
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from knowledge.errors import ConfigurationError, StoreError
from knowledge.people import Member, Role
from knowledge.store import Database, Records, Store, schema
from knowledge.store.base import Base
from knowledge.store.database import FILE
from knowledge.store.once import OnceRow

ON_SQLITE = pytest.mark.skipif(
    bool(os.environ.get("LIANWEN_TEST_DATABASE_URL")), reason="about the SQLite file"
)


def test_the_migrations_make_just_the_tables_that_the_code_uses(database: Database) -> None:
    with database.reading() as session:
        context = MigrationContext.configure(session.connection())
        assert compare_metadata(context, Base.metadata) == []


def test_opening_again_changes_nothing(database: Database, database_url: str) -> None:
    Records.over(database, b"k").members.add(Member(7, Role.OFFICER, "甲"))
    again = Database(database.data_dir, create=True, url=_url_of(database))
    assert Records.over(again, b"k").members.get(7) == Member(7, Role.OFFICER, "甲")
    again.close()


def test_processes_that_open_an_empty_database_at_once_all_succeed(
    tmp_path: Path, database_url: str
) -> None:
    script = textwrap.dedent(f"""
        from pathlib import Path
        from knowledge.store import Database
        Database(Path({str(tmp_path)!r}), {database_url!r}, create=True)
    """)
    started = [subprocess.Popen([sys.executable, "-c", script]) for _ in range(3)]
    assert [each.wait(60) for each in started] == [0, 0, 0]


@ON_SQLITE
def test_a_database_made_before_there_were_migrations_is_taken_along(tmp_path: Path) -> None:
    first = Store(tmp_path, create=True)
    first.close()
    with sqlite3.connect(tmp_path / FILE) as old:
        old.execute("DROP TABLE alembic_version")
        for table in Base.metadata.sorted_tables:
            if table.name not in {"document", "clause", "generation", "held"}:
                old.execute(f'DROP TABLE "{table.name}"')
        for column in ("staged", "base_id", "fingerprint"):
            old.execute(f"ALTER TABLE generation DROP COLUMN {column}")
        old.execute("INSERT INTO generation VALUES (1, 'g', 'tiny', '2026-01-01', 3, 1)")
    old.close()
    upgraded = Store(tmp_path, create=True)
    assert [each.name for each in upgraded.generations()] == ["g"]
    assert Records.over(upgraded.database, b"k").once.claim("x")
    upgraded.close()


def test_an_upgrade_keeps_what_generations_hold(database: Database) -> None:
    with database._engine.connect() as connection:
        command.downgrade(schema._config(connection), "0002")
        connection.commit()
        connection.execute(
            sa.text(
                "INSERT INTO generation (id, name, model, created_at, passages, live)"
                " VALUES (1, 'g', 'tiny', '2026-01-01', 3, true)"
            )
        )
        connection.execute(
            sa.text(
                "INSERT INTO document VALUES"
                " ('d', '甲', 'rule', '', '', NULL, NULL, '[]', '', false, '', '')"
            )
        )
        connection.execute(sa.text("INSERT INTO held VALUES (1, 'd', 0, 'file', '', NULL)"))
        connection.commit()
        schema.upgrade(connection)
        assert connection.execute(sa.text("SELECT document_id FROM held")).all() == [("d",)]
        assert not connection.execute(sa.text("SELECT staged FROM generation")).scalar()


def test_a_claim_is_given_once_whoever_asks(database: Database) -> None:
    once = Records.over(database, b"k").once
    given: list[bool] = []
    racing = [threading.Thread(target=lambda: given.append(once.claim("今天"))) for _ in range(8)]
    for each in racing:
        each.start()
    for each in racing:
        each.join()
    assert sorted(given) == [False] * 7 + [True]
    once.forget_before(dt.datetime.now(dt.UTC) + dt.timedelta(seconds=1))
    assert once.claim("今天")


def test_a_transaction_that_fails_leaves_nothing(database: Database) -> None:
    def half() -> None:
        with database.writing() as session:
            session.add(OnceRow(key="一半"))
            session.flush()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        half()
    assert Records.over(database, b"k").once.claim("一半")


def test_instants_come_back_in_utc_and_need_an_offset(database: Database) -> None:
    noon = dt.datetime(2026, 5, 1, 12, tzinfo=dt.timezone(dt.timedelta(hours=8)))
    with database.writing() as session:
        session.add(OnceRow(key="午", at=noon))
    with database.reading() as session:
        kept = session.get(OnceRow, "午")
        assert kept is not None
        assert (kept.at, kept.at.utcoffset()) == (noon, dt.timedelta(0))
    with pytest.raises(sa.exc.StatementError, match="offset"), database.writing() as session:
        session.add(OnceRow(key="无", at=noon.replace(tzinfo=None)))


@ON_SQLITE
@pytest.mark.skipif(os.name == "nt", reason="modes are POSIX's")
def test_nobody_else_may_read_the_files(tmp_path: Path) -> None:
    mask = os.umask(0o022)
    try:
        made = Database(tmp_path, create=True)
        assert Records.over(made, b"k").once.claim("x")
    finally:
        os.umask(mask)
    files = [tmp_path / f"{FILE}{suffix}" for suffix in ("", "-wal", "-shm")]
    assert [each.stat().st_mode & 0o777 for each in files] == [0o600] * 3
    for each in files:
        each.chmod(0o644)
    again = Database(tmp_path, create=True)
    assert [each.stat().st_mode & 0o777 for each in files] == [0o600] * 3
    assert not Records.over(again, b"k").once.claim("x")
    again.close()
    made.close()


@ON_SQLITE
def test_what_is_deleted_is_no_longer_in_the_file(tmp_path: Path) -> None:
    made = Database(tmp_path, create=True)
    secret = "geheim" * 5
    once = Records.over(made, b"k").once
    assert once.claim(secret)
    once.forget_before(dt.datetime.now(dt.UTC) + dt.timedelta(seconds=1))
    made.close()  # the last one closed takes the log into the file
    assert secret.encode() not in (tmp_path / FILE).read_bytes()


@ON_SQLITE
def test_a_damaged_file_is_named_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"not a database, but long enough to be read as one" * 40)
    with pytest.raises(StoreError, match="已损坏"):
        Database(tmp_path, create=True)


def test_an_unreachable_server_is_named_without_its_password(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="连不上数据库") as told:
        Database(tmp_path, "postgresql+psycopg://u:geheim@127.0.0.1:1/x", create=True)
    assert "geheim" not in str(told.value)


@pytest.mark.parametrize("url", ["mysql://u@h/x", "?", "postgresql"])
def test_a_url_that_means_nothing_to_us_is_a_sentence(tmp_path: Path, url: str) -> None:
    with pytest.raises(ConfigurationError, match="DATABASE_URL"):
        Database(tmp_path, url)


def _url_of(database: Database) -> str:
    if not os.environ.get("LIANWEN_TEST_DATABASE_URL"):
        return ""
    return database._engine.url.render_as_string(hide_password=False)
