"""Good answers over the shipped digests, as a model would write them, and how to make more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from ingest.content import shipped_documents
from knowledge.library import Library
from knowledge.model import Clause, Document
from knowledge.writing.model import Given, Sentence

RULES = "中国共产党纪律处分条例"
GIFTS = "关于对党和国家机关工作人员在国内交往中收受的礼品实行登记制度的规定"
CARS = "党政机关公务用车管理办法"
RECEPTION = "党政机关国内公务接待管理规定"
MEASURES = "廉政执法八条措施"


@cache
def library() -> Library:
    """What the project ships to know."""
    return Library(shipped_documents())


def given(number: int, title: str, article: str) -> Given:
    """A passage of a shipped digest, by the title of the text that it stands in for."""
    document, clause = _held(title, article)
    return Given(number, document, clause, clause.text)


def _held(title: str, article: str) -> tuple[Document, Clause]:
    for document in library().documents.values():
        if document.stands_in_for == title:
            clause = library().article(document.id, article)
            assert clause is not None, article
            return document, clause
    raise AssertionError(title)


@dataclass(frozen=True)
class Told:
    """An answer: what was asked, the clauses given, and sentences with their numbers."""

    question: str
    clauses: tuple[tuple[str, str], ...]
    written: tuple[tuple[str, tuple[int, ...]], ...]

    @property
    def given(self) -> list[Given]:
        return [given(number, *each) for number, each in enumerate(self.clauses, 1)]

    @property
    def sentences(self) -> list[Sentence]:
        return [Sentence(text, cites) for text, cites in self.written]


def told(question: str, clauses: Sequence[tuple[str, str]], *written: tuple[str, int]) -> Told:
    cited = tuple((text, (cite,) if cite else ()) for text, cite in written)
    return Told(question, tuple(clauses), cited)


FAITHFUL = (
    told(
        "管理服务对象送的购物卡能收吗？",
        [(RULES, "第九十七条"), (GIFTS, "第三条"), (GIFTS, "第二条")],
        ("不可以收。", 1),
        ("购物卡属于消费卡，收受可能影响公正执行公务的消费卡会受到党纪处分。", 1),
        ("情节较轻的，给予警告或者严重警告处分。", 1),
        ("情节较重的，给予撤销党内职务或者留党察看处分；情节严重的，给予开除党籍处分。", 1),
        ("因各种原因没能拒收的，必须登记上交。", 3),
        ("须登记的礼品，应当自收受之日起一个月内由本人如实填写礼品登记表。", 2),
        ("在外地接受的，自回本单位之日起一个月内由本人如实填写礼品登记表。", 2),
        ("条文没有写明金额标准。", 0),
        ("具体情况请咨询本单位纪检部门。", 0),
    ),
    told(
        "过年收了两万元红包会怎么处分？",
        [(RULES, "第九十七条"), (RULES, "第十七条"), (RULES, "第二十条")],
        (
            "《中国共产党纪律处分条例》第九十七条规定，收受可能影响公正执行公务的礼金，情节较轻的，处警告或者严重警告。",
            1,
        ),
        ("根据第九十七条第一款，情节较重的，处撤销党内职务或者留党察看。", 1),
        ("情节严重的，处开除党籍。", 1),
        ("最重的处开除党籍。", 1),
        ("主动上交、退赔违纪所得的，可以从轻或者减轻处分。", 2),
        ("主动交代本人应受党纪处分的问题，可以从轻或者减轻。", 2),
        ("拒不上交或者退赔违纪所得的，应当从重或者加重处分。", 3),
        ("所引条文没有写明具体数额。", 0),
    ),
    told(
        "公车能接送孩子吗？",
        [(CARS, "第十六条"), (CARS, "第二十条"), (RULES, "第一百一十七条")],
        ("不能。", 1),
        ("公务用车严禁公车私用，接送家人也在其中。", 1),
        ("领了公务交通补贴的，不得再违规使用公务用车。", 1),
        ("节假日除工作需要外，车辆应当封存停驶。", 2),
        (
            "公车私用的，对直接责任者和领导责任者，情节较重的，处警告或者严重警告；情节严重的，处撤销党内职务或者留党察看。",
            3,
        ),
    ),
    told(
        "接待时可以几个人陪餐？",
        [(RECEPTION, "第十条"), (RECEPTION, "第七条"), (RECEPTION, "第十四条")],
        ("接待对象10人以内的，陪餐不超过3人。", 1),
        ("接待对象超过10人的，陪餐人数不得超过接待对象人数的三分之一。", 1),
        ("确因工作需要，接待单位可以安排工作餐，只限一次。", 1),
        ("不得提供香烟和高档酒水。", 1),
        ("没有公函的公务活动和来访人员一律不接待。", 2),
        ("报销接待费要有财务票据、派出单位公函和接待清单。", 3),
    ),
    told(
        "党纪处分有哪几种，影响期多长？",
        [(RULES, "第八条"), (RULES, "第十条"), (RULES, "第十二条"), (RULES, "第十三条")],
        ("党员的纪律处分有五种：警告、严重警告、撤销党内职务、留党察看、开除党籍。", 1),
        ("警告处分的影响期为一年，严重警告处分的影响期为一年半。", 2),
        ("影响期内不得在党内提拔职务或者进一步使用。", 2),
        ("受留党察看处分的，党内职务自然撤销。", 3),
        ("留党察看期间没有表决权、选举权和被选举权。", 3),
        ("受开除党籍处分的，五年内不得重新入党。", 4),
    ),
    told(
        "儿子结婚能请管理服务对象吃饭吗？",
        [(RULES, "第一百条"), (RULES, "第一百零一条"), (MEASURES, "第五条")],
        ("利用职权或者职务影响操办婚丧喜庆，造成不良影响的，处警告或者严重警告。", 1),
        ("借机敛财的，从重或者加重处分，直至开除党籍。", 1),
        ("接受可能影响公正执行公务的宴请，情节较重的，处警告或者严重警告。", 2),
        ("执法人员不得接受可能影响公正执法的宴请和娱乐安排。", 3),
        ("执法人员不得收受当事人和管理服务对象的礼品、礼金。", 3),
    ),
    told(
        "对处分不服怎么办？",
        [(RULES, "第四十五条"), (RULES, "第四十四条"), (RULES, "第四十六条")],
        ("对处分不服的，可以依照党章和有关规定申诉。", 1),
        ("处分决定作出后一个月内，向本人及其所在基层党组织全体党员宣布。", 2),
        ("影响期满后，党组织不需要再办取消处分的手续。", 3),
    ),
    told(
        "去企业借车用行不行？",
        [(RULES, "第九十九条"), (RULES, "第一百零三条"), (RULES, "第一百一十一条")],
        ("借用管理和服务对象的车辆，可能影响公正执行公务，情节较重的，处警告或者严重警告。", 1),
        ("违规从事营利活动，情节较轻的，处警告或者严重警告。", 2),
        (
            "利用职权或者职务影响，把应由本人和配偶自付的费用转给下属单位支付、报销的，同前款处理。",
            3,
        ),
    ),
    told(
        "情节轻微能不能不处分？",
        [(RULES, "第十九条"), (RULES, "第二十二条"), (RULES, "第二十三条")],
        ("违纪情节轻微的，可以谈话提醒、批评教育、责令检查，或者予以诫勉，不予党纪处分。", 1),
        ("免予处分的，须有书面结论。", 1),
        ("从轻处分，是在违纪行为对应的处分幅度以内选较轻的处分。", 2),
        ("减轻处分是在对应的处分幅度以外降低一档处分。", 3),
    ),
)
