"""When reminders are due: China's days and hours, quiet ones apart, each while it makes sense."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.holidays.calendar import Calendar
from knowledge.holidays.model import AddedDays, Festival, Occasion
from knowledge.reminding.model import Moment
from knowledge.reminding.schedule import CHINA, Due, Timing, dues

DRAGON_BOAT = Occasion(
    key="2026-端午节",
    name="端午节",
    festivals=(Festival.DRAGON_BOAT,),
    first=dt.date(2026, 6, 19),
    last=dt.date(2026, 6, 21),
    back=dt.date(2026, 6, 22),
    official=True,
)
SEASON = replace(DRAGON_BOAT, key="added-3", name="升学季", festivals=())


def told(found: list[Due]) -> list[tuple[str, str, str]]:
    """Key, time and end of each, in China."""
    return [
        (each.key, f"{each.at.astimezone(CHINA):%m-%d %H:%M}", f"{_local(each.closes)}")
        for each in found
    ]


def _local(instant: dt.datetime) -> str:
    return f"{instant.astimezone(CHINA):%m-%d %H:%M}"


def test_three_days_before_on_the_eve_and_on_the_first_day_back() -> None:
    assert told(dues([DRAGON_BOAT], Timing())) == [
        ("2026-端午节:before", "06-16 09:30", "06-18 09:30"),
        ("2026-端午节:eve", "06-18 09:30", "06-19 21:00"),
        ("2026-端午节:back", "06-22 09:30", "06-25 09:30"),
    ]


def test_without_an_eve_the_first_one_makes_sense_until_the_holiday() -> None:
    timing = Timing(moments=frozenset({Moment.BEFORE}))
    assert told(dues([DRAGON_BOAT], timing)) == [
        ("2026-端午节:before", "06-16 09:30", "06-19 09:30")
    ]


def test_the_eve_makes_sense_until_the_first_day_off_ends() -> None:
    noon = Timing(quiet_from=dt.time(12), quiet_to=dt.time(14))
    for timing, end in ((noon, "06-20 00:00"), (Timing(quiet_from=dt.time(19)), "06-19 19:00")):
        eve = next(each for each in dues([DRAGON_BOAT], timing) if each.moment is Moment.EVE)
        assert _local(eve.closes) == end


def test_where_only_the_eve_is_wanted_it_comes_however_early_the_first_would() -> None:
    timing = Timing(days_before=1, moments=frozenset({Moment.EVE}))
    assert [each.key for each in dues([DRAGON_BOAT], timing)] == ["2026-端午节:eve"]


def test_one_day_before_is_the_eve_and_comes_once() -> None:
    keys = [each.key for each in dues([DRAGON_BOAT], Timing(days_before=1))]
    assert keys == ["2026-端午节:before", "2026-端午节:back"]


def test_days_that_an_admin_added_get_one() -> None:
    assert told(dues([SEASON], Timing())) == [("added-3:before", "06-16 09:30", "06-19 09:30")]


@pytest.mark.parametrize(
    ("at", "due"), [("22:30", "06-17 08:00"), ("07:15", "06-16 08:00"), ("08:00", "06-16 08:00")]
)
def test_an_hour_in_quiet_ones_waits_for_their_end(at: str, due: str) -> None:
    first = dues([DRAGON_BOAT], Timing(at=dt.time.fromisoformat(at)))[0]
    assert _local(first.at) == due


def test_quiet_hours_may_lie_within_a_day_or_be_none() -> None:
    noon = Timing(quiet_from=dt.time(12), quiet_to=dt.time(14))
    none = Timing(quiet_from=dt.time(0), quiet_to=dt.time(0))
    for hour, quiet in ((11, False), (12, True), (13, True), (14, False)):
        instant = dt.datetime(2026, 6, 16, hour, tzinfo=CHINA)
        assert noon.is_quiet(instant) is quiet
        assert not none.is_quiet(instant)
    night = Timing()
    for hour, quiet in ((20, False), (21, True), (0, True), (7, True), (8, False)):
        assert night.is_quiet(dt.datetime(2026, 6, 16, hour, tzinfo=CHINA)) is quiet


@given(
    st.dates(dt.date(2015, 1, 1), dt.date(2040, 12, 31)),
    st.times(),
    st.integers(1, 30),
    st.times(),
    st.times(),
    st.sets(st.sampled_from(Moment)),
)
def test_whatever_the_unit_sets_nothing_is_due_in_quiet_hours_or_after_its_end(
    day: dt.date, at: dt.time, days: int, quiet: dt.time, loud: dt.time, moments: set[Moment]
) -> None:
    occasion = replace(
        DRAGON_BOAT, first=day, last=day + dt.timedelta(2), back=day + dt.timedelta(3)
    )
    timing = Timing(at, days, quiet, loud, frozenset(moments))
    found = dues([occasion], timing)
    assert len({each.key for each in found}) == len(found) <= len(moments)
    for each in found:
        assert not timing.is_quiet(each.at)
        assert each.at < each.closes


def test_added_days_are_reminded_of_beside_the_holidays() -> None:
    season = AddedDays(3, "升学季", dt.date(2026, 6, 25), dt.date(2026, 7, 10))
    found = Calendar(added=[season]).between(dt.date(2026, 6, 1), dt.date(2026, 6, 30))
    assert [each.key for each in dues(found, Timing())] == [
        "2026-端午节:before",
        "2026-端午节:eve",
        "2026-端午节:back",
        "added-3:before",
    ]
