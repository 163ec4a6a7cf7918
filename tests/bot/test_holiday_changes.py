"""What another file of a year's days off changes, in words."""

from __future__ import annotations

from dataclasses import replace

from bot.holiday_changes import changes
from knowledge.holidays.calendar import Calendar
from knowledge.holidays.computed import computed_year
from knowledge.holidays.model import Origin
from knowledge.holidays.official import packaged_year


def test_the_same_days_change_nothing() -> None:
    year = Calendar().year(2026)
    assert changes(year, year) == []


def test_the_notice_makes_longer_what_was_computed() -> None:
    packaged = packaged_year(2025)
    assert packaged
    before = Calendar([computed_year(2025)]).year(2025)
    told = changes(before, Calendar([packaged]).year(2025))
    assert any(each.startswith("国庆节、中秋节：原为10月1日") for each in told)


def test_more_holidays_and_other_worked_days_are_said() -> None:
    year = Calendar().year(2026)
    fewer = replace(year, occasions=year.occasions[1:], worked=year.worked[1:])
    assert changes(fewer, year)[0].startswith("元旦：新增，1月1日")
    assert changes(fewer, year)[-1] == "调休上班的日子有变"
    assert "元旦：不再单独放假" in changes(year, fewer)


def test_worked_days_that_nobody_knew_before_are_no_change() -> None:
    year = Calendar().year(2026)
    unknown = replace(year, origin=Origin.COMPUTED, worked=())
    assert changes(unknown, year) == []
