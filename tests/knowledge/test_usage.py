"""The question log counted by day, as the unit's calendar has the days."""

from __future__ import annotations

import datetime as dt

from knowledge.asked import AskedQuestion
from knowledge.model import Outcome
from knowledge.usage import beginning, counted

TODAY = dt.date(2026, 3, 10)
NOON = dt.datetime(2026, 3, 10, 4, 0, tzinfo=dt.UTC)  # 12:00 in Shanghai


def asked(
    at: dt.datetime = NOON,
    outcome: Outcome = Outcome.ANSWERED,
    ms: int = 100,
    person: str = "a",
    vote: str = "",
) -> AskedQuestion:
    return AskedQuestion(1, person, at, "？", outcome, ms, (), vote, "", False)


def test_days_begin_at_midnight_in_shanghai() -> None:
    late = dt.datetime(2026, 3, 9, 15, 59, tzinfo=dt.UTC)  # 23:59 of the 9th
    early = dt.datetime(2026, 3, 9, 16, 0, tzinfo=dt.UTC)  # 0:00 of the 10th
    usage = counted([asked(late), asked(early)], 2, TODAY)
    assert [(day.day, tally.asked) for day, tally in usage.days] == [(9, 1), (10, 1)]
    assert beginning(1, TODAY) == early


def test_days_without_a_question_are_there_and_other_days_are_not() -> None:
    usage = counted([asked(NOON - dt.timedelta(days=3)), asked()], 3, TODAY)
    assert [tally.asked for _, tally in usage.days] == [0, 0, 1]
    assert (usage.first, usage.last) == (dt.date(2026, 3, 8), TODAY)
    assert usage.days[0][1].median_ms is None


def test_outcomes_votes_and_people_are_counted_and_greetings_apart() -> None:
    usage = counted(
        [
            asked(vote="useful"),
            asked(person="b", vote="useless"),
            asked(outcome=Outcome.NO_BASIS),
            asked(outcome=Outcome.REFUSED, person="c"),
            asked(outcome=Outcome.SMALL_TALK, person="d"),
        ],
        7,
        TODAY,
    )
    total = usage.total
    assert (total.asked, total.answered, total.no_basis, total.other) == (4, 2, 1, 1)
    assert (total.useful, total.useless) == (1, 1)
    assert (usage.people, usage.greetings) == (3, 1)


def test_waiting_times_are_those_that_somebody_waited() -> None:
    usage = counted([asked(ms=ms) for ms in range(1, 101)], 1, TODAY)
    assert usage.total.median_ms == 50.5
    assert usage.total.p95_ms == 95
    assert counted([asked(ms=7)], 1, TODAY).total.p95_ms == 7
