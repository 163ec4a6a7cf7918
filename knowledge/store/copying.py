"""Rows of any table from one database into another, SQLite or PostgreSQL."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from knowledge.store.base import UtcTime

VERSIONS = "alembic_version"
_BATCH = 1_000


def copy_rows(source: sa.Connection, target: sa.Connection, table: sa.Table) -> None:
    """Copy every row of a table, a batch at a time."""
    # In order, as the audit log of SQLite will have it.
    query = sa.select(table).order_by(*table.primary_key).execution_options(yield_per=_BATCH)
    for rows in source.execute(query).mappings().partitions():
        target.execute(table.insert(), [dict(row) for row in rows])


def tables_of(connection: sa.Connection) -> list[sa.Table]:
    """The tables as they are, whatever their revision, each after those it refers to."""
    metadata = sa.MetaData()
    sa.event.listen(metadata, "column_reflect", _in_general)
    metadata.reflect(connection)
    return [table for table in metadata.sorted_tables if table.name != VERSIONS]


def _in_general(_inspector: object, _table: object, column: dict[str, Any]) -> None:
    """A column's type as both databases have it."""
    kind = column["type"].as_generic()
    if isinstance(kind, sa.DateTime):
        kind = UtcTime()
    elif isinstance(kind, sa.JSON):
        # Else an empty place would come back as JSON's null, which is something.
        kind = sa.JSON(none_as_null=bool(column["nullable"]))
    column["type"] = kind


def sequences(server: sa.Connection, tables: Iterable[sa.Table]) -> Iterator[tuple[str, str]]:
    """(table, the sequence that numbers its rows), for those that have one."""
    quote = server.dialect.identifier_preparer.quote
    for table in tables:
        for column in table.primary_key:
            owned = sa.func.pg_get_serial_sequence(quote(table.name), column.name)
            sequence = server.scalar(sa.select(owned))
            if sequence:
                yield table.name, sequence


@contextmanager
def opened(file: Path) -> Iterator[sa.Connection]:
    """A connection to a SQLite file."""
    engine = sa.create_engine(sa.URL.create("sqlite", database=str(file)))
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def in_one_file(file: Path) -> None:
    """Leave nothing of a SQLite database in files beside it."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
