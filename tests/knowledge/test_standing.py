"""A document's standing on a day, as its readers are told."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from knowledge.library import Library
from knowledge.model import Document, Kind, ParsedDocument
from knowledge.standing import caveats, standing

DAY = dt.date(2024, 6, 1)
RULE = Document("a", "某条例", Kind.RULE, effective=dt.date(2020, 1, 1))
REPLACED = replace(RULE, superseded_by="新条例", superseded_on=dt.date(2024, 1, 1))


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (RULE, "现行有效，2020年1月1日起施行"),
        (replace(RULE, effective=None), "现行有效"),
        (replace(RULE, effective=None, issued=DAY), "现行有效，2024年6月1日发布"),
        (replace(RULE, effective=dt.date(2025, 1, 1)), "尚未施行，2025年1月1日起施行"),
        (REPLACED, "已被《新条例》取代，2024年1月1日起不再适用"),
        (replace(REPLACED, superseded_on=None), "已被《新条例》取代"),
        (
            replace(REPLACED, superseded_on=dt.date(2025, 1, 1)),
            "现行有效，2020年1月1日起施行",
        ),
        (replace(RULE, kind=Kind.CASE), "案例，供对照学习，不作依据"),
        (replace(RULE, caveat="此后已修改。"), "须核对现行文本，2020年1月1日起施行"),
        (replace(RULE, sample=True), "示范文本，不是正式印发的文件"),
    ],
)
def test_a_document_is_in_force_replaced_or_not_yet_begun(document: Document, said: str) -> None:
    assert standing(Library([ParsedDocument(document, ())]), document, DAY) == said


def test_a_version_that_a_later_one_has_followed_is_not_called_in_force() -> None:
    later = replace(RULE, id="b", effective=dt.date(2024, 1, 1))
    library = Library([ParsedDocument(RULE, ()), ParsedDocument(later, ())])
    assert standing(library, RULE, DAY) == "已被更新的版本取代"
    assert standing(library, later, DAY).startswith("现行有效")
    assert standing(library, RULE, dt.date(2023, 1, 1)).startswith("现行有效")


def test_samples_digests_and_lagging_sources_are_named() -> None:
    assert list(caveats(RULE)) == []
    digest = replace(
        RULE, kind=Kind.GUIDE, stands_in_for="某条例", sample=True, caveat="以公报为准。"
    )
    sample, digested, lagging = caveats(digest)
    assert "示范文本" in sample
    assert "不是条文原文" in digested
    assert lagging == "以公报为准。"
