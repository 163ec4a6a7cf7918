"""A snapshot in the place of a database: either all of it or nothing, whenever it is cut short."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from knowledge.errors import BusyError
from knowledge.store.audit import Audit
from knowledge.store.copying import copy_rows, in_one_file, opened, sequences, tables_of
from knowledge.store.database import FILE, Database
from knowledge.store.inbox import UpdateRow
from knowledge.store.once import OnceRow
from knowledge.store.tables import GenerationRow

_BESIDE = ("-wal", "-shm", "-journal")


def prepare(
    folder: Path, mark: str, names: Mapping[str, str], audit_key: bytes | None, taken: str
) -> int:
    """Make the snapshot in ``folder`` what a restored installation goes on from.

    Its tables are brought up to date. Messages that were being answered when it was taken were
    answered then: they are not taken up again.

    :param mark: what tells the restored database from any other.
    :param names: name of a generation → its new one.
    :param audit_key: seals a note of the restoring in the audit log; None leaves it out.
    :param taken: when the snapshot was taken, for that note.
    :returns: how many messages were left as they are.
    """
    database = Database(folder, create=True)
    try:
        with database.writing() as session:
            for name, new in names.items():
                renamed = sa.update(GenerationRow).where(GenerationRow.name == name)
                session.execute(renamed.values(name=new))
            session.add(OnceRow(key=mark))
            waiting = sa.update(UpdateRow).where(UpdateRow.done.is_(False))
            gone: Any = session.execute(waiting.values(done=True, payload=None))
            if audit_key is not None:
                Audit(database, audit_key).note(session, None, "backup.restored", taken=taken)
    finally:
        database.close()
    in_one_file(folder / FILE)
    return int(gone.rowcount)


def is_marked(database: Database, mark: str) -> bool:
    """Whether the database is the one that was prepared with that mark."""
    if not database.has_table(OnceRow.__tablename__):
        return False
    with database.reading() as session:
        return session.get(OnceRow, mark) is not None


def is_empty(database: Database) -> bool:
    """Whether no table holds a row."""
    with database.reading() as session:
        connection = session.connection()
        return not any(
            connection.scalar(sa.select(sa.literal(1)).select_from(table).limit(1))
            for table in tables_of(connection)
        )


@contextmanager
def alone(file: Path) -> Iterator[None]:
    """Keep everybody else off a SQLite database, with nothing of it left in files beside it.

    :raises BusyError: another process has it open.
    """
    if not file.is_file():
        yield
        return
    with closing(sqlite3.connect(file, timeout=1, isolation_level=None)) as connection:
        try:
            # Leaving the write-ahead log empties it, and needs to be the only one there.
            connection.execute("PRAGMA journal_mode=DELETE")
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            raise BusyError(
                f"有程序正在使用这里的数据库（{file.parent}）。请先停下机器人、终端问答和入库，再重试。"
            ) from error
        except sqlite3.DatabaseError:
            # Damaged, which may be why it is to be replaced: there is nothing to keep whole.
            pass
        yield


def put_in_place(file: Path, by: Path) -> None:
    """Put a prepared snapshot in the place of a SQLite database that one has ``alone``."""
    for suffix in _BESIDE:
        # Of a damaged one; beside another database they would damage that.
        Path(f"{file}{suffix}").unlink(missing_ok=True)
    by.replace(file)


def load(file: Path, database: Database) -> None:
    """Put a snapshot in the place of every row of a PostgreSQL database, in one transaction.

    :raises StoreError: the database refuses; nothing has changed.
    """
    with opened(file) as source, database.writing() as session:
        target = session.connection()
        tables = tables_of(source)
        quote = target.dialect.identifier_preparer.quote
        for table in tables:
            # The audit log's guards: here it is replaced as a whole, by one with its own seals.
            target.exec_driver_sql(f"ALTER TABLE {quote(table.name)} DISABLE TRIGGER USER")
        target.exec_driver_sql(f"TRUNCATE {', '.join(quote(table.name) for table in tables)}")
        for table in tables:
            copy_rows(source, target, table)
            target.exec_driver_sql(f"ALTER TABLE {quote(table.name)} ENABLE TRIGGER USER")
        for name, sequence in sequences(target, tables):
            # Unlike setval(), undone with the transaction.
            following = _last_number(source, name) + 1
            target.exec_driver_sql(f"ALTER SEQUENCE {sequence} RESTART WITH {following}")


def _last_number(file: sa.Connection, name: str) -> int:
    """The highest number ever given in a table of a SQLite file, as far as it remembers."""
    quoted = file.dialect.identifier_preparer.quote(name)
    highest = file.exec_driver_sql(f"SELECT max(id) FROM {quoted}").scalar()  # noqa: S608  # a table's name
    given = file.exec_driver_sql("SELECT seq FROM sqlite_sequence WHERE name = ?", (name,)).scalar()
    return max(highest or 0, given or 0)
