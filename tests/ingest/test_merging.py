"""Which documents stay, go, or are marked superseded when new ones arrive."""

import datetime as dt

from ingest.merging import merge
from tests.fakes import CARS, GIFTS, GIFTS_REVISED, held, parsed

DIGEST = """---
title: 《礼品管理办法》要点
kind: guide
stands_in_for: 礼品管理办法
---

# 《礼品管理办法》要点

第二条 别收礼。
"""


def titles(entries):
    return [entry.parsed.document.title for entry in entries]


def test_the_same_document_again_takes_the_place_of_the_first():
    result = merge(held(GIFTS, CARS), held(GIFTS))
    assert sorted(titles(result)) == ["公务用车办法", "礼品管理办法"]


def test_a_later_version_supersedes_the_earlier_which_stays_readable():
    result = merge(held(GIFTS), held(GIFTS_REVISED))
    old, new = sorted(
        (entry.parsed.document for entry in result), key=lambda document: document.effective
    )
    assert (old.superseded_by, old.superseded_on) == ("礼品管理办法", dt.date(2024, 1, 1))
    assert new.in_force


def test_the_order_of_arrival_does_not_decide_which_version_is_in_force():
    result = merge(held(GIFTS_REVISED), held(GIFTS))
    in_force = [entry.parsed.document for entry in result if entry.parsed.document.in_force]
    assert [document.effective for document in in_force] == [dt.date(2024, 1, 1)]


def test_a_version_with_a_year_in_its_title_yields_to_the_plain_title():
    old = GIFTS.replace("# 礼品管理办法", "# 礼品管理办法（2020年）")
    result = merge([], held(old, GIFTS_REVISED))
    marks = {e.parsed.document.title: e.parsed.document.superseded_by for e in result}
    assert marks == {"礼品管理办法（2020年）": "礼品管理办法", "礼品管理办法": ""}


def test_a_digest_drops_out_when_the_official_text_arrives_and_only_then():
    assert titles(merge([], held(DIGEST))) == ["《礼品管理办法》要点"]
    assert titles(merge(held(DIGEST), held(GIFTS))) == ["礼品管理办法"]
    assert titles(merge(held(GIFTS), held(DIGEST))) == ["礼品管理办法"]


def test_a_document_no_longer_shipped_goes_with_the_next_shipped_set():
    result = merge(held(GIFTS, origin="shipped"), held(CARS, origin="shipped"))
    assert titles(result) == ["公务用车办法"]


def test_an_admins_file_survives_a_refresh_of_what_is_shipped():
    result = merge(held(GIFTS, origin="file"), held(CARS, origin="shipped"))
    assert sorted(titles(result)) == ["公务用车办法", "礼品管理办法"]


def test_a_known_succession_is_marked_though_the_later_text_is_not_held():
    old = parsed("第一条 处分工作人员，适用本规定。", "事业单位工作人员处分暂行规定")
    (entry,) = merge([], [type(held(CARS)[0])(old, "file")])
    assert entry.parsed.document.superseded_by == "事业单位工作人员处分规定（2023年）"


def test_an_undated_copy_replaces_the_dated_one_of_the_same_title():
    undated = GIFTS.replace("第四条 本办法自2020年5月1日起施行。", "")
    assert len(merge(held(GIFTS), held(undated))) == 1
    assert len(merge(held(undated), held(GIFTS))) == 1


def test_a_text_whose_day_has_not_come_puts_nothing_out_of_force():
    future = GIFTS_REVISED.replace("2024年1月1日", "2999年1月1日")
    result = merge(held(GIFTS), held(future))
    assert all(entry.parsed.document.in_force for entry in result)
    assert titles(merge(held(DIGEST), held(future))).count("《礼品管理办法》要点") == 1
