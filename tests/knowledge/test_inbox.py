"""The inbox, the deliveries and the conversations, as the database keeps them."""

from __future__ import annotations

import datetime as dt
import threading

from knowledge.store import Database, Delivery, Records
from knowledge.store.inbox import Waiting

NOW = dt.datetime.now(dt.UTC)
LATER = NOW + dt.timedelta(days=30)
AGO = NOW - dt.timedelta(minutes=30)
LONG_AGO = NOW - dt.timedelta(days=30)


def records(database: Database) -> Records:
    return Records.over(database, b"k")


def test_an_update_waits_until_it_is_done_and_is_known_ever_after(database: Database) -> None:
    inbox = records(database).inbox
    assert inbox.take(7, '{"a": "问题"}')
    assert inbox.take(7, "again")
    assert inbox.waiting() == [Waiting(7, '{"a": "问题"}')]
    inbox.done({7})
    assert inbox.waiting() == []
    assert not inbox.take(7, "again")


def test_what_a_done_update_said_is_gone(database: Database) -> None:
    inbox = records(database).inbox
    inbox.take(1, "身份证号")
    inbox.done({1})
    with database.reading() as session:
        rows = session.connection().exec_driver_sql('SELECT payload FROM "update"').all()
    assert [tuple(row) for row in rows] == [(None,)]


def test_updates_wait_in_the_order_in_which_they_came_whatever_their_numbers(
    database: Database,
) -> None:
    inbox = records(database).inbox
    for number in (5, 2**40, 1):
        inbox.take(number, str(number))
    assert [each.update_id for each in inbox.waiting()] == [5, 2**40, 1]


def test_attempts_are_counted(database: Database) -> None:
    inbox = records(database).inbox
    inbox.take(1, "x")
    assert [inbox.begin(1), inbox.begin(1), inbox.begin(1)] == [1, 2, 3]
    assert inbox.begin(404) == 1


def test_sweeping_the_inbox_spares_what_is_not_done(database: Database) -> None:
    inbox = records(database).inbox
    inbox.take(1, "x")
    inbox.take(2, "y")
    inbox.done({1})
    inbox.sweep(LONG_AGO)
    assert not inbox.take(1, "x")
    inbox.sweep(LATER)
    assert inbox.waiting() == [Waiting(2, "y")]
    assert inbox.take(1, "x")


def test_one_update_taken_in_by_several_threads_is_there_once(database: Database) -> None:
    inbox = records(database).inbox
    failures: list[BaseException] = []

    def take() -> None:
        try:
            assert inbox.take(1, "x")
        except BaseException as error:  # noqa: BLE001  # reported below
            failures.append(error)

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert len(inbox.waiting()) == 1


def test_a_delivery_lists_its_messages_by_page_and_keeps_its_number(database: Database) -> None:
    deliveries = records(database).deliveries
    assert deliveries.of(1, 10) == Delivery()
    for page, message in ((0, 100), (1, 101), (2, 102)):
        deliveries.record(1, 10, page, message)
    deliveries.record(1, 11, 0, 200)
    deliveries.number(1, 10, 2**40)
    assert deliveries.of(1, 10) == Delivery((100, 101, 102), 2**40)
    deliveries.record(1, 10, 0, 300)
    deliveries.shorten(1, 10, 2)
    assert deliveries.of(1, 10) == Delivery((300, 101), 2**40)
    assert deliveries.of(1, 11) == Delivery((200,))
    assert deliveries.of(2, 10) == Delivery()


def test_deliveries_go_with_their_chat_or_their_time(database: Database) -> None:
    deliveries = records(database).deliveries
    deliveries.record(-1001, 1, 0, 5)
    deliveries.record(2, 1, 0, 6)
    deliveries.forget(-1001)
    assert deliveries.of(-1001, 1) == Delivery()
    deliveries.sweep(LONG_AGO)
    assert deliveries.of(2, 1) == Delivery((6,))
    deliveries.sweep(LATER)
    assert deliveries.of(2, 1) == Delivery()


def test_the_last_questions_of_a_conversation_are_kept_in_order(database: Database) -> None:
    turns = records(database).turns
    for number, text in ((1, "一"), (2, "二"), (3, "三")):
        turns.remember(7, 70, number, text, 2, AGO)
    assert turns.before(7, 70, 4, AGO) == ("二", "三")
    assert turns.before(7, 70, 3, AGO) == ("二",)
    assert turns.before(7, 71, 4, AGO) == ()
    assert turns.before(8, 70, 4, AGO) == ()


def test_an_edited_question_takes_its_own_place(database: Database) -> None:
    turns = records(database).turns
    for number, text in ((1, "一"), (2, "二"), (1, "改一")):
        turns.remember(7, 70, number, text, 4, AGO)
    assert turns.before(7, 70, 9, AGO) == ("改一", "二")
    turns.drop(7, 70, 1)
    assert turns.before(7, 70, 9, AGO) == ("二",)


def test_a_conversation_ends_after_its_silence(database: Database) -> None:
    turns = records(database).turns
    turns.remember(7, 70, 1, "一", 4, AGO)
    assert turns.before(7, 70, 2, LATER) == ()
    turns.remember(7, 70, 2, "二", 4, LATER)
    assert turns.before(7, 70, 3, AGO) == ("二",)
    turns.sweep(AGO)
    assert turns.before(7, 70, 3, AGO) == ("二",)
    turns.sweep(LATER)
    assert turns.before(7, 70, 3, LONG_AGO) == ()


def test_a_person_is_forgotten_in_one_chat_or_in_all(database: Database) -> None:
    turns = records(database).turns
    for chat in (1, -100, -200):
        turns.remember(7, chat, 1, "一", 4, AGO)
    turns.forget(7, 1)
    assert turns.before(7, 1, 2, AGO) == ()
    assert turns.before(7, -100, 2, AGO) == ("一",)
    turns.forget(7)
    assert turns.before(7, -100, 2, AGO) == turns.before(7, -200, 2, AGO) == ()


def test_numbers_that_identify_someone_are_not_remembered(database: Database) -> None:
    turns = records(database).turns
    turns.remember(7, 70, 1, "他的电话是13812345678，能收礼吗", 4, AGO)
    (kept,) = turns.before(7, 70, 2, AGO)
    assert "13812345678" not in kept
    assert "能收礼吗" in kept
