"""Searches merged into one ranking: every act's best among the first, nothing overridden."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.deciding import EVIDENCE, probability
from knowledge.intents import Intent
from knowledge.library import Library
from knowledge.model import Question, Ranked
from knowledge.query import Query, understand
from knowledge.retrieval import Findings
from knowledge.writing.gathering import gather, is_sure
from knowledge.writing.rewriting import MAX_SEARCHES
from tests.fakes import parsed

RULE = parsed("# 收礼办法\n\n" + "\n\n".join(f"第{n}条 第{n}件事。" for n in range(1, 60)))
OTHER = parsed("# 收礼细则\n\n" + "\n\n".join(f"第{n}条 另{n}件事。" for n in range(1, 60)))
CLEAR = dict.fromkeys(EVIDENCE, 0.0) | {"answerable": 5.0}


def findings(*scores: tuple[int, float], sure: bool = False, rule=RULE, **evidence) -> Findings:
    """Of articles with these places in the rule and scores."""
    ranking = tuple(Ranked(rule.clauses[at], rule.document, score) for at, score in scores)
    told = CLEAR | {"agreement": 4.0 if sure else 1.0} | evidence
    return Findings((), ranking, 0.8, told, {Intent.ANSWERABLE: 0.99})


class Shelf:
    """A retriever whose findings are written down: of each search, by its text."""

    def __init__(self, found: dict[str, Findings], takes: float = 0.0) -> None:
        self.library = Library([RULE, OTHER])
        self.queries: list[Query] = []
        self._found = found
        self._takes = takes

    def understand(self, question: Question) -> Query:
        return understand(question, {})

    def search(self, query: Query) -> Findings:
        time.sleep(self._takes)
        self.queries.append(query)
        return self._found[query.search_text]


ASKED = Query("问", "问")


def merged(plain: Findings, *parts: Findings, query: Query = ASKED) -> Findings:
    found = {f"搜索{at}": part for at, part in enumerate(parts)}
    return gather(Shelf(found), query, plain, tuple(found))  # type: ignore[arg-type]


def places(found: Findings) -> list[int]:
    return [RULE.clauses.index(each.clause) for each in found.ranking]


PLAIN = ((0, 8.0), (1, 7.0), (2, 6.0), (3, 5.0))
PARTS = (findings((2, 20), (1, 10)), findings((3, 20), (1, 14), (0, 3)))


def test_the_best_of_every_act_tie_at_the_plain_searchs_best_score() -> None:
    found = merged(findings(*PLAIN), *PARTS)
    assert places(found)[:3] == [2, 3, 1]
    # In the mean with the plain search 1 lies two below 3, and further below 2.
    assert [each.score for each in found.ranking][:3] == [8, 8, 6]


def test_the_first_clause_of_a_sure_search_stays_first() -> None:
    assert places(merged(findings(*PLAIN, sure=True), *PARTS))[:3] == [0, 2, 3]
    assert places(merged(findings(*PLAIN), *PARTS))[:2] == [2, 3]


def test_a_question_that_names_a_clause_is_left_as_it_is() -> None:
    first, *others = findings(*PLAIN).ranking
    plain = replace(findings(*PLAIN), ranking=(replace(first, explicit=True), *others))
    assert merged(plain, *PARTS) is plain


def test_a_search_about_something_else_is_left_out() -> None:
    plain = findings(*((at, 60 - at) for at in range(40)))
    elsewhere = findings((30, 20), (31, 19))
    unlikely = findings((1, 20), answerable=-9.0)
    assert merged(plain, elsewhere, unlikely) is plain


@pytest.mark.parametrize(
    ("kind", "evidence"), [(Intent.EVADE, 9.0), (Intent.VERDICT, 9.0), (Intent.OFF_TOPIC, -5.0)]
)
def test_what_is_declined_is_not_searched_for_again(kind: Intent, evidence: float) -> None:
    plain = replace(findings((0, 8), answerable=evidence), intents={kind: 0.9})
    assert merged(plain, findings((0, 20), dense=9.0)) is plain


def test_evidence_is_that_of_the_surest_search_but_for_the_kind_of_question() -> None:
    plain = findings((0, 8), answerable=-1.0, dense=0.5)
    found = merged(
        plain,
        findings((0, 8), answerable=4.0, dense=0.1),
        findings((0, 8), answerable=7.0, dense=2.5, asked=1.0),
    )
    assert (found.evidence["dense"], found.evidence["asked"]) == (2.5, 1.0)
    assert found.evidence["answerable"] == -1.0
    assert probability(found.evidence) > probability(plain.evidence)
    assert found.intents == plain.intents
    weaker = merged(plain, findings((0, 8), answerable=9.0, dense=0.1))
    assert weaker.evidence == plain.evidence


def test_searches_are_bound_to_the_places_and_the_day_of_the_question() -> None:
    names = {"收礼办法": "收礼办法", "收礼细则": "收礼细则"}
    query = understand(Question("2021年6月收的礼，收礼办法怎么说，有没有案例"), names)
    assert query.references
    shelf = Shelf({"收礼 处分": findings((0, 9)), "收礼办法 上交": findings((0, 9))})
    gather(shelf, query, findings((0, 8)), ("收礼 收礼细则 处分", "收礼办法 上交"))  # type: ignore[arg-type]
    assert [each.search_text for each in shelf.queries] == ["收礼 处分", "收礼办法 上交"]
    for each in shelf.queries:
        assert (each.references, each.as_of) == (query.references, query.as_of)
        assert each.wants_case


def test_no_more_than_four_are_searched_for_and_none_after_its_time() -> None:
    plain = findings((0, 8))
    texts = tuple(f"搜索{at}" for at in range(9))
    found = dict.fromkeys(texts, plain)
    for takes, seconds, searched in ((0.0, 3.0, MAX_SEARCHES), (0.0, 0.0, 0), (0.06, 0.1, 2)):
        shelf = Shelf(found, takes)
        gather(shelf, ASKED, plain, texts, seconds)  # type: ignore[arg-type]
        assert len(shelf.queries) == searched


def test_a_search_without_a_word_is_none() -> None:
    plain = findings((0, 8))
    shelf = Shelf({})
    assert gather(shelf, ASKED, plain, ("收礼细则", "")) is plain  # type: ignore[arg-type]


RANKINGS = st.lists(
    st.tuples(st.integers(0, 25), st.floats(-20, 40)), min_size=1, unique_by=lambda each: each[0]
).map(lambda scores: sorted(scores, key=lambda each: -each[1]))


@given(plain=RANKINGS, parts=st.lists(RANKINGS, max_size=4), sure=st.booleans())
def test_a_merged_ranking_falls_and_holds_every_clause_once(plain, parts, sure) -> None:
    before = findings(*plain, sure=sure)
    found = merged(before, *(findings(*part) for part in parts))
    scores = [each.score for each in found.ranking]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] == before.ranking[0].score
    assert len(set(places(found))) == len(scores)
    assert set(places(before)) <= set(places(found))


def test_a_search_is_sure_where_an_answer_is_likely_and_the_channels_agree() -> None:
    assert is_sure(findings((0, 8), sure=True))
    assert not is_sure(findings((0, 8), sure=False))
    assert not is_sure(findings((0, 8), sure=True, answerable=0.0))
