"""The case that goes with a reminder, never the same twice in a row, and the unit's measure."""

from __future__ import annotations

from collections.abc import Sequence

from knowledge.holidays.model import Festival
from knowledge.library import Library
from knowledge.model import Kind
from knowledge.reminding.composing import Shelf, compose
from knowledge.reminding.model import Moment, Reminder
from tests.knowledge.reminding.shelves import (
    DAY,
    Lying,
    entries,
    named,
    occasion,
    rule,
    without,
)

DINNERS, GIFTS_CASE, CARS = "第3号", "宜昌", "第7号"


def written(
    shelf: Shelf | Library, recent_cases: Sequence[str] = (), following_case: str = ""
) -> Reminder:
    shelf = Lying(shelf) if isinstance(shelf, Library) else shelf
    return compose(
        shelf,
        occasion(Festival.DRAGON_BOAT),
        Moment.BEFORE,
        day=DAY,
        contact="机关纪委",
        recent_cases=recent_cases,
        following_case=following_case,
    )


def fitting(library: Library, *words: str) -> Lying:
    return Lying(library, cases={"": words})


def title(reminder: Reminder) -> str:
    return reminder.case[0].document.title if reminder.case else ""


def test_the_case_told_of_last_is_not_told_of_again(shipped: Library) -> None:
    shelf = fitting(shipped, GIFTS_CASE, DINNERS)
    first = title(written(shelf))
    assert GIFTS_CASE in first
    second = title(written(shelf, recent_cases=[first]))
    assert DINNERS in second
    assert title(written(shelf, recent_cases=[second, first])) == first
    assert title(written(shelf, recent_cases=[first, second, first])) == second


def test_rather_no_case_than_the_last_one_again(shipped: Library) -> None:
    shelf = fitting(shipped, DINNERS)
    told = title(written(shelf))
    assert told
    assert written(shelf, recent_cases=[told]).case == ()
    assert written(shelf, recent_cases=[told.removesuffix("（摘要）")]).case == ()


def test_of_cases_that_were_all_told_of_the_one_longest_ago_is_taken(shipped: Library) -> None:
    shelf = Lying(
        shipped,
        cases={
            "端午节期间接受管理服务对象宴请": [DINNERS, CARS],
            "收受管理服务对象礼品礼金消费卡": [GIFTS_CASE],
        },
    )
    dinners, cars, gifts = (named(shipped, words).title for words in (DINNERS, CARS, GIFTS_CASE))
    assert title(written(shelf)) == dinners
    assert title(written(shelf, recent_cases=[dinners])) == gifts
    assert title(written(shelf, recent_cases=[gifts, dinners])) == cars
    assert title(written(shelf, recent_cases=[cars, dinners, gifts])) == gifts


def test_a_case_that_fits_comes_again_once_three_others_were_told_of(shipped: Library) -> None:
    shelf = fitting(shipped, DINNERS, CARS)
    dinners, cars, gifts = (named(shipped, words).title for words in (DINNERS, CARS, GIFTS_CASE))
    others = [named(shipped, f"第{number}号").title for number in (4, 9)]
    assert title(written(shelf, recent_cases=[gifts, *others, dinners])) == dinners
    assert title(written(shelf, recent_cases=[*others, dinners])) == cars
    assert title(written(shelf, recent_cases=[*others, dinners.removesuffix("（摘要）")])) == cars


def test_nor_is_the_case_told_of_that_the_next_reminder_has(shipped: Library) -> None:
    shelf = fitting(shipped, DINNERS, CARS)
    dinners, cars = (named(shipped, words).title for words in (DINNERS, CARS))
    assert title(written(shelf, following_case=dinners.removesuffix("（摘要）"))) == cars
    assert written(shelf, recent_cases=[cars], following_case=dinners).case == ()


def test_a_case_that_is_no_longer_held_is_not_told_of(shipped: Library) -> None:
    shelf = fitting(shipped, DINNERS)
    citations = shelf.cases_for("")
    shelf.held = without(shipped, DINNERS)
    shelf.cases_for = lambda text: citations  # type: ignore[method-assign]
    assert written(shelf).case == ()


def test_the_units_own_measures_come_before_the_sample(shipped: Library) -> None:
    text = (
        "# 廉政执法八条措施\n\n第一条 每月学习一次。\n\n"
        "第二条 执法人员不得收受管理服务对象的礼品、礼金、消费卡。\n"
    )
    own = rule(text, kind=Kind.MEASURE)
    measure = written(Library([*entries(shipped), own])).measure
    assert measure
    assert measure.document == own.document
    assert measure.quote == "执法人员不得收受管理服务对象的礼品、礼金、消费卡。"
    assert written(without(shipped, "八条措施")).measure is None
