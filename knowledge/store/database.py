"""One database, SQLite or PostgreSQL: connections, transactions, schema, and its failures in words.

What is kept in it is left to the other modules of this package.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path
from threading import Lock
from typing import Any

import sqlalchemy as sa
from filelock import FileLock
from sqlalchemy.exc import ArgumentError, DatabaseError, IntegrityError, OperationalError
from sqlalchemy.orm import Session

from knowledge.disk import settle, settle_names
from knowledge.errors import ConfigurationError, StoreError
from knowledge.store import schema

FILE = "lianwen.sqlite3"
# Longer than any transaction of ours: a writer waits its turn rather than fail.
BUSY_SECONDS = 30
# As many as there are threads that may want one; opening one anew costs more than a query.
CONNECTIONS = 24
_IMMEDIATE = "lianwen_immediate"


class Database:
    """Connections to the one database that everything is kept in. Thread-safe."""

    def __init__(self, data_dir: Path, url: str = "", *, create: bool = False) -> None:
        """Open the database.

        :param url: an SQLAlchemy URL (postgresql+psycopg://…); "" means a SQLite file in
            ``data_dir``.
        :param create: make the folder and bring the schema up to date.
        :raises ConfigurationError: the URL cannot be read, or its driver is not installed.
        :raises StoreError: the database cannot be reached (or written, with ``create``).
        """
        self.data_dir = data_dir
        if create:
            try:
                data_dir.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise StoreError(_unwritable(data_dir)) from error
        self._file = None if url else data_dir / FILE
        self._engine = _file_engine(self._file) if self._file else _server_engine(url)
        self._made: set[str] = set()
        # SQLite's own writers wait asleep, longer each time; threads of ours take turns awake.
        self._writer: AbstractContextManager[object] = Lock() if self._file else nullcontext()
        if create:
            self._upgrade()

    @property
    def exists(self) -> bool:
        """Whether the tables of the knowledge base are there; a reader never makes them."""
        return self.has_table("generation")

    def has_table(self, name: str) -> bool:
        """Whether that table is there; an older database may lack it, and is read all the same."""
        if name not in self._made and (self._file is None or self._file.is_file()):
            with self.guarded():
                if sa.inspect(self._engine).has_table(name):
                    self._made.add(name)
        return name in self._made

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that sees one state of the database and writes nothing."""
        with self.guarded(), Session(self._engine) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A transaction: all of it is kept, or none.

        On SQLite it takes the writer's place at once; a reader that turned writer halfway
        would be refused instead of waiting.
        """
        bind = self._engine.execution_options(**{_IMMEDIATE: True})
        with (
            self._writer,
            self.guarded(),
            Session(bind, expire_on_commit=False) as session,
            session.begin(),
        ):
            yield session

    @contextmanager
    def guarded(self) -> Iterator[None]:
        """Failures of the database as sentences; a broken constraint stays what it is."""
        try:
            yield
        except IntegrityError:
            raise
        except (OperationalError, sqlite3.OperationalError) as error:
            raise StoreError(self._unreachable()) from error
        except (DatabaseError, sqlite3.DatabaseError) as error:
            # The driver's own comes from preparing a connection.
            if self._file is None:
                raise StoreError("数据库出错，详情见日志。请检查表和权限后重试。") from error
            raise StoreError(
                f"数据库文件已损坏：{self.data_dir}。请从备份恢复，"
                "或换一个数据目录后运行 lianwen ingest 重建。"
            ) from error

    def locked(self, session: Session, name: str) -> None:
        """Let one transaction at a time pass here, until it ends.

        SQLite has one writer anyway; PostgreSQL is asked for an advisory lock.
        """
        if self._file is None:
            session.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext(name))))

    def settle(self) -> None:
        """See to it that what was committed outlasts a power cut, before files are deleted for it.

        PostgreSQL has done so by itself.
        """
        if self._file is None:
            return
        try:
            # Commits are in the log, which no lock is held on: closing it drops none.
            settle(Path(f"{self._file}-wal"))
            settle_names(self._file.parent)
        except FileNotFoundError:
            return  # without a log every commit is on the disk
        except OSError as error:
            raise StoreError(_unwritable(self.data_dir)) from error

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    def _upgrade(self) -> None:
        with self.guarded():
            if self._file is not None:
                with FileLock(self.data_dir / "schema.lock"):
                    self._keep_private(self._file)
                    self._write_ahead()
                    with self._engine.connect() as connection:
                        schema.upgrade(connection)
                return
            # Held by a connection of its own: migrations end transactions as they like.
            with self._engine.connect() as guard, self._engine.connect() as connection:
                guard.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext('lianwen schema'))"))
                schema.upgrade(connection)

    def _keep_private(self, path: Path) -> None:
        """Let nobody else read the file: not for an instant, and not what is beside it."""
        try:
            # SQLite gives its other files the mode of this one. A file that is there is not
            # opened: closing it would drop the locks that SQLite holds on it in this process.
            with suppress(FileExistsError):
                os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        except OSError as error:
            raise StoreError(_unwritable(self.data_dir)) from error
        for each in (path, Path(f"{path}-wal"), Path(f"{path}-shm")):
            # Only its owner may; somebody else's is as they want it.
            with suppress(FileNotFoundError, PermissionError):
                if each.stat().st_mode & 0o077:
                    each.chmod(0o600)

    def _write_ahead(self) -> None:
        """Let readers and the one writer not wait for each other; the file remembers it."""
        connection = self._engine.raw_connection()
        try:
            connection.cursor().execute("PRAGMA journal_mode=WAL").close()
        finally:
            connection.close()

    def _unreachable(self) -> str:
        if self._file is None:
            shown = self._engine.url.render_as_string(hide_password=True)
            return f"连不上数据库 {shown}。请检查 DATABASE_URL 和数据库服务是否在运行，然后重试。"
        return _unwritable(self.data_dir)


def _file_engine(path: Path) -> sa.Engine:
    engine = sa.create_engine(
        sa.URL.create("sqlite", database=str(path)),
        connect_args={"timeout": BUSY_SECONDS},
        pool_size=CONNECTIONS,
    )
    sa.event.listen(engine, "connect", _prepare)
    sa.event.listen(engine, "begin", _begin)
    return engine


def _server_engine(url: str) -> sa.Engine:
    try:
        given = sa.make_url(url)
        if given.get_backend_name() != "postgresql":
            raise ConfigurationError(
                "DATABASE_URL 只支持 PostgreSQL，形如 postgresql+psycopg://用户:密码@主机/库名；"
                "留空则用数据目录里的 SQLite。"
            )
        # Servers close idle connections, and restart; a dead one must cost no question.
        return sa.create_engine(
            given.set(drivername="postgresql+psycopg"), pool_pre_ping=True, pool_size=CONNECTIONS
        )
    except ArgumentError as error:
        raise ConfigurationError(
            "DATABASE_URL 写得不对，应当形如 postgresql+psycopg://用户:密码@主机/库名。"
        ) from error
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            "没有安装 PostgreSQL 驱动。请运行 pip install 'lianwen[postgres]' 后重试。"
        ) from error


def _prepare(connection: Any, _record: object) -> None:
    # Transactions are opened by _begin below; the driver would open them too late.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys=ON")
    # In WAL mode a killed process loses nothing that was committed, and a power cut at most
    # the last instants, never the file.
    cursor.execute("PRAGMA synchronous=NORMAL")
    # What is deleted is overwritten, where it would else stay in the file until the place is
    # needed; the log beside it is overwritten in its turn.
    cursor.execute("PRAGMA secure_delete=ON")
    cursor.close()


def _begin(connection: sa.Connection) -> None:
    immediate = connection.get_execution_options().get(_IMMEDIATE)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


def _unwritable(data_dir: Path) -> str:
    return f"数据目录无法读写：{data_dir}。请检查目录权限和磁盘空间，或用 --data-dir 换一个目录。"
