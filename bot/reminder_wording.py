"""Reminders in words, shared by the terminal and Telegram: one message each, whatever they cite.

What they say is left to ``knowledge.reminding``; the buttons below them to ``bot.telegram``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from bot.telegram.messages.rendering import pages
from bot.wording import Block, Piece, Style, article, clean, spot, title, whereabouts
from knowledge.errors import ReminderError
from knowledge.model import Citation
from knowledge.reminding.basis import SENTENCE
from knowledge.reminding.model import Moment, Reminder
from knowledge.reminding.templates import FEWEST
from knowledge.verification import cite

_WATCH = {
    Moment.BEFORE: "此时要留意",
    Moment.EVE: "再看一眼",
    Moment.BACK: "今天这样自查",
}
_LINES = {Moment.BEFORE: "红线", Moment.EVE: "红线", Moment.BACK: "规定是这样的"}
_CONTACT = {
    Moment.BEFORE: "向谁报告：{contact}。推不掉的礼品、饭局，先报告；拿不准的，先问再办。",
    Moment.EVE: "向谁报告：{contact}。推不掉的先报告，拿不准的先问。",
    Moment.BACK: "向谁报告：{contact}。要登记上交，或者有情况要说明，直接联系。",
}
_TOO_LONG = "这条提醒放不进一条消息。请缩短导语或者“此时要留意”的内容，再重新生成。"
# What is left of a case's quotes where the whole does not fit, in characters.
_CASE_CHARS = 120


def blocks_of(reminder: Reminder) -> list[Block]:
    """Lay a reminder out as the blocks of one message; every piece is cleaned.

    :raises ReminderError: its words are too long for one message even without all that may go.
    """
    return _laid_out(fitted(reminder))


def fitted(reminder: Reminder) -> Reminder:
    """The reminder, less what does not fit one message: first red lines down to three, then
    the later sentences of the case, then the case, then the measure.

    :raises ReminderError: as ``blocks_of``.
    """
    for shorter in _shortened(reminder):
        if len(pages(_laid_out(shorter))) == 1:
            return shorter
    raise ReminderError(_TOO_LONG)


def _shortened(reminder: Reminder) -> Iterator[Reminder]:
    yield reminder
    # Of the return check every provision is needed.
    while reminder.moment is not Moment.BACK and len(reminder.red_lines) > FEWEST:
        reminder = replace(reminder, red_lines=reminder.red_lines[:-1])
        yield reminder
    if reminder.case:
        reminder = replace(reminder, case=tuple(map(_opening_of, reminder.case)))
        yield reminder
        reminder = replace(reminder, case=())
        yield reminder
    if reminder.measure is not None:
        yield replace(reminder, measure=None)


def _opening_of(citation: Citation) -> Citation:
    """The same with its first sentences only, one at least."""
    quote = citation.quote
    ends = [found.end() for found in SENTENCE.finditer(quote)] or [len(quote)]
    end = max((end for end in ends if end <= _CASE_CHARS), default=ends[0])
    return cite(citation.document, citation.clause, quote[:end].strip() or quote)


def _laid_out(reminder: Reminder) -> list[Block]:
    blocks = [tuple(filter(_shown, map(_cleaned, block))) for block in _raw_blocks(reminder)]
    return [block for block in blocks if block]


def _raw_blocks(reminder: Reminder) -> Iterator[Sequence[Piece]]:
    moment, wording = reminder.moment, reminder.wording
    yield Piece(Style.DECISIVE, _line(reminder.title)), Piece(Style.PLAIN, wording.opening)
    watch = [Piece(Style.PLAIN, f"· {line}") for line in map(_line, wording.watch) if line]
    yield (Piece(Style.DECISIVE, _WATCH[moment]), *watch) if watch else ()
    for number, line in enumerate(reminder.red_lines, 1):
        # The heading stands with the first, so that no message ends in it.
        head = (Piece(Style.DECISIVE, _LINES[moment]),) if number == 1 else ()
        words = Piece(Style.PLAIN, f"{number}. {_line(line.words)}")
        where = Piece(Style.PLACE, f"依据：{_place(line.citation)}")
        yield (*head, words, where, _quote(line.citation))
    yield tuple(_case(reminder.case))
    if reminder.measure is not None:
        where = Piece(Style.PLACE, whereabouts(reminder.measure))
        yield Piece(Style.DECISIVE, "本单位措施"), where, _quote(reminder.measure)
    contact = _line(reminder.contact).rstrip("。")
    yield (Piece(Style.PLAIN, _CONTACT[moment].format(contact=contact)),) if contact else ()
    yield tuple(Piece(Style.PLAIN, f"※ {note}") for note in map(_line, reminder.notes) if note)


def _case(case: Sequence[Citation]) -> Iterator[Piece]:
    if not case:
        return
    document = case[0].document
    yield Piece(Style.DECISIVE, "警示案例")
    yield Piece(Style.PLACE, title(document))
    for citation in case:
        yield Piece(Style.PLAIN, f"{spot(citation)}：")
        yield _quote(citation)
    if source := _line(document.source):
        yield Piece(Style.PLAIN, f"来源：{source}")


def _place(citation: Citation) -> str:
    """《title》第三十四条第二款."""
    label = _line(article(citation))
    return f"{_line(title(citation.document))}{label}" if label else whereabouts(citation)


def _quote(citation: Citation) -> Piece:
    return Piece(Style.QUOTE, citation.quote)


def _cleaned(piece: Piece) -> Piece:
    return Piece(piece.style, clean(piece.text))


def _shown(piece: Piece) -> bool:
    return bool(piece.text)


def _line(text: str) -> str:
    return " ".join(clean(text).split())
