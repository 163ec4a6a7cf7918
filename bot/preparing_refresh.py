"""Prepares one refresh in a process of its own, for the bot, which goes on answering meanwhile.

How far it is goes to standard output, a JSON object a line: {"phase", "done", "of"}. What comes
of it goes into the refresh's row.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from pydantic import TypeAdapter, ValidationError

from ingest.generation import discard
from ingest.preparing import base_documents, prepare
from ingest.preview import PREVIEW
from ingest.proposing import Proposer
from ingest.reading import FileRead, FileRefused, Readers
from knowledge.embedding import Encoder
from knowledge.errors import LianwenError
from knowledge.rehearsal import Answering, kept_questions
from knowledge.store import Generation, Refresh, Refreshes, RefreshState, Source, Store
from knowledge.store.refreshes import FOLDER

log = logging.getLogger(__name__)

READING = "读取文件"
# Another refresh takes minutes at most.
PATIENCE = 1800.0
# Questions are answered first: two cores must not notice that something is built beside them.
NICENESS = 10

_CACHED = TypeAdapter(list[FileRead | FileRefused])


def prepare_refresh(
    number: int,
    store: Store,
    refreshes: Refreshes,
    encoder: Encoder,
    answering: Callable[[Generation | None], Answering],
    proposer: Proposer | None = None,
) -> None:
    """Read the refresh's files, stage a generation, and keep the preview.

    The row goes from BUILDING to READY, or back to COLLECTING with the sentence of what failed.

    :param proposer: makes asks for new clauses; None to hold no generated asks.
    :raises LianwenError: there is no such refresh being built.
    """
    refresh = refreshes.get(number)
    if refresh is None or refresh.state is not RefreshState.BUILDING:
        raise LianwenError(f"没有正在建立的第 {number} 号更新。请在聊天里点“预览”。")
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    with _ending_in_order():
        _prepare_and_keep(refresh, store, refreshes, encoder, answering, proposer)


def _prepare_and_keep(
    refresh: Refresh,
    store: Store,
    refreshes: Refreshes,
    encoder: Encoder,
    answering: Callable[[Generation | None], Answering],
    proposer: Proposer | None,
) -> None:
    number = refresh.id
    try:
        read, refused = _read(store.data_dir / FOLDER / str(number), refresh)
        prepared = prepare(
            read,
            refused,
            store=store,
            encoder=encoder,
            answering=answering,
            questions=kept_questions(store.data_dir),
            said=_said(refresh),
            base=base_documents(),
            patience=PATIENCE,
            proposer=proposer,
            phase=_tell,
        )
    except LianwenError as error:
        log.warning("refresh %s failed", number, exc_info=True)
        _end(refreshes, number, RefreshState.COLLECTING, {"error": str(error)})
        return
    generation = prepared.generation
    outcome = {
        "preview": PREVIEW.dump_python(prepared.preview, mode="json"),
        "generation": generation.name if generation else "",
    }
    staged = generation.id if generation else None
    taken = False
    try:
        taken = _end(refreshes, number, RefreshState.READY, outcome, staged)
    finally:
        if generation and not taken:
            discard(store, generation)  # it was cancelled meanwhile


@contextmanager
def _ending_in_order() -> Iterator[None]:
    """Let go of what was staged when the bot ends this process: it is as large as what is live."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only that one hears signals
        return
    before = signal.signal(signal.SIGTERM, _end_now)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _end_now(number: int, _: FrameType | None) -> None:
    # Once is enough: a second one must not break off what tidies up.
    signal.signal(number, signal.SIG_IGN)
    raise SystemExit(128 + number)


def _read(folder: Path, refresh: Refresh) -> tuple[list[FileRead], list[FileRefused]]:
    outcomes: list[FileRead | FileRefused] = []
    with Readers() as readers:
        for number, source in enumerate(refresh.sources):
            _tell(READING, number, len(refresh.sources))
            outcomes += _read_once(readers, folder, source)
        _tell(READING, len(refresh.sources), len(refresh.sources))
    read = [each for each in outcomes if isinstance(each, FileRead)]
    return read, [each for each in outcomes if isinstance(each, FileRefused)]


def _read_once(readers: Readers, folder: Path, source: Source) -> Sequence[FileRead | FileRefused]:
    """What a file holds; a scan takes minutes, so that it is read once whatever is corrected."""
    kept = folder / f"{source.sha256}.json"
    try:
        return _CACHED.validate_json(kept.read_bytes())
    except FileNotFoundError:
        pass
    except ValidationError:  # another version of the program kept it
        log.warning("%s is read again", kept.name, exc_info=True)
    outcomes = _named(readers, folder, source)
    if any(isinstance(each, FileRefused) for each in outcomes):
        return outcomes  # another time there may be room, or time
    partial = kept.with_suffix(".part")
    partial.write_bytes(_CACHED.dump_json(outcomes))
    partial.replace(kept)
    return outcomes


def _named(readers: Readers, folder: Path, source: Source) -> list[FileRead | FileRefused]:
    """Read a file under the name that it came with: what it is called may be all its title."""
    named = folder / "named" / source.sha256[:16]
    named.mkdir(parents=True, exist_ok=True)
    path = named / _safe(source.name)
    try:
        shutil.copyfile(folder / source.sha256, path)

        def told(done: int, total: int) -> None:
            _tell(f"识别「{source.name}」", done, total)

        return list(readers.read(path, told))
    finally:
        shutil.rmtree(named, ignore_errors=True)


def _safe(name: str) -> str:
    """A name from a message as one part of a path."""
    kept = "".join("_" if c in '/\\:*?"<>|\0' or ord(c) < 32 else c for c in name)  # noqa: PLR2004  # controls
    stem, dot, suffix = kept.strip(". ").rpartition(".")
    # File systems take 255 bytes, and a Chinese character has three.
    return f"{stem[:60]}{dot}{suffix[:10]}" if stem else (suffix[:60] or "文件")


def _said(refresh: Refresh) -> dict[str, dict[str, Any]]:
    return {
        document: dict(said)
        for source in refresh.sources
        for document, said in source.stated.items()
    }


def _end(
    refreshes: Refreshes,
    number: int,
    state: RefreshState,
    outcome: dict[str, Any],
    staged_id: int | None = None,
) -> bool:
    building = [RefreshState.BUILDING]
    moved = refreshes.move(number, building, state, staged_id=staged_id, outcome=outcome)
    return moved is not None


def _tell(phase: str, done: int, of: int) -> None:
    print(json.dumps({"phase": phase, "done": done, "of": of}), flush=True)  # noqa: T201  # read by the bot
