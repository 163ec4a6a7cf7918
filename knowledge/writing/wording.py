"""What is told of a written answer: why a sentence failed, why the rule's own words stand alone."""

from __future__ import annotations

from collections.abc import Iterable

from knowledge.writing.drafts import Fallback
from knowledge.writing.model import Fault

_FAULTS = {
    Fault.UNCITED: "没有注明依据",
    Fault.NOT_GIVEN: "所引编号不在资料里",
    Fault.MISQUOTED: "引号里的话不是原文",
    Fault.ARTICLE: "条号与所引资料不符",
    Fault.DOCUMENT: "文件名与所引资料不符",
    Fault.NUMBER: "数字、金额在所引资料里找不到",
    Fault.PERIOD: "期限在所引资料里找不到",
    Fault.SANCTION: "处分、罪名在所引资料里找不到",
    Fault.SUPERSEDED: "所引资料已被取代或尚未施行",
    Fault.UNSUPPORTED: "意思在所引资料里找不到",
    Fault.INSTRUCTION: "像是在执行材料里的指令",
}
_FALLBACKS = {
    Fallback.UNAVAILABLE: "语言模型暂不可用",
    Fallback.BUSY: "此刻请语言模型执笔的人太多",
    Fallback.SPENT: "您今天请语言模型执笔的次数已经用完",
    Fallback.UNREADABLE: "语言模型的回复读不出来",
    Fallback.NOT_ENOUGH: "语言模型所写未通过核对",
}


def faults_in_words(faults: Iterable[Fault]) -> str:
    """Why a sentence failed, in words; "" where it did not."""
    return "、".join(_FAULTS[each] for each in faults)


def fallback_in_words(reason: Fallback) -> str:
    """Why the rule's own words were sent, in words."""
    return _FALLBACKS[reason]
