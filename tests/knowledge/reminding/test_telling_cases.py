"""The cases told of before a reminder and after it."""

from __future__ import annotations

import datetime as dt

from knowledge.reminding.telling_cases import Told, around

NOON = dt.datetime(2027, 6, 6, 4, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


def told(day: int, case: str, *, skipped: bool = False) -> Told:
    return Told(NOON + day * DAY, case, skipped)


def test_the_last_three_before_it_are_recent_and_the_next_one_follows() -> None:
    others = [told(at, f"案{at}") for at in (-9, -7, -5, -3, 2, 4)]
    recent, following = around(others, NOON)
    assert (list(recent), following) == (["案-3", "案-5", "案-7"], "案2")


def test_what_tells_of_no_case_or_goes_to_nobody_does_not_count() -> None:
    others = [
        told(-5, "甲"),
        told(-3, ""),
        told(-1, "乙", skipped=True),
        told(1, ""),
        told(2, "丙"),
    ]
    recent, following = around(others, NOON)
    assert (list(recent), following) == (["甲"], "丙")
    assert around([told(3, "丁", skipped=True)], NOON) == ([], "")


def test_of_two_at_once_the_other_comes_after() -> None:
    assert around([told(0, "甲")], NOON) == ([], "甲")


def test_where_nothing_else_is_planned_there_is_nothing_around() -> None:
    assert around([], NOON) == ([], "")
