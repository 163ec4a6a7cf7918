"""Days as people type them."""

from __future__ import annotations

import datetime as dt

import pytest

from knowledge.errors import ReminderError
from knowledge.holidays.typed import NewDays, new_days, read_days

TODAY = dt.date(2026, 6, 1)


def days(name: str, first: str, last: str) -> NewDays:
    return NewDays(name, dt.date.fromisoformat(first), dt.date.fromisoformat(last))


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("升学季 2027-06-20 2027-07-10", days("升学季", "2027-06-20", "2027-07-10")),
        ("升学季 2027-06-20~2027-07-10", days("升学季", "2027-06-20", "2027-07-10")),
        ("升学季：2027/6/20 至 2027/7/10", days("升学季", "2027-06-20", "2027-07-10")),
        ("升学季 20270620 20270710", days("升学季", "2027-06-20", "2027-07-10")),
        ("升学季 6月20日至7月10日", days("升学季", "2026-06-20", "2026-07-10")),
        ("升学季 ６月２０日～７月１０日", days("升学季", "2026-06-20", "2026-07-10")),
        ("6月20日至7月10日 升学季", days("升学季", "2026-06-20", "2026-07-10")),
        ("从6月20日到7月10日，升学季", days("升学季", "2026-06-20", "2026-07-10")),
        ("升学季（6月20日至30日）", days("升学季", "2026-06-20", "2026-06-30")),
        ("升学季 2027年6月20日至30日", days("升学季", "2027-06-20", "2027-06-30")),
        ("升学季 6.20-7.10", days("升学季", "2026-06-20", "2026-07-10")),
        ("升学季 5月1日至5月9日", days("升学季", "2027-05-01", "2027-05-09")),
        ("年底 12月20日—1月10日", days("年底", "2026-12-20", "2027-01-10")),
        ("年底 6月20日至2027年7月10日", days("年底", "2027-06-20", "2027-07-10")),
        ("机构改革 6月20号", days("机构改革", "2026-06-20", "2026-06-20")),
    ],
)
def test_many_ways_to_write_the_same(text: str, read: NewDays) -> None:
    assert read_days(text, TODAY) == read


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "没有看到日期"),
        ("升学季 六月", "没有看到日期"),
        ("6月20日", "没有看到名称"),
        ("6月20日至7月1日 ——", "没有看到名称"),
        ("升学季 6月20日 6月25日 7月1日", "两个以上的日期"),
        ("升学季 2月30日", "没有2027年2月30日"),
        ("升学季 0月1日", "没有2027年0月1日"),
        ("升学季 2026-06-20 2026-06-10", "在第一天（2026-06-20）之前"),
        ("升学季 2026-06-01", "已经到了或者过去了"),
        ("升学季 2025-06-20 2026-07-01", "已经到了或者过去了"),
        ("升学季 2026-07-01 2026-10-29", "超过120天"),
        ("升学季 3026-07-01", "太远了"),
        ("一二三四五六七八九十一二三四五六七八九十一 7月1日", "20字以内"),
    ],
)
def test_what_cannot_be_read_says_what_to_write(text: str, words: str) -> None:
    with pytest.raises(ReminderError, match=words):
        read_days(text, TODAY)


def test_the_longest_stretch_still_counts() -> None:
    read = read_days("升学季 2026-07-01 2026-10-28", TODAY)
    assert (read.last - read.first).days + 1 == 120


def test_apart_a_name_may_hold_what_looks_like_a_date() -> None:
    read = new_days("3.15 前后", "2027-03-10", "3月20日", TODAY)
    assert read == days("3.15 前后", "2027-03-10", "2027-03-20")


@pytest.mark.parametrize("word", ["", "六月", "2026-07-01 起", "2026-07-01 2026-07-02"])
def test_apart_each_day_is_one_day(word: str) -> None:
    with pytest.raises(ReminderError, match="不是日期"):
        new_days("升学季", word, "2026-07-09", TODAY)
