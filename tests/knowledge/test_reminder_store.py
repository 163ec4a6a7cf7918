"""The plan of reminders and their deliveries: each person once, whoever is at it."""

from __future__ import annotations

import datetime as dt
import threading
from collections import Counter
from dataclasses import replace

import pytest

from knowledge.holidays.model import Day, OfficialYear
from knowledge.people import Member, Role
from knowledge.reminding.plan import Planned, ReminderState, Slot
from knowledge.store import Database, Records
from knowledge.store.reminder_deliveries import DOUBTS, DeliveryState

NOW = dt.datetime(2026, 6, 16, 1, 30, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
KEY = "2026-端午节:before"
SLOT = Slot(KEY, "2026-端午节", "端午节", "06-19/06-21", "before", NOW, NOW + 2 * DAY)
PEOPLE = list(range(101, 111))
FAR = NOW + 400 * DAY
DRAFT = {"title": "端午节"}


@pytest.fixture
def records(database: Database) -> Records:
    made = Records.over(database, b"k")
    for number in PEOPLE:
        made.members.add(Member(number, Role.OFFICER, f"用户{number}"))
    return made


@pytest.fixture
def planned(records: Records) -> Planned:
    """A reminder with a draft that nobody has decided about."""
    records.reminders.plan([SLOT], NOW - DAY, FAR)
    drafted = records.reminders.draft(KEY, 0, DRAFT, "某案")
    assert drafted is not None
    return drafted


@pytest.fixture
def started(records: Records, planned: Planned) -> Records:
    """The same, just begun."""
    assert records.reminders.start(planned, PEOPLE, NOW)
    return records


def test_planning_again_changes_nothing(records: Records, planned: Planned) -> None:
    records.reminders.plan([SLOT], NOW - DAY, FAR)
    assert records.reminders.list() == [planned]


def test_a_reminder_moves_with_the_calendar_and_is_composed_and_approved_anew(
    records: Records, planned: Planned
) -> None:
    records.reminders.decide(KEY, planned.version, ReminderState.APPROVED, 1)
    records.reminders.plan([replace(SLOT, due_at=NOW + DAY)], NOW - DAY, FAR)
    (moved,) = records.reminders.list()
    assert (moved.due_at, moved.draft, moved.state) == (NOW + DAY, None, ReminderState.OPEN)
    assert moved.version > planned.version


def test_other_days_off_change_what_it_says_even_where_it_is_due_at_the_same_time(
    records: Records, planned: Planned
) -> None:
    records.reminders.plan([replace(SLOT, days="06-19/06-22")], NOW - DAY, FAR)
    (changed,) = records.reminders.list()
    assert (changed.due_at, changed.draft) == (planned.due_at, None)


def test_what_the_calendar_no_longer_holds_goes_unless_it_is_over_or_far_ahead(
    records: Records, planned: Planned
) -> None:
    records.reminders.plan([], SLOT.closes_at, FAR)
    assert records.reminders.list() == [planned]
    records.reminders.plan([], NOW - 9 * DAY, NOW - DAY)
    assert records.reminders.list() == [planned]
    records.reminders.plan([], NOW + DAY, FAR)
    assert records.reminders.list() == []


def test_what_has_begun_is_not_moved_nor_taken_back(started: Records) -> None:
    started.reminders.plan([replace(SLOT, due_at=NOW + 9 * DAY)], NOW - DAY, FAR)
    (kept,) = started.reminders.list()
    assert (kept.state, kept.due_at) == (ReminderState.SENDING, NOW)
    started.reminders.plan([], NOW - DAY, FAR)
    assert [each.key for each in started.reminders.list()] == [KEY]


def test_an_approval_is_of_the_words_that_were_seen(records: Records, planned: Planned) -> None:
    approved = records.reminders.decide(KEY, planned.version, ReminderState.APPROVED, 1)
    assert approved
    assert approved.state is ReminderState.APPROVED
    again = records.reminders.draft(KEY, approved.version, {"title": "另写"}, "")
    assert again
    assert (again.state, again.decided_by) == (ReminderState.OPEN, None)
    assert records.reminders.decide(KEY, planned.version, ReminderState.APPROVED, 1) is None
    assert not records.reminders.start(planned, PEOPLE, NOW)


def test_a_draft_made_anew_was_seen_by_nobody(records: Records, planned: Planned) -> None:
    assert records.reminders.previewed(KEY, planned.version, NOW)
    assert not records.reminders.previewed(KEY, planned.version, NOW)
    again = records.reminders.draft(KEY, planned.version, DRAFT, "")
    assert again
    assert again.previewed_at is None
    assert records.reminders.previewed(KEY, again.version, NOW)


def test_an_old_card_does_not_overturn_a_colleague_s_decision(
    records: Records, planned: Planned
) -> None:
    decide = records.reminders.decide
    assert decide(KEY, planned.version, ReminderState.SKIPPED, 1)
    assert decide(KEY, planned.version, ReminderState.APPROVED, 2) is None
    assert decide(KEY, planned.version, ReminderState.OPEN, 2)
    assert decide(KEY, planned.version, ReminderState.APPROVED, 2)
    assert decide(KEY, planned.version, ReminderState.SKIPPED, 1) is None


def test_what_was_decided_just_before_it_begins_counts(records: Records, planned: Planned) -> None:
    approved = records.reminders.decide(KEY, planned.version, ReminderState.APPROVED, 1)
    assert approved
    records.reminders.decide(KEY, planned.version, ReminderState.OPEN, 1)
    assert not records.reminders.start(approved, PEOPLE, NOW)


def test_an_approval_outlives_a_clock_that_was_wrong(records: Records, planned: Planned) -> None:
    for state in (ReminderState.APPROVED, ReminderState.OPEN):
        records.reminders.decide(KEY, planned.version, state, 1)
        assert records.reminders.end(KEY, ReminderState.MISSED, NOW)
        assert records.reminders.reopen(KEY)
        (again,) = records.reminders.list()
        assert again.state is state


def test_what_is_being_sent_may_say_something_else_to_the_rest(
    started: Records, planned: Planned
) -> None:
    amended = started.reminders.amend(KEY, planned.version, {"title": "另写"}, "")
    assert amended
    assert (amended.state, amended.draft) == (ReminderState.SENDING, {"title": "另写"})
    assert started.reminders.amend(KEY, planned.version, DRAFT, "") is None


def test_a_process_lets_go_of_what_an_earlier_round_left(started: Records) -> None:
    deliveries = started.reminder_deliveries
    first, second, *_ = deliveries.claim(KEY, "a", 3)
    deliveries.claim(KEY, "b", 3)
    deliveries.begin(KEY, first, "a")
    assert list(deliveries.release("a")) == [(KEY, first)]
    assert len(deliveries.claim(KEY, "a", 100)) == len(PEOPLE) - 3
    assert second


def test_new_words_are_composed_before_anybody_gets_them(
    records: Records, planned: Planned
) -> None:
    words = {"opening": "各位", "watch": []}
    changed = records.reminders.reword(KEY, planned.version, words, 1)
    assert changed
    assert (changed.wording, changed.draft) == (words, None)
    assert records.reminders.reword(KEY, planned.version, None, 1) is None


def test_what_is_skipped_is_not_sent_and_not_missed(records: Records, planned: Planned) -> None:
    records.reminders.decide(KEY, planned.version, ReminderState.SKIPPED, 1)
    assert not records.reminders.start(planned, PEOPLE, NOW)
    assert not records.reminders.end(KEY, ReminderState.MISSED, NOW)


def test_it_begins_and_ends_once(started: Records, planned: Planned) -> None:
    assert not started.reminders.start(planned, PEOPLE, NOW)
    assert started.reminders.end(KEY, ReminderState.DONE, NOW)
    assert not started.reminders.end(KEY, ReminderState.MISSED, NOW)


def test_what_a_wrong_clock_ended_goes_on(started: Records) -> None:
    started.reminder_deliveries.claim(KEY, "a", 3)
    assert started.reminder_deliveries.miss(KEY) == len(PEOPLE) - 3
    assert started.reminders.end(KEY, ReminderState.MISSED, NOW)
    assert started.reminders.reopen(KEY)
    assert not started.reminders.reopen(KEY)
    assert len(started.reminder_deliveries.claim(KEY, "b", 100)) == len(PEOPLE) - 3
    (again,) = started.reminders.list(ReminderState.SENDING)
    assert again.ended_at is None


def test_many_who_claim_at_once_never_get_the_same_person(started: Records) -> None:
    got: Counter[int] = Counter()
    lock = threading.Lock()

    def work(name: str) -> None:
        while people := started.reminder_deliveries.claim(KEY, name, 2):
            with lock:
                got.update(people)

    threads = [threading.Thread(target=work, args=(f"w{n}",)) for n in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert got == Counter(PEOPLE)


def test_a_request_is_made_only_under_a_claim_that_still_stands(started: Records) -> None:
    deliveries = started.reminder_deliveries
    (person,) = deliveries.claim(KEY, "a", 1)
    beat = deliveries.beat("a")["a"]
    assert not deliveries.begin(KEY, person, "b")
    assert list(deliveries.bury("a", beat)) == []
    assert not deliveries.begin(KEY, person, "a")
    assert deliveries.claim(KEY, "b", 1) == [person]
    assert deliveries.begin(KEY, person, "b")
    assert not deliveries.begin(KEY, person, "b")


def test_whoever_left_the_list_meanwhile_gets_nothing(started: Records) -> None:
    (person,) = started.reminder_deliveries.claim(KEY, "a", 1)
    started.roster.remove(1, person)
    assert not started.reminder_deliveries.begin(KEY, person, "a")
    assert started.reminder_deliveries.tally(KEY).blocked == 1


def test_only_what_a_dead_process_was_just_sending_may_come_twice(started: Records) -> None:
    deliveries = started.reminder_deliveries
    first, second, *_ = deliveries.claim(KEY, "a", 3)
    beat = deliveries.beat("a")["a"]
    deliveries.begin(KEY, first, "a")
    deliveries.begin(KEY, second, "a")
    deliveries.settle(KEY, first, DeliveryState.SENT, NOW)
    assert list(deliveries.bury("a", beat)) == [(KEY, second)]
    assert list(deliveries.bury("a", beat)) == []
    everyone = set(deliveries.claim(KEY, "b", 100))
    assert everyone == set(PEOPLE) - {first}
    for person in everyone:
        deliveries.begin(KEY, person, "b")
        deliveries.settle(KEY, person, DeliveryState.SENT, NOW)
    tally = deliveries.tally(KEY)
    assert (tally.sent, tally.repeated, tally.pending) == (len(PEOPLE), 1, 0)


def test_a_process_that_beats_is_not_buried(started: Records) -> None:
    deliveries = started.reminder_deliveries
    deliveries.claim(KEY, "a", 3)
    old = deliveries.beat("a")["a"]
    deliveries.beat("a")
    deliveries.bury("a", old)
    assert len(deliveries.claim(KEY, "b", 100)) == len(PEOPLE) - 3


def test_what_was_sent_stays_sent(started: Records) -> None:
    deliveries = started.reminder_deliveries
    (person,) = deliveries.claim(KEY, "a", 1)
    deliveries.begin(KEY, person, "a")
    deliveries.settle(KEY, person, DeliveryState.SENT, NOW)
    deliveries.put_back(KEY, person, "a", repeated=False)
    deliveries.settle(KEY, person, DeliveryState.FAILED, NOW)
    assert deliveries.tally(KEY).sent == 1


def test_requests_without_an_answer_end_some_time(started: Records) -> None:
    deliveries, person = started.reminder_deliveries, PEOPLE[0]
    for _ in range(DOUBTS):
        assert person in deliveries.claim(KEY, "a", 100)
        deliveries.begin(KEY, person, "a")
        deliveries.put_back(KEY, person, "a", repeated=True)
        deliveries.bury("a", deliveries.beat("a")["a"])
    assert deliveries.tally(KEY).failed == 1


def test_requests_that_never_left_are_made_again_and_again(started: Records) -> None:
    deliveries, person = started.reminder_deliveries, PEOPLE[0]
    for _ in range(3 * DOUBTS):
        deliveries.claim(KEY, "a", 100)
        deliveries.begin(KEY, person, "a")
        deliveries.put_back(KEY, person, "a", repeated=False)
        deliveries.bury("a", deliveries.beat("a")["a"])
    assert (deliveries.tally(KEY).pending, deliveries.tally(KEY).repeated) == (len(PEOPLE), 0)


def test_pressing_a_button_is_noted_once_for_those_who_got_it(started: Records) -> None:
    deliveries = started.reminder_deliveries
    (person,) = deliveries.claim(KEY, "a", 1)
    deliveries.begin(KEY, person, "a")
    deliveries.settle(KEY, person, DeliveryState.SENT, NOW)
    assert deliveries.saw(KEY, person, NOW)
    assert deliveries.saw(KEY, person, NOW + DAY)
    assert not deliveries.saw(KEY, 999, NOW)
    assert not deliveries.saw("nothing", person, NOW)
    assert deliveries.tally(KEY).seen == 1


def test_forgetting_somebody_sends_them_nothing_again(started: Records) -> None:
    deliveries = started.reminder_deliveries
    (person,) = deliveries.claim(KEY, "a", 1)
    deliveries.begin(KEY, person, "a")
    deliveries.settle(KEY, person, DeliveryState.SENT, NOW)
    deliveries.forget(person)
    deliveries.forget(PEOPLE[-1])
    assert person not in deliveries.claim(KEY, "a", 100)
    assert deliveries.tally(KEY).people == len(PEOPLE) - 1


def test_what_is_long_over_goes_with_its_deliveries(started: Records) -> None:
    started.reminders.sweep(SLOT.closes_at)
    assert len(started.reminders.list()) == 1
    started.reminders.sweep(SLOT.closes_at + DAY)
    assert started.reminders.list() == []
    assert started.reminder_deliveries.tally(KEY).people == 0


def test_a_claim_that_came_to_nothing_can_be_made_again(records: Records) -> None:
    assert records.once.claim("a")
    records.once.release("a")
    assert records.once.claim("a")


def test_days_that_admins_bring_in_are_kept_and_audited(records: Records) -> None:
    day = dt.date(2027, 1, 1)
    year = OfficialYear(2027, (Day(day, "元旦", True),), ("https://www.gov.cn/x",))
    records.holidays.keep(replace(year, papers=()), 1)
    records.holidays.keep(year, 1)
    assert records.holidays.years() == [year]
    added = records.holidays.add("升学季", day, day + DAY, 1)
    assert records.holidays.added() == [added]
    assert records.holidays.remove(added.id, 1)
    assert not records.holidays.remove(added.id, 1)
    later = records.holidays.add("机构改革", day, day, 1)
    assert later.id != added.id
    with pytest.raises(ValueError, match="end before"):
        records.holidays.add("x", day, day - DAY, 1)
    actions = [each.action for each in records.audit.recent(9)]
    assert actions.count("holidays.kept") == 2


def test_decisions_are_audited(records: Records, planned: Planned) -> None:
    records.reminders.decide(KEY, planned.version, ReminderState.SKIPPED, 7)
    entry = records.audit.recent(1)[0]
    assert (entry.actor, entry.action) == (7, "reminder.skipped")
