"""An occasion → the reminder for it: a template's words, articles in force, a fitting case.

How it is kept until it is sent is left to ``keeping``, how it looks to ``bot``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Protocol

from knowledge.errors import ReminderError
from knowledge.holidays.model import Occasion
from knowledge.library import Library
from knowledge.model import Citation, Clause
from knowledge.naming import bracketed
from knowledge.reminding.basis import basis_of
from knowledge.reminding.choosing import fitting_case, fitting_measure
from knowledge.reminding.model import Moment, RedLine, Reminder, Wording
from knowledge.reminding.templates import (
    AFTER,
    FEWEST,
    Line,
    Template,
    filled,
    names_of,
    templates,
    templates_for,
)
from knowledge.standing import caveats

MOST_LINES = 5
# Of two holidays that fell together each has half of the lines.
_WATCH = 6
_WATCH_ON_THE_EVE = 3
_COMPUTED = "放假日期暂按农历推算，以国务院办公厅通知为准。"


class Shelf(Protocol):
    """What reminders are written from: the live knowledge base, and two ways to search it."""

    def library(self) -> Library:
        """Everything held."""
        ...

    def find(self, text: str, limit: int) -> Sequence[Clause]:
        """At most ``limit`` articles for a few words, the nearest first."""
        ...

    def cases_for(self, text: str) -> tuple[Citation, ...]:
        """Up to three cases that fit, best first: of each the deed, then the sanction."""
        ...


@dataclass(frozen=True, slots=True)
class _Grounded:
    """The red lines that stand, and what admins must be told of the others."""

    lines: tuple[RedLine, ...]
    dropped: tuple[str, ...]
    changed: tuple[str, ...]
    lacking: tuple[Line, ...]


def compose(
    shelf: Shelf,
    occasion: Occasion,
    moment: Moment,
    *,
    day: dt.date,
    contact: str,
    wording: Wording | None = None,
    recent_cases: Sequence[str] = (),
    following_case: str = "",
) -> Reminder:
    """Write the reminder of an occasion for one of its moments.

    :param day: the civil day on which it is sent: what is cited must be in force then.
    :param contact: whom to report to and ask.
    :param wording: an admin's words in place of the template's.
    :param recent_cases: titles of the cases that earlier reminders told of, the latest first;
        only the last few count (see ``telling_cases``).
    :param following_case: title of the case that the next reminder has been drafted with.
    :raises ReminderError: fewer than three red lines stand, or the article of the return check
        does not; or the words are empty or too long. The message says what to do.
    :raises LianwenError: as ``Shelf``.
    """
    library = shelf.library()
    chosen = templates_for(occasion)
    source = templates()[AFTER] if moment is Moment.BACK else chosen[0]
    wording = _accepted(wording or _wording(occasion, moment, chosen))
    most = FEWEST if moment is Moment.EVE else MOST_LINES
    lines = source.lines if moment is Moment.BACK else _lines(chosen, most)
    grounded = _grounded(lines, shelf, library, day, most)
    _check(grounded, occasion, moment)
    case: tuple[Citation, ...] = ()
    if moment is Moment.BEFORE:
        texts = [text for each in chosen for text in each.cases]
        find = shelf.cases_for
        case = fitting_case(find, texts, recent_cases, library, day, following_case)
    measure = None if moment is Moment.EVE else fitting_measure(library, source.measure, day)
    reminder = Reminder(
        title=_title(occasion, moment),
        wording=wording,
        red_lines=grounded.lines,
        case=case,
        measure=measure,
        contact=contact.strip(),
        questions=source.questions,
        dropped=grounded.dropped,
        changed=grounded.changed,
        moment=moment,
    )
    return replace(reminder, notes=_notes(reminder.citations, occasion))


def _wording(occasion: Occasion, moment: Moment, chosen: Sequence[Template]) -> Wording:
    """The templates' words; of two holidays that fell together the main one leads."""
    main, others = chosen[0], chosen[1:]
    given = {
        "name": " ".join(occasion.name.split()).removesuffix("期间"),
        "gifts": "、".join(dict.fromkeys("、".join(each.gifts for each in chosen).split("、"))),
        "period": "节日期间" if occasion.festivals else "这段时间",
    }
    if moment is Moment.BACK:
        after = templates()[AFTER]
        watch: Iterable[str] = after.watch
        opening = after.opening
    else:
        eve = moment is Moment.EVE
        opening = main.eve if eve and main.eve else main.opening
        opening += "".join(each.also for each in others)
        room = _WATCH_ON_THE_EVE if eve else _WATCH
        watch = _shared([each.watch for each in chosen], room)
    return Wording(filled(opening, given), tuple(filled(line, given) for line in watch))


def _shared(watches: Sequence[Sequence[str]], room: int) -> tuple[str, ...]:
    """The lines of the first, then of the others; each keeps its share of the room."""
    share = -(-room // len(watches))
    kept: list[str] = []
    for watch in watches:
        kept += [line for line in watch[:share] if line not in kept]
    return tuple(kept[:room])


def _lines(chosen: Sequence[Template], most: int) -> Iterable[Line]:
    """The main holiday's first, then the others', so that both are spoken of; then the rest."""
    main, others = chosen[0].lines, chosen[1:]
    share = most - most // 2 if others else len(main)
    return chain(main[:share], *(each.lines for each in others), main[share:])


def _accepted(wording: Wording) -> Wording:
    kept = Wording(
        wording.opening.strip(), tuple(line.strip() for line in wording.watch if line.strip())
    )
    if faults := kept.faults():
        raise ReminderError("".join(faults))
    return kept


def _grounded(
    lines: Iterable[Line], shelf: Shelf, library: Library, day: dt.date, most: int
) -> _Grounded:
    """The first ``most`` lines that stand, no article twice."""
    kept: dict[tuple[str, str], RedLine] = {}
    dropped: list[str] = []
    changed: list[str] = []
    lacking: list[Line] = []
    tried: set[str] = set()
    for line in lines:
        if len(kept) == most:
            break
        if line.ground.name in tried:
            continue
        tried.add(line.ground.name)
        basis = basis_of(line.ground, library, day, shelf.find)
        citation = basis.citation
        if citation is None:
            lacking.append(line)
            dropped.append(f"“{_short(line.words)}”没有列入：{basis.told}。")
            continue
        place = (citation.document.id, citation.clause.id)
        if place in kept:
            continue
        kept[place] = RedLine(line.words, citation)
        if basis.told:
            changed.append(f"“{_short(line.words)}”的依据有变：{basis.told}，请核对措辞。")
    return _Grounded(tuple(kept.values()), tuple(dropped), tuple(changed), tuple(lacking))


def _check(grounded: _Grounded, occasion: Occasion, moment: Moment) -> None:
    """:raises ReminderError: what stands is too little to go out with."""
    required = [line for line in grounded.lacking if line.required]
    if not required and (moment is Moment.BACK or len(grounded.lines) >= FEWEST):
        return
    wanted = "、".join(map(bracketed, names_of(required or grounded.lacking)))
    what = "缺少必须引用的条款" if required else f"只有{len(grounded.lines)}条红线有现行依据"
    raise ReminderError(
        f"“{occasion.name}”的{moment.words}提醒{what}，没有生成。{''.join(grounded.dropped)}"
        f"请先导入现行有效的{wanted or '相关规定'}，再重新生成。"
    )


def _notes(citations: Sequence[Citation], occasion: Occasion) -> tuple[str, ...]:
    """What readers must be told: that the days are computed, and of samples and digests."""
    notes = [note for citation in citations for note in caveats(citation.document)]
    if occasion.festivals and not occasion.official:
        notes.insert(0, _COMPUTED)
    return tuple(dict.fromkeys(notes))


def _title(occasion: Occasion, moment: Moment) -> str:
    name = " ".join(occasion.name.split())
    if moment is Moment.EVE:
        # Where it is late it is read on the first day off.
        return f"{name}假期廉洁提醒"
    if moment is Moment.BACK:
        return f"{name}后廉洁回看"
    first, last = (f"{day.month}月{day.day}日" for day in (occasion.first, occasion.last))
    if occasion.first == occasion.last:
        days = first
    elif occasion.first.month == occasion.last.month:
        days = f"{first}至{occasion.last.day}日"
    else:
        days = f"{first}至{last}"
    computed = bool(occasion.festivals) and not occasion.official
    return f"{name}廉洁提醒（{'暂定' if computed else ''}{days}）"


def _short(words: str) -> str:
    return words.rstrip("。")
