"""A process that works on a knowledge base and is disturbed at a chosen step.

Steps are the calls that reach the disk or the database, wrapped in that process alone. What was
fsynced is written down as it happens, so that a power cut can be imitated after a kill.
"""

from __future__ import annotations

import errno
import inspect
import json
import os
import resource
import shutil
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
import sqlalchemy as sa
from chromadb.api.models.Collection import Collection

from ingest import calibrating, indexing
from ingest.asks import BankEntry
from ingest.generation import discard, go_live, roll_back, stage
from knowledge.calibration import Calibration
from knowledge.errors import LianwenError
from knowledge.intents import examples
from knowledge.lexical import LexicalIndex
from knowledge.numerals import int_to_chinese
from knowledge.store import Database, Held, Store
from knowledge.vectors import VectorIndex
from tests.fakes import CARS, DINNER_CASE, GIFTS, TinyEncoder, held

KILL, RAISE, CHROMA, LIMIT, NOTHING = "kill", "raise", "chroma", "limit", "nothing"
BANK = {"礼品管理办法": [BankEntry("第二条", "", ("能不能收购物卡", "逢年过节收礼金行吗"))]}
# Each names an article whose words hold the version's mark.
QUESTIONS = ("礼品管理办法第三条", "公务用车办法第二条", "公务接待办法第一条")
SOMETIMES = "值班办法"
SIGN = "号令"
CHROMA_CALLS = ("add", "delete", "get", "query", "count")


@dataclass(frozen=True, slots=True)
class Place:
    """A knowledge base: its data directory, its database's URL ("" for SQLite), and how many
    articles stay what they are.

    They are many, so that a refresh is mostly a copy of the live index, as in earnest. From a
    thousand on Chroma also writes its graph to files; of fewer it keeps a log alone.
    """

    folder: Path
    url: str = ""
    steady: int = 80

    def store(self, *, create: bool = False) -> Store:
        return Store(self.folder, create=create, url=self.url)


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong: before or ``after`` the ``at``-th step (from 1) whose name begins so.

    ``limit`` is the size in bytes that no file may outgrow.
    """

    way: str = NOTHING
    at: int = 0
    after: bool = False
    begins: str = ""
    limit: int = 0


def documents(version: int, steady: int) -> list[Held]:
    """What a version of the knowledge base holds; each text says of which version it is."""
    shelves = "\n\n".join(
        f"第{number}条 {number}号柜里的档案由保管员{number}负责，借阅应当登记。"
        for number in map(int_to_chinese, range(1, steady + 1))
    )
    mark = mark_of(version)
    meals = f"# 公务接待办法\n\n第一条 公务接待按{mark}办理，不得上烟酒。\n\n第二条 应当有公函。"
    texts = [
        GIFTS.replace("十日内", f"{mark}规定的期限内"),
        CARS.replace("封存停驶", f"按{mark}封存停驶"),
        meals,
        f"# 档案管理办法\n\n{shelves}",
        DINNER_CASE,
    ]
    if version % 2:
        articles = (f"第{n}条 {n}号岗按{mark}值班。" for n in "一二三四五六七"[: version % 7 + 1])
        texts.append(f"# {SOMETIMES}\n\n" + "\n\n".join(articles))
    return held(*texts)


def mark_of(version: int) -> str:
    """The words that tell a version."""
    return f"第{version:05d}{SIGN}"


def refresh(store: Store, version: int, steady: int) -> None:
    """Build a version and let it go live."""
    report = _staged(store, version, steady)
    if not report.unchanged:
        go_live(store, report.generation)


def _staged(store: Store, version: int, steady: int) -> Any:
    live = store.live_generation()
    titles = {e.parsed.document.title for e in store.held(live.id)} if live else set()
    removed = () if version % 2 or SOMETIMES not in titles else (SOMETIMES,)
    return stage(
        documents(version, steady), store=store, encoder=TinyEncoder(), removed=removed, bank=BANK
    )


def _back(store: Store, version: int, steady: int) -> None:
    roll_back(store)


def _given_up(store: Store, version: int, steady: int) -> None:
    discard(store, _staged(store, version, steady).generation)


def lighten() -> None:
    """Calibrate on few examples, in this process: fitting takes seconds and is not the matter."""

    def few(intent: Any) -> Any:
        return examples(intent)[:3]

    indexing.examples = calibrating.examples = few  # type: ignore[attr-defined]


OPERATIONS: dict[str, Callable[[Store, int, int], None]] = {
    "refresh": refresh,
    "rollback": _back,
    "discard": _given_up,
}


def work(
    place: Place, operation: str, version: int, fault: Fault, trace: Path | None, out: Connection
) -> None:
    """Run an operation and be disturbed; sends "begun", then what came of it.

    What came of it: ("done", steps), ("refused", sentence) or ("raised", error).
    """
    lighten()
    steps = Steps(fault, trace)
    steps.install()
    if fault.way == LIMIT:
        resource.setrlimit(resource.RLIMIT_FSIZE, (fault.limit, fault.limit))
    out.send("begun")
    try:
        store = place.store(create=True)
        OPERATIONS[operation](store, version, place.steady)
        store.close()
    except LianwenError as error:
        out.send(("refused", str(error)))
    except BaseException as error:  # noqa: BLE001  # which one it was is what is asked
        out.send(("raised", f"{type(error).__name__}: {error}"))
    else:
        out.send(("done", steps.names))


class Steps:
    """Counts the calls that reach the disk, and disturbs one of them."""

    def __init__(self, fault: Fault, trace: Path | None) -> None:
        self.names: list[str] = []
        self._fault = fault
        self._counted = 0
        # Unbuffered: what is written down outlasts the kill.
        self._trace = (
            os.open(trace, os.O_WRONLY | os.O_CREAT | os.O_APPEND) if trace is not None else -1
        )
        self._fsync = os.fsync

    def install(self) -> None:
        """Wrap the steps; there is no way back, so a process of one's own is needed."""
        for owner, names in (
            (VectorIndex, ("create", "open", "add", "remove")),
            (LexicalIndex, ("create",)),
            (Calibration, ("save",)),
            (Store, ("stage", "publish", "discard", "make_live")),
            (Database, ("settle",)),
            (shutil, ("copytree", "rmtree")),
            (np, ("savez", "savez_compressed")),
        ):
            for name in names:
                self._wrap(owner, name, name if owner is shutil or owner is np else "")
        for name in CHROMA_CALLS:
            self._wrap(Collection, name, f"chroma {name}")
        os.fsync = self._synced  # type: ignore[assignment]
        sa.event.listen(sa.Engine, "before_cursor_execute", self._sql)
        sa.event.listen(sa.Engine, "commit", lambda connection: self._pass("sql COMMIT"))

    def _wrap(self, owner: Any, name: str, label: str) -> None:
        own = inspect.getattr_static(owner, name)
        called = getattr(owner, name)
        shown = label or f"{owner.__name__}.{name}"

        def wrapped(*given: Any, **named: Any) -> Any:
            mine = self._before(shown)
            result = called(*given, **named)
            self._after(shown, mine)
            return result

        bound = isinstance(own, classmethod | staticmethod)
        setattr(owner, name, staticmethod(wrapped) if bound else wrapped)

    def _synced(self, descriptor: int) -> None:
        mine = self._before("fsync")
        self._fsync(descriptor)
        path = Path(f"/proc/self/fd/{descriptor}").readlink()
        size = os.fstat(descriptor).st_size
        note = {"synced": str(path), "at": time.time_ns(), "size": size}
        self._note(note | {"holds": list(_names(path))})
        self._after("fsync", mine)

    def _sql(self, connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        verb = statement.split(maxsplit=1)[0].upper()
        if verb not in ("SELECT", "PRAGMA", "BEGIN"):
            self._pass(f"sql {verb}")

    def _pass(self, name: str) -> None:
        self._after(name, self._before(name))

    def _before(self, name: str) -> bool:
        """Whether this step is the one to disturb; where it is and that comes before, do so."""
        self.names.append(name)
        self._counted += name.startswith(self._fault.begins)
        mine = name.startswith(self._fault.begins) and self._counted == self._fault.at
        if mine and not self._fault.after:
            self._disturb(name)
        return mine

    def _after(self, name: str, mine: bool) -> None:
        self._note({"passed": name})
        if mine and self._fault.after:
            self._disturb(name)

    def _disturb(self, name: str) -> None:
        if self._fault.way == KILL:
            self._note({"killed": name, "after": self._fault.after})
            os.kill(os.getpid(), signal.SIGKILL)
        if self._fault.way == RAISE:
            if name.startswith("sql"):
                raise sqlite3.OperationalError("database or disk is full")
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        if self._fault.way == CHROMA:
            raise RuntimeError("Error executing plan: Internal error: disk I/O error")

    def _note(self, what: dict[str, Any]) -> None:
        if self._trace >= 0:
            os.write(self._trace, json.dumps(what).encode() + b"\n")


def _names(path: Path) -> Iterator[str]:
    with suppress(NotADirectoryError):
        yield from (each.name for each in path.iterdir())
