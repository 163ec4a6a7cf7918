"""Imitates a power cut after a kill: what was written and not fsynced is lost.

Taken for durable is only what the process fsynced itself, files and the names in folders alike.
Of SQLite's log any part may be lost that was written since ``Database.settle`` synced it; the
file beside it is left as it is. Neither writes torn within a page nor a disk that lies about a
sync are imitated, and deletions are taken for done.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path

from knowledge.store.database import FILE
from tests.ingest.faulty import Place

# How much of what was not synced is there after all: nothing, half, all but a little.
SHARES = (0.0, 0.5, 0.97)


@dataclass(slots=True)
class _Synced:
    """What a trace says of fsyncs: when a file was synced last, how large it was then, and the
    names that folders held.
    """

    files: dict[str, int] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    names: dict[str, set[str]] = field(default_factory=dict)


def state_of(place: Place) -> dict[Path, tuple[int, int]]:
    """Every file and folder with its time and size, to tell later what is new."""
    return {
        path: (path.stat().st_mtime_ns, path.stat().st_size) for path in place.folder.rglob("*")
    }


def cut_power(
    place: Place, before: dict[Path, tuple[int, int]], trace: Path, turn: int
) -> list[str]:
    """Take away what the disk need not hold; ``turn`` chooses how much of it. Says what went."""
    share = SHARES[turn % len(SHARES)]
    synced = _read(trace)
    lost = []
    for path in sorted(place.folder.rglob("*")):
        if path.is_dir() or path.name.startswith(FILE) or path.suffix == ".lock":
            continue
        status = path.stat()
        if before.get(path) == (status.st_mtime_ns, status.st_size):
            continue
        if not _named(path, place.folder, before, synced):
            path.unlink()
        elif not (_written(path, status.st_mtime_ns, synced) or _kept_by_sqlite(path, before)):
            os.truncate(path, int(status.st_size * share))
        else:
            continue
        lost.append(path.relative_to(place.folder).as_posix())
    return lost + ([] if place.url else _cut_log(place.folder, before, synced, share))


def _named(path: Path, root: Path, before: dict[Path, tuple[int, int]], synced: _Synced) -> bool:
    """Whether the names that lead to a file are on disk."""
    chain = [path, *(each for each in path.parents if root in each.parents)]
    return all(
        each in before or each.name in synced.names.get(str(each.parent), set()) for each in chain
    )


def _written(path: Path, changed: int, synced: _Synced) -> bool:
    at = synced.files.get(str(path))
    return at is not None and (at >= changed or path.suffix == ".sqlite3")


def _kept_by_sqlite(path: Path, before: dict[Path, tuple[int, int]]) -> bool:
    """Whether SQLite sees to it that a file that was sound stays so."""
    return path.suffix == ".sqlite3" and path in before


def _cut_log(
    folder: Path, before: dict[Path, tuple[int, int]], synced: _Synced, share: float
) -> list[str]:
    log = folder / f"{FILE}-wal"
    # The index of the log is never synced; SQLite makes it anew.
    (folder / f"{FILE}-shm").unlink(missing_ok=True)
    if before.get(log, (0, 0))[1] or not log.is_file():
        return []
    size = log.stat().st_size
    left = max(int(size * share), synced.sizes.get(str(log), 0))
    os.truncate(log, min(size, left))
    return [log.name] if left < size else []


def _read(trace: Path) -> _Synced:
    found = _Synced()
    for line in trace.read_text(encoding="utf-8").splitlines():
        note = json.loads(line)
        if "synced" in note:
            found.files[note["synced"]] = note["at"]
            found.sizes[note["synced"]] = note["size"]
            found.names.setdefault(note["synced"], set()).update(note["holds"])
    return found
