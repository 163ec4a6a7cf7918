"""A database as one SQLite file, the same whichever database it came from.

The way back is ``store.replacing``; what else belongs to a backup, ``knowledge.backup``.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from knowledge.errors import NotBuiltError, StoreError
from knowledge.store import schema
from knowledge.store.copying import VERSIONS, copy_rows, in_one_file, opened, sequences, tables_of
from knowledge.store.database import Database

_NEWER = "数据库的表来自更新版本的廉问。请先把廉问升级到那个版本，再重试。"
_DAMAGED = "数据库已损坏。请换一份备份恢复；没有备份就换一个数据目录，运行 lianwen ingest 重建。"
_GENERATIONS = """
    SELECT name, model, passages,
        (SELECT count(*) FROM held WHERE generation_id = generation.id), live
    FROM generation ORDER BY id
"""


@dataclass(frozen=True, slots=True)
class Indexed:
    """A generation that the database names; its indexes lie in a folder of that name."""

    name: str
    model: str
    passages: int
    documents: int
    live: bool


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a snapshot file holds: the revision of its tables, and its generations."""

    revision: str
    generations: tuple[Indexed, ...]


def take(database: Database, file: Path) -> Snapshot:
    """Write one state of the database into a new SQLite file, while others go on writing.

    :raises NotBuiltError: there is no database yet.
    :raises StoreError: it is damaged, cannot be reached, or is newer than this program.
    """
    if not database.exists:
        raise NotBuiltError(
            "这里还没有数据库，没有可备份的。请用 --data-dir 指明数据目录，或先运行 lianwen start。"
        )
    os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    with database.reading() as session:
        if session.get_bind().dialect.name == "sqlite":
            source: Any = session.connection().connection.driver_connection
            with closing(sqlite3.connect(file)) as target:
                # In one step: it would begin anew whenever somebody writes between two.
                source.backup(target)
            in_one_file(file)
        else:
            # Every table as it was at one instant, however long the copying takes.
            options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
            _copy_out(session.connection(execution_options=options), file)
    return read(file)


def read(file: Path) -> Snapshot:
    """Look through a snapshot file.

    :raises StoreError: SQLite finds it damaged, or it is no database of ours.
    """
    try:
        uri = f"{file.resolve().as_uri()}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True)) as connection:
            sound = connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            if not sound or connection.execute("PRAGMA foreign_key_check").fetchone():
                raise StoreError(_DAMAGED)
            generations = tuple(
                Indexed(name, model, passages, documents, bool(live))
                for name, model, passages, documents, live in connection.execute(_GENERATIONS)
            )
            tables = connection.execute("SELECT name FROM sqlite_master").fetchall()
            # Older than the migrations: see ``schema.FIRST``.
            revision = schema.FIRST
            if (VERSIONS,) in tables:
                (revision,) = connection.execute(f"SELECT version_num FROM {VERSIONS}").fetchone()  # noqa: S608  # a constant
    except (sqlite3.DatabaseError, TypeError) as error:
        raise StoreError(_DAMAGED) from error
    return Snapshot(revision, generations)


def generation_names(database: Database) -> set[str]:
    """The generations that the database names now, whatever the revision of its tables."""
    with database.reading() as session:
        return set(session.scalars(sa.text("SELECT name FROM generation")))


def is_known(revision: str) -> bool:
    """Whether this program can bring tables of that revision up to date."""
    return any(each.revision == revision for each in _scripts().walk_revisions())


def make_tables(connection: sa.Connection, revision: str) -> None:
    """Make the tables of an empty database, as they were at that revision."""
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)
    connection.commit()


def _copy_out(source: sa.Connection, file: Path) -> None:
    revision = MigrationContext.configure(source).get_current_revision()
    if revision is None or not is_known(revision):
        raise StoreError(_NEWER)
    with opened(file) as target:
        # Not further than the source: a program is backed up before it is brought up to date.
        make_tables(target, revision)
        tables = tables_of(target)
        for table in tables:
            copy_rows(source, target, table)
        counting = "SELECT 1 FROM sqlite_master WHERE name = ? AND sql LIKE '%AUTOINCREMENT%'"
        for name, sequence in sequences(source, tables):
            if not target.exec_driver_sql(counting, (name,)).first():
                continue
            last, called = source.exec_driver_sql(
                f"SELECT last_value, is_called FROM {sequence}"  # noqa: S608  # the server's own name
            ).one()
            target.exec_driver_sql("DELETE FROM sqlite_sequence WHERE name = ?", (name,))
            target.exec_driver_sql(
                "INSERT INTO sqlite_sequence VALUES (?, ?)", (name, last if called else 0)
            )
        target.commit()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", "knowledge.store:migrations")
    return config


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())
