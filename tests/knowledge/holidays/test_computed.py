"""Days off by the law alone: the moon, the sun, and what a weekend swallowed."""

from __future__ import annotations

import datetime as dt

import chinese_calendar
import pytest

from knowledge.errors import QuestionError
from knowledge.holidays.calendar import Calendar
from knowledge.holidays.computed import EARLIEST, LATEST, computed_year, festival_days
from knowledge.holidays.model import Festival

# As printed calendars have them.
KNOWN = {
    2025: ("01-29", "04-04", "05-31", "10-06"),
    2026: ("02-17", "04-05", "06-19", "09-25"),
    2027: ("02-06", "04-05", "06-09", "09-15"),
    2028: ("01-26", "04-04", "05-28", "10-03"),
    2033: ("01-31", "04-04", "06-01", "09-08"),  # the year with a leap eleventh month
    2057: ("02-04", "04-04", "06-06", "09-13"),
}
MOON_AND_SUN = (Festival.SPRING, Festival.QINGMING, Festival.DRAGON_BOAT, Festival.MID_AUTUMN)


def days(number: int) -> dict[str, str]:
    return {f"{day.date:%m-%d}": day.name for day in computed_year(number).days if day.off}


@pytest.mark.parametrize("number", KNOWN)
def test_festivals_fall_on_their_days(number: int) -> None:
    found = festival_days(number)
    assert tuple(f"{found[festival]:%m-%d}" for festival in MOON_AND_SUN) == KNOWN[number]


@pytest.mark.parametrize("number", range(EARLIEST, LATEST + 1))
def test_every_year_has_its_thirteen_days_on_working_days(number: int) -> None:
    year = computed_year(number)
    assert {day.date.year for day in year.days} == {number}
    # What falls on a weekend is given on a working day, so that 13 working days are always off.
    assert sum(day.date.weekday() < 5 for day in year.days) == 13
    assert len({day.date for day in year.days}) == len(year.days)
    assert all(day.off for day in year.days)
    assert set("、".join(day.name for day in year.days).split("、")) == set(Festival)
    found = festival_days(number)
    assert dt.date(number, 1, 21) <= found[Festival.SPRING] <= dt.date(number, 2, 21)
    assert dt.date(number, 9, 7) <= found[Festival.MID_AUTUMN] <= dt.date(number, 10, 8)
    ((qingming, _),) = [
        each
        for each in chinese_calendar.get_solar_terms(dt.date(number, 4, 1), dt.date(number, 4, 10))
        if each[1] == "清明"
    ]
    # Its rule of thumb ends with the century.
    assert found[Festival.QINGMING] == qingming or number == 2100


def test_2027_is_computed_with_its_days_made_up_for() -> None:
    assert days(2027) == {
        "01-01": "元旦",
        "02-05": "春节",  # 除夕
        "02-06": "春节",
        "02-07": "春节",
        "02-08": "春节",
        "02-09": "春节",  # for Saturday
        "02-10": "春节",  # for Sunday
        "04-05": "清明节",
        "05-01": "劳动节",
        "05-02": "劳动节",
        "05-03": "劳动节",
        "05-04": "劳动节",
        "06-09": "端午节",
        "09-15": "中秋节",
        "10-01": "国庆节",
        "10-02": "国庆节",
        "10-03": "国庆节",
        "10-04": "国庆节",
        "10-05": "国庆节",
    }


def test_a_mid_autumn_within_national_days_shares_its_day_and_is_made_up_for() -> None:
    october = {day: name for day, name in days(2028).items() if day >= "09-01"}
    assert october == {
        "10-01": "国庆节",
        "10-02": "国庆节",
        "10-03": "国庆节、中秋节",
        "10-04": "国庆节",  # for Sunday 1 October
        "10-05": "中秋节",  # for the day shared
    }


def test_the_eve_of_spring_is_the_day_before_it_however_long_the_month_is() -> None:
    # 腊月 of 2025 has 29 days, that of 2026 has 30.
    for number, eve in ((2025, "01-28"), (2026, "02-16"), (2027, "02-05")):
        assert min(day for day, name in days(number).items() if name == "春节") == eve


@pytest.mark.parametrize("number", range(2015, 2027))
def test_every_festival_lies_within_the_official_days_of_its_year(number: int) -> None:
    occasions = Calendar().year(number).occasions
    for festival, day in festival_days(number).items():
        (around,) = [each for each in occasions if each.first <= day <= each.last]
        assert festival in around.festivals
        assert chinese_calendar.is_holiday(day)
    if number >= 2025:  # the law as it is since then
        for each in computed_year(number).days:
            assert chinese_calendar.is_holiday(each.date) or "、" in each.name, each


@pytest.mark.parametrize("number", [0, EARLIEST - 1, LATEST + 1, 99999])
def test_a_year_too_far_away_is_refused_with_what_to_do(number: int) -> None:
    with pytest.raises(QuestionError, match="请换一个年份"):
        computed_year(number)
