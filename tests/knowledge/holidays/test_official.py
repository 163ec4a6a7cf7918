"""The packaged notices of past years and this one."""

from __future__ import annotations

import datetime as dt

import pytest

from knowledge.holidays import official
from knowledge.holidays.model import Day, Festival
from knowledge.holidays.official import packaged_year


def test_the_notice_of_2026_comes_with_its_days_off_and_worked_weekends() -> None:
    year = packaged_year(2026)
    assert year is not None
    assert len([day for day in year.days if day.off]) == 33
    assert [f"{day.date:%m-%d}" for day in year.days if not day.off] == [
        "01-04", "02-14", "02-28", "05-09", "09-20", "10-10",
    ]  # fmt: skip
    assert {day.name for day in year.days} == set(Festival)


def test_a_holiday_that_begins_in_december_is_in_the_notice_of_its_own_year() -> None:
    before, after = packaged_year(2023), packaged_year(2024)
    assert before is not None
    assert after is not None
    assert max(day.date for day in before.days) < dt.date(2023, 12, 1)
    assert after.days[0] == Day(dt.date(2023, 12, 30), "元旦", off=True)
    worked = packaged_year(2019)
    assert worked is not None
    assert worked.days[0] == Day(dt.date(2018, 12, 29), "元旦", off=False)


def test_a_day_off_given_once_keeps_its_own_name() -> None:
    year = packaged_year(2015)
    assert year is not None
    assert [each.name for each in year.days if each.date == dt.date(2015, 9, 3)] == [
        "中国人民抗日战争暨世界反法西斯战争胜利70周年纪念日"
    ]


@pytest.mark.parametrize("number", [1990, 2003, 2027, 2100])
def test_a_year_that_the_package_lacks_is_none(number: int) -> None:
    assert packaged_year(number) is None


@pytest.mark.parametrize("number", range(2004, 2027))
def test_every_year_packaged_is_whole_and_works_on_weekends_only(number: int) -> None:
    year = packaged_year(number)
    assert year is not None
    assert list(year.days) == sorted(year.days, key=lambda day: day.date)
    assert all(day.off or day.date.weekday() >= 5 for day in year.days)


def test_a_year_of_which_only_the_first_days_are_out_is_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # As 2027 would be if its 元旦 began on 31 December 2026.
    monkeypatch.setattr(
        official, "holidays", {**official.holidays, dt.date(2026, 12, 31): "New Year's Day"}
    )
    official._notices.cache_clear()
    try:
        assert packaged_year(2027) is None
        assert packaged_year(2026) is not None
    finally:
        official._notices.cache_clear()
