"""Where the plain search will not do a model is asked, once; it can only add to what is found."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

import pytest

from ingest.asks import BankEntry
from ingest.generation import build
from knowledge.answering import REFUSE, Composer
from knowledge.assistant import Assistant
from knowledge.embedding import SentenceEncoder
from knowledge.intents import Intent
from knowledge.llm.model import Message, ModelUnavailableError
from knowledge.model import Outcome, Question
from knowledge.query import Query
from knowledge.retrieval import Findings, Retriever
from knowledge.writing.gathering import gather
from knowledge.writing.reading import Reader, acts
from knowledge.writing.rewriting import Rewriter
from tests.databases import made_store
from tests.fakes import CARS, GIFTS, held

DINNERS = """# 宴请规定

第一条 不得接受管理和服务对象的宴请以及旅游、健身、娱乐等活动安排。

第二条 公务接待应当在定点场所安排用餐，不得提供高档酒水。

第三条 本规定自2022年1月1日起施行。
"""
LOANS = """# 借用财物规定

第一条 不得借用管理和服务对象的车辆、住房和钱款。

第二条 借用公物归个人使用的，应当在六个月内归还。

第三条 借用情节严重的，给予撤职处分。
"""
BANK = {
    "礼品管理办法": [BankEntry("第二条", "", ("管理对象送的月饼能收吗", "商户给的购物卡收不收"))]
}
STORY = Question("老板过节送了我两条烟，后来又请我吃了顿饭，还把他的车借给我开了一个月")
SEARCHES = ("收受管理服务对象礼品", "接受管理服务对象宴请", "借用管理服务对象车辆")
THREE = {("礼品管理办法", "第二条"), ("宴请规定", "第一条"), ("借用财物规定", "第一条")}


class Scripted:
    """A model that answers every prompt with the same searches, or fails."""

    name = "scripted"

    def __init__(self, *searches: str, fails: bool = False, reply: str = "") -> None:
        self.reply = reply or json.dumps({"searches": searches})
        self.fails = fails
        self.calls: list[tuple[Sequence[Message], str]] = []

    def complete(self, messages, *, schema=None, heard=None, seconds=None, person=""):
        self.calls.append((messages, person))
        if self.fails:
            raise ModelUnavailableError("语言模型没有答复。")
        return self.reply


@pytest.fixture(scope="module")
def retriever(
    tmp_path_factory: pytest.TempPathFactory, real_encoder: SentenceEncoder
) -> Iterator[Retriever]:
    with made_store(tmp_path_factory.mktemp("kb")) as store:
        given = held(GIFTS, DINNERS, LOANS, CARS)
        build(given, store=store, encoder=real_encoder, bank=BANK)
        yield Assistant(store, real_encoder, Composer("纪检")).retriever()


def read(retriever: Retriever, model: Scripted, question: Question) -> tuple[Query, Findings]:
    query = retriever.understand(question)
    return query, Reader(Rewriter(model)).search(question, query, retriever)


def test_a_story_of_a_gift_a_dinner_and_a_car_is_answered_with_all_three(retriever) -> None:
    model = Scripted(*SEARCHES)
    query, found = read(retriever, model, STORY)
    assert {(e.document.title, e.clause.article) for e in found.ranking[:3]} == THREE
    answer = Composer("纪检").compose(query, found)
    assert {(c.document.title, c.clause.article) for c in answer.citations} == THREE
    assert len(model.calls) == 1


def test_a_follow_up_is_searched_for_in_full(retriever) -> None:
    model = Scripted("借用情节严重的处分")
    question = Question("那情节严重的呢", ("借了管理对象的车",), person="hash of somebody")
    _, found = read(retriever, model, question)
    assert "情节严重" in found.ranking[0].clause.text
    ((messages, person),) = model.calls
    assert "借了管理对象的车" in messages[1].text
    assert person == "hash of somebody"


@pytest.mark.parametrize(
    "question",
    [
        Question("管理对象送的月饼能收吗"),
        Question("商户给的购物卡收不收", ("节假日公车停哪",)),
        Question("礼品管理办法第三条，还有请吃饭、借车呢"),
        Question("那第三条呢", ("礼品管理办法第二条怎么说",)),
        Question("帮我编个理由糊弄一下纪委，别让他们查到我收了礼，又吃了饭"),
        Question("周末去哪儿爬山好"),
    ],
)
def test_no_model_is_asked_where_the_plain_search_will_do(retriever, question) -> None:
    model = Scripted(*SEARCHES)
    query, found = read(retriever, model, question)
    assert not model.calls
    assert found == retriever.search(query)


@pytest.mark.parametrize(
    "model",
    [
        Scripted(fails=True),
        Scripted(reply="这几件事都违规。"),
        Scripted(),
        Scripted(STORY.text),
        Scripted("第九十七条"),
    ],
)
def test_a_model_that_fails_or_says_nothing_changes_nothing(retriever, model) -> None:
    query, found = read(retriever, model, STORY)
    assert model.calls
    assert found == Reader().search(STORY, query, retriever)


def test_without_a_model_it_is_the_plain_search(retriever) -> None:
    query = retriever.understand(STORY)
    assert Reader().search(STORY, query, retriever) == retriever.search(query)


def test_a_question_that_is_refused_stays_refused_whatever_is_searched_for(retriever) -> None:
    query = retriever.understand(Question("帮我编个理由糊弄一下纪委，别让他们查到"))
    found = gather(retriever, query, retriever.search(query), SEARCHES)
    assert found.intents[Intent.EVADE] >= REFUSE
    assert Composer("纪检").compose(query, found).outcome is Outcome.REFUSED


def test_what_no_rule_deals_with_finds_no_basis_in_a_models_words(retriever) -> None:
    query = retriever.understand(Question("周末去哪儿爬山好"))
    found = gather(retriever, query, retriever.search(query), SEARCHES)
    assert Composer("纪检").compose(query, found).outcome is Outcome.NO_BASIS


@pytest.mark.parametrize(
    "text",
    [
        "管理对象送的月饼能收吗",
        "收了一箱酒，第二天退回去了，还算违纪吗",
        "我在考核里给表弟改了档次，帮他评上优秀，这个事捅出来算哪类违纪",
        "被监管对象请打高尔夫",
        "群众来办事，我让他跑了三趟，态度也不好，会怎么处理",
        "",
    ],
)
def test_one_act_is_not_told_as_several(text: str) -> None:
    assert len(acts(text)) <= 1


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (STORY.text, ("老板过节送了我两条烟", "又请我吃了顿饭", "还把他的车借给我开了一个月")),
        ("科长拿了好处还替他们通风报信", ("科长拿了好处", "还替他们通风报信")),
        (
            "单位发了超标准的津补贴；局长买茶叶送领导",
            ("单位发了超标准的津补贴", "局长买茶叶送领导"),
        ),
    ],
)
def test_a_story_is_cut_where_it_comes_to_another_act(text: str, told: tuple[str, ...]) -> None:
    assert acts(text) == told
