"""A knowledge base of the run's own: a copy of a built one, on SQLite or on PostgreSQL."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.corpus import ROOT
from bot.wiring import open_store
from knowledge.backup import back_up
from knowledge.restoring import restore
from knowledge.settings import Settings
from knowledge.store import Records
from tests.databases import empty_database_url

SERVER = "LIANWEN_TEST_DATABASE_URL"


@contextmanager
def prepared(built: Path | None, spare: Path, server: str) -> Iterator[Settings]:
    """Settings that name the copy; its database is empty but for the knowledge base.

    :param built: a data directory; None has what ships built anew.
    :param spare: an empty folder.
    :param server: a PostgreSQL server, on which a schema is made for the run; "" means SQLite.
    """
    folder = spare / "data"
    if built is None:
        command = [sys.executable, "-m", "bot", "ingest", "--data-dir", str(folder)]
        subprocess.run(command, check=True, cwd=ROOT)
    else:
        shutil.copytree(built, folder)
    os.environ[SERVER] = server
    with empty_database_url() as url:
        yield _moved(folder, spare, url) if url else _settings(folder, "")


def clear(records: Records) -> None:
    """:raises RuntimeError: the copied database has people in it, who would be written to."""
    if records.members.list():
        raise RuntimeError("the data directory has members; name one that nobody uses")


def _moved(folder: Path, spare: Path, url: str) -> Settings:
    """The same on the server."""
    store = open_store(_settings(folder, ""), create=True)
    file = back_up(store, spare / "backup").file
    store.close()
    restore(file, spare / "moved", url)
    # Models are no part of a backup; unpacking them takes a while.
    shutil.copytree(folder / "models", spare / "moved" / "models", dirs_exist_ok=True)
    return _settings(spare / "moved", url)


def _settings(folder: Path, url: str) -> Settings:
    return Settings(_env_file=None, data_dir=folder, database_url=url)  # type: ignore[call-arg]


def leave_out_paths() -> None:
    """Let the command line that goes into the results say nothing of this machine."""
    for place, given in enumerate(sys.argv[1:], 1):
        if Path(given).is_absolute():
            sys.argv[place] = "DIR"
        elif "://" in given:
            sys.argv[place] = "URL"
