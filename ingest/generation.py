"""A refresh of the knowledge base: built beside the live generation, switched to in one
transaction, taken back in another. A failure at any point leaves the live one as it was.
"""

from __future__ import annotations

import datetime as dt
import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from sqlite3 import Error as SqliteError

from filelock import FileLock, Timeout

from ingest import proposals
from ingest.asks import BankEntry, ask_bank, asks_of
from ingest.comparing import DocumentChange, amendments, compare
from ingest.indexing import Base, Plan, Progress, base_of, is_sound, write
from ingest.merging import merge, without
from ingest.passages import passages_of
from knowledge.amending import Amendment
from knowledge.disk import settle
from knowledge.embedding import Encoder
from knowledge.errors import BusyError, LianwenError, StoreError, UnreadableError
from knowledge.model import Passage
from knowledge.running import INGEST_LOCK
from knowledge.store import Generation, Held, Store

# What nobody has consented to for so long is prepared anew, or not wanted.
STAGED_FOR = dt.timedelta(days=7)
# Each is as large as the live one.
STAGED_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build did; ``warnings`` are sentences for an admin.

    ``generation`` is the one built, or the live one where nothing would change (``unchanged``).
    """

    generation: Generation
    documents: int
    clauses: int
    embedded: int
    reused: int
    warnings: tuple[str, ...]
    unchanged: bool = False


Given = Callable[[Sequence[Held]], Sequence[Held]]
"""What to add, chosen in sight of what is held by then."""


def build(
    given: Sequence[Held] | Given,
    *,
    store: Store,
    encoder: Encoder,
    replace_all: bool = False,
    bank: Mapping[str, Sequence[BankEntry]] | None = None,
    progress: Progress | None = None,
) -> BuildReport:
    """Build a generation of what is held already and what is given, and make it live.

    Takes what ``stage`` takes, and raises what that and ``go_live`` raise.
    """
    report = stage(
        given,
        store=store,
        encoder=encoder,
        replace_all=replace_all,
        bank=bank,
        progress=progress,
    )
    if report.unchanged:
        return report
    try:
        return replace(report, generation=go_live(store, report.generation))
    except BaseException:
        # On a full disk what was staged would keep the room that others need.
        discard(store, report.generation)
        raise


def stage(
    given: Sequence[Held] | Given,
    *,
    store: Store,
    encoder: Encoder,
    replace_all: bool = False,
    removed: Sequence[str] = (),
    rebuild: bool = False,
    bank: Mapping[str, Sequence[BankEntry]] | None = None,
    proposed: proposals.Kept | None = None,
    upon: Generation | None = None,
    progress: Progress | None = None,
    patience: float = 0,
) -> BuildReport:
    """Build a generation that answers nobody yet; the live one is not touched.

    :param given: documents to hold; one with the title and version of a held
        one takes its place.
    :param replace_all: hold nothing but what is given.
    :param removed: titles to hold no longer.
    :param rebuild: take nothing over from the live generation, and build even what is the same.
    :param bank: the asks to tie to clauses; the shipped ones where it is None.
    :param proposed: asks that a model made, to hold besides those that the live generation keeps;
        None to hold none at all.
    :param upon: to be built anew though it be the same; the vectors come from it if it is staged.
    :param patience: seconds to wait for another process that is building.
    :raises BusyError: another process is building on the same data directory.
    :raises UnreadableError: there is not a single clause to hold, or nothing has such a title.
    :raises StoreError: the data directory cannot be written.
    """
    with _alone(store, patience):
        _sweep(store)
        live = store.live_generation()
        before = store.held(live.id) if live and not replace_all else []
        kept = without(before, removed)
        # Chosen only now: while we waited for our turn, others may have changed what is held.
        added = given(kept) if callable(given) else given
        held = merge(kept, added)
        passages = [passage for entry in held for passage in passages_of(entry.parsed)]
        if not passages:
            raise UnreadableError("没有读到任何条文。请检查文件内容，或换一个文件夹再试。")
        known = proposals.read(store.folder(live.name)) if live and proposed is not None else {}
        plan = _plan(held, passages, bank, {**known, **(proposed or {})})
        print_ = plan.fingerprint(encoder.name)
        if live and not (rebuild or upon) and _is_same(store, live, print_, encoder.name):
            return _report(live, plan, 0, added, unchanged=True)
        again = (each for each in store.staged() if upon and each.name == upon.name)
        source = next(again, None if rebuild else live)
        generation, embedded = _stage(store, live, plan, print_, encoder, source, progress)
        return _report(generation, plan, embedded, added)


def go_live(store: Store, staged: Generation, *, patience: float = 60) -> Generation:
    """Let a staged generation answer from now on.

    :param patience: seconds to wait for another process that is building.
    :raises OvertakenError: another one went live since it was built.
    :raises BusyError: another process is building on the same data directory.
    :raises StoreError: it is not there any more.
    """
    with _alone(store, patience):
        amended: list[Amendment] = []
        if any(each.name == staged.name for each in store.staged()):
            folder = store.folder(staged.name)
            if not is_sound(folder, staged.model, staged.passages):
                raise StoreError("这次更新的索引不完整，没有生效。请重新导入文件。")
            # Chroma writes even where one only reads.
            settle(folder)
            amended = list(amendments(changes_of(store, staged)))
        generation = store.publish(staged, amended)
        _sweep(store)
        return generation


def changes_of(store: Store, staged: Generation) -> tuple[DocumentChange, ...]:
    """What a staged generation would change of the one it was built upon."""
    before = store.held(staged.base_id) if staged.base_id is not None else []
    return compare(before, store.held(staged.id))


def discard(store: Store, staged: Generation) -> None:
    """Give up a staged generation; its folder goes with the next refresh, if not now."""
    store.discard(staged)
    try:
        with _alone(store, 0):
            _sweep(store)
    except BusyError:
        return  # whoever builds has swept, or the next one will


def roll_back(store: Store) -> Generation:
    """Make the generation before the live one live again.

    :raises StoreError: there is none, or its indexes are damaged.
    """
    kept = store.generations()
    live = next((each for each in kept if each.live), None)
    earlier = [each for each in kept if live and each.id < live.id]
    if not earlier:
        raise StoreError("没有可以退回的版本。知识库更新过一次以后才有上一版。")
    if not is_sound(store.folder(earlier[0].name), earlier[0].model, earlier[0].passages):
        raise StoreError(
            "上一版的索引已损坏，没有退回，仍用现在这一版。要回到从前的内容，"
            "请重新导入当时的文件，或从备份恢复。"
        )
    store.make_live(earlier[0].id)
    return earlier[0]


@contextmanager
def _alone(store: Store, patience: float) -> Iterator[None]:
    """Build as the only one on a data directory; failures to write as a sentence."""
    try:
        with FileLock(store.data_dir / INGEST_LOCK, timeout=patience):
            yield
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


def _plan(
    held: Sequence[Held],
    passages: Sequence[Passage],
    bank: Mapping[str, Sequence[BankEntry]] | None,
    proposed: proposals.Kept,
) -> Plan:
    parsed = [entry.parsed for entry in held]
    asks = list(asks_of(parsed, ask_bank() if bank is None else bank))
    kept = proposals.still_held(proposed, parsed)
    return Plan(held, passages, [*asks, *proposals.asks_from(parsed, kept, asks)], kept)


def _is_same(store: Store, live: Generation, fingerprint: str, model: str) -> bool:
    same = live.fingerprint == fingerprint
    return same and is_sound(store.folder(live.name), model, live.passages)


def _stage(
    store: Store,
    live: Generation | None,
    plan: Plan,
    fingerprint: str,
    encoder: Encoder,
    source: Generation | None,
    progress: Progress | None,
) -> tuple[Generation, int]:
    usable = source is not None and source.model == encoder.name
    base = base_of(store.folder(source.name), source.model) if source and usable else Base()
    name = f"g{secrets.token_hex(6)}"
    folder = store.folder(name)
    try:
        embedded = write(folder, plan, base, encoder, progress)
        generation = store.stage(
            name,
            encoder.name,
            len(plan.passages),
            plan.held,
            fingerprint=fingerprint,
            base_id=live.id if live else None,
        )
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return generation, embedded


def _report(
    generation: Generation,
    plan: Plan,
    embedded: int,
    given: Sequence[Held],
    *,
    unchanged: bool = False,
) -> BuildReport:
    return BuildReport(
        generation=generation,
        documents=len(plan.held),
        clauses=sum(len(entry.parsed.clauses) for entry in plan.held),
        embedded=embedded,
        reused=len(plan.passages) - embedded,
        warnings=tuple(
            f"《{entry.parsed.document.title}》{warning}"
            for entry in given
            for warning in entry.parsed.warnings
        ),
        unchanged=unchanged,
    )


def _sweep(store: Store) -> None:
    """Delete what no generation needs: folders of old ones, leftovers, what can't go live."""
    expired = dt.datetime.now(dt.UTC) - STAGED_FOR
    live = store.live_generation()
    for position, generation in enumerate(store.staged()):
        overtaken = generation.base_id != (live.id if live else None)
        lost = not store.folder(generation.name).is_dir()
        if overtaken or lost or position >= STAGED_AT_ONCE or generation.created_at < expired:
            store.discard(generation)
    # No folder goes before the disk knows that its row has gone.
    store.database.settle()
    root = store.generations_folder
    kept = {each.name for each in (*store.generations(), *store.staged())}
    for folder in root.iterdir() if root.is_dir() else ():
        if folder.name not in kept:
            shutil.rmtree(folder, ignore_errors=True)
