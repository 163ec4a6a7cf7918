"""What bears a red line: the article named if it stands, where its words have gone, or nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import pytest

from knowledge.library import Library
from knowledge.model import Clause, Kind
from knowledge.reminding.basis import MOST, Basis, basis_of, telling
from knowledge.reminding.templates import Ground, Place
from tests.fakes import parsed
from tests.knowledge.reminding.shelves import (
    DAY,
    LATER,
    LAW,
    RULES,
    changed,
    entries,
    named,
    renumbered,
    revised,
    reworded,
    rule,
    said,
    without,
)

WRITTEN = dt.date(2026, 11, 27)
HELD_BY_RULES = ("收受可能影响公正执行公务的礼品", "消费卡")
HELD_BY_LAW = ("收受可能影响公正行使公权力的礼品",)
IN_RULES = Place(RULES, "第九十七条", HELD_BY_RULES)
IN_LAW = Place(LAW, "第三十四条", HELD_BY_LAW)
GROUND = Ground("收受礼品", (IN_RULES, IN_LAW), "收受礼品", WRITTEN)
REVISED = dt.date(2028, 1, 1)


def basis(
    library: Library, day: dt.date = DAY, ground: Ground = GROUND, found: Sequence[Clause] = ()
) -> Basis:
    return basis_of(ground, library, day, lambda text, limit: found)


def only(*places: Place) -> Ground:
    return Ground("收受礼品", places, "收受礼品", WRITTEN)


def place(found: Basis) -> tuple[str, str]:
    assert found.citation
    return found.citation.document.title, found.citation.clause.article


def test_the_first_place_that_stands_is_quoted_with_deed_and_sanction(shipped: Library) -> None:
    found = basis(shipped)
    assert place(found) == (f"《{RULES}》要点", "第九十七条")
    assert found.told == ""
    assert found.citation
    assert found.citation.paragraph == 1
    assert found.citation.quote == found.citation.clause.paragraphs[0].full_text
    assert "礼品" in found.citation.quote
    assert "开除党籍" in found.citation.quote


def test_an_article_of_a_repealed_rule_is_not_quoted_from_that_day_on(shipped: Library) -> None:
    facts = {"superseded_by": "另一条例", "superseded_on": REVISED}
    library = changed(shipped, RULES, said(**facts))
    assert place(basis(library, REVISED - dt.timedelta(days=1)))[0] == f"《{RULES}》要点"
    found = basis(library, REVISED)
    assert place(found) == (LAW, "第三十四条")
    assert "已被《另一条例》取代，2028年1月1日起不再适用" in found.told
    assert f"现引《{LAW}》第三十四条" in found.told


def test_an_article_that_was_renumbered_is_found_where_it_is_now(shipped: Library) -> None:
    library = revised(shipped, renumbered("第九十七条", "第一百零五条"), REVISED)
    found = basis(library, LATER)
    assert place(found) == (f"{RULES}（2028年修订）", "第一百零五条")
    assert "不在第九十七条了" in found.told
    assert basis(library, DAY).told == ""


def test_a_new_version_that_says_the_same_is_quoted_and_told_of(shipped: Library) -> None:
    found = basis(revised(shipped, lambda entry: entry, REVISED), LATER)
    assert place(found) == (f"{RULES}（2028年修订）", "第九十七条")
    assert "自2028年1月1日起施行新的文本，第九十七条仍有这一规定" in found.told


def test_a_version_is_not_quoted_before_its_day(shipped: Library) -> None:
    rules = next(each for each in entries(shipped) if each.document.stands_in_for == RULES)
    ahead = Library([said(effective=REVISED)(rules)])
    found = basis(ahead, DAY, only(IN_RULES))
    assert found.citation is None
    assert "尚未施行，2028年1月1日起施行" in found.told


def test_an_article_that_no_longer_says_so_is_not_quoted(shipped: Library) -> None:
    library = changed(shipped, RULES, reworded("可能影响公正执行公务的礼品", "任何礼品"))
    found = basis(library, ground=only(IN_RULES))
    assert found.citation is None
    assert "第九十七条已不再写有“收受可能影响公正执行公务的礼品”" in found.told


def test_words_that_several_articles_hold_do_not_tell_where_one_has_gone(
    shipped: Library,
) -> None:
    found = basis(shipped, ground=only(Place(RULES, "第九百条", ("警告",))))
    assert found.citation is None
    assert found.told == f"没有《〈{RULES}〉要点》第九百条"


def test_where_the_first_rule_is_not_held_the_next_bears_and_it_is_told(shipped: Library) -> None:
    found = basis(without(shipped, RULES))
    assert place(found) == (LAW, "第三十四条")
    assert f"《{RULES}》没有收录" in found.told


def test_a_rule_that_followed_under_another_title_is_known(shipped: Library) -> None:
    follower = rule(
        "# 纪律处分办法\n\n第三条 收受可能影响公正执行公务的礼品、消费卡的，给予警告。\n"
    )
    old = changed(shipped, RULES, said(superseded_by="纪律处分办法", superseded_on=REVISED))
    found = basis(Library([*entries(old), follower]), LATER)
    assert place(found) == ("纪律处分办法", "第三条")
    assert "不在第九十七条了" in found.told


def test_what_a_search_finds_bears_only_in_force_and_with_the_very_words(shipped: Library) -> None:
    text = "# {}\n\n第五条 收受可能影响公正行使公权力的礼品的，予以警告。\n"
    past = rule(text.format("旧规定"), superseded_by="新规定")
    other = rule("# 近规定\n\n第六条 收受礼品的，予以警告。\n")
    sample = rule(text.format("示范规定"), sample=True)
    paper = rule(text.format("工作要求"), kind=Kind.REQUIREMENT)
    right = rule(text.format("新规定"))
    held = [past, other, sample, paper, right]
    found = [each.clauses[0] for each in held]
    bearing = basis(Library(held), found=found)
    assert place(bearing) == ("新规定", "第五条")
    assert "没有收录" in bearing.told
    assert basis(Library(held[:-1]), found=found).citation is None


def test_a_list_is_quoted_from_its_lead_to_the_item_meant() -> None:
    items = ["（一）赌博的；", "（二）迷信的；", "（三）其他的。"]
    lead = "有下列行为之一的，予以警告："
    clause = parsed("\n".join(["# 规定\n", f"第一条 {lead}", *items])).clauses[0]
    assert telling(clause, ["迷信的"]) == "\n".join([lead, *items[:2]])
    assert telling(clause, ["予以警告"]) == "\n".join([lead, *items])


def test_of_a_long_paragraph_whole_sentences_are_quoted() -> None:
    filler = "本条另有说明。" * 60
    text = f"# 规定\n\n第一条 {filler}收受礼品的，予以警告。情节严重的，予以开除。{filler}\n"
    clause = parsed(text).clauses[0]
    quote = telling(clause, ["收受礼品", "予以开除"])
    assert quote == "收受礼品的，予以警告。情节严重的，予以开除。"


def test_a_sentence_that_no_message_can_hold_is_not_cut() -> None:
    text = f"# 规定\n\n第一条 收受礼品的，{'并且' * MOST}予以警告。\n"
    assert telling(parsed(text).clauses[0], ["收受礼品"]) is None


@pytest.mark.parametrize("kind", [Kind.MEASURE, Kind.CASE, Kind.REQUIREMENT, Kind.NOTICE])
def test_what_is_no_rule_bears_no_red_line(shipped: Library, kind: Kind) -> None:
    library = changed(shipped, RULES, said(kind=kind))
    found = basis(library, ground=only(IN_RULES))
    assert found.citation is None
    assert "不是可以引作依据的规定" in found.told


def test_the_law_is_known_by_its_title(shipped: Library) -> None:
    assert place(basis(shipped, ground=only(IN_LAW))) == (LAW, "第三十四条")
    assert named(shipped, LAW).kind is Kind.LAW
