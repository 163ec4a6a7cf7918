"""What stood becomes an answer: sentences numbered by their quotes, and what must be noted."""

from __future__ import annotations

from knowledge.model import Answer
from knowledge.writing.drafts import Judged, Text
from knowledge.writing.finishing import written
from knowledge.writing.model import Given, Sentence, Verdict
from tests.fakes import parsed
from tests.knowledge.writing.matter import quoting

RULE = parsed(
    "# 纪念品办法\n\n第一条 工作人员不得收受礼品。但价值不满二百元的纪念品除外。\n\n"
    "第二条 收到的礼品应当登记上交；登记由办公室受理。\n"
)
GIVEN = tuple(
    Given(number, RULE.document, clause, clause.text)
    for number, clause in enumerate(RULE.clauses, 1)
)


def answer(*sentences: Sentence) -> Answer:
    text = Text(tuple(Judged(Verdict(each)) for each in sentences))
    made = written(quoting(), text, GIVEN)
    assert made
    return made


def test_numbers_go_by_the_order_of_the_quotes_below() -> None:
    made = answer(Sentence("礼品应当登记上交。", (2,)), Sentence("不得收受礼品。", (1, 2)))
    assert made.text == "礼品应当登记上交[1]。\n不得收受礼品[1][2]。"
    assert [each.clause.article for each in made.citations] == ["第二条", "第一条"]


def test_what_was_cut_out_of_a_list_ends_like_a_sentence() -> None:
    made = answer(Sentence("收到的礼品应当登记上交；", (2,)), Sentence("由办公室受理", (2,)))
    assert made.text == "收到的礼品应当登记上交[1]。\n由办公室受理[1]。"


def test_an_exception_that_the_sentences_leave_out_is_noted_in_the_rules_own_words() -> None:
    made = answer(Sentence("工作人员不得收受礼品。", (1,)))
    assert (
        "所引《纪念品办法》第一条另有例外：“但价值不满二百元的纪念品除外”，适用前请看原文。"
        in made.notes
    )


def test_an_exception_that_is_told_is_not_noted_again() -> None:
    told = Sentence("但价值不满二百元的纪念品除外。", (1,))
    made = answer(Sentence("工作人员不得收受礼品。", (1,)), told)
    assert not any("另有例外" in each for each in made.notes)


def test_a_rule_without_an_exception_has_none_noted() -> None:
    assert not any("另有例外" in each for each in answer(Sentence("应当登记。", (2,))).notes)
