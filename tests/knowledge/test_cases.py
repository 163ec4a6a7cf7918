"""Cases by kind of conduct and by year."""

from __future__ import annotations

import datetime as dt

import pytest

from ingest.content import shipped_documents
from ingest.structure import parse
from knowledge.cases import OTHER, by_kind, by_year, cases, kinds_of, kinds_table, year_of
from knowledge.library import Library
from knowledge.model import Document, Kind


@pytest.fixture(scope="module")
def library() -> Library:
    return Library(shipped_documents())


def test_the_shipped_cases_are_sorted_as_they_were_looked_through(library: Library) -> None:
    counts = {kind: len(found) for kind, found in by_kind(cases(library)).items()}
    assert counts == {
        "收受礼品礼金": 1,
        "接受宴请": 2,
        "公款吃喝与接待": 2,
        "公车私用": 1,
        "婚丧喜庆": 1,
        "贪污受贿": 2,
        "吃拿卡要与摊派": 1,
        "形式主义官僚主义": 1,
        "言行与作风": 1,
        "对抗审查": 1,
        "问责与容错": 2,
    }


def test_no_shipped_case_is_left_without_a_kind_or_a_year(library: Library) -> None:
    held = cases(library)
    assert len(held) == 14
    assert all(OTHER not in case.kinds and case.year for case in held)
    assert {year: len(found) for year, found in by_year(held).items()} == {
        2023: 3,
        2022: 4,
        2021: 7,
    }
    assert [case.year for case in held] == sorted((c.year or 0 for c in held), reverse=True)


def test_no_word_tells_two_kinds() -> None:
    words = [word for group in kinds_table().values() for word in group]
    assert len(words) == len(set(words))


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("# 某甲违规收受礼品并接受宴请案\n\n酒驾。", ("收受礼品礼金", "接受宴请")),
        ("# 某乙案\n\n某乙虚报工程，挪用公款，贪污三次，还收了红包。", ("贪污受贿",)),
        ("# 某丙一案\n\n某丙上班迟到。", (OTHER,)),
    ],
)
def test_an_added_case_is_sorted_by_its_title_then_by_its_text(
    text: str, kinds: tuple[str, ...]
) -> None:
    entry = parse(text, name="案例")
    assert kinds_of(entry.document, entry.clauses) == kinds


@pytest.mark.parametrize(
    ("document", "year"),
    [
        (Document("a", "某案", Kind.CASE, issued=dt.date(2024, 5, 1), source="2023年通报"), 2024),
        (Document("a", "某案", Kind.CASE, source="某纪委2023年6月通报"), 2023),
        (Document("a", "2022年某案", Kind.CASE), 2022),
        (Document("a", "某案（2021年）", Kind.CASE), 2021),
        (Document("a", "某案", Kind.CASE, source="编号12023年"), None),
    ],
)
def test_the_year_is_that_of_issue_or_else_of_the_source(
    document: Document, year: int | None
) -> None:
    assert year_of(document) == year
