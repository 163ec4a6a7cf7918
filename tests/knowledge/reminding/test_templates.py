"""Templates: whole, known by name, and every article that they name stands in what comes along."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from importlib.resources import files

import pytest

from knowledge.errors import ReminderError
from knowledge.holidays.model import Festival
from knowledge.library import Library
from knowledge.reminding.basis import basis_of
from knowledge.reminding.templates import (
    GENERAL,
    GROUNDS,
    Ground,
    Place,
    filled,
    load,
    templates,
    templates_for,
)
from tests.knowledge.reminding.shelves import DAY, occasion

GROUND = {line.ground.name: line.ground for each in templates().values() for line in each.lines}
PLACES = [(ground, place) for ground in GROUND.values() for place in ground.places]


def texts(**changes: str) -> Mapping[str, str]:
    folder = files("knowledge") / "reminding" / "templates"
    kept = {each.name[:-5]: each.read_text(encoding="utf-8") for each in folder.iterdir()}
    return kept | changes


@pytest.mark.parametrize(
    ("ground", "place"), PLACES, ids=[f"{ground.name}-{place.article}" for ground, place in PLACES]
)
def test_every_place_named_stands_in_what_comes_along(
    shipped: Library, ground: Ground, place: Place
) -> None:
    basis = basis_of(replace(ground, places=(place,)), shipped, DAY, lambda text, limit: [])
    assert basis.told == ""
    assert basis.citation
    assert basis.citation.clause.article == place.article
    assert all(words in basis.citation.quote for words in place.holds)


@pytest.mark.parametrize("festival", Festival)
def test_every_holiday_has_words_of_its_own(festival: Festival) -> None:
    (template,) = templates_for(occasion(festival))
    others = [each for each in templates().values() if each.name != template.name]
    assert template.name == festival
    assert len(template.watch) >= 3
    assert len(template.lines) >= 3
    assert len(template.questions) == 2
    assert template.gifts
    assert template.cases
    assert not any(set(template.watch) & set(each.watch) for each in others)


def test_two_holidays_that_fell_together_have_both_templates() -> None:
    chosen = templates_for(occasion(Festival.NATIONAL, Festival.MID_AUTUMN))
    assert [each.name for each in chosen] == ["国庆节", "中秋节"]


@pytest.mark.parametrize(
    ("name", "template"),
    [
        ("升学季", "升学季"),
        ("2027年高考期间", "升学季"),
        ("婚丧高发期", "婚丧高发期"),
        ("机构改革", "机构改革"),
        ("县区换届", "机构改革"),
        ("国庆值守", "国庆节"),
        ("“十一”保供", "国庆节"),
        ("2027年中考", "升学季"),
        ("秋季开学检查", "升学季"),
        ("过年期间", "春节"),
        ("五一小长假", "劳动节"),
        ("职能划转", "机构改革"),
        ("村两委换届选举", "机构改革"),
        ("消费维权月", "通用"),
    ],
)
def test_added_days_are_known_by_their_name(name: str, template: str) -> None:
    (chosen,) = templates_for(occasion(name=name))
    assert chosen.name == template


@pytest.mark.parametrize(
    "name",
    [
        "年中考核",
        "期中考试",
        "2027年中考核",
        "提高考核质量",
        "成人高考",
        "深入学习贯彻主题教育",
        "提升学习能力",
        "展开学习",
        "十一月安全生产",
        "十一届全运会",
        "第十一批抽检",
        "双十一促销",
        "十一中学食堂检查",
        "过年审",
        "过年度审核",
        "五一二防灾宣传",
        "中国庆典",
        "清明上河图展",
        "青少年终身学习",
        "资产划转",
        "喜庆丰收节",
        "烈士祭扫",
    ],
)
def test_a_name_that_only_looks_like_one_is_not_taken_for_it(name: str) -> None:
    (chosen,) = templates_for(occasion(name=name))
    assert chosen.name == GENERAL


@pytest.mark.parametrize("added", [each for each in templates() if each not in set(Festival)])
def test_days_that_have_no_eve_have_no_words_for_it(added: str) -> None:
    assert not templates()[added].eve
    with pytest.raises(ReminderError, match=f"{added}.yaml 有误：不认识 eve"):
        load(texts(**{added: texts()[added] + "eve: 就要开始。\n"}))


@pytest.mark.parametrize("name", [name for each in templates().values() for name in each.names])
def test_every_name_means_its_template(name: str) -> None:
    (chosen,) = templates_for(occasion(name=name))
    assert name in chosen.names


def test_what_is_put_into_a_template_is_not_filled_again() -> None:
    assert filled("{name}的{gifts}", {"name": "{gifts}", "gifts": "粽子"}) == "{gifts}的粽子"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"端午节": "- 一\n- 二"}, "端午节.yaml 是空的或者不成条目"),
        ({"端午节": "opening: ["}, "端午节.yaml 不是正确的 YAML"),
        ({"端午节": "watch: [一]"}, "端午节.yaml 有误：opening 要写一段文字"),
        ({GROUNDS: "收礼: {}"}, "依据.yaml 有误：written 要写日期"),
        ({GROUNDS: "written: 2026-11-27\n收礼: {places: []}"}, "收礼 没有 places"),
        (
            {
                GROUNDS: "written: 2026-11-27\n收礼:\n  about: 礼\n"
                "  places: [{document: 法, article: 97, holds: [礼]}]"
            },
            "article 要写一段文字",
        ),
        (
            {
                GROUNDS: "written: 2026-11-27\n收礼:\n  about: 礼\n"
                "  places: [{document: 法, article: 97条, holds: [礼]}]"
            },
            "条号 97条 不像",
        ),
    ],
)
def test_a_file_that_is_wrong_is_named_with_what_is_wrong(
    change: dict[str, str], told: str
) -> None:
    with pytest.raises(ReminderError, match=told):
        load(texts(**change))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("names: [端午, 端午节]", "names: [端午]\ncolour: 红", "不认识 colour"),
        ("opening: 端午", "opening: '{weather}端午", "weather"),
        ("ground: 公车", "ground: 公船", "依据.yaml 里没有 公船"),
        ("opening: 端午前后", f"opening: {'端午' * 200}", "导语太长"),
    ],
)
def test_a_slip_in_a_template_is_told(old: str, new: str, told: str) -> None:
    text = texts()["端午节"]
    assert old in text
    text = text.replace(old, new)
    if new.startswith("opening: '"):
        text = text.replace("购物卡。\neve", "购物卡。'\neve")
    with pytest.raises(ReminderError, match=f"端午节.yaml 有误.*{told}"):
        load(texts(端午节=text))


def test_a_template_that_is_not_there_is_missed() -> None:
    kept = dict(texts())
    del kept["清明节"]
    with pytest.raises(ReminderError, match="缺少提醒模板：清明节"):
        load(kept)
