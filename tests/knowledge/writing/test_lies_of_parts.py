"""Lies that a clause's own words tell: half of a phrase, another's case, somebody else's part.

Each clause here has a sentence that tells it whole and stands, and some that tell it in part.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import pytest

from knowledge.model import Item, Paragraph
from knowledge.verification import verify
from knowledge.writing.model import Given, Sentence
from tests.knowledge.writing.answers import RULES, given, library
from tests.knowledge.writing.test_lies_of_documents import DAY, RULE, clause

CARD = "管理服务对象送的购物卡能收吗？"


@dataclass(frozen=True)
class Torn:
    """A clause's 款, what tells it whole, and what tells it in part."""

    clause: tuple[str, ...]
    whole: str
    torn: tuple[str, ...]


TORN = {
    "the verb that makes it an offence": Torn(
        ("阻止他人检举、提供证据的，应当从重给予处分。",),
        "阻止他人检举、提供证据的，应当从重给予处分。",
        (
            "检举他人、提供证据的，应当从重给予处分。",
            "他人检举、提供证据的，应当从重给予处分。",
            "提供证据的，应当从重给予处分。",
        ),
    ),
    "the falsehood of what is told": Torn(
        ("向组织提供虚假情况，掩盖事实的，给予警告处分。",),
        "向组织提供虚假情况，掩盖事实的，给予警告处分。",
        ("向组织提供情况的，给予警告处分。", "掩盖事实的，给予警告处分。"),
    ),
    "who is made to do it": Torn(
        ("强迫、唆使他人违纪的，应当从重处分。",),
        "唆使他人违纪的，应当从重处分。",
        ("他人违纪的，应当从重处分。", "违纪的，应当从重处分。"),
    ),
    "a refusal": Torn(
        ("拒不纠正亲属违规任职，且不服从职务调整的，给予警告处分。",),
        "拒不纠正亲属违规任职，且不服从职务调整的，给予警告处分。",
        (
            "不服从职务调整的，给予警告处分。",
            "纠正亲属违规任职，且不服从职务调整的，给予警告处分。",
        ),
    ),
    "one of two conditions": Torn(
        ("实名检举经查证属实，对突破重大案件起到重要作用的，可以给予奖励。",),
        "实名检举经查证属实，对突破重大案件起到重要作用的，可以给予奖励。",
        (
            "检举经查证属实，对突破重大案件起到重要作用的，可以给予奖励。",
            "实名检举对突破重大案件起到重要作用的，可以给予奖励。",
            "实名检举经查证属实的，可以给予奖励。",
        ),
    ),
    "when it must be done": Torn(
        ("在被追诉前主动交待行贿行为的，可以从轻或者减轻处罚。",),
        "在被追诉前主动交待行贿行为的，可以从轻或者减轻处罚。",
        (
            "主动交待行贿行为的，可以从轻或者减轻处罚。",
            "在被追诉前主动交待行贿行为的，可以减轻处罚。",
        ),
    ),
    "what it is done for": Torn(
        ("为谋取不正当利益，给予工作人员以财物的，给予警告处分。",),
        "为谋取不正当利益，给予工作人员以财物的，给予警告处分。",
        ("给予工作人员以财物的，给予警告处分。",),
    ),
    "an exception": Torn(
        ("违规取得的财物，除依法应当由其他机关没收的以外，由监察机关没收。",),
        "违规取得的财物，除依法应当由其他机关没收的以外，由监察机关没收。",
        ("违规取得的财物，由监察机关没收。",),
    ),
    "one end of a range": Torn(
        ("受贿数额在三万元以上不满二十万元的，应当从重处罚。",),
        "受贿数额在三万元以上不满二十万元的，应当从重处罚。",
        (
            "受贿数额在三万元以上的，应当从重处罚。",
            "受贿数额不满二十万元的，应当从重处罚。",
        ),
    ),
    "a period of its neighbour": Torn(
        ("受到警告处分一年内、受到严重警告处分一年半内，不得提拔职务。",),
        "受到严重警告处分一年半内，不得提拔职务。",
        (
            "受到警告处分一年半内，不得提拔职务。",
            "受到严重警告处分一年内，不得提拔职务。",
        ),
    ),
    "how long it is forbidden": Torn(
        ("受到开除党籍处分，五年内不得重新入党。",),
        "受到开除党籍处分，五年内不得重新入党。",
        ("受到开除党籍处分，不得重新入党。",),
    ),
    "who may not": Torn(
        ("领导成员在离职三年内，其他人员在离职两年内，不得到原管辖企业任职。",),
        "其他人员在离职两年内，不得到原管辖企业任职。",
        ("在离职两年内，不得到原管辖企业任职。", "其他人员不得到原管辖企业任职。"),
    ),
    "what the work has to do with it": Torn(
        ("不得到与原工作业务直接相关的企业或者其他营利性组织任职。",),
        "不得到与原工作业务直接相关的企业任职。",
        ("不得到企业任职。", "不得到其他营利性组织任职。"),
    ),
    "a measure out of several": Torn(
        ("犯罪较轻的，可以减轻或者免除处罚，并处罚金。",),
        "犯罪较轻的，可以减轻或者免除处罚，并处罚金。",
        (
            "犯罪较轻的，可以免除处罚，并处罚金。",
            "犯罪较轻的，可以减轻或者免除处罚。",
            "可以减轻或者免除处罚，并处罚金。",
        ),
    ),
    "a case made a duty": Torn(
        ("需要企业经营者协助调查的，应当保障其合法权益。",),
        "需要企业经营者协助调查的，应当保障其合法权益。",
        ("企业经营者应当协助调查。", "应当保障企业经营者合法权益。"),
    ),
    "how it is not to be done": Torn(
        ("严禁以暴力、威胁、引诱、欺骗及其他非法方式收集证据。",),
        "严禁以暴力、威胁方式收集证据。",
        ("严禁收集证据。",),
    ),
    "who gives and who takes": Torn(
        ("向公职人员及其特定关系人赠送礼品，情节较重的，给予警告处分。",),
        "向公职人员及其特定关系人赠送礼品，情节较重的，给予警告处分。",
        ("公职人员及其特定关系人赠送礼品，情节较重的，给予警告处分。",),
    ),
    "who is forbidden": Torn(
        ("执法人员不得收受当事人和管理服务对象的礼品。",),
        "执法人员不得收受当事人的礼品。",
        ("当事人和管理服务对象不得收受礼品。", "当事人不得收受执法人员的礼品。"),
    ),
    "to whom it is reported": Torn(
        ("无法拒收的财物，应当尽快向部门负责人报告，由受理登记的部门登记。",),
        "无法拒收的财物，应当尽快向部门负责人报告，由受理登记的部门登记。",
        (
            "无法拒收的财物，应当尽快向受理登记的部门报告。",
            "无法拒收的财物，由部门负责人登记。",
        ),
    ),
    "who was made to take part": Torn(
        ("被胁迫参与违法活动，经批评教育后确有悔改表现的，可以减轻处分。",),
        "被胁迫参与违法活动，经批评教育后确有悔改表现的，可以减轻处分。",
        (
            "胁迫参与违法活动，经批评教育后确有悔改表现的，可以减轻处分。",
            "被胁迫参与违法活动的，可以减轻处分。",
        ),
    ),
    "what a prohibition waits for": Torn(
        ("外出期间，未经同意，检查人员不得单独会见当事人，不得更改行程。",),
        "外出期间，未经同意，检查人员不得单独会见当事人。",
        ("检查人员不得单独会见当事人。", "外出期间，检查人员不得单独会见当事人。"),
    ),
    "a case in brackets": Torn(
        ("收到的物品，自收到之日起(在外地收到的，自返回之日起)十日内填写清单。",),
        "收到的物品，自收到之日起十日内填写清单。",
        ("在外地收到的，自收到之日起十日内填写清单。",),
    ),
    "an attribute of the last of a list": Torn(
        ("会议不得摆放鲜花和名贵盆景，不得组织联欢和与会议无关的游览。",),
        "会议不得摆放鲜花和名贵盆景，不得组织联欢和与会议无关的游览。",
        ("会议不得摆放鲜花和盆景。", "会议不得组织联欢和游览。"),
    ),
    "from what sum on": Torn(
        ("价值五百元以上的，自接受之日起三个月内填写清单，并应当上交物品。",),
        "价值五百元以上的，自接受之日起三个月内填写清单。",
        ("自接受之日起三个月内填写清单。",),
    ),
}


def stands(text: str, *paragraphs: str, question: str = "怎么办？") -> bool:
    held = clause(*paragraphs)
    given = [Given(1, RULE, held, held.text)]
    return verify([Sentence(text, (1,))], given, question, day=DAY)[0].stands


@pytest.mark.parametrize("told", TORN.values(), ids=TORN.keys())
def test_a_clause_that_is_told_whole_stands(told: Torn) -> None:
    assert stands(told.whole, *told.clause)


@pytest.mark.parametrize(
    ("text", "paragraphs"),
    [(text, told.clause) for told in TORN.values() for text in told.torn],
    ids=[f"{name}: {text}" for name, told in TORN.items() for text in told.torn],
)
def test_a_clause_that_is_told_in_part_does_not(text: str, paragraphs: tuple[str, ...]) -> None:
    assert not stands(text, *paragraphs)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("借调时间不得超过六个月，在紧急情况下，可以延长一次。", True),
        ("借调时间不得超过六个月，可以延长一次。", False),
        ("借调未满两年的，不再续期；涉及重大项目且尚未办结的，期限延长至四年。", True),
    ],
)
def test_an_end_of_the_clause_may_be_told_as_a_comma(text: str, kept: bool) -> None:
    paragraphs = (
        "借调时间不得超过六个月。在紧急情况下，可以延长一次。",
        "借调未满两年的，不再续期；涉及重大项目且尚未办结的，期限延长至四年。",
    )
    assert stands(text, *paragraphs) is kept


@pytest.mark.parametrize(
    "text",
    [
        "老板请吃饭属于可能影响公正执行公务的宴请。",
        "老板请吃饭可能影响公正执行公务。",
        "已经退回去的礼品，应当登记。",
    ],
)
def test_what_somebody_did_is_not_judged_in_the_words_of_a_clause(text: str) -> None:
    paragraphs = (
        "接受可能影响公正执行公务的宴请，情节较重的，给予警告处分。",
        "收受的礼品，应当登记。",
    )
    asked = "老板请吃饭行不行？已经退回去的礼品要登记吗？"
    assert not stands(text, *paragraphs, question=asked)


def test_a_sanction_without_its_case_is_not_that_of_another_clause() -> None:
    passages = [given(1, RULES, "第九十七条"), given(2, RULES, "第一百零一条")]
    said = [
        Sentence("不可以收。", (1,)),
        Sentence("情节较重的，给予警告或者严重警告处分。", (2,)),
    ]
    verdicts = verify(said, passages, CARD, library=library())
    assert [each.stands for each in verdicts] == [True, False]
    own = [said[0], Sentence("情节较轻的，给予警告或者严重警告处分。", (1,))]
    assert all(each.stands for each in verify(own, passages, CARD, library=library()))


def test_a_whole_range_is_not_tied_to_one_case() -> None:
    passages = [given(1, RULES, "第一百条")]
    said = [Sentence("操办婚丧喜庆的，直至开除党籍。", (1,))]
    assert not verify(said, passages, "结婚办酒行吗？", library=library())[0].stands


@pytest.mark.parametrize("matter", ["购物卡", "管理服务对象", "条例", "处分的轻重"])
def test_what_a_clause_speaks_of_under_another_name_is_not_missing(matter: str) -> None:
    passages = [given(1, RULES, "第九十七条")]
    said = [Sentence(f"所引条文没有写明{matter}。", ())]
    assert not verify(said, passages, CARD, library=library())[0].stands


def test_a_party_office_does_not_decide_the_case() -> None:
    said = [
        Sentence("个案认定以党支部的意见为准。", ()),
        Sentence("个案认定以机关纪委的意见为准。", ()),
    ]
    verdicts = verify(said, [given(1, RULES, "第九十七条")], CARD, library=library())
    assert [each.stands for each in verdicts] == [False, True]


def test_a_plain_answer_may_open_the_rule_that_gives_it() -> None:
    paragraphs = ("工作人员不得收受管理服务对象的礼品、消费卡。",)
    rule = "不得收受管理服务对象的消费卡。"
    assert stands(f"不可以，{rule}", *paragraphs, question=CARD)
    assert not stands(f"可以，{rule}", *paragraphs, question=CARD)
    assert not stands(f"不可以，{rule}", *paragraphs, question="公车能开回家吗？")


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("检查人员不得接受被检查企业的礼金、车辆。", True),
        ("检查人员不得接受其他有利害关系的人员的车辆。", True),
        ("不得接受被检查企业的礼金、车辆。", False),
        ("检查人员可以接受被检查企业的礼金、车辆。", False),
        ("检查人员不得接受亲友的礼金、车辆。", False),
        ("检查人员不得接受企业的礼金、车辆。", False),
    ],
)
def test_one_of_a_list_may_stand_in_the_place_of_the_list(text: str, kept: bool) -> None:
    items = (
        Item("（一）", "（一）被检查企业；"),
        Item("（二）", "（二）其他有利害关系的人员。"),
    )
    opening = Paragraph(1, "检查人员不得接受下列单位和人员的礼金、车辆：", items)
    held = dataclasses.replace(clause(), paragraphs=(opening,))
    given = [Given(1, RULE, held, held.text)]
    assert verify([Sentence(text, (1,))], given, "能收吗？", day=DAY)[0].stands is kept
