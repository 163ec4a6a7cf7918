"""Rounds of faults: a knowledge base is disturbed, looked at by a fresh process, used again.

After every round one generation must be live and complete, answers must be wholly of the version
before or after, and the next refresh must work and clear away what was left.
"""

from __future__ import annotations

import json
import multiprocessing
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from ingest.passages import passages_of
from knowledge.answering import Composer
from knowledge.assistant import Assistant
from knowledge.errors import LianwenError
from knowledge.lexical import LexicalIndex
from knowledge.model import Question
from knowledge.store import Generation, Store
from knowledge.store.tables import DocumentRow, HeldRow
from knowledge.vectors import ASKS, PASSAGES, VectorIndex
from tests.fakes import TinyEncoder
from tests.ingest.faulty import (
    NOTHING,
    QUESTIONS,
    SIGN,
    Fault,
    Place,
    lighten,
    mark_of,
    refresh,
    work,
)

OLD, NEW, BROKEN = "old", "new", "broken"
PATIENCE = 120.0
# Each process is forked from one that has imported everything and opened nothing: as fresh as
# one that is started, in a twentieth of the time.
_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["tests.ingest.warmed"])


@dataclass(slots=True)
class Disturbed:
    """What came of a disturbed operation: "killed", "done", "refused" or "raised"."""

    outcome: str
    words: str = ""
    steps: list[str] = field(default_factory=list)
    passed: list[str] = field(default_factory=list)
    """The steps that were finished, as far as a trace was kept."""
    seconds: float = 0.0


@dataclass(slots=True)
class Round:
    """One fault and what was found after it. ``alive``: "old", "new" or "broken"."""

    kind: str
    operation: str
    outcome: str
    alive: str
    words: str = ""
    problems: list[str] = field(default_factory=list)


def disturb(
    place: Place,
    operation: str,
    version: int,
    fault: Fault,
    *,
    trace: Path | None = None,
    kill_after: float | None = None,
) -> Disturbed:
    """Run an operation in a process of its own, with a fault.

    :param trace: a new file, outside the data directory.
    :param kill_after: seconds after its begin at which it is killed, wherever it is.
    """
    ours, theirs = _CONTEXT.Pipe()
    process = _CONTEXT.Process(target=work, args=(place, operation, version, fault, trace, theirs))
    process.start()
    theirs.close()
    try:
        ours.recv()
        begun = time.monotonic()
        if kill_after is not None:
            time.sleep(kill_after)
            process.kill()
        told = _received(ours)
        process.join(PATIENCE)
        found = Disturbed("killed", seconds=time.monotonic() - begun)
    finally:
        process.kill()
        process.join()
    if told is not None:
        found.outcome = told[0]
        found.steps, found.words = (told[1], "") if told[0] == "done" else ([], told[1])
    notes = _notes(trace)
    found.passed = [each["passed"] for each in notes if "passed" in each]
    found.words = found.words or next((_place_of(each) for each in notes if "killed" in each), "")
    return found


def count_steps(place: Place, operation: str, version: int) -> Disturbed:
    """Run an operation undisturbed: its steps, and how long it takes."""
    found = disturb(place, operation, version, Fault(NOTHING))
    if found.outcome != "done":
        raise AssertionError(f"{operation} fails undisturbed: {found.words}")
    return found


def examine(place: Place, old: int, new: int) -> tuple[str, list[str]]:
    """What a fresh process finds: which version is alive (``old`` 0: none), and what is wrong."""
    return _elsewhere(_examine, place, old, new)


def use_again(place: Place, version: int) -> list[str]:
    """The next refresh, in a fresh process: what is wrong afterwards."""
    return _elsewhere(_use_again, place, version)  # type: ignore[no-any-return]


def prepare(place: Place, versions: int = 2) -> None:
    """Refresh an empty place to the versions 1 … in a process of its own."""
    problems = _elsewhere(_prepare, place, versions)
    if problems:
        raise AssertionError(problems)


def judge(
    place: Place, kind: str, found: Disturbed, operation: str, old: int, new: int, after: int
) -> Round:
    """Look at what a fault left, and refresh to version ``after``, in one fresh process."""
    (alive, problems), later = _elsewhere(_judge, place, old, new, after)
    switched = sorted({"Store.publish", "Store.make_live"} & set(found.passed))
    if alive == OLD and new != old:
        if found.outcome == "done":
            problems.append("it was done, and the old version is alive")
        if switched:
            problems.append(f"{switched} had ended, and the old version is alive")
    if found.outcome == "raised":
        problems.append(f"not a sentence but {found.words}")
    problems += later
    return Round(
        kind, operation, found.outcome, BROKEN if problems else alive, found.words, problems
    )


def _prepare(place: Place, versions: int) -> list[str]:
    return [each for version in range(1, versions + 1) for each in _use_again(place, version)]


def _judge(place: Place, old: int, new: int, after: int) -> Any:
    return _examine(place, old, new), _use_again(place, after)


def _examine(place: Place, old: int, new: int) -> tuple[str, list[str]]:
    store = place.store()
    try:
        return _examined(store, old, new)
    except LianwenError as error:
        return BROKEN, [f"it does not answer: {error}"]
    finally:
        store.close()


def _examined(store: Store, old: int, new: int) -> tuple[str, list[str]]:
    kept = store.generations()
    live = [each for each in kept if each.live]
    if not kept and not old:
        return OLD, []
    if len(live) != 1:
        return BROKEN, [f"{len(live)} generations are live"]
    problems = [each for generation in kept for each in _incomplete(store, generation)]
    answers = _answers(store)
    versions = [
        version
        for version in dict.fromkeys((old, new))
        if version and all(mark_of(version) in text for text in answers)
    ]
    if len(versions) != 1:
        return BROKEN, [*problems, f"answers are of no one version: {answers}"]
    others = [
        clause.text
        for entry in store.held(live[0].id)
        for clause in entry.parsed.clauses
        if SIGN in clause.text and mark_of(versions[0]) not in clause.text
    ]
    problems += [f"rows of another version: {text}" for text in others]
    return (OLD if versions[0] == old else NEW), problems


def _answers(store: Store) -> list[str]:
    assistant = Assistant(store, TinyEncoder(), Composer("纪检"))
    answers = [assistant.ask(Question(text)) for text in QUESTIONS]
    return ["\n".join(citation.quote for citation in each.citations[:1]) for each in answers]


def _incomplete(store: Store, generation: Generation) -> list[str]:
    """What a generation that is kept lacks or has too much."""
    name, folder = generation.name, store.folder(generation.name)
    expected = {p.id for e in store.held(generation.id) for p in passages_of(e.parsed)}
    try:
        index = VectorIndex.open(folder / "chroma", model="tiny")
        dense, asks = set(index.entries(PASSAGES)), set(index.entries(ASKS))
        vectors = index.vectors_by_hash()
        reached = {hit.id for hit in index.search(next(iter(vectors.values())), len(expected))}
        index.close()
        lexical = LexicalIndex(folder / "lexical.sqlite3")
        worded, asked = set(lexical.passage_ids()), set(lexical.ask_ids())
    except (LianwenError, OSError, StopIteration) as error:
        return [f"{name} does not open: {error}"]
    wrong = {
        "Chroma": dense != expected,
        "the graph": reached != expected,
        "FTS": worded != expected,
        "asks": asks != asked or not asks,
        "the row": generation.passages != len(expected) or not expected,
    }
    return [f"{name}: {what} differs" for what, differs in wrong.items() if differs]


def _use_again(place: Place, version: int) -> list[str]:
    try:
        store = place.store(create=True)
        refresh(store, version, place.steady)
    except LianwenError as error:
        return [f"the next refresh fails: {error}"]
    alive, problems = _examine(place, 0, version)
    if alive != NEW:
        problems.append(f"version {version} is not live after its refresh")
    kept = {each.name for each in (*store.generations(), *store.staged())}
    there = {each.name for each in store.generations_folder.iterdir()}
    problems += [f"left over: {sorted(there - kept)}"] if there - kept else []
    problems += [f"missing: {sorted(kept - there)}"] if kept - there else []
    with store.database.reading() as session:
        documents = set(session.scalars(sa.select(DocumentRow.id)))
        lost = documents - set(session.scalars(sa.select(HeldRow.document_id)))
    problems += [f"{len(lost)} documents that no generation holds"] if lost else []
    store.close()
    return problems


def _elsewhere(function: Callable[..., Any], *given: Any) -> Any:
    ours, theirs = _CONTEXT.Pipe()
    process = _CONTEXT.Process(target=_answer, args=(theirs, function, *given))
    process.start()
    theirs.close()
    try:
        told = _received(ours)
    finally:
        process.join(PATIENCE)
        process.kill()
    if told is None:
        raise AssertionError(f"{function.__name__} came to no end")
    return told


def _answer(out: Connection, function: Callable[..., Any], *given: Any) -> None:
    lighten()
    out.send(function(*given))


def _received(source: Connection) -> Any:
    with suppress(EOFError):
        if source.poll(PATIENCE):
            return source.recv()
    return None


def _notes(trace: Path | None) -> list[dict[str, Any]]:
    if trace is None or not trace.is_file():
        return []
    return [json.loads(line) for line in trace.read_text(encoding="utf-8").splitlines()]


def _place_of(note: dict[str, Any]) -> str:
    return f"{'after' if note['after'] else 'before'} {note['killed']}"
