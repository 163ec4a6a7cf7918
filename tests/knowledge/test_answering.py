"""Answers over a small knowledge base: quotes are verbatim, versions honest, gaps admitted."""

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.generation import build
from knowledge.answering import Composer
from knowledge.assistant import Assistant
from knowledge.errors import LianwenError, UnfaithfulQuoteError
from knowledge.model import Kind, Outcome, Question
from knowledge.quoting import QUOTE_CHARS, decisive_line, opening_of, quote_of
from knowledge.store import Held
from knowledge.verification import cite
from tests.databases import made_store
from tests.fakes import CARS, DINNER_CASE, GIFTS, GIFTS_REVISED, TinyEncoder, held, parsed

SAMPLE = """---
title: 六条约定（示范文本）
kind: measure
sample: true
---

第一条 下班后不与管理对象饮酒。

第二条 回访要留记录。
"""

LONG = "# 长文办法\n\n第一条 有下列情形之一的，给予警告处分：\n" + "\n".join(
    f"（{'一二三四五六七八九十'[n]}）第{n}种情形，" + f"说明{n}" * 30 + "；" for n in range(10)
)


@pytest.fixture(scope="module")
def assistant(tmp_path_factory):
    with made_store(tmp_path_factory.mktemp("answers")) as store:
        old = GIFTS.replace("# 礼品管理办法", "# 礼品管理办法（2020年）")
        digest = parsed(
            "---\ntitle: 《宴请规定》要点\nkind: guide\nstands_in_for: 宴请规定\n---\n\n"
            "第一条 不吃请。"
        )
        lagging = parsed("第一条 行贿的，处罚。", "行贿法")
        lagging = dataclasses.replace(
            lagging, document=dataclasses.replace(lagging.document, caveat="此后已修改，请核对。")
        )
        points = "# 禁令清单\n\n## 一、禁令\n\n1.不准收礼。\n\n2.不准公车私用。\n"
        given = held(old, GIFTS_REVISED, CARS, DINNER_CASE, SAMPLE, LONG, points)
        given += [Held(digest, "file"), Held(lagging, "file")]
        build(given, store=store, encoder=TinyEncoder())
        yield Assistant(store, TinyEncoder(), Composer("机关纪委"))


def test_an_explicit_citation_is_answered_with_that_article_first(assistant):
    answer = assistant.ask(Question("礼品管理办法第三条怎么规定"))
    assert answer.outcome is Outcome.ANSWERED
    assert answer.citations[0].clause.article == "第三条"
    assert answer.passages[0].explicit


def test_the_paragraph_that_is_asked_for_is_the_one_quoted(assistant):
    answer = assistant.ask(Question("礼品管理办法第三条第二款"))
    assert answer.text.startswith("逾期不上交的")
    assert answer.citations[0].paragraph == 2


def test_a_paragraph_that_is_not_there_is_said_to_be_missing(assistant):
    answer = assistant.ask(Question("礼品管理办法第二条第五款"))
    assert any("没有第5款" in note for note in answer.notes)


def test_an_article_that_does_not_exist_is_not_made_up(assistant):
    answer = assistant.ask(Question("礼品管理办法第九十九条"))
    assert answer.outcome is Outcome.NO_BASIS
    assert "没有第九十九条" in answer.text
    assert not answer.citations


def test_a_document_that_is_not_held_is_not_made_up(assistant):
    answer = assistant.ask(Question("《烟酒管理规定》第三条"))
    assert answer.outcome is Outcome.NO_BASIS
    assert "没有《烟酒管理规定》" in answer.text
    assert not answer.nearest


def test_the_version_in_force_answers_and_the_old_one_only_when_named(assistant):
    assert "五日" in assistant.ask(Question("礼品管理办法第三条")).text
    old = assistant.ask(Question("2020年的礼品管理办法第三条"))
    assert "十日" in old.text
    assert any("已被《礼品管理办法》取代，自2024年1月1日起" in note for note in old.notes)


def test_a_day_in_the_past_brings_the_version_of_that_day(assistant):
    answer = assistant.ask(Question("2021年收到礼品，按礼品管理办法第三条几日内上交"))
    assert "十日" in answer.text


def test_a_superseded_version_does_not_answer_uninvited(assistant):
    answer = assistant.ask(Question("因故未能拒收的礼品几日内登记上交"))
    assert all(ranked.document.in_force for ranked in answer.passages)


def test_a_sample_text_says_that_it_is_one(assistant):
    answer = assistant.ask(Question("六条约定（示范文本）第一条"))
    assert any("示范文本，请以本单位印发的文件为准" in note for note in answer.notes)


def test_a_digest_says_that_it_is_not_the_text(assistant):
    answer = assistant.ask(Question("宴请规定第一条"))
    assert any("不是条文原文" in note for note in answer.notes)


def test_a_text_known_to_lag_says_so(assistant):
    assert "此后已修改，请核对。" in assistant.ask(Question("行贿法第一条")).notes


def test_a_short_document_asked_for_as_a_whole_is_shown_article_by_article(assistant):
    answer = assistant.ask(Question("公务用车办法是什么"))
    assert [c.clause.article for c in answer.citations] == ["第一条", "第二条", "第三条"]


def test_a_numbered_point_of_a_document_without_articles_is_found_by_its_number(assistant):
    answer = assistant.ask(Question("禁令清单第2条"))
    assert [c.quote for c in answer.citations] == ["2.不准公车私用。"]
    beyond = assistant.ask(Question("禁令清单第9条"))
    assert (beyond.outcome, beyond.citations) == (Outcome.NO_BASIS, ())
    assert "不分条" in beyond.text


def test_every_answer_says_where_to_turn(assistant):
    for text in ("礼品管理办法第三条", "礼品管理办法第九十九条"):
        assert "机关纪委" in assistant.ask(Question(text)).contact


@pytest.mark.parametrize("text", ["你好", "谢谢！", "你是谁", "您好啊"])
def test_a_greeting_is_not_a_question(assistant, text):
    assert assistant.ask(Question(text)).outcome is Outcome.SMALL_TALK


def test_a_long_article_is_shown_in_part_around_what_was_asked(assistant):
    answer = assistant.ask(Question("长文办法第一条里第7种情形说明7"))
    (citation,) = answer.citations
    assert len(citation.quote) <= QUOTE_CHARS
    assert "第7种情形" in citation.quote
    assert "……" in answer.text


@given(
    text=st.text(
        alphabet="礼品公车收受登记上交处分警告第一二三四条款项的了吗？《》办法2020年", max_size=40
    )
)
@settings(max_examples=150, deadline=None)
def test_every_quote_in_any_answer_is_verbatim_in_the_stored_clause(assistant, text):
    try:
        answer = assistant.ask(Question(text))
    except LianwenError:
        return
    held_texts = {c.id: c.text for c in assistant.retriever().library.clauses.values()}
    for citation in (*answer.citations, *answer.cases):
        assert citation.quote in held_texts[citation.clause.id]
        assert citation.clause.document_id == citation.document.id
    if answer.outcome is Outcome.ANSWERED and not answer.text.endswith("各条开头如下。"):
        first = answer.citations[0].clause.text.replace("\n", "")
        assert all(part in first for part in answer.text.split("……"))


TEXTS = st.lists(
    st.text(alphabet="甲乙丙丁，。；：、应当不得处分", min_size=1, max_size=260),
    min_size=1,
    max_size=8,
)


@given(lines=TEXTS, question=st.text(max_size=30))
@settings(max_examples=150, deadline=None)
def test_what_is_chosen_to_quote_is_always_part_of_the_clause(lines, question):
    for clause in parsed("第一条 " + "\n".join(lines) + "。", "办法").clauses:
        assert quote_of(clause, question) in clause.text
        assert opening_of(clause) in clause.text
        assert all(part in clause.text for part in decisive_line(clause, question).split("\n"))
        assert len(quote_of(clause, question)) <= max(QUOTE_CHARS, max(map(len, lines)) + 1)


@pytest.mark.parametrize("change", ["", " ", "工作人员可以收受管理服务对象的礼品"])
def test_a_quote_that_is_not_in_the_text_cannot_become_a_citation(change):
    document = parsed(GIFTS)
    with pytest.raises(UnfaithfulQuoteError):
        cite(document.document, document.clauses[1], change)


def test_a_clause_cannot_be_cited_under_another_document():
    gifts, cars = parsed(GIFTS), parsed(CARS)
    with pytest.raises(UnfaithfulQuoteError):
        cite(cars.document, gifts.clauses[0], gifts.clauses[0].text)


def test_a_case_comes_first_only_where_one_is_asked_for(assistant):
    retriever = assistant.retriever()
    query = retriever.understand(Question("检查饭店后接受老板宴请，公务用车怎么管"))
    story, asked = (
        retriever.search(dataclasses.replace(query, wants_case=wanted)).ranking
        for wanted in (False, True)
    )
    assert asked[0].document.kind is Kind.CASE
    assert _lead_of_the_case(asked) > _lead_of_the_case(story)


def test_a_case_is_no_basis_where_a_rule_comes_near(assistant):
    retriever = assistant.retriever()
    query = retriever.understand(Question("有没有检查饭店后接受老板宴请的案例"))
    findings = retriever.search(query)
    # What is near enough to be chosen from: the case, and a rule just below it.
    case = next(each for each in findings.ranking if each.document.kind is Kind.CASE)
    rule = next(each for each in findings.ranking if each.document.kind is Kind.RULE)
    certain = dataclasses.replace(
        findings,
        ranking=(dataclasses.replace(case, score=2.0), dataclasses.replace(rule, score=1.9)),
        evidence=dict.fromkeys(findings.evidence, 9.0),
        intents={},
    )
    composer = Composer("")
    told = composer.compose(dataclasses.replace(query, wants_case=False), certain)
    asked = composer.compose(query, certain)
    assert [each.document.kind for each in told.citations] == [Kind.RULE]
    assert asked.citations[0].document.kind is Kind.CASE


def test_one_document_leaves_room_for_another_that_governs_too(assistant):
    retriever = assistant.retriever()
    query = retriever.understand(Question("收受礼品不登记上交"))
    findings = retriever.search(query)
    gifts = [e for e in findings.ranking if e.document.title == "礼品管理办法"][:3]
    cars = next(each for each in findings.ranking if each.document.title == "公务用车办法")
    scored = [
        dataclasses.replace(each, score=3.0 - place / 10)
        for place, each in enumerate((*gifts, cars))
    ]
    certain = dataclasses.replace(
        findings,
        ranking=tuple(scored),
        evidence=dict.fromkeys(findings.evidence, 9.0),
        intents={},
    )
    titles = [each.document.title for each in Composer("").compose(query, certain).citations]
    assert titles == ["礼品管理办法", "礼品管理办法", "公务用车办法"]


def _lead_of_the_case(ranking):
    case = max(each.score for each in ranking if each.document.kind is Kind.CASE)
    return case - max(each.score for each in ranking if each.document.kind is not Kind.CASE)


def test_a_text_not_yet_in_force_does_not_answer(store):
    future = GIFTS_REVISED.replace("2024年1月1日", "2999年1月1日")
    build(held(GIFTS, future), store=store, encoder=TinyEncoder())
    retriever = Assistant(store, TinyEncoder(), Composer("")).retriever()
    found = retriever.search(retriever.understand(Question("收到的礼品几天内登记上交"))).ranking
    assert "十日内" in next(each for each in found if "登记上交" in each.clause.text).clause.text
    assert not any("五日内" in each.clause.text for each in found)


def test_an_earlier_turn_does_not_answer_for_the_weather(assistant):
    alone = assistant.ask(Question("今天天气怎么样"))
    after = assistant.ask(Question("今天天气怎么样", ("管理服务对象的礼品能收吗",)))
    assert (after.outcome, after.text, after.citations) == (alone.outcome, alone.text, ())


def test_a_question_that_stands_alone_outweighs_the_turns_before_it(assistant):
    retriever = assistant.retriever()
    question = Question("节假日期间公务用车要封存停驶吗", ("管理服务对象的礼品能收吗",))
    first = retriever.search(retriever.understand(question)).ranking[0]
    assert first.document.title == "公务用车办法"
