"""Between preview and sending: what was kept is found again, or it is said why it cannot be."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest

from knowledge.errors import ReminderError
from knowledge.holidays.model import Festival
from knowledge.library import Library
from knowledge.reminding.composing import compose
from knowledge.reminding.keeping import faults, from_json, to_json
from knowledge.reminding.model import Moment, Reminder
from tests.knowledge.reminding.shelves import (
    DAY,
    GIFTS,
    RULES,
    Change,
    Lying,
    changed,
    entries,
    named,
    occasion,
    renumbered,
    reworded,
    rule,
    said,
    without,
)

SENT = DAY + dt.timedelta(days=2)


def reminder(library: Library, moment: Moment = Moment.BEFORE) -> Reminder:
    shelf = Lying(library, cases={"": ["第3号"]})
    festival = occasion(Festival.DRAGON_BOAT)
    return compose(shelf, festival, moment, day=DAY, contact="机关纪委")


def kept(library: Library, moment: Moment = Moment.BEFORE) -> Any:
    """As it comes back from a database."""
    return json.loads(json.dumps(to_json(reminder(library, moment)), ensure_ascii=False))


@pytest.mark.parametrize("moment", Moment)
def test_what_was_kept_comes_back_as_it_was(shipped: Library, moment: Moment) -> None:
    draft = kept(shipped, moment)
    assert faults(draft, shipped, SENT) == []
    assert from_json(draft, shipped, SENT) == reminder(shipped, moment)


@pytest.mark.parametrize(
    ("words", "change", "told"),
    [
        (
            RULES,
            said(superseded_by="新条例", superseded_on=SENT),
            "第九十七条不能再引：已被《新条例》取代，2027年6月8日起不再适用。",
        ),
        (RULES, said(effective=dt.date(2028, 1, 1)), "不能再引：尚未施行，2028年1月1日起施行。"),
        (RULES, reworded("收受可能影响", "收取可能影响"), "第九十七条的文字已经改动"),
        (RULES, renumbered("第九十七条", "第九百条"), "第九十七条的文字已经改动"),
        (
            "八条措施",
            reworded("“小意思”", "小意思"),
            "《廉政执法八条措施（示范文本）》第五条的文字",
        ),
        ("第3号", reworded("1888", "1999"), "案（摘要）》的文字已经改动"),
    ],
)
def test_what_changed_since_the_preview_is_caught_before_it_is_sent(
    shipped: Library, words: str, change: Change, told: str
) -> None:
    draft, library = kept(shipped), changed(shipped, words, change)
    found = faults(draft, library, SENT)
    assert any(told in fault for fault in found), found
    with pytest.raises(ReminderError, match="没有发送，请重新生成") as caught:
        from_json(draft, library, SENT)
    assert all(fault in str(caught.value) for fault in found)


def test_what_is_repealed_only_after_the_day_is_still_sent(shipped: Library) -> None:
    after = said(superseded_by="新条例", superseded_on=SENT + dt.timedelta(days=1))
    assert faults(kept(shipped), changed(shipped, RULES, after), SENT) == []


def test_what_is_no_longer_held_is_caught(shipped: Library) -> None:
    found = faults(kept(shipped, Moment.BACK), without(shipped, GIFTS), SENT)
    assert f"所引《〈{GIFTS}〉要点》第三条已不在知识库里。" in found


def test_an_official_text_in_place_of_its_digest_asks_for_a_new_draft(shipped: Library) -> None:
    official = rule(f"# {RULES}\n\n第九十七条 收受可能影响公正执行公务的礼品的，予以警告。\n")
    library = Library([*entries(without(shipped, RULES)), official])
    assert f"所引《〈{RULES}〉要点》第九十七条已不在知识库里。" in faults(
        kept(shipped), library, SENT
    )


def test_a_later_version_outdates_the_earlier_one(shipped: Library) -> None:
    later = rule(f"# {RULES}（2027年修订）\n\n第一条 总则。\n", effective=SENT, stands_in_for=RULES)
    found = faults(kept(shipped), Library([*entries(shipped), later]), SENT)
    assert any("已被更新的版本取代" in fault for fault in found)


def test_a_note_that_a_document_was_given_since_goes_along(shipped: Library) -> None:
    draft = kept(shipped)
    library = changed(shipped, RULES, said(caveat="此文本待核对。"))
    assert faults(draft, library, SENT) == []
    assert "此文本待核对。" in from_json(draft, library, SENT).notes


def test_each_fault_is_told_once(shipped: Library) -> None:
    draft = kept(shipped)
    draft["red_lines"].append(draft["red_lines"][0])
    found = faults(draft, without(shipped, RULES), SENT)
    assert len(found) == len(set(found))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda draft: draft.pop("title"),
        lambda draft: draft.pop("red_lines"),
        lambda draft: draft.update(moment="someday"),
        lambda draft: draft.update(case=[{}]),
        lambda draft: draft["red_lines"][0].update(at=None),
        lambda draft: draft["red_lines"][0]["at"].update(quote=""),
        lambda draft: draft["red_lines"][0]["at"].update(quote="凡收受礼品的，一律开除。"),
    ],
)
def test_a_record_that_was_spoiled_is_not_sent(shipped: Library, spoil: Any) -> None:
    draft = kept(shipped)
    spoil(draft)
    with pytest.raises(ReminderError):
        from_json(draft, shipped, SENT)


def test_a_clause_without_a_number_is_found_by_its_headings(shipped: Library) -> None:
    draft = kept(shipped)
    (deed, sanction) = draft["case"]
    assert (deed["article"], deed["path"]) == ("", ["基本事实"])
    back = from_json(draft, shipped, SENT)
    assert back.case[1].clause.path == tuple(sanction["path"])
    assert back.case[0].document == named(shipped, "第3号")
