"""Builds a generation beside the live one: reuses unchanged vectors, embeds the rest,
then switches in one transaction. A failure at any point leaves the live one as it was.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from sqlite3 import Error as SqliteError

import numpy as np
from filelock import FileLock, Timeout
from numpy.typing import NDArray

from ingest.asks import BankEntry, ask_bank, asks_of
from ingest.calibrating import calibrate
from ingest.merging import merge
from ingest.passages import passages_of
from knowledge.embedding import Encoder
from knowledge.errors import BusyError, LianwenError, StoreError, UnreadableError
from knowledge.intents import Intent, examples
from knowledge.lexical import LexicalIndex
from knowledge.library import Library
from knowledge.model import Ask, Passage
from knowledge.store import Generation, Held, Store
from knowledge.vectors import ASKS, PASSAGES, VectorIndex

log = logging.getLogger(__name__)

Vector = NDArray[np.float32]
Progress = Callable[[int, int], None]
"""Called with (texts done, texts in all) while vectors are computed."""


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
    bank: Mapping[str, Sequence[BankEntry]] | None = None,
    progress: Progress | None = None,
) -> BuildReport:
    """Build and publish a generation of what is held already and what is given.

    :param given: documents to hold; one with the title and version of a held
        one takes its place.
    :param replace_all: hold nothing but what is given.
    :param bank: the asks to tie to clauses; the shipped ones where it is None.
    :raises BusyError: another process is building on the same data directory.
    :raises UnreadableError: there is not a single clause to hold.
    :raises StoreError: the data directory cannot be written.
    """
    lock = FileLock(store.data_dir / "ingest.lock", timeout=0)
    try:
        with lock:
            asked = ask_bank() if bank is None else bank
            return _build(given, store, encoder, replace_all, asked, progress)
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
    bank: Mapping[str, Sequence[BankEntry]],
    progress: Progress | None,
) -> BuildReport:
    live = store.live_generation()
    _sweep(store)
    before = store.held(live.id) if live and not replace_all else []
    held = merge(before, given)
    passages = [passage for entry in held for passage in passages_of(entry.parsed)]
    asks = list(asks_of((entry.parsed for entry in held), bank))
    if not passages:
        raise UnreadableError("没有读到任何条文。请检查文件内容，或换一个文件夹再试。")
    known = _known_vectors(store, live, encoder.name)
    name = f"g{secrets.token_hex(6)}"
    folder = store.folder(name)
    try:
        advance = _counter(progress, _fresh(passages, asks, known))
        vectors, embedded = _vectors(passages, asks, known, encoder, advance)
        _write_indexes(folder, held, passages, asks, vectors, encoder, advance)
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


def _known_vectors(store: Store, live: Generation | None, model: str) -> dict[str, Vector]:
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


def _fresh(passages: Sequence[Passage], asks: Sequence[Ask], known: Mapping[str, Vector]) -> int:
    """How many texts are to be embedded, the examples of the calibration with them."""
    hashes = {p.content_hash for p in passages} | {_hash(a) for a in asks}
    return len(hashes - known.keys()) + sum(len(examples(intent)) for intent in Intent)


def _counter(progress: Progress | None, total: int) -> Callable[[int], None]:
    done = 0

    def advance(count: int) -> None:
        nonlocal done
        done += count
        if progress:
            progress(done, total)

    advance(0)
    return advance


def _vectors(
    passages: Sequence[Passage],
    asks: Sequence[Ask],
    known: Mapping[str, Vector],
    encoder: Encoder,
    advance: Callable[[int], None],
) -> tuple[dict[str, Vector], int]:
    """Vectors (d,) by content hash, of passages and asks; and how many passages were computed."""
    fresh = {p.content_hash: p.text for p in passages if p.content_hash not in known}
    asked = {_hash(a): a.text for a in asks if _hash(a) not in known}
    vectors = dict(known)
    if fresh:
        computed = encoder.encode_passages(list(fresh.values()), advance)
        vectors.update(zip(fresh, computed, strict=True))
    if asked:
        computed = encoder.encode_queries(list(asked.values()), advance)
        vectors.update(zip(asked, computed, strict=True))
    return vectors, len(fresh)


def _hash(ask: Ask) -> str:
    """Decides whether an earlier vector may be reused; never that of a passage."""
    return hashlib.sha256(f"ask\n{ask.text}".encode()).hexdigest()


def _write_indexes(
    folder: Path,
    held: Sequence[Held],
    passages: Sequence[Passage],
    asks: Sequence[Ask],
    vectors: Mapping[str, Vector],
    encoder: Encoder,
    advance: Callable[[int], None],
) -> None:
    folder.mkdir(parents=True)
    index = VectorIndex.create(folder / "chroma", model=encoder.name)
    try:
        for kind, entries in (
            (PASSAGES, [(p.id, p.content_hash) for p in passages]),
            (ASKS, [(a.id, _hash(a)) for a in asks]),
        ):
            if entries:
                ids, hashes = zip(*entries, strict=True)
                index.add(ids, hashes, np.stack([vectors[each] for each in hashes]), to=kind)
        asked = {ask.text: vectors[_hash(ask)] for ask in asks}
        calibrate(index, encoder, asked, advance).save(folder)
    finally:
        index.close()
    library = Library(entry.parsed for entry in held)
    LexicalIndex.create(
        folder / "lexical.sqlite3",
        (
            (
                passage.id,
                passage.text,
                library.documents[passage.document_id].title,
                " ".join(library.clauses[passage.clause_id].path),
                passage.body,
            )
            for passage in passages
        ),
        asks,
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
