"""A year's holidays in words, for /holidays and the calendar file. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from bot.wording import Block, Piece, Style, clean
from knowledge.holidays.model import Occasion, Origin, Year

ESTIMATED = "暂按农历推算，以国务院办公厅通知为准"

_ORIGINS = {
    Origin.FILE: "管理员导入的放假安排",
    Origin.PACKAGE: "依据国务院办公厅通知",
    Origin.COMPUTED: ESTIMATED,
}
_NOT_YET = "调休上班的日子要等通知公布，到时请再看一次。"
_NONE_WORKED = "没有调休上班的周末。"
_WEEKDAYS = "一二三四五六日"


def listing(year: Year) -> list[Block]:
    """What people read of a year: where its days come from, the holidays, the worked weekends."""
    head = (
        Piece(Style.DECISIVE, f"{year.number}年放假安排"),
        Piece(Style.PLAIN, f"（{_ORIGINS[year.origin]}）"),
    )
    holidays = tuple(Piece(Style.PLAIN, f"· {_holiday(year, each)}") for each in year.occasions)
    found = [head, holidays, (Piece(Style.PLAIN, _worked(year)),), tuple(_papers(year))]
    return [block for block in found if block]


def one_line(text: str) -> str:
    """A name as one line, without what would drive a screen."""
    return " ".join(clean(text).split())


def span(first: dt.date, last: dt.date, number: int) -> str:
    """6月19日（周五）至6月21日（周日），共3天; a year is named unless it is ``number``."""
    named = first.year != number or last.year != number
    if first == last:
        return f"{_day(first, named=named)}，共1天"
    count = (last - first).days + 1
    return f"{_day(first, named=named)}至{_day(last, named=named)}，共{count}天"


def _holiday(year: Year, occasion: Occasion) -> str:
    return f"{one_line(occasion.name)}：{span(occasion.first, occasion.last, year.number)}"


def _worked(year: Year) -> str:
    if year.origin is Origin.COMPUTED:
        return _NOT_YET
    if not year.worked:
        return _NONE_WORKED
    days = "、".join(_day(day, named=day.year != year.number) for day in year.worked)
    return f"上班（调休）：{days}"


def _papers(year: Year) -> Iterator[Piece]:
    for paper in filter(None, map(one_line, year.papers)):
        yield Piece(Style.PLAIN, f"通知：{paper}")


def _day(day: dt.date, *, named: bool) -> str:
    year = f"{day.year}年" if named else ""
    return f"{year}{day.month}月{day.day}日（周{_WEEKDAYS[day.weekday()]}）"
