"""What becomes of documents and their articles, told from both texts."""

import datetime as dt

import pytest

from ingest.comparing import Fate, amendments, compare, compare_clauses
from ingest.merging import merge
from tests.fakes import CARS, GIFTS, GIFTS_REVISED, held, parsed


def rules(*articles: str, effective: str = "2020年1月1日") -> str:
    numbers = "一二三四五六七八九"
    lines = [f"第{numbers[at]}条 {text}" for at, text in enumerate(articles)]
    last = f"第{numbers[len(articles)]}条 本办法自{effective}起施行。"
    return "\n".join(["# 茶水间管理办法", *lines, last])


TEA = "茶叶由各科室轮流采购，不得接受服务对象赠送。"
CUPS = "用后洗杯，杯具放回原处，破损的登记后更换。"
KEYS = "最后离开的人员锁好门窗，钥匙交值班室保管。"
POWER = "下班前切断饮水机电源，节假日由值班人员检查。"


def fates(before: str, after: str) -> list[tuple[Fate, str, str]]:
    old, new = parsed(before), parsed(after)
    return [
        (
            each.fate,
            each.before.article if each.before else "",
            each.after.article if each.after else "",
        )
        for each in compare_clauses(old.clauses, new.clauses)
    ]


def test_the_same_text_changes_nothing():
    assert fates(rules(TEA, CUPS), rules(TEA, CUPS)) == []


def test_an_article_put_in_between_renumbers_those_after_it():
    assert fates(rules(TEA, KEYS), rules(TEA, CUPS, KEYS)) == [
        (Fate.ADDED, "", "第二条"),
        (Fate.RENUMBERED, "第二条", "第三条"),
        (Fate.RENUMBERED, "第三条", "第四条"),
    ]


def test_an_article_reworded_under_another_number_is_the_same_one_changed():
    reworded = KEYS.replace("值班室保管", "门卫室保管")
    assert fates(rules(TEA, KEYS), rules(TEA, CUPS, reworded))[:2] == [
        (Fate.ADDED, "", "第二条"),
        (Fate.CHANGED, "第二条", "第三条"),
    ]


def test_a_removed_article_is_told_and_those_after_it_move_up():
    assert fates(rules(TEA, CUPS, KEYS), rules(TEA, KEYS)) == [
        (Fate.RENUMBERED, "第三条", "第二条"),
        (Fate.RENUMBERED, "第四条", "第三条"),
        (Fate.REMOVED, "第二条", ""),
    ]


def test_an_article_about_something_else_under_the_same_number_is_no_change_of_it():
    told = fates(rules(TEA, CUPS), rules(TEA, POWER))
    assert (Fate.CHANGED, "第二条", "第二条") not in told
    assert {(Fate.ADDED, "", "第二条"), (Fate.REMOVED, "第二条", "")} <= set(told)


def test_spaces_and_line_ends_are_no_change():
    spaced = rules(TEA, CUPS).replace("，", "， ")
    assert fates(rules(TEA, CUPS), spaced) == []


def test_documents_added_changed_and_removed_are_told_apart():
    before = merge([], held(GIFTS, CARS))
    undated = GIFTS.replace("十日内", "七日内")
    after = merge(held(undated), held("# 茶水间\n\n第一条 洗杯。\n第二条 关灯。"))
    told = {change.document.title: change.fate for change in compare(before, after)}
    assert told == {
        "礼品管理办法": Fate.CHANGED,
        "茶水间": Fate.ADDED,
        "公务用车办法": Fate.REMOVED,
    }


def test_a_later_version_is_compared_with_the_one_it_supersedes_which_stays():
    before = merge([], held(GIFTS))
    after = merge(before, held(GIFTS_REVISED))
    changes = {
        (change.fate, change.document.effective): change for change in compare(before, after)
    }
    superseded = changes[Fate.SUPERSEDED, dt.date(2020, 5, 1)]
    assert superseded.after.superseded_on == dt.date(2024, 1, 1)
    revised = changes[Fate.CHANGED, dt.date(2024, 1, 1)]
    assert [each.after.article for each in revised.clauses] == ["第三条", "第四条"]


def test_what_people_were_answered_from_and_no_longer_holds_is_an_amendment():
    before = merge([], held(GIFTS))
    after = merge(before, held(GIFTS_REVISED))
    told = {each.article: each for each in amendments(compare(before, after))}
    assert set(told) == {"第三条", "第四条"}
    assert "十日内" in told["第三条"].before
    assert "五日内" in told["第三条"].after
    assert told["第三条"].now == "《礼品管理办法》第三条"


def test_a_removed_document_leaves_amendments_with_nothing_in_their_place():
    before = merge([], held(GIFTS, CARS))
    told = list(amendments(compare(before, merge([], held(GIFTS)))))
    assert {each.document for each in told} == {"公务用车办法"}
    assert all(each.after == "" and each.now == "" for each in told)


def test_an_earlier_version_that_comes_late_amends_nothing():
    before = merge([], held(GIFTS_REVISED))
    after = merge(before, held(GIFTS))
    assert list(amendments(compare(before, after))) == []


@pytest.mark.parametrize("count", [1, 8])
def test_compared_with_nothing_everything_is_new(count: int):
    after = merge(
        [], held(rules(*[TEA, CUPS, KEYS, POWER, *[TEA + str(n) for n in range(4)]][:count]))
    )
    (change,) = compare([], after)
    assert (change.fate, change.clauses) == (Fate.ADDED, ())


def test_a_rule_repealed_by_another_title_is_amended_article_by_article():
    repealing = CARS.replace("第三条 本", "第三条 《礼品管理办法》同时废止。本")
    before = merge([], held(GIFTS))
    told = list(amendments(compare(before, merge(before, held(repealing)))))
    assert {each.article for each in told} == {"第一条", "第二条", "第三条", "第四条"}
    assert {(each.after, each.now) for each in told} == {("", "《公务用车办法》")}


def test_a_version_whose_day_has_not_come_amends_nothing_yet():
    before = merge([], held(GIFTS))
    later = GIFTS_REVISED.replace("2024年1月1日", "2099年1月1日")
    assert list(amendments(compare(before, merge(before, held(later))))) == []


def test_two_measures_of_one_title_are_versions_of_each_other():
    old = "---\nkind: measure\neffective: 2020-01-01\n---\n" + CARS.replace("第三条", "第四条")
    new = "---\nkind: measure\neffective: 2024-01-01\n---\n" + CARS
    before = merge([], held(old))
    after = merge(before, held(new))
    assert [each.parsed.document.in_force for each in after] == [False, True]


def test_two_cases_that_share_a_title_are_two_documents():
    case = "---\nkind: case\neffective: {}\n---\n# 某甲案\n\n## 事实\n\n某甲收了{}，事后上交。\n"
    before = merge([], held(case.format("2020-01-01", "茶叶")))
    after = merge(before, held(case.format("2021-01-01", "烟酒")))
    assert [each.fate for each in compare(before, after)] == [Fate.ADDED]
