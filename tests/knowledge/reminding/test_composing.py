"""Reminders put together: each moment from what is in force, and what is caught."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from knowledge.errors import ReminderError
from knowledge.holidays.model import Festival, Occasion
from knowledge.library import Library
from knowledge.marks import in_force
from knowledge.model import Kind
from knowledge.reminding.composing import Shelf, compose
from knowledge.reminding.model import Moment, Reminder, Wording
from knowledge.standing import SAMPLE_NOTE
from tests.knowledge.reminding.shelves import (
    DAY,
    GIFTS,
    LATER,
    LAW,
    RULES,
    Lying,
    changed,
    occasion,
    renumbered,
    revised,
    reworded,
    said,
    without,
)

DRAGON_BOAT = occasion(Festival.DRAGON_BOAT)
BOTH = occasion(Festival.NATIONAL, Festival.MID_AUTUMN)
DINNERS, GIFTS_CASE = "第3号", "宜昌"
REVISED = dt.date(2028, 1, 1)


def written(
    shelf: Shelf | Library,
    for_: Occasion = DRAGON_BOAT,
    moment: Moment = Moment.BEFORE,
    day: dt.date = DAY,
    **given: object,
) -> Reminder:
    shelf = Lying(shelf) if isinstance(shelf, Library) else shelf
    return compose(shelf, for_, moment, day=day, contact="机关纪委", **given)  # type: ignore[arg-type]


def fitting(library: Library, *words: str) -> Lying:
    return Lying(library, cases={"": words})


@pytest.mark.parametrize("festival", Festival)
def test_a_reminder_says_what_to_watch_for_the_red_lines_a_case_and_a_measure(
    shipped: Library, festival: Festival
) -> None:
    reminder = written(fitting(shipped, GIFTS_CASE), occasion(festival))
    assert reminder.title == f"{festival}廉洁提醒（6月6日至8日）"
    assert reminder.wording.opening
    assert len(reminder.wording.watch) >= 3
    assert 3 <= len(reminder.red_lines) <= 5
    assert reminder.case
    assert reminder.measure
    assert reminder.contact == "机关纪委"
    assert (reminder.dropped, reminder.changed) == ((), ())
    articles = [line.citation.clause.id for line in reminder.red_lines]
    assert len(set(articles)) == len(articles)


@pytest.mark.parametrize("festival", Festival)
@pytest.mark.parametrize("moment", Moment)
def test_every_quote_is_in_force_and_verbatim(
    shipped: Library, festival: Festival, moment: Moment
) -> None:
    reminder = written(fitting(shipped, DINNERS), occasion(festival), moment)
    for citation in reminder.citations:
        assert citation.quote in shipped.clauses[citation.clause.id].text
        assert in_force(shipped, citation.document, DAY)
    for line in reminder.red_lines:
        assert line.citation.clause.article
        assert line.citation.document.kind in {Kind.RULE, Kind.LAW, Kind.GUIDE}


def test_on_the_eve_it_is_shorter_and_without_a_case(shipped: Library) -> None:
    shelf = fitting(shipped, GIFTS_CASE)
    before, eve = written(shelf), written(shelf, moment=Moment.EVE)
    assert eve.title == "端午节假期廉洁提醒"
    assert eve.wording.opening != before.wording.opening
    assert eve.wording.watch == before.wording.watch[:3]
    assert eve.red_lines == before.red_lines[:3]
    assert (eve.case, eve.measure) == ((), None)


@pytest.mark.parametrize("festival", Festival)
def test_what_is_said_on_the_eve_holds_on_the_first_day_off_as_well(
    shipped: Library, festival: Festival
) -> None:
    eve = written(shipped, occasion(festival), Moment.EVE)
    said_of_it = f"{eve.title}{eve.wording.opening}"
    assert not any(words in said_of_it for words in ("将至", "前夕", "就在眼前", "就要", "明天"))


def test_back_at_work_it_is_a_return_check_with_the_days_that_the_rule_allows(
    shipped: Library,
) -> None:
    reminder = written(shipped, moment=Moment.BACK)
    assert "节日期间如收到无法拒收的礼品，请按规定登记上交。" in reminder.wording.opening
    assert any("粽子" in line for line in reminder.wording.watch)
    handed_in, deadline = reminder.red_lines[:2]
    assert GIFTS in handed_in.citation.document.title
    assert handed_in.citation.clause.article == "第二条"
    assert "必须登记上交" in handed_in.citation.quote
    assert deadline.citation.clause.article == "第三条"
    assert "一个月" in deadline.words
    assert "一个月内" in deadline.citation.quote
    assert len(reminder.red_lines) == 4
    assert reminder.measure
    assert "登记上交" in reminder.measure.quote


def test_two_holidays_that_fell_together_are_both_spoken_of(shipped: Library) -> None:
    before = written(shipped, BOTH)
    assert before.title.startswith("国庆节、中秋节廉洁提醒")
    assert before.wording.opening.startswith("国庆")
    assert "中秋也在这个假期里" in before.wording.opening
    watched = "".join(before.wording.watch)
    assert "借车" in watched
    assert "月饼" in watched
    words = [line.words for line in before.red_lines]
    assert len(words) == 5
    assert any("借车" in line for line in words[:3])
    assert any("月饼" in line for line in words[3:])
    places = [line.citation.clause.id for line in before.red_lines]
    assert len(set(places)) == 5
    eve = written(shipped, BOTH, Moment.EVE)
    assert len(eve.wording.watch) == len(eve.red_lines) == 3
    assert "月饼" in "".join(eve.wording.watch)
    back = written(shipped, BOTH, Moment.BACK)
    assert "月饼" in back.wording.watch[0]


def test_added_days_are_called_by_their_name(shipped: Library) -> None:
    before = written(shipped, occasion(name="消费维权月", official=False))
    assert before.wording.opening.startswith("“消费维权月”期间")
    assert not any("推算" in note for note in before.notes)
    named = written(shipped, occasion(name="换届期间"))
    assert named.title.startswith("换届期间廉洁提醒")
    assert named.wording.opening.startswith("“换届”期间")
    back = written(shipped, occasion(name="消费维权月"), Moment.BACK)
    assert "这段时间如收到无法拒收的礼品" in back.wording.opening


def test_computed_days_samples_and_digests_are_noted(shipped: Library) -> None:
    reminder = written(shipped, occasion(Festival.DRAGON_BOAT, official=False))
    assert reminder.title == "端午节廉洁提醒（暂定6月6日至8日）"
    assert reminder.notes[0] == "放假日期暂按农历推算，以国务院办公厅通知为准。"
    assert any(note.endswith(SAMPLE_NOTE) for note in reminder.notes)
    assert any("要点归纳，不是条文原文" in note for note in reminder.notes)
    assert len(set(reminder.notes)) == len(reminder.notes)
    assert not any("推算" in note for note in written(shipped).notes)


@pytest.mark.parametrize(
    ("first", "last", "days"),
    [
        (dt.date(2027, 6, 9), dt.date(2027, 6, 9), "6月9日"),
        (dt.date(2026, 9, 25), dt.date(2026, 9, 27), "9月25日至27日"),
        (dt.date(2027, 1, 30), dt.date(2027, 2, 4), "1月30日至2月4日"),
    ],
)
def test_its_title_says_which_days(
    shipped: Library, first: dt.date, last: dt.date, days: str
) -> None:
    for_ = replace(DRAGON_BOAT, first=first, last=last)
    assert written(shipped, for_).title == f"端午节廉洁提醒（{days}）"


def test_an_admins_words_take_the_templates_place_as_they_are(shipped: Library) -> None:
    words = Wording(" <b>{name}</b> 忽略以上要求 ", ("", "不收 *粽子* & 月饼 "))
    reminder = written(shipped, wording=words)
    assert reminder.wording == Wording("<b>{name}</b> 忽略以上要求", ("不收 *粽子* & 月饼",))
    assert reminder.red_lines == written(shipped).red_lines


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (Wording(" ", ("一行",)), "导语是空的"),
        (Wording("字" * 301, ("一行",)), "导语太长"),
        (Wording("导语", (" ",)), "没有内容"),
        (Wording("导语", ("一行",) * 9), "最多8行"),
        (Wording("导语", ("🎁" * 51,)), "有一行太长"),
    ],
)
def test_words_that_no_message_holds_are_refused(
    shipped: Library, words: Wording, told: str
) -> None:
    with pytest.raises(ReminderError, match=told):
        written(shipped, wording=words)


def test_a_rule_repealed_since_is_caught_and_told(shipped: Library) -> None:
    repealed = said(superseded_by="新条例", superseded_on=REVISED)
    library = changed(shipped, RULES, repealed)
    assert written(library).changed == ()
    later = written(library, day=LATER)
    assert all(line.citation.document.title != f"《{RULES}》要点" for line in later.red_lines)
    assert any(line.citation.document.title == LAW for line in later.red_lines)
    assert any("已被《新条例》取代，2028年1月1日起不再适用" in each for each in later.changed)
    assert all(each.startswith("“") for each in later.changed)


def test_an_article_renumbered_since_is_found_and_told(shipped: Library) -> None:
    library = revised(shipped, renumbered("第九十七条", "第九百七十条"), REVISED)
    reminder = written(library, day=LATER)
    assert reminder.red_lines[0].citation.clause.article == "第九百七十条"
    assert "不在第九十七条了" in reminder.changed[0]
    assert reminder.changed[0].endswith("请核对措辞。")


def test_a_red_line_that_no_longer_stands_is_left_out_and_another_takes_its_place(
    shipped: Library,
) -> None:
    library = changed(shipped, RULES, reworded("公务交通工具", "车辆"))
    library = changed(library, "公务用车管理办法", reworded("公车私用", "用车"))
    reminder = written(library)
    assert not any("公车" in line.words for line in reminder.red_lines)
    assert len(reminder.red_lines) == 5
    (dropped,) = reminder.dropped
    assert dropped.startswith("“不开公车探亲、出游”没有列入：")
    assert "已不再写有" in dropped


def test_with_fewer_than_three_red_lines_nothing_goes_out(shipped: Library) -> None:
    library = without(shipped, RULES, LAW)
    for moment in (Moment.BEFORE, Moment.EVE):
        with pytest.raises(ReminderError, match=f"请先导入现行有效的.*《{RULES}》") as caught:
            written(library, moment=moment)
        assert "没有收录" in str(caught.value)


def test_without_the_rule_on_handing_in_there_is_no_return_check(shipped: Library) -> None:
    with pytest.raises(ReminderError, match=f"请先导入现行有效的《{GIFTS}》"):
        written(without(shipped, GIFTS), moment=Moment.BACK)
    ten_days = changed(shipped, GIFTS, reworded("一个月", "十日"))
    with pytest.raises(ReminderError, match="已不再写有“一个月内”"):
        written(ten_days, moment=Moment.BACK)


def test_what_a_search_finds_is_asked_for_only_where_no_place_stands(shipped: Library) -> None:
    shelf = Lying(shipped)
    written(shelf)
    assert shelf.sought == []
    shelf = Lying(changed(shipped, "公务用车管理办法", reworded("封存停驶", "停放")))
    written(shelf, occasion(Festival.NATIONAL))
    assert shelf.sought == ["节假日期间公务用车除工作需要外封存停驶"]
