"""Whether enough of an answer is left to be sent."""

from __future__ import annotations

import pytest

from knowledge.writing.judging import Matter, enough
from knowledge.writing.model import Fault, Sentence, Verdict
from knowledge.writing.prompting import choose
from tests.knowledge.writing.matter import ASKED, GIFTS, LIBRARY, quoting, ranked

MATTER = Matter(
    question="管理服务对象送的礼品能收吗",
    decisive="不得收受管理服务对象的礼品。",
    basis=frozenset({1, 2}),
    turning=frozenset({2}),
)
FORBIDS = "不得收受管理服务对象的礼品。"


def verdicts(pattern: str) -> list[Verdict]:
    """c stands and cites, u stands without a citation, x does not stand."""
    return [
        Verdict(Sentence(FORBIDS, (1,) if each == "c" else ()), (Fault.NUMBER,) * (each == "x"))
        for each in pattern
    ]


def of_two(first: Sentence, lost: Sentence) -> list[Verdict]:
    """The first stands, the other does not."""
    return [Verdict(first), Verdict(lost, (Fault.UNSUPPORTED,))]


@pytest.mark.parametrize("pattern", ["c", "cx", "cc", "ccxx", "cux"])
def test_an_answer_is_sent_while_its_decision_and_half_of_it_stand(pattern: str) -> None:
    assert enough(verdicts(pattern), MATTER)


@pytest.mark.parametrize(
    "pattern",
    [
        pytest.param("", id="nothing was written"),
        pytest.param("xcc", id="the sentence that decides is lost"),
        pytest.param("cxx", id="more is lost than stands"),
        pytest.param("uc", id="what comes first decides nothing"),
    ],
)
def test_otherwise_the_clauses_are_quoted(pattern: str) -> None:
    assert not enough(verdicts(pattern), MATTER)


@pytest.mark.parametrize(
    ("first", "sent"),
    [
        (FORBIDS, True),
        ("收到的礼品应当登记上交。", True),
        ("可以收受价值不满二百元的礼品。", False),
        ("收受的礼品无需登记。", False),
        ("收受礼品不属于违纪。", False),
    ],
)
def test_what_is_allowed_is_not_sent_without_what_stood_beside_it(first: str, sent: bool) -> None:
    lost = Sentence("自收到之日起九日内登记。", (1,))
    assert enough(of_two(Sentence(first, (1,)), lost), MATTER) is sent
    assert enough([Verdict(Sentence(first, (1,)))], MATTER)


@pytest.mark.parametrize(
    "lost",
    [
        Sentence("但是价值不满二百元的纪念品除外。", (1,)),
        Sentence("主动上交的，可以免予处分。", (3,)),
        pytest.param(Sentence("纪念品三百元以下的不在此列。", (2,)), id="its clause has a 但书"),
    ],
)
def test_what_is_forbidden_is_not_sent_without_its_exception(lost: Sentence) -> None:
    assert not enough(of_two(Sentence(FORBIDS, (2,)), lost), MATTER)


@pytest.mark.parametrize(
    "first",
    [
        pytest.param(Sentence(FORBIDS, (3,)), id="of a clause that does not answer"),
        pytest.param(Sentence("受理登记的部门应当公布名单。", (1,)), id="about something else"),
    ],
)
def test_what_does_not_decide_the_question_comes_first_in_no_answer(first: Sentence) -> None:
    assert not enough([Verdict(first)], MATTER)


def test_an_answer_is_to_rest_on_the_clauses_that_the_quotes_are_of() -> None:
    answer = quoting(ranked(GIFTS, "第三条", "第二条"))
    given = choose(answer, ASKED, LIBRARY)
    assert Matter.of(ASKED, answer, given).basis == {
        each.number for each in given if each.clause.article in {"第二条", "第三条"}
    }
