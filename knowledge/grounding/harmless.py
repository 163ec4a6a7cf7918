"""The few sentences that need no citation: they say nothing of a rule. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from knowledge.grounding.amounts import amounts
from knowledge.grounding.folding import fold
from knowledge.grounding.sanctions import sanctions
from knowledge.grounding.statements import read
from knowledge.grounding.vocabulary import called, content, everyday, holds, persons

_OFFICE = (
    "(?:本单位|所在单位|单位|机关)?(?:的)?"
    "(?:纪检(?:监察)?(?:部门|机关|机构|组|干部)|机关纪委|纪委|党总支|党支部|党组织|廉政(?:执法)?监察员)"
)
_DECIDES = (
    "(?:本单位|所在单位|单位|机关)?(?:的)?(?:纪检(?:监察)?(?:部门|机关|机构|组)|机关纪委|纪委)"
)
_FORMS = tuple(
    re.compile(form)
    for form in (
        "(?:以上|上述)(?:内容|回答|答复|条文)?(?:仅|只)?供(?:您)?(?:学习)?参考",
        f"(?:具体|个案|具体情况|如有疑问|如有疑问的话|拿不准的?|仍有疑问的?|有疑问的?"
        f"|涉及具体个案的?|个案认定)?,?(?:请|可以|可)?"
        f"(?:向|咨询|请教|询问){_OFFICE}(?:咨询|请教|询问|核实|确认)?",
        f"(?:具体|个案)?(?:情况)?(?:如何|怎样|怎么)?(?:认定"
        f"|处理)?,?(?:请)?以{_DECIDES}(?:的)?(?:认定|答复|意见|解释|口径)为准",
        "(?:正式)?(?:引用|使用)(?:前|时)?(?:请|应当)?(?:核对|以)(?:官方公布的)?原文(?:为准)?",
        "(?:请)?以(?:官方公布的|正式印发的)?(?:原文|文件)为准",
    )
)
_UNKNOWN = re.compile(
    "(?:但|不过|至于)?(?:所引|所给|以上|上述|这些|这几条|现有|该|这条|本条)?(?:的)?(?:条文|条款"
    "|规定|材料|资料|文件|原文)(?:里|中)?(?:都|均)?(?:并)?"
    "(?:没有|未|没)(?:具体|明确)?(?:写明|写|规定|说明|提到|提及|涉及|明确|列明"
    "|给出)(?:过)?(?P<matter>[^,。;]{1,30})"
)
_MONEY = re.compile("金额|数额|多少钱|价值|限额|起点|标准|数字")
_OUTCOME = re.compile("处分|处罚|后果|责任|处理")
_SUMS = {"元", "倍", "%"}
_TEXT = re.compile("条例|规定|办法|准则|文件|规则")
_TIME = re.compile("期限|时间|时限|多久|几天|多长|日期")


def is_harmless(text: str, clauses: Sequence[str], question: str) -> bool:
    """Whether folded ``text`` may be sent without a citation.

    :param clauses: the folded texts of all that was given; what is said to be missing must
        be missing there.
    :param question: folded; what is said to be missing is named in its words.
    """
    told = text.rstrip("。.!")
    if any(form.fullmatch(told) for form in _FORMS):
        return True
    unknown = _UNKNOWN.fullmatch(told)
    return unknown is not None and _is_missing(unknown["matter"], clauses, question)


def _is_missing(matter: str, clauses: Sequence[str], question: str) -> bool:
    said = read(matter)
    if said.operators or said.sanctions or said.amounts or said.circumstances:
        return False
    numbers = [amount for clause in clauses for amount in amounts(clause)]
    if _MONEY.search(matter) and any(each.unit in _SUMS for each in numbers):
        return False
    if _TIME.search(matter) and any(each.is_time for each in numbers):
        return False
    if _OUTCOME.search(matter) and any(sanctions(clause) for clause in clauses):
        return False
    words = [each for each in content(matter) if not _MONEY.search(each) and not _TIME.search(each)]
    everything = fold("".join(clauses))
    if not _measured(matter) and not _is_absent(matter, words, everything):
        return False
    return all(holds(question, each) or holds(everything, each) for each in words)


def _measured(matter: str) -> bool:
    return bool(_MONEY.search(matter) or _TIME.search(matter))


def _is_absent(matter: str, words: Sequence[str], everything: str) -> bool:
    """Whether a thing is spoken of under no name, and it is a thing, not somebody or a text."""
    if _TEXT.search(matter) or not re.sub(
        "|".join(name for name, _ in persons(matter)), "", matter
    ):
        return False
    if any(holds(everything, term) for each in everyday(matter) for term in called(each)):
        return False
    absent = [each for each in words if not holds(everything, each)]
    # 辞职 is spoken of in 辞去公职.
    return any(not re.search(".{0,2}".join(map(re.escape, each)), everything) for each in absent)
