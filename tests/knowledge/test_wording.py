"""Everyday words, slips of writing, and the office's own lexicon."""

from __future__ import annotations

from pathlib import Path

import pytest

from knowledge.errors import ConfigurationError
from knowledge.model import Question
from knowledge.query import understand
from knowledge.wording import FILE, Lexicon, Speller, load_lexicon, simplified

SPELLER = Speller(
    {"处分": 400, "公务员": 300, "礼金": 90, "公务": 80, "麻将": 20, "里": 50, "手": 40}
)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("收了lijin怎么办", "收了礼金怎么办"),
        ("收了li jin怎么办", "收了礼金怎么办"),
        ("gwy能开店吗", "公务员能开店吗"),
        ("会给chu分吗", "会给处分吗"),
        ("上班打麻匠", "上班打麻将"),
        ("GWY能开店吗", "公务员能开店吗"),
    ],
)
def test_slips_are_put_right(written: str, meant: str) -> None:
    assert SPELLER.corrected(written) == meant


@pytest.mark.parametrize(
    "text", ["手里有张卡", "收了iPhone手机", "WiFi密码多少", "处分影响期多久？", "", "😀 好"]
)
def test_what_is_a_word_stays(text: str) -> None:
    assert SPELLER.corrected(text).replace(" ", "") == text.replace(" ", "")


def test_traditional_characters_are_read() -> None:
    assert simplified("領導請吃飯，算違紀嗎") == "领导请吃饭，算违纪吗"
    query = understand(Question("《條例》第97條"), {"条例": "中国共产党纪律处分条例"})
    assert query.references[0].article == "第九十七条"


def test_everyday_words_bring_the_rules_words() -> None:
    query = understand(Question("老板请吃饭"), {}, lexicon=Lexicon({"请吃饭": ["宴请"]}))
    assert query.terms == ("宴请",)


def test_an_office_adds_its_own_words(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("吃席: [宴请]\n红包: [微信转账]\n", encoding="utf-8")
    lexicon = load_lexicon(tmp_path)
    assert lexicon.terms("去吃席") == ["宴请"]
    assert {"礼金", "微信转账"} <= set(lexicon.terms("收红包"))


@pytest.mark.parametrize("content", ["- 只有\n- 一列", "a: [b", "\x00"])
def test_a_broken_lexicon_says_what_to_write(tmp_path: Path, content: str) -> None:
    (tmp_path / FILE).write_text(content, encoding="utf-8")
    with pytest.raises(ConfigurationError, match="口语"):
        load_lexicon(tmp_path)
