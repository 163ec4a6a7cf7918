"""Files of days off that admins send: whole and right, or refused with what to correct."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.errors import UnreadableError
from knowledge.holidays.calendar import Calendar
from knowledge.holidays.model import OfficialYear
from knowledge.holidays.official import packaged_year
from knowledge.holidays.reading import LARGEST, read_year

PAPER = "https://www.gov.cn/zhengce/content/202611/content_1.htm"
# 2027 as a notice might have it: longer holidays for weekends worked.
OFF = {
    "元旦": ["2027-01-01", "2027-01-02", "2027-01-03"],
    "春节": [f"2027-02-{day:02}" for day in range(5, 13)],
    "清明节": ["2027-04-05"],
    "劳动节": [f"2027-05-{day:02}" for day in range(1, 6)],
    "端午节": ["2027-06-09"],
    "中秋节": ["2027-09-15"],
    "国庆节": [f"2027-10-{day:02}" for day in range(1, 8)],
}
WORKED = {"春节": ["2027-02-14"], "劳动节": ["2027-05-08"], "国庆节": ["2027-10-09"]}


def entry(name: Any, date: Any, off: Any = True) -> dict[str, Any]:
    return {"name": name, "date": date, "isOffDay": off}


def entries() -> list[Any]:
    found = [entry(name, date) for name, dates in OFF.items() for date in dates]
    return found + [entry(name, date, False) for name, dates in WORKED.items() for date in dates]


def file(days: Any = None, **others: Any) -> bytes:
    whole = {"year": 2027, "papers": [PAPER], "days": entries() if days is None else days}
    return json.dumps({**whole, **others}, ensure_ascii=False).encode()


def without(name: str) -> list[Any]:
    return [each for each in entries() if each["name"] != name]


def as_file(year: OfficialYear, together: str = "国庆节、中秋节") -> bytes:
    """A year as holiday-cn writes it: festivals that fall together under both names."""
    calendar = Calendar()
    merged = "国庆节、中秋节" in [each.name for each in calendar.year(year.number).occasions]
    both = {"国庆节": together, "中秋节": together} if merged else {}
    days = [
        entry(both.get(day.name, day.name), f"{day.date}", day.off)
        for day in year.days
        if "纪念日" not in day.name
    ]
    return file(days, year=year.number)


def test_a_file_is_read_whole_by_date() -> None:
    year = read_year(file(list(reversed(entries()))), 2027)
    assert (year.number, year.papers) == (2027, (PAPER,))
    assert [f"{day.date}" for day in year.days] == sorted(each["date"] for each in entries())
    assert sum(not day.off for day in year.days) == 3


def test_marks_of_order_and_keys_that_mean_nothing_here_are_passed_over() -> None:
    plain = read_year(file())
    text = file(**{"$schema": "https://x/schema.json", "$id": "https://x/2027.json"})
    assert read_year(b"\xef\xbb\xbf" + text) == plain
    assert read_year("\ufeff" + text.decode()) == plain
    assert read_year(text.decode()) == plain
    whole = json.loads(text)
    del whole["papers"]
    assert read_year(json.dumps(whole)).papers == ()


@pytest.mark.parametrize("number", range(2008, 2027))
@pytest.mark.parametrize("together", ["国庆节、中秋节", "中秋节、国庆节"])
def test_every_official_year_so_far_would_be_read_and_give_the_same_holidays(
    number: int, together: str
) -> None:
    official = packaged_year(number)
    assert official is not None
    read = read_year(as_file(official, together), number)
    files, plain = Calendar([read]).year(number), Calendar().year(number)
    assert files.occasions == plain.occasions
    if number != 2015:  # which also had 3 September off
        assert files.worked == plain.worked


def test_short_names_and_quotes_are_understood() -> None:
    short = {
        "清明节": "清明",
        "劳动节": "“五一”",
        "端午节": " 端午 ",
        "中秋节": "中秋",
        "国庆节": "国庆",
    }
    days = [{**each, "name": short.get(each["name"], each["name"])} for each in entries()]
    assert read_year(file(days)) == read_year(file())


NOT_FILES: dict[str, bytes | str] = {
    "不是正确的 JSON，第1行": b"{,}",
    "不是正确的 JSON": b"",
    "UTF-8": "节日".encode("gbk"),
    "超过1MB": b" " * (LARGEST + 1),
    "括号套得太深": "[" * 200_000,
    "数字太长": '{"year": ' + "1" * 10_000 + "}",
    "不是放假安排": b"[]",
    "year 应当": file(year=True),
}


@pytest.mark.parametrize("words", NOT_FILES)
def test_what_is_no_such_file_is_refused(words: str) -> None:
    with pytest.raises(UnreadableError, match=words):
        read_year(NOT_FILES[words])


@pytest.mark.parametrize("year", [None, "2027", 2027.0, 2003, 2101, -1, [2027]])
def test_a_wrong_year_is_refused(year: Any) -> None:
    with pytest.raises(UnreadableError, match="year 应当是2004至2100"):
        read_year(file(year=year))


def test_another_year_than_the_one_asked_for_is_refused() -> None:
    with pytest.raises(UnreadableError, match="是2027年的放假安排，不是2028年的"):
        read_year(file(), 2028)


@pytest.mark.parametrize("days", [[], {}, "2027-01-01", 7])
def test_a_file_without_days_is_refused(days: Any) -> None:
    with pytest.raises(UnreadableError, match="days 里没有日期"):
        read_year(file(days))


@pytest.mark.parametrize("papers", ["x", [1], ["a\nb"], ["x" * 501], [PAPER] * 21, {}])
def test_wrong_papers_are_refused(papers: Any) -> None:
    with pytest.raises(UnreadableError, match="papers"):
        read_year(file(papers=papers))


WRONG_ENTRIES: list[tuple[Any, str]] = [
    ("2027-01-01", "第1条应当有 name、date、isOffDay"),
    (entry("元旦", None), "第1条的 date「」不是日期"),
    (entry("元旦", 20270101), "第1条的 date「20270101」不是日期"),
    (entry("元旦", "20270104"), "不是日期，请写成 2027-01-01"),
    (entry("元旦", "2027-1-4"), "不是日期"),
    (entry("元旦", "２０２７-01-04"), "不是日期"),
    (entry("元旦", "2027-02-30"), "「2027-02-30」不是日期"),
    (entry("元旦", [[]]), "不是日期"),
    (entry("元旦", "\ud800\u202e" + "长" * 99), "date「长+…」不是日期"),
    (entry("元旦", "2026-12-14"), "第1条（2026-12-14）不在2027年前后"),
    (entry("元旦", "2028-01-16"), "不在2027年前后"),
    (entry("元旦", "2027-03-03", 1), "isOffDay 应当是 true"),
    (entry("元旦", "2027-03-03", None), "isOffDay 应当是 true"),
    (entry("元旦", "2027-03-03", False), "第1条（2027-03-03）不是周末，却写成调休上班"),
    (entry("圣诞节", "2027-12-25"), "name「圣诞节」不是节日，请写成元旦、"),
    (entry("国庆节、重阳节", "2027-10-08"), "name「国庆节、重阳节」不是节日"),
    (entry("", "2027-10-08"), "不是节日"),
    (entry(None, "2027-10-08"), "不是节日"),
    (entry("元旦", "2027-01-01"), "第1条和第2条都是2027-01-01"),
    (entry("国庆节", "2027-10-09"), "都是2027-10-09，请只留下正确的一条"),
]


@pytest.mark.parametrize(("wrong", "words"), WRONG_ENTRIES)
def test_a_wrong_entry_is_named_with_what_to_do(wrong: Any, words: str) -> None:
    with pytest.raises(UnreadableError, match=words) as refusal:
        read_year(json.dumps({"year": 2027, "days": [wrong, *entries()]}))
    assert "请" in str(refusal.value)
    assert "\u202e" not in str(refusal.value)
    assert len(str(refusal.value)) < 120


def test_a_year_that_lacks_a_festival_is_refused() -> None:
    with pytest.raises(UnreadableError, match="没有端午节的放假日，请补上"):
        read_year(file(without("端午节")))
    # One that is only worked for is lacking, too.
    with pytest.raises(UnreadableError, match="没有中秋节的放假日"):
        read_year(file([*without("中秋节"), entry("中秋节", "2027-09-18", off=False)]))


def test_festivals_on_wrong_days_are_refused() -> None:
    with pytest.raises(UnreadableError, match="端午节的放假日应当连在一起，并且包括2027-06-09"):
        read_year(file([*without("端午节"), entry("端午节", "2027-07-09")]))
    with pytest.raises(UnreadableError, match="国庆节的放假日应当连在一起"):
        read_year(file([*entries(), entry("国庆节", "2027-10-20")]))
    # The day itself may stay unlisted on a weekend, but nobody works on it.
    saturday = [*without("劳动节"), entry("劳动节", "2027-05-03")]
    assert read_year(file(saturday)).number == 2027
    with pytest.raises(UnreadableError, match=r"劳动节的放假日应当.*2027-05-01"):
        read_year(file([*saturday, entry("劳动节", "2027-05-01", off=False)]))


def test_weeks_on_end_are_refused() -> None:
    long = [entry("国庆节", f"2027-10-{day:02}") for day in range(1, 17)]
    with pytest.raises(UnreadableError, match="从2027-10-01到2027-10-17连放超过15天，请核对"):
        read_year(file([*without("国庆节"), *long]))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["year", "days", "papers", "name", "date"]), inner)
    ),
    max_leaves=12,
)
ODD = JSON | st.builds(
    entry,
    st.sampled_from(["元旦", "国庆节、中秋节", "、", "x"]) | JSON,
    st.dates().map(str) | st.sampled_from(["2027-01-01", "2026-12-31", "2027-13-01"]) | JSON,
    st.booleans() | JSON,
)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200) | st.text(max_size=200))
def test_junk_is_refused_and_nothing_else(junk: bytes | str) -> None:
    with pytest.raises(UnreadableError):
        read_year(junk)


@settings(max_examples=300, deadline=None)
@given(
    year=st.just(2027) | JSON,
    papers=st.just([]) | JSON,
    odd=st.lists(ODD, max_size=4),
    keep=st.integers(0, 40),
)
def test_files_that_are_nearly_right_are_read_or_refused_and_nothing_else(
    year: Any, papers: Any, odd: list[Any], keep: int
) -> None:
    days = [*entries()[:keep], *odd]
    try:
        read = read_year(json.dumps({"year": year, "papers": papers, "days": days}))
    except UnreadableError as refusal:
        assert "请" in str(refusal)  # noqa: PT017 - a refusal is one of two right outcomes
    else:
        assert len(Calendar([read]).year(2027).occasions) >= 6


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_a_bitten_file_is_read_or_refused_and_nothing_else(data: st.DataObject) -> None:
    whole = file()
    at = data.draw(st.integers(0, len(whole) - 1))
    bitten = (
        whole[:at] + data.draw(st.binary(max_size=3)) + whole[at + data.draw(st.integers(0, 9)) :]
    )
    try:
        read_year(bitten)
    except UnreadableError as refusal:
        assert "请" in str(refusal)  # noqa: PT017 - likewise
