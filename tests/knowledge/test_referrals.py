"""Referrals as they are kept: one a question, sent as shown, and the asker for a while only."""

from __future__ import annotations

import datetime as dt
import threading
from dataclasses import replace

import pytest

from knowledge.people import Member, Role
from knowledge.store import Database, Records
from knowledge.store.referrals import Matter, Referrals, State

ASKER = Member(2001, Role.OFFICER, "某甲", "执法一队")
REVIEWER, OTHER = 3001, 3002
AT = dt.datetime(2026, 1, 2, 3, 4, tzinfo=dt.UTC)
KEPT = dt.timedelta(days=180)


def matter(question_id: int = 1, text: str = "能收吗") -> Matter:
    return Matter(question_id, text, "不能。", ("1. 《条例》第一条",), AT)


@pytest.fixture
def records(database: Database) -> Records:
    return Records.over(database, b"k")


@pytest.fixture
def referrals(records: Records) -> Referrals:
    return records.referrals


def sent(referrals: Referrals, question_id: int = 1) -> int:
    draft = referrals.draft(ASKER, matter(question_id))
    assert referrals.open(draft.id, ASKER.telegram_id, draft.edition)
    return draft.id


def test_what_is_drafted_comes_back_whole(referrals: Referrals) -> None:
    draft = referrals.draft(ASKER, matter())
    assert draft.matter == matter()
    assert (draft.asker, draft.name, draft.department) == (2001, "某甲", "执法一队")
    assert draft.state is State.DRAFT
    assert referrals.get(draft.id) == draft


def test_only_what_was_shown_last_can_be_sent_and_only_by_the_asker(referrals: Referrals) -> None:
    first = referrals.draft(ASKER, matter(text="一"))
    second = referrals.draft(ASKER, matter(text="二"))
    assert first.id == second.id
    assert referrals.open(first.id, ASKER.telegram_id, first.edition) is None
    assert referrals.open(first.id, 9, second.edition) is None
    opened = referrals.open(first.id, ASKER.telegram_id, second.edition)
    assert opened
    assert (opened.state, opened.matter.text) == (State.OPEN, "二")


def test_a_question_is_sent_once_and_a_later_draft_changes_nothing(
    referrals: Referrals, records: Records
) -> None:
    number = sent(referrals)
    again = referrals.draft(ASKER, matter(text="改过"))
    assert (again.id, again.state, again.matter.text) == (number, State.OPEN, "能收吗")
    assert referrals.open(number, ASKER.telegram_id, again.edition)
    actions = [entry.action for entry in records.audit.recent()]
    assert actions == ["referral.sent"]


def test_a_number_that_comes_again_is_another_question(referrals: Referrals) -> None:
    number = sent(referrals)
    later = replace(matter(), asked_at=AT + dt.timedelta(days=1))
    draft = referrals.draft(ASKER, later)
    assert (draft.id != number, draft.state) == (True, State.DRAFT)


def test_drafts_made_at_the_same_time_are_one(referrals: Referrals) -> None:
    found: list[int] = []
    threads = [
        threading.Thread(target=lambda: found.append(referrals.draft(ASKER, matter()).id))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1


def test_a_draft_can_be_dropped_and_what_was_sent_cannot(referrals: Referrals) -> None:
    draft = referrals.draft(ASKER, matter())
    assert not referrals.cancel(draft.id, 9)
    assert referrals.cancel(draft.id, ASKER.telegram_id)
    assert referrals.get(draft.id) is None
    assert not referrals.cancel(sent(referrals), ASKER.telegram_id)


def test_numbers_are_not_given_twice(referrals: Referrals) -> None:
    draft = referrals.draft(ASKER, matter())
    referrals.cancel(draft.id, ASKER.telegram_id)
    assert referrals.draft(ASKER, matter()).id != draft.id


def test_a_copy_leads_back_to_its_referral_in_that_chat_only(referrals: Referrals) -> None:
    number = sent(referrals)
    for message_id in (10, 11, 11):
        referrals.note_copy(number, REVIEWER, message_id)
    found = referrals.shown_in(REVIEWER, 10)
    assert found
    assert found.id == number
    assert referrals.shown_in(OTHER, 10) is None
    assert referrals.shown_in(REVIEWER, 12) is None
    assert referrals.copies(number) == {REVIEWER: 11}


def test_the_first_to_take_it_has_it(referrals: Referrals) -> None:
    number = sent(referrals)
    for reviewer in (REVIEWER, OTHER):
        taken = referrals.take(number, reviewer)
        assert taken
        assert taken.taken_by == REVIEWER
    draft = referrals.draft(ASKER, matter(2))
    assert referrals.take(draft.id, REVIEWER) is None


def test_answers_are_noted_once_each_and_close_it(referrals: Referrals, records: Records) -> None:
    first, second = sent(referrals, 1), sent(referrals, 2)
    assert [each.id for each in referrals.waiting()] == [first, second]
    assert referrals.answered(first, REVIEWER, 20)
    assert not referrals.answered(first, REVIEWER, 20)
    assert not referrals.answered(first, OTHER, 21)
    assert referrals.has_reply(REVIEWER, 20)
    assert not referrals.has_reply(OTHER, 20)
    assert [each.id for each in referrals.waiting()] == [second]
    entries = [entry for entry in records.audit.recent() if entry.action == "referral.answered"]
    assert [(entry.actor, entry.details) for entry in entries] == [
        (REVIEWER, {"referral": first}),
        (OTHER, {"referral": first}),
    ]


def test_time_takes_drafts_then_askers_then_all(referrals: Referrals) -> None:
    draft = referrals.draft(ASKER, matter(1)).id
    opened, answered = sent(referrals, 2), sent(referrals, 3)
    referrals.answered(answered, REVIEWER, 20)
    today = dt.datetime.now(dt.UTC)

    referrals.sweep(today + dt.timedelta(days=2), KEPT)
    assert referrals.get(draft) is None
    kept = referrals.get(answered)
    assert kept
    assert kept.asker == ASKER.telegram_id

    referrals.sweep(today + dt.timedelta(days=31), KEPT)
    kept, waiting = referrals.get(answered), referrals.get(opened)
    assert kept
    assert waiting
    assert (kept.asker, kept.name, kept.department) == (None, "", "")
    assert waiting.asker == ASKER.telegram_id

    referrals.sweep(today + dt.timedelta(days=181), KEPT)
    assert referrals.get(answered) is None
    assert not referrals.has_reply(REVIEWER, 20)


def test_whoever_asks_to_be_forgotten_is(referrals: Referrals) -> None:
    number = sent(referrals)
    referrals.note_copy(number, REVIEWER, 10)
    referrals.forget(ASKER.telegram_id)
    assert referrals.get(number) is None
    assert referrals.shown_in(REVIEWER, 10) is None
