"""What members are told of amended articles that their questions were answered from. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from zoneinfo import ZoneInfo

from bot.telegram.messages.buttons import button, keyboard
from bot.telegram.messages.rendering import pages
from bot.telegram.messages.screens import Screen, lines, titled
from bot.wording import Block, Piece, Style, clean, date
from knowledge.amending import Amendment, Announced
from knowledge.asked import AskedQuestion
from knowledge.library import Library
from knowledge.model import Document
from knowledge.naming import bracketed

MUTE = "amend-mute"

HEAD = "您问过的问题，当时依据的条文有变动，请以现行条文为准"
TAIL = "要重新确认的，把问题再发一次即可。"

# One message holds so much, each text trimmed to what is different.
QUESTIONS, CHANGES = 5, 5
LONGEST, AROUND = 160, 24
_QUESTION = 60

_SHANGHAI = ZoneInfo("Asia/Shanghai")

Touched = tuple[AskedQuestion, Sequence[Announced]]


def amended(touched: Sequence[Touched], library: Library | None) -> Screen:
    """One message for one member: their questions, and each change once.

    :param library: what is held now, to say since when a text applies.
    """
    shown: list[Announced] = []
    blocks: list[Block] = [titled(HEAD)]
    for question, announced in touched[:QUESTIONS]:
        blocks.append(lines(_opening(question, announced)))
        for each in announced:
            if each not in shown and len(shown) < CHANGES:
                shown.append(each)
                blocks.append(_change(each.amendment, library))
    rest = max(0, len(touched) - QUESTIONS)
    blocks.append(lines(f"您还有 {rest} 个问题也涉及这些改动。" if rest else "", TAIL))
    # The limits above leave room; were a title endless, its tail may go.
    return Screen(pages(blocks)[0], keyboard([button("以后不再通知", MUTE)]))


def side_by_side(before: str, after: str) -> tuple[str, str]:
    """Two wordings, trimmed around what is different; … stands for what both share."""
    if max(len(before), len(after)) <= LONGEST:
        return before, after
    same = next(
        (at for at, (one, other) in enumerate(zip(before, after, strict=False)) if one != other),
        min(len(before), len(after)),
    )
    start = max(0, same - AROUND)
    return _excerpt(before, start), _excerpt(after, start)


def _excerpt(text: str, start: int) -> str:
    shown = text[start : start + LONGEST]
    head, tail = "…" if start else "", "…" if start + LONGEST < len(text) else ""
    return f"{head}{shown}{tail}"


def _opening(question: AskedQuestion, announced: Sequence[Announced]) -> str:
    day = _day(question.at)
    where = "、".join(dict.fromkeys(_place(each.amendment) for each in announced))
    asked = _short(question.text)
    return f"您在{day}问过「{asked}」，当时依据{where}。"


def _change(change: Amendment, library: Library | None) -> Block:
    where = _place(change)
    if not change.after:
        by = f"由{clean(change.now)}取代，" if change.now else ""
        return (
            Piece(Style.PLAIN, f"{where}已不再适用，{by}没有对应的新条文。原文："),
            Piece(Style.QUOTE, _excerpt(clean(change.before), 0)),
        )
    now = clean(change.now)
    since = _since(change.now, library)
    if _compact(change.before) == _compact(change.after):
        return (Piece(Style.PLAIN, f"{where}现为{now}，文字未变{since}。"),)
    before, after = side_by_side(clean(change.before), clean(change.after))
    moved = "" if now == where else f"，现为{now}"
    return (
        Piece(Style.PLAIN, f"{where}已修订{moved}{since}。"),
        *_labelled(("原", before), ("现", after)),
    )


def _labelled(*texts: tuple[str, str]) -> Iterator[Piece]:
    for words, text in texts:
        yield Piece(Style.PLAIN, f"{words}：")
        yield Piece(Style.QUOTE, text)


def _place(change: Amendment) -> str:
    title, heading = bracketed(clean(change.document)), clean(change.heading)
    if change.article:
        return f"{title}{clean(change.article)}"
    return f"{title}· {heading}" if heading else title


def _since(now: str, library: Library | None) -> str:
    """From when the text applies that came in the place of another."""
    documents: Iterable[Document] = library.documents.values() if library else ()
    for each in documents:
        if each.in_force and each.effective and now.startswith(bracketed(each.title)):
            return f"，{date(each.effective)}起施行"
    return ""


def _day(at: dt.datetime) -> str:
    day = at.astimezone(_SHANGHAI).date()
    this_year = dt.datetime.now(_SHANGHAI).year
    return f"{day.month}月{day.day}日" if day.year == this_year else date(day)


def _short(text: str) -> str:
    text = " ".join(clean(text).split())
    return text if len(text) <= _QUESTION else f"{text[:_QUESTION]}…"


def _compact(text: str) -> str:
    return "".join(text.split())
