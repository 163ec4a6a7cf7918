"""Builds on a real Chroma and SQLite: reuse, switching, failure, rollback, one writer."""

import subprocess
import sys
import textwrap

import numpy as np
import pytest
from filelock import FileLock

from ingest.asks import BankEntry
from ingest.generation import build, roll_back
from ingest.passages import passages_of
from knowledge.answering import Composer
from knowledge.assistant import Assistant
from knowledge.calibration import Calibration
from knowledge.errors import (
    BusyError,
    IndexMismatchError,
    NotBuiltError,
    StoreError,
    UnreadableError,
)
from knowledge.model import Question
from knowledge.naming import plain_title
from knowledge.numerals import int_to_chinese
from knowledge.store import Store
from knowledge.vectors import PASSAGES, VectorIndex
from tests.fakes import CARS, DINNER_CASE, GIFTS, GIFTS_REVISED, TinyEncoder, held


@pytest.fixture
def encoder():
    return TinyEncoder()


def folders(store):
    return sorted(folder.name for folder in store.generations_folder.iterdir())


def test_a_build_goes_live_with_every_document_and_clause(store, encoder):
    report = build(held(GIFTS, CARS), store=store, encoder=encoder)
    live = store.live_generation()
    assert (live.documents, live.passages) == (2, report.embedded)
    texts = [clause.text for entry in store.held(live.id) for clause in entry.parsed.clauses]
    assert any("十日内登记上交" in text for text in texts)


def test_what_is_stored_comes_back_as_it_was(store, encoder):
    given = held(GIFTS, CARS)
    build(given, store=store, encoder=encoder)
    assert [e.parsed.document for e in store.held(store.live_generation().id)] == [
        e.parsed.document for e in given
    ]
    assert [e.parsed.clauses for e in store.held(store.live_generation().id)] == [
        e.parsed.clauses for e in given
    ]


def test_unchanged_passages_keep_their_vectors(store, encoder):
    first = build(held(GIFTS, CARS), store=store, encoder=encoder)
    second = build(held(GIFTS, CARS), store=store, encoder=encoder)
    assert (second.embedded, second.reused) == (0, first.embedded)
    third = build(held(CARS.replace("封存停驶", "封存")), store=store, encoder=encoder)
    assert third.embedded == 1


def test_two_generations_are_kept_and_no_stray_folder(store, encoder):
    for text in (GIFTS, CARS, GIFTS_REVISED, CARS.replace("封存", "停放")):
        build(held(text), store=store, encoder=encoder)
    kept = store.generations()
    assert len(kept) == 2
    assert folders(store) == sorted(each.name for each in kept)


def test_a_build_that_fails_leaves_the_live_one_answering(store, encoder):
    build(held(GIFTS), store=store, encoder=encoder)
    before = store.live_generation()

    class Failing(TinyEncoder):
        def encode_passages(self, texts, progress=None):
            raise OSError(28, "No space left on device")

    with pytest.raises(StoreError, match="磁盘空间"):
        build(held(CARS), store=store, encoder=Failing())
    assert store.live_generation() == before
    assert folders(store) == [before.name]
    assert ask(store, encoder, "礼品管理办法第三条").citations


def test_a_build_killed_half_way_is_swept_by_the_next(store, encoder):
    build(held(GIFTS), store=store, encoder=encoder)
    leftover = store.folder("g0123456789ab")
    (leftover / "chroma").mkdir(parents=True)
    build(held(CARS), store=store, encoder=encoder)
    assert not leftover.exists()


def test_a_process_killed_while_building_loses_nothing(store, encoder, database_url):
    build(held(GIFTS), store=store, encoder=encoder)
    script = textwrap.dedent(f"""
        import os
        from pathlib import Path
        from ingest import generation
        from knowledge.store import Store
        from tests.fakes import CARS, TinyEncoder, held
        store = Store(Path({str(store.data_dir)!r}), url={database_url!r})
        Store.publish = lambda *a, **k: os.kill(os.getpid(), 9)
        generation.build(held(CARS), store=store, encoder=TinyEncoder())
    """)
    done = subprocess.run([sys.executable, "-c", script], check=False, timeout=60)
    assert done.returncode == -9
    assert len(folders(store)) == 2  # the live one and the leftover
    assert ask(store, encoder, "礼品管理办法第三条").citations
    build(held(CARS), store=store, encoder=encoder)
    assert len(folders(store)) == 2  # the new one and the one before it


def test_two_builds_at_once_the_second_is_told(store, encoder):
    with FileLock(store.data_dir / "ingest.lock"), pytest.raises(BusyError, match="正在更新"):
        build(held(GIFTS), store=store, encoder=encoder)


def test_replacing_holds_only_what_is_given(store, encoder):
    build(held(GIFTS), store=store, encoder=encoder)
    report = build(held(CARS), store=store, encoder=encoder, replace_all=True)
    assert report.documents == 1


def test_nothing_to_hold_is_an_error_and_not_an_empty_knowledge_base(store, encoder):
    with pytest.raises(UnreadableError):
        build([], store=store, encoder=encoder)


def test_rollback_goes_one_step_back_and_an_ingest_after_it_keeps_that_step(store, encoder):
    build(held(GIFTS), store=store, encoder=encoder)
    build(held(CARS), store=store, encoder=encoder, replace_all=True)
    restored = roll_back(store)
    assert [e.parsed.document.title for e in store.held(restored.id)] == ["礼品管理办法"]
    build(held(CARS), store=store, encoder=encoder)
    assert restored.id in {each.id for each in store.generations()}


def test_rollback_without_an_earlier_build_says_so(store, encoder):
    with pytest.raises(StoreError, match="上一版"):
        roll_back(store)


def test_a_running_assistant_follows_a_refresh_by_another_process(store, encoder, database_url):
    build(held(GIFTS), store=store, encoder=encoder)
    assistant = Assistant(store, encoder, Composer("纪检"))
    assert "十日" in assistant.ask(Question("礼品管理办法第三条")).text
    build(held(GIFTS_REVISED), store=Store(store.data_dir, url=database_url), encoder=TinyEncoder())
    assert "五日" in assistant.ask(Question("礼品管理办法第三条")).text


def test_another_model_than_the_one_that_built_is_named_with_the_remedy(store, encoder):
    build(held(GIFTS), store=store, encoder=encoder)
    with pytest.raises(IndexMismatchError, match=r"EMBEDDING_MODEL.*lianwen ingest"):
        ask(store, TinyEncoder("other"), "礼品")


def test_ingesting_with_another_model_rebuilds_every_vector(store, encoder):
    first = build(held(GIFTS), store=store, encoder=encoder)
    other = TinyEncoder("other", dimension=64)
    report = build(held(GIFTS), store=store, encoder=other)
    assert report.embedded == first.embedded
    assert ask(store, other, "礼品管理办法第三条").citations


def test_asking_before_the_first_build_says_what_to_run(tmp_path, encoder, database_url):
    with pytest.raises(NotBuiltError, match="lianwen ingest"):
        ask(Store(tmp_path / "none", url=database_url), encoder, "礼品")
    assert not (tmp_path / "none").exists()


def test_vectors_survive_the_disk(store, encoder):
    build(held(GIFTS), store=store, encoder=encoder)

    index = VectorIndex.open(store.folder(store.live_generation().name) / "chroma", model="tiny")
    vectors = np.stack(list(index.vectors_by_hash().values()))
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-3)


def ask(store, encoder, text):
    return Assistant(store, encoder, Composer("纪检")).ask(Question(text))


def test_a_refresh_that_changes_nothing_makes_no_generation(store, encoder):
    first = build(held(GIFTS), store=store, encoder=encoder)
    again = build(held(GIFTS), store=store, encoder=encoder)
    assert again.unchanged
    assert again.generation == first.generation
    assert len(store.generations()) == 1


def test_an_index_that_is_damaged_is_rebuilt_though_nothing_changes(store, encoder):
    first = build(held(GIFTS), store=store, encoder=encoder)
    (store.folder(first.generation.name) / "lexical.sqlite3").unlink()
    again = build(held(GIFTS), store=store, encoder=encoder)
    assert not again.unchanged
    assert ask(store, encoder, "礼品管理办法第三条").citations


def test_after_many_small_refreshes_the_index_holds_just_what_it_should(store, encoder):
    texts = [GIFTS.replace("十日内", f"{number}日内") for number in "一二三四五六七八九"]
    for text in texts:
        build(held(text, CARS), store=store, encoder=encoder)
    live = store.live_generation()

    index = VectorIndex.open(store.folder(live.name) / "chroma", model="tiny")
    expected = {p.id for e in store.held(live.id) for p in passages_of(e.parsed)}
    assert set(index.entries(PASSAGES)) == expected
    assert index.count() == live.passages
    found = index.search(encoder.encode_queries(["封存停驶"])[0], 50)
    assert {hit.id for hit in found} == expected
    index.close()


def test_a_refresh_about_something_else_teaches_no_other_intents(store, encoder):
    bank = {
        plain_title("礼品管理办法"): [
            BankEntry("第三条", "", tuple(f"退不掉的礼品{n}" for n in range(9)))
        ],
        plain_title("公务用车办法"): [
            BankEntry("第二条", "", tuple(f"过节的车{n}" for n in range(9)))
        ],
    }
    build(held(GIFTS, CARS), store=store, encoder=encoder, bank=bank)
    first = Calibration.load(store.folder(store.live_generation().name))
    # Documents come again in another order, beside one that nobody asks about.
    build(held(CARS, DINNER_CASE, GIFTS), store=store, encoder=encoder, bank=bank)
    second = Calibration.load(store.folder(store.live_generation().name))
    assert first.fitted_on == second.fitted_on
    assert (first.intents.weights == second.intents.weights).all()


def test_an_index_that_came_apart_is_built_anew(store, encoder, monkeypatch):
    articles = "\n".join(f"第{int_to_chinese(n)}条 第{n}件事的办法。" for n in range(1, 31))
    build(held(GIFTS, CARS, f"# 长办法\n{articles}"), store=store, encoder=encoder)
    small = CARS.replace("封存停驶", "封存")
    build(held(small), store=store, encoder=encoder)
    folder = store.folder(store.live_generation().name)
    assert (folder / "churn.txt").exists()  # taken over from the one before
    monkeypatch.setattr(VectorIndex, "is_connected", lambda self: False)
    build(held(CARS), store=store, encoder=encoder)
    monkeypatch.undo()
    live = store.live_generation()
    assert not (store.folder(live.name) / "churn.txt").exists()
    index = VectorIndex.open(store.folder(live.name) / "chroma", model="tiny")
    assert index.is_connected()
    assert index.count() == live.passages
    index.close()


def test_an_index_that_lacks_what_it_counts_is_not_connected(store, encoder, monkeypatch):
    build(held(GIFTS, CARS), store=store, encoder=encoder)
    index = VectorIndex.open(store.folder(store.live_generation().name) / "chroma", model="tiny")
    search = VectorIndex.search
    monkeypatch.setattr(VectorIndex, "search", lambda *a, **k: search(*a, **k)[1:])
    assert not index.is_connected()
    index.close()
