"""An admin's own words: read, and held against what is in force."""

from __future__ import annotations

import datetime as dt

import pytest

from knowledge.errors import ReminderError
from knowledge.library import Library
from knowledge.reminding.model import Wording
from knowledge.reminding.own_words import asks_to_restore, read_wording, unfounded

PRESENT = Wording("原来的导语。", ("原来的事",))
DAY = dt.date(2026, 6, 16)


@pytest.mark.parametrize(
    ("text", "opening", "watch"),
    [
        ("导语。\n\n· 甲\n· 乙", "导语。", ("甲", "乙")),
        ("导语。\n- 甲\n•乙\n1. 丙\n2、丁", "导语。", ("甲", "乙", "丙", "丁")),
        ("导语。\n\n甲\n\n乙", "导语。", ("甲", "乙")),
        ("第一行，\n第二行。\n\n甲", "第一行，第二行。", ("甲",)),
        ("\n\n导语。\n·\n· 甲", "导语。", ("甲",)),
        ("导语。\n· 3.15 的样品", "导语。", ("3.15 的样品",)),
        ("导语。\n\n3.15 的样品", "导语。", ("3.15 的样品",)),
        ("只有导语。", "只有导语。", ("原来的事",)),
    ],
)
def test_a_paragraph_and_lines(text: str, opening: str, watch: tuple[str, ...]) -> None:
    assert read_wording(text, PRESENT) == Wording(opening, watch)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("· 甲", "导语是空的"),
        ("长" * 301, "导语太长"),
        ("导语\n· " + "长" * 101, "一行太长"),
        ("导语" + "\n· 甲" * 9, "最多8行"),
    ],
)
def test_too_much_or_too_little_is_said(text: str, words: str) -> None:
    with pytest.raises(ReminderError, match=words):
        read_wording(text, PRESENT)


def test_without_words_so_far_something_to_watch_for_is_needed() -> None:
    with pytest.raises(ReminderError, match="至少写一行"):
        read_wording("只有导语。", None)


@pytest.mark.parametrize("text", ["恢复", "「恢复」", "恢复。", " 恢复\n", '"恢复"'])
def test_restoring_is_asked_for_in_a_word(text: str) -> None:
    assert asks_to_restore(text)


@pytest.mark.parametrize("text", ["恢复办公后再看一遍。", "请恢复", ""])
def test_other_words_are_words(text: str) -> None:
    assert not asks_to_restore(text)


@pytest.mark.parametrize(
    "text",
    [
        "不收两条香烟、10条中华。",
        "——",
        "第一条红线：不收。",
        "《中国共产党纪律处分条例》第九十七条、公务员法第五十九条都管着。",
        "2019年12月有人出过事，政务处分法第三十四条第二款写得清楚。",
    ],
)
def test_what_stands_may_be_named(shipped: Library, text: str) -> None:
    assert unfounded(Wording("导语。", (text,)), shipped, DAY) == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("按《红楼梦》办。", "知识库里没有《红楼梦》。"),
        ("公务员法第五百条", "《中华人民共和国公务员法》里没有第五百条。"),
        (
            "政务处分法第三十四条第九款",
            "《中华人民共和国公职人员政务处分法》第三十四条没有第九款。",
        ),
        (
            "2018年修订的纪律处分条例第八十八条",
            "知识库里没有《中国共产党纪律处分条例》的这个版本。",
        ),
    ],
)
def test_what_is_not_there_may_not(shipped: Library, text: str, told: str) -> None:
    assert unfounded(Wording(text, (text,)), shipped, DAY) == [told]


def test_what_has_not_begun_by_then_may_not(shipped: Library) -> None:
    before = dt.date(2020, 6, 30)  # the law has been in force from the next day on
    found = unfounded(Wording("政务处分法管着我们。", ("甲",)), shipped, before)
    assert found == ["《中华人民共和国公职人员政务处分法》尚未施行，2020年7月1日起施行。"]
