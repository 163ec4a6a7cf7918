"""Builds a generation beside the live one: reuses unchanged vectors, embeds the rest,
then switches in one transaction. A failure at any point leaves the live one as it was.
"""

from __future__ import annotations

import logging
import secrets
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from sqlite3 import Error as SqliteError

import numpy as np
from filelock import FileLock, Timeout
from numpy.typing import NDArray

from ingest.merging import merge
from ingest.passages import passages_of
from knowledge.embedding import Encoder
from knowledge.errors import BusyError, LianwenError, StoreError, UnreadableError
from knowledge.lexical import LexicalIndex
from knowledge.library import Library
from knowledge.model import Passage
from knowledge.store import Generation, Held, Store
from knowledge.vectors import VectorIndex

log = logging.getLogger(__name__)

Progress = Callable[[int, int], None]
"""Called with (passages done, passages in all) while vectors are computed."""


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build did; ``warnings`` are sentences for an admin."""

    generation: Generation
    documents: int
    clauses: int
    embedded: int
    reused: int
    warnings: tuple[str, ...]


def build(
    given: Sequence[Held],
    *,
    store: Store,
    encoder: Encoder,
    replace_all: bool = False,
    progress: Progress | None = None,
) -> BuildReport:
    """Build and publish a generation of what is held already and what is given.

    :param given: documents to hold; one with the title and version of a held
        one takes its place.
    :param replace_all: hold nothing but what is given.
    :raises BusyError: another process is building on the same data directory.
    :raises UnreadableError: there is not a single clause to hold.
    :raises StoreError: the data directory cannot be written.
    """
    lock = FileLock(store.data_dir / "ingest.lock", timeout=0)
    try:
        with lock:
            return _build(given, store, encoder, replace_all, progress)
    except Timeout as error:
        raise BusyError(
            "另一个进程正在更新这个知识库。请等它结束后再试，现有知识库不受影响。"
        ) from error
    except LianwenError:
        raise
    except (OSError, SqliteError) as error:
        raise StoreError(
            f"写入知识库失败（{error}）。请检查数据目录权限和磁盘空间后重试，现有知识库不受影响。"
        ) from error


def _build(
    given: Sequence[Held],
    store: Store,
    encoder: Encoder,
    replace_all: bool,
    progress: Progress | None,
) -> BuildReport:
    live = store.live_generation()
    _sweep(store)
    before = store.held(live.id) if live and not replace_all else []
    held = merge(before, given)
    passages = [passage for entry in held for passage in passages_of(entry.parsed)]
    if not passages:
        raise UnreadableError("没有读到任何条文。请检查文件内容，或换一个文件夹再试。")
    known = _known_vectors(store, live, encoder.name)
    name = f"g{secrets.token_hex(6)}"
    folder = store.folder(name)
    try:
        vectors, embedded = _vectors(passages, known, encoder, progress)
        _write_indexes(folder, held, passages, vectors, encoder.name)
        generation = store.publish(name, encoder.name, len(passages), held)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    _sweep(store)
    return BuildReport(
        generation=generation,
        documents=len(held),
        clauses=sum(len(entry.parsed.clauses) for entry in held),
        embedded=embedded,
        reused=len(passages) - embedded,
        warnings=tuple(
            f"《{entry.parsed.document.title}》{warning}"
            for entry in given
            for warning in entry.parsed.warnings
        ),
    )


def _known_vectors(
    store: Store, live: Generation | None, model: str
) -> dict[str, NDArray[np.float32]]:
    if live is None or live.model != model:
        return {}
    try:
        index = VectorIndex.open(store.folder(live.name) / "chroma", model=model)
    except LianwenError:
        # A lost index is why someone rebuilds: embed everything anew.
        log.warning("live vectors cannot be reused", exc_info=True)
        return {}
    try:
        return index.vectors_by_hash()
    finally:
        index.close()


def _vectors(
    passages: Sequence[Passage],
    known: dict[str, NDArray[np.float32]],
    encoder: Encoder,
    progress: Progress | None,
) -> tuple[NDArray[np.float32], int]:
    """Vectors of shape (n, d) in the passages' order, and how many were computed."""
    fresh = {p.content_hash: p.text for p in passages if p.content_hash not in known}
    total = len(fresh)
    done = 0

    def advance(count: int) -> None:
        nonlocal done
        done += count
        if progress:
            progress(done, total)

    if fresh:
        if progress:
            progress(0, total)
        computed = encoder.encode_passages(list(fresh.values()), advance)
        known = {**known, **dict(zip(fresh, computed, strict=True))}
    return np.stack([known[passage.content_hash] for passage in passages]), total


def _write_indexes(
    folder: Path,
    held: Sequence[Held],
    passages: Sequence[Passage],
    vectors: NDArray[np.float32],
    model: str,
) -> None:
    folder.mkdir(parents=True)
    index = VectorIndex.create(folder / "chroma", model=model)
    try:
        index.add([p.id for p in passages], [p.content_hash for p in passages], vectors)
    finally:
        index.close()
    library = Library(entry.parsed for entry in held)
    LexicalIndex.create(
        folder / "lexical.sqlite3",
        (
            (
                passage.id,
                library.documents[passage.document_id].title,
                " ".join(library.clauses[passage.clause_id].path),
                passage.body,
            )
            for passage in passages
        ),
    )


def _sweep(store: Store) -> None:
    """Delete folders that no kept generation names: old ones, and leftovers of a crash."""
    root = store.generations_folder
    kept = {generation.name for generation in store.generations()}
    for folder in root.iterdir() if root.is_dir() else ():
        if folder.name not in kept:
            shutil.rmtree(folder, ignore_errors=True)


def roll_back(store: Store) -> Generation:
    """Make the generation before the live one live again.

    :raises StoreError: there is none.
    """
    kept = store.generations()
    live = next((each for each in kept if each.live), None)
    earlier = [each for each in kept if live and each.id < live.id]
    if not earlier:
        raise StoreError("没有可以退回的版本。知识库更新过一次以后才有上一版。")
    store.make_live(earlier[0].id)
    return earlier[0]
