"""The core goes over to a new generation without making anybody wait, and closes the old one."""

import gc
import threading
import time

from ingest.generation import build, stage
from knowledge.answering import Composer
from knowledge.assistant import Assistant
from knowledge.errors import StoreError
from knowledge.model import Question
from knowledge.store import Store
from tests.fakes import CARS, GIFTS, GIFTS_REVISED, TinyEncoder, held

ASKED = Question("礼品管理办法第三条")


def test_an_impatient_core_answers_from_the_old_one_until_the_new_one_is_open(store, monkeypatch):
    build(held(GIFTS), store=store, encoder=TinyEncoder())
    assistant = Assistant(store, TinyEncoder(), Composer("纪检"), patient=False)
    assert "十日" in assistant.ask(ASKED).text
    build(held(GIFTS_REVISED), store=store, encoder=TinyEncoder())
    may_open = threading.Event()
    read = Store.held

    def slowly(self, generation_id):
        may_open.wait(10)
        return read(self, generation_id)

    monkeypatch.setattr(Store, "held", slowly)
    assert "十日" in assistant.ask(ASKED).text
    may_open.set()
    deadline = time.monotonic() + 10
    while "五日" not in assistant.ask(ASKED).text:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_question_whose_generation_was_swept_away_is_answered_from_the_live_one(store):
    build(held(GIFTS), store=store, encoder=TinyEncoder())
    assistant = Assistant(store, TinyEncoder(), Composer("纪检"), patient=False)
    first = assistant.retriever()
    for text in (GIFTS_REVISED, CARS):
        build(held(text), store=store, encoder=TinyEncoder())

    answers = []

    def ask_from_a_thread_that_has_no_connection_yet():
        try:
            first.search(first.understand(ASKED))
        except StoreError as error:
            answers.append(error)
        answers.append(assistant.ask(ASKED).text)

    asking = threading.Thread(target=ask_from_a_thread_that_has_no_connection_yet)
    asking.start()
    asking.join(30)
    assert answers
    assert isinstance(answers[-1], str)
    assert "日" in answers[-1]


def test_a_generation_that_nobody_reads_any_more_is_closed(store):
    build(held(GIFTS), store=store, encoder=TinyEncoder())
    assistant = Assistant(store, TinyEncoder(), Composer("纪检"))
    old = assistant.retriever()
    vectors = old._channels._vectors
    build(held(GIFTS_REVISED), store=store, encoder=TinyEncoder())
    assistant.ask(ASKED)
    closed = []
    vectors._client = type("Client", (), {"close": lambda self: closed.append(True)})()
    del old
    gc.collect()
    assert closed == [True]


def test_a_pinned_core_answers_from_its_generation_whatever_is_live(store):
    build(held(GIFTS), store=store, encoder=TinyEncoder())
    staged = stage(held(GIFTS_REVISED), store=store, encoder=TinyEncoder()).generation
    pinned = Assistant(store, TinyEncoder(), Composer("纪检"), pinned=staged)
    assert "五日" in pinned.ask(ASKED).text
    assert "十日" in Assistant(store, TinyEncoder(), Composer("纪检")).ask(ASKED).text
