"""Longer every time, never all at once, and no sooner than the server asks."""

import datetime as dt
import email.utils

import pytest

from knowledge.llm.retrying import pause


def test_each_pause_is_longer_within_its_spread():
    for tried, usual in ((1, 0.25), (2, 0.5), (3, 1.0)):
        pauses = [pause(tried) for _ in range(50)]
        assert all(usual / 2 <= each <= usual * 1.5 for each in pauses)
        assert len(set(pauses)) > 1


@pytest.mark.parametrize("wished", ["7", "7.5", " 7 "])
def test_seconds_that_a_server_asks_for_are_waited(wished):
    assert pause(1, wished) == float(wished)


def test_so_is_a_date():
    later = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=30)
    assert 25 < pause(1, email.utils.format_datetime(later, usegmt=False)) <= 31
    assert 25 < pause(1, f"{later:%a, %d %b %Y %H:%M:%S} -0000") <= 31


@pytest.mark.parametrize(
    "wished",
    [
        "",
        "soon",
        "-5",
        "nan",
        "inf",
        "Mon, 01 Jan 1990 00:00:00 GMT",
        "Mon, 01 Jan 1990 00:00:00 +999999",
    ],
)
def test_what_makes_no_sense_is_no_wish(wished):
    assert pause(1, wished) < 1
