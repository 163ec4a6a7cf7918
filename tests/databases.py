"""The database that tests run on: SQLite, or the server of LIANWEN_TEST_DATABASE_URL."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from knowledge.store import Database, Store


@contextmanager
def empty_database_url() -> Iterator[str]:
    """The URL of a database (PostgreSQL: a schema) of one's own; "" means SQLite."""
    server = os.environ.get("LIANWEN_TEST_DATABASE_URL", "")
    if not server:
        yield ""
        return
    schema = f"test_{uuid.uuid4().hex[:12]}"
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f'CREATE SCHEMA "{schema}"')
    url = sa.make_url(server).update_query_dict({"options": f"-csearch_path={schema}"})
    try:
        yield url.render_as_string(hide_password=False)
    finally:
        with engine.connect() as connection:
            connection.exec_driver_sql(f'DROP SCHEMA "{schema}" CASCADE')
        engine.dispose()


@contextmanager
def made_database(folder: Path) -> Iterator[Database]:
    """A database with all its tables."""
    with empty_database_url() as url:
        database = Database(folder, url, create=True)
        try:
            yield database
        finally:
            database.close()


@contextmanager
def made_store(folder: Path) -> Iterator[Store]:
    """A store with all its tables."""
    with empty_database_url() as url:
        store = Store(folder, create=True, url=url)
        try:
            yield store
        finally:
            store.close()
