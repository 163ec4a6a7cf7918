"""A year's reminders looked at ahead."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import pytest

from knowledge.holidays.calendar import Calendar
from knowledge.holidays.model import AddedDays
from knowledge.library import Library
from knowledge.model import Kind
from knowledge.reminding.keeping import to_json
from knowledge.reminding.model import Moment
from knowledge.reminding.plan import Planned, ReminderState
from knowledge.reminding.schedule import Due, Timing
from knowledge.reminding.yearly import Previewed, dues_of, previews
from tests.knowledge.reminding.shelves import Lying


@pytest.fixture
def shelf(shipped: Library) -> Lying:
    """Everything that comes along; two cases fit whatever is asked."""
    cases = [each for each in shipped.documents.values() if each.kind is Kind.CASE]
    return Lying(shipped, cases={"": [each.title for each in cases[:2]]})


def shown(shelf: Lying, dues: Sequence[Due], *planned: Planned) -> list[Previewed]:
    kept = {each.key: each for each in planned}
    return list(previews(shelf, dues, contact="机关纪委", planned=kept))


def kept(due: Due, **changes: object) -> Planned:
    given: dict[str, object] = {
        "key": due.key,
        "occasion": due.occasion.key,
        "name": due.occasion.name,
        "moment": due.moment,
        "due_at": due.at,
        "closes_at": due.closes,
        "state": ReminderState.OPEN,
        "version": 1,
        "draft": None,
        "wording": None,
        "case": "",
        "previewed_at": None,
        "decided_by": None,
        "started_at": None,
        "ended_at": None,
    }
    return Planned(**(given | changes))  # type: ignore[arg-type]


def before(year: int = 2026) -> list[Due]:
    return dues_of(Calendar(), year, Timing(moments=frozenset({Moment.BEFORE})))


def case(previewed: Previewed) -> str:
    assert previewed.reminder
    return previewed.reminder.case[0].document.title


def test_a_new_year_that_begins_in_december_is_its_years() -> None:
    dues = dues_of(Calendar(), 2023, Timing())
    assert dues[0].key == "2023-元旦:before"
    assert dues[0].occasion.first == dt.date(2022, 12, 31)


def test_days_added_are_among_them_by_time() -> None:
    added = AddedDays(4, "升学季", dt.date(2026, 8, 20), dt.date(2026, 9, 10))
    other = AddedDays(5, "升学季", dt.date(2027, 8, 20), dt.date(2027, 9, 10))
    dues = dues_of(Calendar((), (added, other)), 2026, Timing())
    assert [due.key for due in dues if not due.occasion.festivals] == ["added-4:before"]
    assert [due.at for due in dues] == sorted(due.at for due in dues)
    assert len(dues) == 7 * 3 + 1


def test_no_case_is_told_twice_in_a_row(shelf: Lying) -> None:
    cases = [case(each) for each in shown(shelf, before())]
    assert len(cases) == 7
    assert all(one != other for one, other in pairwise(cases))


def test_neither_is_the_one_before_the_year(shelf: Lying) -> None:
    first = case(shown(shelf, before()[:1])[0])
    done = kept(before(2025)[-1], case=first, state=ReminderState.DONE)
    assert case(shown(shelf, before()[:1], done)[0]) != first
    skipped = kept(before(2025)[-1], case=first, state=ReminderState.SKIPPED)
    assert case(shown(shelf, before()[:1], skipped)[0]) == first


def test_nor_the_one_that_the_next_has_been_drafted_with(shelf: Lying) -> None:
    first, second = before()[:2]
    (alone,) = shown(shelf, [first])
    assert alone.reminder
    (other,) = shown(shelf, [second])
    assert case(other) == case(alone)
    assert other.reminder
    drafted = kept(second, draft=to_json(other.reminder), case=case(other))
    one, next_one = shown(shelf, [first, second], drafted)
    assert case(next_one) == case(other)
    assert case(one) != case(other)
    skipped = replace(drafted, state=ReminderState.SKIPPED)
    assert case(shown(shelf, [first, second], skipped)[0]) == case(alone)


def test_rather_no_case_than_the_one_before_or_the_next(shelf: Lying) -> None:
    first, second, third = before()[:3]
    (one,) = shown(shelf, [first])
    (other,) = shown(shelf, [first], kept(second, case=case(one)))
    around = (kept(first, case=case(one)), kept(third, case=case(other)))
    (between,) = shown(shelf, [second], *around)
    assert between.reminder
    assert between.reminder.case == ()


def test_an_admins_words_and_a_draft_that_stands_are_shown(shelf: Lying) -> None:
    due = before()[0]
    words = {"opening": "自己的导语。", "watch": ["甲"]}
    (own,) = shown(shelf, [due], kept(due, wording=words))
    assert own.reminder
    assert own.reminder.wording.opening == "自己的导语。"
    (drafted,) = shown(shelf, [due], kept(due, draft=to_json(own.reminder)))
    assert drafted.reminder == own.reminder


def test_a_draft_that_names_another_to_report_to_is_not_shown(shelf: Lying) -> None:
    due = before()[0]
    (made,) = shown(shelf, [due])
    assert made.reminder
    draft = to_json(made.reminder) | {"contact": "从前的机关纪委"}
    (again,) = shown(shelf, [due], kept(due, draft=draft))
    assert again.reminder == made.reminder


def test_a_draft_that_no_longer_stands_is_not_shown(shelf: Lying) -> None:
    due = before()[0]
    (made,) = shown(shelf, [due])
    assert made.reminder
    draft = to_json(made.reminder) | {"opening": "旧稿"}
    draft["red_lines"][0]["at"]["quote"] = "没有这句话。"
    (again,) = shown(shelf, [due], kept(due, draft=draft))
    assert again.reminder == made.reminder


def test_what_cannot_be_written_says_why_and_the_others_go_on() -> None:
    found = shown(Lying(Library([])), before()[:2])
    assert [each.reminder for each in found] == [None, None]
    assert all("请先导入" in each.why for each in found)
