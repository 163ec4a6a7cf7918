"""An admin's own words for a reminder: read from what they wrote, held against what is in force.

Keeping them is left to the store, the message that they go into to ``composing``.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import replace

from knowledge.errors import ReminderError
from knowledge.library import Library
from knowledge.marks import in_force
from knowledge.model import Kind, Question
from knowledge.naming import bracketed
from knowledge.numerals import int_to_chinese
from knowledge.query import understand
from knowledge.reminding.model import Wording
from knowledge.resolving import Resolved, resolve
from knowledge.standing import standing

# 3.15 opens with a number, too, and is none of a list.
_MARK = re.compile(r"^(?:[·•・●▪*–—-]+|\d{1,2}[.、．)）](?!\d))\s*")
_RESTORE = re.compile(r"[「“\"]?恢复[」”\"]?[。.!！]?")


def asks_to_restore(text: str) -> bool:
    """Whether a reply asks for the template's words again."""
    return bool(_RESTORE.fullmatch(text.strip()))


def read_wording(text: str, present: Wording | None) -> Wording:
    """The first paragraph is the opening; what follows, a line each, is to be watched for.

    :param present: the words so far; where only an opening is written its other lines stay.
    :raises ReminderError: something is missing or too long; the message says what.
    """
    opening: list[str] = []
    watch: list[str] = []
    over = False
    for line in map(str.strip, text.strip().split("\n")):
        marked = bool(_MARK.match(line))
        if not line:
            over = over or bool(opening)
        elif marked or over:
            over = True
            watch.append(_MARK.sub("", line))
        else:
            opening.append(line)
    kept = tuple(line for line in watch if line)
    if not kept and present is not None:
        kept = present.watch
    wording = Wording("".join(opening), kept)
    if faults := wording.faults():
        raise ReminderError("".join(faults))
    return wording


def unfounded(wording: Wording, library: Library, day: dt.date) -> list[str]:
    """The places named that are not held or not in force on ``day``, a sentence each."""
    found = [
        fault
        for text in (wording.opening, *wording.watch)
        if any(map(str.isalnum, text))
        for fault in _faults(text, library, day)
    ]
    return list(dict.fromkeys(found))


def _faults(text: str, library: Library, day: dt.date) -> Iterator[str]:
    query = understand(Question(text), library.names)
    # 「第一条红线」 is no article. And a day that the words speak of is that of an event, not the
    # one whose rules are meant.
    named = tuple(each for each in query.references if each.family or each.unknown)
    query = replace(query, references=named, as_of=day)
    for resolved in resolve(query, library):
        if fault := _fault(resolved, library, day):
            yield fault


def _fault(resolved: Resolved, library: Library, day: dt.date) -> str:
    named, document = resolved.reference, resolved.document
    if named.unknown:
        return f"知识库里没有{bracketed(named.unknown)}。"
    if document is None:
        return f"知识库里没有{bracketed(named.family)}的这个版本。"
    title = bracketed(document.title)
    if not in_force(library, document, day):
        return f"{title}{standing(library, document, day)}。"
    if named.article and resolved.clause is None and not resolved.line:
        return f"{title}里没有{named.article}。"
    # A digest has other paragraphs than the text that it stands in for.
    clause = None if document.kind is Kind.GUIDE else resolved.clause
    if clause and named.paragraph and named.paragraph > len(clause.paragraphs):
        return f"{title}{named.article}没有第{int_to_chinese(named.paragraph)}款。"
    return ""
