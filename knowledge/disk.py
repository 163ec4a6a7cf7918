"""The disk: whether there is room on it, and whether what was written is on it."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

# What else is written meanwhile: by the database, by others.
_SPARE = 16 << 20
# What SQLite keeps beside a file; a copy by its own means has all of it inside.
_BESIDE = ("-wal", "-shm", "-journal")


def missing_bytes(folder: Path, needed: int) -> int:
    """How many bytes the disk of ``folder`` has too few; 0 where there is room."""
    return max(0, needed + _SPARE - shutil.disk_usage(folder).free)


def copy_index(folder: Path, to: Path) -> None:
    """Copy a folder of index files that others may have open.

    Files of SQLite are copied as it says: it may be writing into them as soon as one is opened.

    :raises OSError: something cannot be read or written.
    :raises sqlite3.Error: a file of SQLite is damaged.
    """
    for source in folder.rglob("*"):
        target = to / source.relative_to(folder)
        if source.is_dir():
            target.mkdir(parents=True, exist_ok=True)
        elif source.suffix == ".sqlite3":
            target.parent.mkdir(parents=True, exist_ok=True)
            copy_sqlite(source, target)
        elif not source.name.endswith(_BESIDE):
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)


def copy_sqlite(source: Path, target: Path) -> None:
    """Copy one state of a SQLite file into a new one, while others may use it.

    :raises sqlite3.Error: it is damaged, or cannot be opened.
    """
    with (
        closing(sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True)) as opened,
        closing(sqlite3.connect(target)) as copy,
    ):
        opened.backup(copy)


def settle(path: Path) -> None:
    """See to it that a file, or a folder with all that is in it, outlasts a power cut."""
    if path.is_dir():
        for each in path.iterdir():
            settle(each)
        settle_names(path)
        return
    descriptor = os.open(path, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def settle_names(folder: Path) -> None:
    """See to it that what was renamed in a folder stays renamed."""
    if os.name == "nt":  # it does so by itself, and opens no folders
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
