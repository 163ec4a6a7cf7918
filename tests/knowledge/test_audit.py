"""The audit log: what was noted stays, and whatever was done to it shows."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from knowledge.errors import StoreError
from knowledge.store import Database
from knowledge.store.audit import BEGINNING, Audit, AuditReport, AuditRow

KEY = b"key"


@pytest.fixture
def audit(database: Database) -> Audit:
    return Audit(database, KEY)


@contextmanager
def unguarded(database: Database) -> Iterator[sa.Connection]:
    """A connection of somebody who may switch the guards off: the owner of the database."""
    with database.writing() as session:
        connection = session.connection()
        if connection.dialect.name == "postgresql":
            connection.execute(sa.text("ALTER TABLE audit DISABLE TRIGGER USER"))
            yield connection
            connection.execute(sa.text("ALTER TABLE audit ENABLE TRIGGER USER"))
        else:
            for name in ("audit_no_update", "audit_no_delete", "audit_no_replace"):
                connection.execute(sa.text(f"DROP TRIGGER {name}"))
            yield connection


def three_entries(audit: Audit) -> str:
    """Three entries; returns the seal after them."""
    audit.append(1001, "invite.made", role="officer", department="执法一队")
    audit.append(None, "stranger", telegram_id=9001)
    audit.append(1001, "member.removed", telegram_id=2001)
    return audit.verify().head


def test_an_empty_log_is_sound(audit: Audit) -> None:
    assert audit.verify() == AuditReport(0, BEGINNING)
    assert audit.verify(BEGINNING).sound


def test_what_was_noted_is_read_back_in_order(audit: Audit) -> None:
    three_entries(audit)
    kept = audit.recent()
    assert [(each.id, each.actor, each.action) for each in kept] == [
        (1, 1001, "invite.made"),
        (2, None, "stranger"),
        (3, 1001, "member.removed"),
    ]
    assert kept[0].details == {"role": "officer", "department": "执法一队"}
    assert [each.id for each in audit.recent(2)] == [2, 3]
    assert audit.verify().sound
    assert audit.verify().entries == 3


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET actor = 7 WHERE id = 2",
        "DELETE FROM audit WHERE id = 3",
        "DELETE FROM audit",
    ],
)
def test_the_database_itself_refuses_to_change_an_entry(
    database: Database, audit: Audit, statement: str
) -> None:
    head = three_entries(audit)
    with pytest.raises((IntegrityError, StoreError)), database.writing() as session:
        session.execute(sa.text(statement))
    assert audit.verify() == AuditReport(3, head)


def test_the_database_refuses_to_replace_or_empty_the_log(database: Database, audit: Audit) -> None:
    head = three_entries(audit)
    with database.reading() as session:
        postgresql = session.connection().dialect.name == "postgresql"
    statement = (
        "TRUNCATE audit"
        if postgresql
        else "INSERT OR REPLACE INTO audit SELECT id, at, 7, action, details, seal FROM audit"
    )
    with pytest.raises((IntegrityError, StoreError)), database.writing() as session:
        session.execute(sa.text(statement))
    assert audit.verify() == AuditReport(3, head)


@pytest.mark.parametrize(
    "change",
    [
        {"actor": 7},
        {"actor": None},
        {"action": "member.joined"},
        {"details": "{}"},
        {"at": dt.datetime(2020, 1, 1, tzinfo=dt.UTC)},
        {"id": 9},
        {"seal": "0" * 64},
    ],
)
def test_a_changed_entry_is_found(
    database: Database, audit: Audit, change: dict[str, object]
) -> None:
    three_entries(audit)
    with unguarded(database) as connection:
        connection.execute(sa.update(AuditRow).where(AuditRow.id == 1).values(**change))
    assert audit.verify().broken_at == (2 if "id" in change else 1)
    assert not audit.verify().sound


def test_a_missing_entry_is_found(database: Database, audit: Audit) -> None:
    three_entries(audit)
    with unguarded(database) as connection:
        connection.execute(sa.text("DELETE FROM audit WHERE id = 1"))
    assert audit.verify().broken_at == 2


def test_an_entry_sealed_with_another_key_is_found(database: Database, audit: Audit) -> None:
    three_entries(audit)
    Audit(database, b"another").append(1001, "member.joined", telegram_id=666)
    assert audit.verify().broken_at == 4


def test_a_tail_that_was_cut_off_shows_against_the_seal_noted_before(
    database: Database, audit: Audit
) -> None:
    head = three_entries(audit)
    with unguarded(database) as connection:
        connection.execute(sa.text("DELETE FROM audit WHERE id = 3"))
    assert audit.verify().sound
    assert not audit.verify(head).sound


def test_a_seal_noted_before_is_still_found_after_later_entries(audit: Audit) -> None:
    head = three_entries(audit)
    audit.append(1001, "member.joined")
    assert audit.verify(head).sound
    assert not audit.verify("不是").sound


def test_entries_noted_at_the_same_time_form_one_chain(audit: Audit) -> None:
    def note(person: int) -> None:
        for _ in range(10):
            audit.append(person, "stranger")

    threads = [threading.Thread(target=note, args=(person,)) for person in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert audit.verify().sound
    assert audit.verify().entries == 60


def test_a_note_stands_or_falls_with_its_transaction(database: Database, audit: Audit) -> None:
    with suppress(KeyError), database.writing() as session:
        audit.note(session, 1001, "member.joined")
        raise KeyError("what was to be noted failed")
    assert audit.verify().entries == 0


def test_the_row_says_nothing_of_the_key(database: Database, audit: Audit) -> None:
    three_entries(audit)
    with database.reading() as session:
        seals = set(session.scalars(sa.select(AuditRow.seal)))
    assert len(seals) == 3
    assert all(len(seal) == 64 for seal in seals)
