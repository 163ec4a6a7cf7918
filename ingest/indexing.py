"""Writes one generation's folder: vectors, keywords, calibration.

What has not changed since the live generation is taken over from it: vectors by the hash of
their content, and the dense index as a whole, where little of it changes.
"""

from __future__ import annotations

import hashlib
import logging
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from ingest import proposals
from ingest.calibrating import calibrate
from knowledge.calibration import Calibration
from knowledge.disk import copy_index, settle, settle_names
from knowledge.embedding import Encoder
from knowledge.errors import LianwenError, StoreError
from knowledge.intents import Intent, examples
from knowledge.lexical import LexicalIndex
from knowledge.library import Library
from knowledge.model import Ask, Passage
from knowledge.store import Held
from knowledge.vectors import ASKS, PASSAGES, VectorIndex

log = logging.getLogger(__name__)

Vector = NDArray[np.float32]
Progress = Callable[[int, int], None]
"""Called with (texts done, texts in all) while vectors are computed."""

CHROMA, LEXICAL, EXAMPLES = "chroma", "lexical.sqlite3", "examples.npz"
# Raise it when what the same documents are built into changes: only vectors are taken over then.
LAYOUT = "3"
_LAYOUT_FILE = "layout.txt"
# What is taken out of the graph stays in it as a dead end: from this share on it is built anew.
_MOST_CHANGED = 0.3
_CHURN = "churn.txt"


@dataclass(frozen=True, slots=True)
class Plan:
    """What a generation is to hold; ``proposed`` keeps what its generated asks are made of."""

    held: Sequence[Held]
    passages: Sequence[Passage]
    asks: Sequence[Ask]
    proposed: proposals.Kept = field(default_factory=dict)

    def fingerprint(self, model: str) -> str:
        """The same (64 hexadecimal digits) for builds that would come out the same."""
        digest = hashlib.sha256(f"{LAYOUT}\n{model}\n".encode())
        # In whichever order they came: it changes nothing of what is found.
        for entry in sorted(self.held, key=lambda each: each.parsed.document.id):
            document = entry.parsed.document
            since = f"{document.superseded_by}\t{document.superseded_on}"
            digest.update(f"{document.id}\t{entry.origin}\t{since}\n".encode())
        for passage in sorted(self.passages, key=lambda each: each.id):
            digest.update(f"{passage.id}\t{passage.content_hash}\n".encode())
        for ask in sorted(self.asks, key=lambda each: each.id):
            digest.update(f"{ask.id}\t{ask_hash(ask.text)}\n".encode())
        for text in _example_texts():
            digest.update(f"{text}\n".encode())
        return digest.hexdigest()


@dataclass(slots=True)
class Base:
    """What may be taken over from the live generation; empty where nothing may."""

    folder: Path | None = None
    vectors: dict[str, Vector] = field(default_factory=dict)
    entries: dict[str, dict[str, str]] = field(default_factory=dict)


def base_of(folder: Path, model: str) -> Base:
    """What the generation in ``folder``, built by ``model``, has to give."""
    try:
        index = VectorIndex.open(folder / CHROMA, model=model)
        try:
            vectors = index.vectors_by_hash()
            entries = {kind: index.entries(kind) for kind in (PASSAGES, ASKS)}
        finally:
            index.close()
    except LianwenError:
        # A lost index is why someone rebuilds: embed everything anew.
        log.warning("live vectors cannot be reused", exc_info=True)
        return Base()
    vectors.update(_known_examples(folder))
    if _written_in(folder / _LAYOUT_FILE) != LAYOUT:
        return Base(None, vectors)
    return Base(folder, vectors, entries)


def is_sound(folder: Path, model: str, passages: int) -> bool:
    """Whether a generation's folder can be searched; damage deep inside may stay unseen."""
    try:
        index = VectorIndex.open(folder / CHROMA, model=model)
        try:
            whole = index.count() == passages and index.is_searchable()
        finally:
            index.close()
        Calibration.load(folder)
        return whole and bool(LexicalIndex(folder / LEXICAL).vocabulary())
    except LianwenError:
        log.warning("the live generation is damaged", exc_info=True)
        return False


def write(folder: Path, plan: Plan, base: Base, encoder: Encoder, progress: Progress | None) -> int:
    """Write everything into a new ``folder``, and see to it that it outlasts a power cut.

    :returns: how many passages were embedded.
    """
    vectors, embedded = _vectors(plan, base.vectors, encoder, progress)
    folder.mkdir(parents=True)
    index = _filled(folder, plan, base, encoder.name, vectors)
    try:
        # From what people wrote alone, as ``calibrate`` itself looks past what a model made.
        written = (ask.text for ask in plan.asks if not ask.is_generated)
        asked = {text: vectors[ask_hash(text)] for text in written}
        examined = {text: vectors[ask_hash(text)] for text in _example_texts()}
        calibrate(index, asked, examined, encoder.name, _earlier(base)).save(folder)
    finally:
        index.close()
    _keep_examples(folder, vectors)
    _write_keywords(folder / LEXICAL, plan)
    proposals.write(folder, plan.proposed)
    (folder / _LAYOUT_FILE).write_text(LAYOUT, encoding="ascii")
    # On the disk before any row says that it is there.
    settle(folder)
    settle_names(folder.parent)
    return embedded


def ask_hash(text: str) -> str:
    """Decides whether an earlier vector of a question may be reused; never that of a passage."""
    return hashlib.sha256(f"ask\n{text}".encode()).hexdigest()


def _vectors(
    plan: Plan, known: Mapping[str, Vector], encoder: Encoder, progress: Progress | None
) -> tuple[dict[str, Vector], int]:
    """Vectors (d,) by content hash, of passages, asks and examples."""
    fresh = {p.content_hash: p.text for p in plan.passages if p.content_hash not in known}
    questions = (*(ask.text for ask in plan.asks), *_example_texts())
    asked = {at: text for text in questions if (at := ask_hash(text)) not in known}
    advance = _counter(progress, len(fresh) + len(asked))
    vectors = dict(known)
    if fresh:
        computed = encoder.encode_passages(list(fresh.values()), advance)
        vectors.update(zip(fresh, computed, strict=True))
    if asked:
        computed = encoder.encode_queries(list(asked.values()), advance)
        vectors.update(zip(asked, computed, strict=True))
    return vectors, len(fresh)


def _counter(progress: Progress | None, total: int) -> Callable[[int], None]:
    done = 0

    def advance(count: int) -> None:
        nonlocal done
        done += count
        if progress:
            progress(done, total)

    advance(0)
    return advance


def _filled(
    folder: Path, plan: Plan, base: Base, model: str, vectors: Mapping[str, Vector]
) -> VectorIndex:
    """The index with everything in it, each entry within reach."""
    index = _start(folder, plan, base, model)
    try:
        _fill(index, plan, vectors)
        if not (folder / _CHURN).exists() or index.is_connected():
            return index
        log.info("the graph has come apart; it is built anew")
        index.close()
        shutil.rmtree(folder / CHROMA)
        (folder / _CHURN).unlink()
        index = VectorIndex.create(folder / CHROMA, model=model)
        _fill(index, plan, vectors)
    except BaseException:
        index.close()
        raise
    return index


def _fill(index: VectorIndex, plan: Plan, vectors: Mapping[str, Vector]) -> None:
    """Take out what is held no more, and put in what is not there yet."""
    for kind, entries in _entries(plan).items():
        held = index.entries(kind)
        gone = [each for each, content in held.items() if entries.get(each) != content]
        index.remove(gone, among=kind)
        new = {each: at for each, at in entries.items() if held.get(each) != at}
        if new:
            index.add(list(new), list(new.values()), _stack(new.values(), vectors), to=kind)


def _start(folder: Path, plan: Plan, base: Base, model: str) -> VectorIndex:
    """An index to put the rest into: a copy of the live one, or an empty one."""
    if base.folder is not None:
        wanted = sum(len(each) for each in _entries(plan).values())
        churn = _churn(base.folder) + _dropped(base, plan)
        if churn <= _MOST_CHANGED * wanted:
            copy_index(base.folder / CHROMA, folder / CHROMA)
            (folder / _CHURN).write_text(str(churn), encoding="ascii")
            return VectorIndex.open(folder / CHROMA, model=model)
    return VectorIndex.create(folder / CHROMA, model=model)


def _earlier(base: Base) -> Calibration | None:
    try:
        return Calibration.load(base.folder) if base.folder else None
    except StoreError:
        log.warning("the live calibration cannot be reused", exc_info=True)
        return None


def _churn(folder: Path) -> int:
    """Entries taken out of the graph since it was last built anew."""
    written = _written_in(folder / _CHURN)
    return int(written) if written.isdigit() else 0


def _written_in(path: Path) -> str:
    return path.read_text(encoding="ascii", errors="replace") if path.is_file() else ""


def _dropped(base: Base, plan: Plan) -> int:
    """How many entries of the live index the plan does not hold."""
    return sum(
        len(base.entries[kind].items() - entries.items())
        for kind, entries in _entries(plan).items()
    )


def _entries(plan: Plan) -> dict[str, dict[str, str]]:
    return {
        PASSAGES: {passage.id: passage.content_hash for passage in plan.passages},
        ASKS: {ask.id: ask_hash(ask.text) for ask in plan.asks},
    }


def _stack(hashes: Iterable[str], vectors: Mapping[str, Vector]) -> NDArray[np.float32]:
    return np.stack([vectors[each] for each in hashes])


def _write_keywords(path: Path, plan: Plan) -> None:
    library = Library(entry.parsed for entry in plan.held)
    LexicalIndex.create(
        path,
        (
            (
                passage.id,
                passage.text,
                library.documents[passage.document_id].title,
                " ".join(library.clauses[passage.clause_id].path),
                passage.body,
            )
            for passage in plan.passages
        ),
        plan.asks,
    )


def _example_texts() -> list[str]:
    return [text for intent in Intent for text in examples(intent)]


def _known_examples(folder: Path) -> dict[str, Vector]:
    path = folder / EXAMPLES
    if not path.is_file():
        return {}
    try:
        with np.load(path, allow_pickle=False) as stored:
            return dict(zip(map(str, stored["hashes"]), stored["vectors"], strict=True))
    except (OSError, ValueError, KeyError, BadZipFile):
        log.warning("vectors of examples cannot be reused", exc_info=True)
        return {}


def _keep_examples(folder: Path, vectors: Mapping[str, Vector]) -> None:
    hashes = list(dict.fromkeys(map(ask_hash, _example_texts())))
    np.savez(folder / EXAMPLES, hashes=np.array(hashes), vectors=_stack(hashes, vectors))
