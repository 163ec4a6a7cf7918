"""What another file of a year's days off changes, in words. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from bot.holiday_wording import one_line, span
from knowledge.holidays.model import Origin, Year


def changes(before: Year, after: Year) -> list[str]:
    """A line for each difference; empty where there is none."""
    return list(_changes(before, after))


def _changes(before: Year, after: Year) -> Iterator[str]:
    number = after.number
    held = {each.key: each for each in before.occasions}
    for each in after.occasions:
        name, days = one_line(each.name), span(each.first, each.last, number)
        known = held.pop(each.key, None)
        if known is None:
            yield f"{name}：新增，{days}"
        elif (known.first, known.last) != (each.first, each.last):
            yield f"{name}：原为{span(known.first, known.last, number)}，现为{days}"
    for each in held.values():
        yield f"{one_line(each.name)}：不再单独放假"
    if before.worked != after.worked and before.origin is not Origin.COMPUTED:
        yield "调休上班的日子有变"
