"""Places, titles and dates read as they are written in official Chinese."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.wording import article, clean, contact_line, place, plain_text, title
from tests.bot.samples import ANSWER, FIRST_PARAGRAPH, RULE, SECTION


@pytest.mark.parametrize(
    ("held", "shown"),
    [
        ("示例条例", "《示例条例》"),
        ("《示例条例》", "《示例条例》"),
        ("《示例条例》要点", "《〈示例条例〉要点》"),
        ("关于《甲》和《乙》", "《关于〈甲〉和〈乙〉》"),
        ("《甲》和《乙》", "《〈甲〉和〈乙〉》"),
        ("〈示例条例〉要点", "《〈示例条例〉要点》"),
    ],
)
def test_titles_inside_titles_take_single_marks(held: str, shown: str) -> None:
    assert title(replace(RULE, title=held)) == shown


def test_a_paragraph_is_named_only_among_several() -> None:
    assert article(FIRST_PARAGRAPH) == "第九十七条第一款"
    assert article(replace(FIRST_PARAGRAPH, paragraph=None)) == "第九十七条"
    alone = replace(FIRST_PARAGRAPH.clause, paragraphs=FIRST_PARAGRAPH.clause.paragraphs[:1])
    assert article(replace(FIRST_PARAGRAPH, clause=alone)) == "第九十七条"


def test_a_document_without_articles_is_placed_by_its_headings() -> None:
    assert place(SECTION).startswith("《〈示例纪律处分条例〉要点》· 四、购物卡 › （二）怎么办")


def test_a_place_says_since_when_only_where_it_is_known() -> None:
    assert place(FIRST_PARAGRAPH).endswith("，2024年1月1日起施行")
    undated = replace(FIRST_PARAGRAPH, document=replace(RULE, effective=None))
    assert "年" not in place(undated)


def test_a_contact_that_is_a_sentence_is_shown_as_it_is() -> None:
    assert contact_line(replace(ANSWER, contact="请问机关纪委。")) == "请问机关纪委。"
    assert "请咨询机关纪委。" in contact_line(ANSWER)
    assert contact_line(replace(ANSWER, contact="")) == ""


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("一\r\n二\r三\u2028四", "一\n二\n三\n四"),
        ("\x1b[31m红\x1b[0m", "[31m红[0m"),
        ("a\u202eb\u2066c\u200fd\x00\x9b", "abcd"),
        ("家👨\u200d👩\u200d👧", "家👨\u200d👩\u200d👧"),
        ("\u3000\u3000缩进\t二", "缩进 二"),
        ("半\ud800", "半"),
    ],
)
def test_what_drives_a_screen_goes_and_words_stay(raw: str, shown: str) -> None:
    assert clean(raw) == shown


def test_plain_text_holds_every_part() -> None:
    text = plain_text(ANSWER)
    for citation in ANSWER.citations:
        assert f"「{citation.quote}」" in text
    assert ANSWER.notes[0] in text
