"""Whole installations for tests of backups: something of everything, and all of it to compare."""

from __future__ import annotations

import os
import secrets
import shutil
from pathlib import Path

import sqlalchemy as sa
from filelock import FileLock

from ingest.passages import passages_of
from knowledge.answering import Composer
from knowledge.assistant import Assistant
from knowledge.calibration import Calibration
from knowledge.keys import load_key
from knowledge.lexical import LexicalIndex
from knowledge.model import Question
from knowledge.people import Member, Role
from knowledge.running import INGEST_LOCK
from knowledge.store import Database, Records, Store
from knowledge.store.base import Base
from knowledge.vectors import VectorIndex
from tests.fakes import CARS, GIFTS, TinyEncoder, held

LEXICON = "塞红包: [礼金]\n"
GIFT = "第三条 因故未能拒收的礼品，什么时候登记上交"


def make(data_dir: Path, url: str = "", *, asked: int = 3) -> Store:
    """A store with a knowledge base of two generations, people, questions and own words."""
    store = Store(data_dir, create=True, url=url)
    publish(store, CARS)
    publish(store, GIFTS)
    records = records_of(store)
    records.members.add(Member(7, Role.OFFICER, "甲"))
    records.audit.append(1001, "invite.made", role="reviewer", department="纪检组")
    records.audit.append(None, "group.moved", chat_id=-5, new_chat_id=-1005)
    for number in range(asked):
        records.asked.add(7, f"能收第{number}份礼吗", "answered", 12, [], False)
    records.inbox.take(41, "正在答的问题")
    (data_dir / "lexicon.yaml").write_text(LEXICON, encoding="utf-8")
    (data_dir / "refreshes" / "1").mkdir(parents=True)
    (data_dir / "refreshes" / "1" / "0a1b").write_bytes(b"sent by an admin")
    (data_dir / "models" / "big").mkdir(parents=True)
    (data_dir / "models" / "big" / "weights").write_bytes(b"made anew")
    return store


def publish(store: Store, *texts: str) -> None:
    """What an ingest does, without fitting anything to the few texts: index, go live, sweep."""
    entries, encoder = held(*texts), TinyEncoder()
    passages = [passage for entry in entries for passage in passages_of(entry.parsed)]
    name = f"g{secrets.token_hex(6)}"
    folder = store.folder(name)
    store.generations_folder.mkdir(exist_ok=True)
    index = VectorIndex.create(folder / "chroma", model=encoder.name)
    ids, hashes, bodies = zip(*((p.id, p.content_hash, p.text) for p in passages), strict=True)
    index.add(ids, hashes, encoder.encode_passages(bodies))
    index.close()
    rows = ((p.id, p.text, "", "", p.body) for p in passages)
    LexicalIndex.create(folder / "lexical.sqlite3", rows)
    Calibration().save(folder)
    with FileLock(store.data_dir / INGEST_LOCK):
        live = store.live_generation()
        base_id = live.id if live else None
        staged = store.stage(name, encoder.name, len(passages), entries, base_id=base_id)
        store.publish(staged)
        kept = {each.name for each in store.generations()}
        for each in store.generations_folder.iterdir():
            if each.name not in kept:
                shutil.rmtree(each)


def records_of(store: Store) -> Records:
    return Records.over(store.database, load_key(store.data_dir))


def answer(data_dir: Path, url: str = "") -> str:
    """What the knowledge base quotes, and what its indexes find."""
    store = Store(data_dir, url=url)
    try:
        assistant = Assistant(store, TinyEncoder(), Composer("纪检组"))
        retriever = assistant.retriever()
        found = retriever.search(retriever.understand(Question(GIFT)))
        quoted = assistant.ask(Question("礼品管理办法第三条")).text
        return f"{quoted}\n{[ranked.score for ranked in found.ranking]}"
    finally:
        store.close()


def rows(database: Database, *but: str) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table, but for these."""
    found = {}
    with database.reading() as session:
        for table in Base.metadata.sorted_tables:
            if table.name not in but:
                query = sa.select(table).order_by(*table.primary_key)
                found[table.name] = [tuple(row) for row in session.execute(query)]
    return found


def files(folder: Path) -> dict[str, bytes]:
    """Every file of a folder, but for locks."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix != ".lock"
    }


ON_POSTGRES = bool(os.environ.get("LIANWEN_TEST_DATABASE_URL"))
