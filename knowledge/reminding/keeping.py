"""A reminder between its preview and its sending, as JSON: its words, and where each quote stands.

The texts themselves are not kept: when it is sent they are found again in the knowledge base
that is live then, so that what was repealed meanwhile is not sent.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from knowledge.errors import ReminderError
from knowledge.library import Library
from knowledge.marks import in_force
from knowledge.model import Citation, Clause, Document
from knowledge.naming import bracketed
from knowledge.reminding.model import Moment, RedLine, Reminder, Wording
from knowledge.standing import caveats, standing
from knowledge.verification import cite

Kept = Mapping[str, Any]

_BROKEN = "这份提醒草稿的记录不完整，不能发送。请重新生成。"


def to_json(reminder: Reminder) -> dict[str, Any]:
    """What ``from_json`` makes the same reminder of; only what JSON knows."""
    return {
        "title": reminder.title,
        "moment": reminder.moment.value,
        "opening": reminder.wording.opening,
        "watch": list(reminder.wording.watch),
        "red_lines": [
            {"words": line.words, "at": _place(line.citation)} for line in reminder.red_lines
        ],
        "case": [_place(each) for each in reminder.case],
        "measure": None if reminder.measure is None else _place(reminder.measure),
        "contact": reminder.contact,
        "notes": list(reminder.notes),
        "questions": list(reminder.questions),
        "dropped": list(reminder.dropped),
        "changed": list(reminder.changed),
    }


def from_json(kept: Kept, library: Library, day: dt.date) -> Reminder:
    """The reminder, its quotes found again in ``library``.

    :raises ReminderError: a quote no longer stands on ``day`` (see ``faults``), or the record
        is not whole.
    """
    if found := faults(kept, library, day):
        raise ReminderError(f"{''.join(found)}这条提醒没有发送，请重新生成并审阅。")
    try:
        return _read(kept, library, day)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ReminderError(_BROKEN) from error


def faults(kept: Kept, library: Library, day: dt.date) -> list[str]:
    """Why it must not be sent on ``day``, a Chinese sentence each; empty where it may.

    Every document cited is held, in force and begun by then, and its clause still holds
    the quote, character by character.
    """
    try:
        found = [_fault(place, library, day) for place in _places(kept)]
    except (KeyError, TypeError, AttributeError):
        return [_BROKEN]
    return list(dict.fromkeys(fault for fault in found if fault))


def _read(kept: Kept, library: Library, day: dt.date) -> Reminder:
    def citation(place: Kept) -> Citation:
        document = _document(place, library, day)
        clause = _clause(place, document, library) if document else None
        if document is None or clause is None:
            raise ReminderError(_BROKEN)
        return cite(document, clause, place["quote"])

    measure = kept["measure"]
    reminder = Reminder(
        title=kept["title"],
        wording=Wording(kept["opening"], tuple(kept["watch"])),
        red_lines=tuple(RedLine(line["words"], citation(line["at"])) for line in kept["red_lines"]),
        case=tuple(map(citation, kept["case"])),
        measure=None if measure is None else citation(measure),
        contact=kept["contact"],
        questions=tuple(kept["questions"]),
        dropped=tuple(kept["dropped"]),
        changed=tuple(kept["changed"]),
        moment=Moment(kept["moment"]),
    )
    return _noted(reminder, kept["notes"])


def _noted(reminder: Reminder, notes: Sequence[str]) -> Reminder:
    """With the notes that were kept, and those that a document has been given since."""
    added = [note for citation in reminder.citations for note in caveats(citation.document)]
    return replace(reminder, notes=tuple(dict.fromkeys([*notes, *added])))


def _place(citation: Citation) -> dict[str, Any]:
    return {
        "document": citation.document.title,
        "article": citation.clause.article,
        "path": list(citation.clause.path),
        "quote": citation.quote,
    }


def _places(kept: Kept) -> Iterator[Kept]:
    for line in kept["red_lines"]:
        yield line["at"]
    yield from kept["case"]
    if kept["measure"] is not None:
        yield kept["measure"]


def _fault(place: Kept, library: Library, day: dt.date) -> str:
    where = f"{bracketed(place['document'])}{place['article']}"
    document = _document(place, library, day)
    if document is None:
        return f"所引{where}已不在知识库里。"
    if not in_force(library, document, day):
        return f"所引{where}不能再引：{standing(library, document, day)}。"
    if _clause(place, document, library) is None:
        return f"所引{where}的文字已经改动，不再有引用的这一段。"
    return ""


def _document(place: Kept, library: Library, day: dt.date) -> Document | None:
    """The document of that title, the one in force before any other."""
    held = [each for each in library.documents.values() if each.title == place["document"]]
    return next((each for each in held if in_force(library, each, day)), held[0] if held else None)


def _clause(place: Kept, document: Document, library: Library) -> Clause | None:
    """The clause of that number, or under those headings, that holds the quote."""
    quote, article, path = place["quote"], place["article"], tuple(place["path"])
    if not quote.strip():
        return None
    for clause in library.clauses_of(document.id):
        same = clause.article == article if article else clause.path == path
        if same and quote in clause.text:
            return clause
    return None
