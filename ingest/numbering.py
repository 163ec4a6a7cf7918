"""What an admin should know about a document's article numbers. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from knowledge.numerals import int_to_chinese


@dataclass(frozen=True, slots=True)
class Found:
    """An article number as read: ``branch`` for 第X条之一, ``slip`` the misspelt label."""

    article: str
    number: int
    branch: bool = False
    slip: str = ""
    empty: bool = False


def warnings_about(found: Sequence[Found]) -> list[str]:
    """List slips, gaps, repeats and numbers out of order, a sentence each."""
    warnings: list[str] = []
    seen: set[str] = set()
    before: Found | None = None
    for entry in found:
        if entry.slip:
            warnings.append(f"「{entry.slip}」疑为误识，已按{entry.article}收录，请核对原文。")
        if entry.empty:
            warnings.append(f"{entry.article}没有正文，请核对原文。")
        if entry.article in seen:
            warnings.append(f"编号重复：{entry.article}不止一处，请核对原文。")
        elif before is None:
            if entry.number != 1:
                warnings.append(f"编号不从第一条开始：第一个条文是{entry.article}。")
        elif entry.number < before.number:
            warnings.append(f"编号倒退：{before.article}之后是{entry.article}。")
        elif entry.number > before.number + 1:
            warnings.append(
                f"编号不连续：{before.article}之后是{entry.article}，"
                f"缺第{_name(before.number + 1)}条{_up_to(before.number + 1, entry.number - 1)}。"
            )
        seen.add(entry.article)
        before = entry
    return warnings


def _name(number: int) -> str:
    return int_to_chinese(number)


def _up_to(first: int, last: int) -> str:
    return "" if first == last else f"至第{_name(last)}条"
