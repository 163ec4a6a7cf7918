"""Holidays as people live them: days off in a row, whoever's list they come from."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import replace

import pytest

from knowledge.errors import QuestionError
from knowledge.holidays.calendar import Calendar
from knowledge.holidays.computed import LATEST, computed_year
from knowledge.holidays.model import (
    AddedDays,
    Day,
    Festival,
    Occasion,
    OfficialYear,
    Origin,
    stretches,
)
from knowledge.holidays.official import packaged_year
from knowledge.holidays.reading import read_year

DAY = dt.timedelta(days=1)


def ranges(occasions: Iterable[Occasion]) -> dict[str, str]:
    return {each.name: f"{each.first:%m-%d}..{each.last:%m-%d}" for each in occasions}


def imported(number: int, papers: tuple[str, ...] = ()) -> OfficialYear:
    """An admin's file that says what would be computed, with a longer holiday in May."""
    days = [
        {"name": day.name, "date": f"{day.date}", "isOffDay": True}
        for day in computed_year(number).days
    ]
    days += [
        {"name": "劳动节", "date": f"{number}-05-05", "isOffDay": True},
        {"name": "劳动节", "date": f"{number}-05-08", "isOffDay": False},
    ]
    return read_year(json.dumps({"year": number, "papers": list(papers), "days": days}))


def test_2026_is_as_the_notice_says() -> None:
    year = Calendar().year(2026)
    assert year.origin is Origin.PACKAGE
    assert ranges(year.occasions) == {
        "元旦": "01-01..01-03",
        "春节": "02-15..02-23",
        "清明节": "04-04..04-06",
        "劳动节": "05-01..05-05",
        "端午节": "06-19..06-21",
        "中秋节": "09-25..09-27",
        "国庆节": "10-01..10-07",
    }
    assert [f"{day:%m-%d}" for day in year.worked] == [
        "01-04", "02-14", "02-28", "05-09", "09-20", "10-10",
    ]  # fmt: skip
    assert [f"{each.back:%m-%d}" for each in year.occasions] == [
        "01-04", "02-24", "04-07", "05-06", "06-22", "09-28", "10-08",
    ]  # fmt: skip
    assert [each.key for each in year.occasions] == [f"2026-{each.name}" for each in year.occasions]
    assert all(each.official for each in year.occasions)


@pytest.mark.parametrize("number", range(2015, 2027))
def test_every_official_year_covers_the_seven_festivals_in_runs_of_days_off(number: int) -> None:
    calendar = Calendar()
    year, notice = calendar.year(number), packaged_year(number)
    assert notice is not None
    covered = [festival for each in year.occasions for festival in each.festivals]
    assert sorted(covered) == sorted(Festival)
    for each in year.occasions:
        span = [each.first + at * DAY for at in range((each.last - each.first).days + 1)]
        assert all(map(calendar.is_off, span))
        assert not calendar.is_off(each.first - DAY)
        assert not calendar.is_off(each.back)
        assert each.back == each.last + DAY
        # A day more than the notice lists can only be a weekend that it joins.
        listed = {day.date for day in notice.days if day.off}
        assert all(day in listed or day.weekday() >= 5 for day in span)
        if {each.first, each.last} <= listed:
            assert set(span) <= listed or number == 2015  # 端午节: 06-20 and 06-22
    listed = {day.date for day in notice.days if day.off and day.name in set(Festival)}
    assert all(any(each.first <= day <= each.last for each in year.occasions) for day in listed)
    assert year.worked == tuple(day.date for day in notice.days if not day.off)


def test_festivals_that_fall_together_are_one_occasion_named_for_the_greater() -> None:
    calendar = Calendar()
    for number, first, last in (
        (2017, "10-01", "10-08"),
        (2020, "10-01", "10-08"),  # both on 1 October, and the package names but one
        (2023, "09-29", "10-06"),
        (2025, "10-01", "10-08"),
    ):
        occasion = calendar.year(number).occasions[-1]
        assert occasion.key == f"{number}-国庆节"
        assert occasion.name == "国庆节、中秋节"
        assert occasion.festivals == (Festival.NATIONAL, Festival.MID_AUTUMN)
        assert ranges([occasion]) == {"国庆节、中秋节": f"{first}..{last}"}
        assert calendar.occasion(f"{number}-国庆节") == occasion
        assert calendar.occasion(f"{number}-中秋节") is None


def test_a_lone_day_off_joins_the_weekend_beside_it() -> None:
    calendar = Calendar()
    assert ranges(calendar.year(2024).occasions)["端午节"] == "06-08..06-10"
    assert ranges(calendar.year(2016).occasions)["清明节"] == "04-02..04-04"
    assert ranges(calendar.year(2015).occasions)["端午节"] == "06-20..06-22"
    # A Wednesday stays alone.
    assert ranges(calendar.year(2025).occasions)["元旦"] == "01-01..01-01"


def test_a_new_year_that_begins_in_december_is_the_later_years() -> None:
    calendar = Calendar()
    occasion = calendar.year(2024).occasions[0]
    assert (occasion.key, occasion.first) == ("2024-元旦", dt.date(2023, 12, 30))
    assert [each.key for each in calendar.year(2023).occasions].count("2023-元旦") == 1
    assert calendar.between(dt.date(2023, 12, 1), dt.date(2023, 12, 31)) == [occasion]
    # The weekend worked for it likewise.
    assert dt.date(2018, 12, 29) in calendar.year(2019).worked
    assert dt.date(2018, 12, 29) not in calendar.year(2018).worked
    assert not calendar.is_off(dt.date(2018, 12, 29))


def test_a_day_off_given_once_is_off_and_no_holiday() -> None:
    calendar = Calendar()
    assert calendar.is_off(dt.date(2015, 9, 3))
    assert not calendar.is_off(dt.date(2015, 9, 6))
    assert not calendar.between(dt.date(2015, 9, 1), dt.date(2015, 9, 20))


def test_2027_is_computed_until_its_notice_is_out() -> None:
    calendar = Calendar()
    year = calendar.year(2027)
    assert year.origin is calendar.origin(2027) is Origin.COMPUTED
    assert ranges(year.occasions) == {
        "元旦": "01-01..01-03",
        "春节": "02-05..02-10",
        "清明节": "04-03..04-05",
        "劳动节": "05-01..05-04",
        "端午节": "06-09..06-09",
        "中秋节": "09-15..09-15",
        "国庆节": "10-01..10-05",
    }
    assert not any(each.official for each in year.occasions)
    assert year.worked == ()


def test_2028_has_mid_autumn_within_national_days() -> None:
    occasion = Calendar().year(2028).occasions[-1]
    assert (occasion.key, occasion.name) == ("2028-国庆节", "国庆节、中秋节")
    assert ranges([occasion]) == {"国庆节、中秋节": "09-30..10-05"}


def test_a_file_takes_the_place_of_computed_days_and_keys_stay() -> None:
    before, after = Calendar(), Calendar([imported(2027, ("https://www.gov.cn/2027",))])
    year = after.year(2027)
    assert year.origin is after.origin(2027) is Origin.FILE
    assert year.papers == ("https://www.gov.cn/2027",)
    assert ranges(year.occasions)["劳动节"] == "05-01..05-05"
    assert year.worked == (dt.date(2027, 5, 8),)
    assert all(each.official for each in year.occasions)
    keys = [each.key for each in before.year(2027).occasions]
    assert keys == [each.key for each in year.occasions]
    assert before.origin(2028) is after.origin(2028) is Origin.COMPUTED


def test_keys_of_an_official_year_are_those_it_had_while_computed() -> None:
    for number in (2025, 2026):
        file = replace(computed_year(number))
        computed = [each.key for each in Calendar([file]).year(number).occasions]
        assert computed == [each.key for each in Calendar().year(number).occasions]


def test_a_file_goes_before_the_package_and_a_later_file_before_an_earlier() -> None:
    short = computed_year(2026)
    calendar = Calendar([short])
    assert calendar.origin(2026) is Origin.FILE
    assert ranges(calendar.year(2026).occasions)["春节"] == "02-14..02-19"
    official = packaged_year(2026)
    assert official is not None
    assert Calendar([short, official]).year(2026).occasions == Calendar().year(2026).occasions


def test_the_next_years_file_has_the_last_word_on_december() -> None:
    base = computed_year(2030)
    reaching = replace(
        base,
        days=(
            Day(dt.date(2029, 12, 29), "元旦", off=False),
            Day(dt.date(2029, 12, 31), "元旦", off=True),
            *base.days,
        ),
    )
    calendar = Calendar([reaching])
    # Official 2030 beside computed 2029: Monday off, Saturday worked, Sunday plainly off.
    occasion = calendar.year(2030).occasions[0]
    assert (occasion.key, occasion.first, occasion.last) == (
        "2030-元旦",
        dt.date(2029, 12, 30),
        dt.date(2030, 1, 1),
    )
    assert occasion.official
    assert calendar.year(2030).worked == (dt.date(2029, 12, 29),)
    assert "2029-元旦" in [each.key for each in calendar.year(2029).occasions]


def test_an_official_year_passes_into_a_computed_one() -> None:
    found = Calendar().between(dt.date(2026, 9, 1), dt.date(2027, 4, 30))
    assert [(each.key, each.official) for each in found] == [
        ("2026-中秋节", True),
        ("2026-国庆节", True),
        ("2027-元旦", False),
        ("2027-春节", False),
        ("2027-清明节", False),
    ]


def test_added_days_are_occasions_by_their_first_day() -> None:
    exams = AddedDays(12, "升学季", dt.date(2026, 6, 15), dt.date(2026, 7, 31))
    weddings = AddedDays(3, "婚丧高发期", dt.date(2026, 9, 20), dt.date(2026, 9, 30))
    calendar = Calendar(added=[weddings, exams])
    found = calendar.between(dt.date(2026, 6, 1), dt.date(2026, 6, 30))
    assert [each.key for each in found] == ["added-12", "2026-端午节"]
    occasion = found[0]
    assert (occasion.name, occasion.festivals, occasion.official) == ("升学季", (), True)
    assert (occasion.first, occasion.last) == (exams.first, exams.last)
    assert occasion.back == dt.date(2026, 8, 3)  # 31 July is a Friday
    # Back only after the holiday that follows at once.
    after = calendar.occasion("added-3")
    assert after is not None
    assert after.back == dt.date(2026, 10, 8)
    assert not calendar.between(dt.date(2026, 7, 1), dt.date(2026, 7, 31))
    assert "added-12" not in [each.key for each in calendar.year(2026).occasions]


def test_an_occasion_is_found_by_its_key() -> None:
    calendar = Calendar()
    found = calendar.occasion("2026-端午节")
    assert found is not None
    assert found.first == dt.date(2026, 6, 19)
    for wrong in (
        "",
        "2026",
        "2026-",
        "2026-圣诞节",
        "1999-春节",
        "9999-春节",
        "added-1",
        "x-春节",
    ):
        assert calendar.occasion(wrong) is None


def test_next_years_days_are_asked_for_from_the_middle_of_november() -> None:
    calendar = Calendar()
    asked = {
        dt.date(2026, 1, 1): None,
        dt.date(2026, 11, 14): None,
        dt.date(2026, 11, 15): 2027,
        dt.date(2026, 12, 31): 2027,
        dt.date(2027, 1, 1): 2027,
        dt.date(2027, 11, 20): 2027,
        dt.date(2025, 12, 1): None,
        dt.date(LATEST + 2, 1, 1): None,
    }
    assert {day: calendar.unknown_year(day) for day in asked} == asked
    known = Calendar([imported(2027)])
    assert known.unknown_year(dt.date(2026, 12, 1)) is None
    assert known.unknown_year(dt.date(2027, 6, 1)) is None
    assert known.unknown_year(dt.date(2027, 11, 15)) == 2028


def test_a_year_too_far_away_is_refused_and_its_days_are_plain() -> None:
    calendar = Calendar()
    for number in (1999, LATEST + 1):
        with pytest.raises(QuestionError, match="请换一个年份"):
            calendar.year(number)
    assert calendar.is_off(dt.date(1999, 5, 1))  # a Saturday
    assert not calendar.is_off(dt.date(1999, 10, 1))
    assert not calendar.between(dt.date(1990, 1, 1), dt.date(1999, 12, 31))
    assert calendar.between(dt.date(2026, 12, 31), dt.date(2026, 12, 1)) == []


@pytest.mark.parametrize("number", range(2004, LATEST + 1))
def test_keys_are_never_given_twice(number: int) -> None:
    calendar = Calendar()
    occasions = calendar.year(number).occasions
    assert len({each.key for each in occasions}) == len(occasions)
    assert list(occasions) == sorted(occasions, key=lambda each: each.first)
    assert {each.last.year for each in occasions} == {number}


def test_runs_of_days_off_take_in_the_days_off_beside_them() -> None:
    off = {dt.date(2026, 6, day) for day in (6, 7, 8, 13, 14)}
    runs = stretches([dt.date(2026, 6, 8), dt.date(2026, 6, 7)], off.__contains__)
    assert runs == [(dt.date(2026, 6, 6), dt.date(2026, 6, 8))]
