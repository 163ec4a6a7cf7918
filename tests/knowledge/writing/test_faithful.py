"""What a careful model writes stands; and nothing that differs from it by a number or a grade."""

from __future__ import annotations

import re

import pytest
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st

from knowledge.grounding.sanctions import OFFICE, PARTY
from knowledge.verification import verify
from knowledge.writing.model import Sentence, Verdict
from tests.knowledge.writing.answers import FAITHFUL, RULES, Told, given, library

ALL = [(told, at) for told in FAITHFUL for at in range(len(told.written))]
_GRADES = (*PARTY, *OFFICE[1:])
_LETTERS = st.sampled_from(
    "第97条款项（）情节较轻重的处警告开除党籍，。；：「」《》不得可以应当一二十百万元个月内年%"
)
_CHINESE = "零一二三四五六七八九十百千万两"
_CHANGEABLE = re.compile(
    "|".join([*sorted(_GRADES, key=len, reverse=True), r"\d", f"[{_CHINESE}]"])
)
CHANGEABLE = [
    (told, at, match) for told, at in ALL for match in _CHANGEABLE.finditer(told.written[at][0])
]


def judged(told: Told, at: int, text: str | None = None) -> Verdict:
    """The verdict on one sentence, or on ``text`` in its place."""
    said = told.sentences[: at + 1]
    if text is not None:
        said[at] = Sentence(text, said[at].cites)
    return verify(said, told.given, told.question, library=library())[at]


@pytest.mark.parametrize(("told", "at"), ALL, ids=[told.written[at][0] for told, at in ALL])
def test_a_faithful_sentence_stands(told: Told, at: int) -> None:
    assert judged(told, at).faults == ()


def test_verdicts_come_in_the_order_of_the_sentences() -> None:
    for told in FAITHFUL:
        verdicts = verify(told.sentences, told.given, told.question, library=library())
        assert [each.sentence for each in verdicts] == told.sentences


@settings(max_examples=300, deadline=None)
@drawn(place=st.sampled_from(CHANGEABLE), other=st.data())
def test_no_number_or_grade_can_be_changed(place, other) -> None:
    told, at, match = place
    kinds = [_GRADES, "0123456789", _CHINESE]
    (alike,) = [kind for kind in kinds if match[0] in tuple(kind)]
    new = other.draw(st.sampled_from([each for each in alike if each != match[0]]))
    text = match.string[: match.start()] + new + match.string[match.end() :]
    assert not judged(told, at, text).stands, text


@settings(max_examples=300, deadline=None)
@drawn(
    text=st.text(_LETTERS, max_size=60),
    question=st.text(max_size=30),
)
def test_whatever_is_written_gets_a_verdict(text: str, question: str) -> None:
    passages = [given(1, RULES, "第九十七条")]
    (verdict,) = verify([Sentence(text, (1,))], passages, question, library=library())
    assert verdict.sentence.text == text


@settings(max_examples=100, deadline=None)
@drawn(text=st.text(max_size=80))
def test_whatever_characters_are_written_get_a_verdict(text: str) -> None:
    passages = [given(1, RULES, "第九十七条")]
    assert len(verify([Sentence(text, (1, 2))], passages, text)) == 1


def test_nothing_is_written_of_nothing() -> None:
    assert verify([], [], "") == ()
    (verdict,) = verify([Sentence("可以收。", (1,))], [], "能收吗？")
    assert not verdict.stands


@pytest.mark.parametrize(
    "text",
    [
        "以上内容供参考。",
        "具体情况请咨询机关纪委。",
        "请向本单位纪检监察部门咨询。",
        "条文没有写明金额标准。",
        "所引条文没有写明礼品的价值。",
        "个案认定以纪检监察机关的意见为准。",
    ],
)
def test_a_sentence_that_claims_nothing_needs_no_citation(text: str) -> None:
    passages = [given(1, RULES, "第九十七条")]
    (verdict,) = verify([Sentence(text, ())], passages, "收的礼品价值不大也要处分吗？")
    assert verdict.stands


def test_what_is_called_missing_must_be_missing() -> None:
    passages = [given(1, "党政机关公务用车管理办法", "第七条")]
    said = [Sentence(text, ()) for text in ("条文没有写明金额标准。", "条文没有写明退回礼品。")]
    assert not any(each.stands for each in verify(said, passages, "买什么车？"))
