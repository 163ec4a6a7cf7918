"""A red line's ground → the article that bears it on a day, quoted and verified.

The words of the red line are written by hand; that the article still says so is checked here.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from knowledge.library import Library
from knowledge.marks import in_force
from knowledge.model import Citation, Clause, Document, Kind, Paragraph
from knowledge.naming import base_title, bracketed, plain_title
from knowledge.reminding.templates import Ground, Place
from knowledge.standing import standing
from knowledge.verification import cite

Find = Callable[[str, int], Sequence[Clause]]

# A 款 up to this many characters is quoted whole; of a longer one what holds the words.
WHOLE = 300
# What must be quoted for the sense to be whole may be this long.
MOST = 420
_FOUND = 10
# A title may have been replaced by another that was replaced in turn.
_STEPS = 3
# One sentence as it stands, up to its mark or the line's end.
SENTENCE = re.compile(r"[^。！？\n]+[。！？]?")


@dataclass(frozen=True, slots=True)
class Basis:
    """What bears a red line.

    ``told`` says for admins why it isn't the first place named, or why there is nothing;
    "" where the first place stands as it was written.
    """

    citation: Citation | None
    told: str = ""


def basis_of(ground: Ground, library: Library, day: dt.date, find: Find) -> Basis:
    """The first place that stands on ``day``, else where its words have gone, else the nearest.

    :param find: words and a number → at most so many clauses, the nearest first.
    """
    told: list[str] = []
    for place in ground.places:
        document = _governing(place.document, library, day, told)
        if document is None:
            continue
        clause = library.article(document.id, place.article)
        quote = clause and telling(clause, place.holds)
        if clause and quote:
            if not told and document.effective and document.effective > ground.written:
                told.append(_renewed(document, place))
            return _based(cite(document, clause, quote), told)
        moved = _moved(place, document, library)
        if moved is not None:
            told.append(f"{bracketed(document.title)}的这一规定不在{place.article}了")
            return _based(moved, told)
        told.append(_lost(document, place, clause))
    return _nearest(ground, library, day, find, told)


def telling(clause: Clause, holds: Sequence[str]) -> str | None:
    """The 款 that holds all these words, or the part of it that does; None where there is none.

    Whole sentences only, and of a list its lead with the items down to the last one meant:
    a deed without its sanction, or an item without its lead, says something else.
    """
    for paragraph in clause.paragraphs:
        text = paragraph.full_text
        if all(words in text for words in holds):
            short = len(text) <= WHOLE and not paragraph.items
            quote = text.strip() if short else _part(paragraph, holds)
            if quote and len(quote) <= MOST:
                return quote
    return None


def bears(document: Document) -> bool:
    """Whether an article of it may bear a red line: a rule, a law, or the digest of one."""
    if document.sample:
        return False
    digest = document.kind is Kind.GUIDE and bool(document.stands_in_for)
    return digest or document.kind in {Kind.RULE, Kind.LAW}


def _part(paragraph: Paragraph, holds: Sequence[str]) -> str | None:
    text = paragraph.full_text
    if paragraph.items:
        lines = text.split("\n")
        last = max(at for at, line in enumerate(lines) if any(words in line for words in holds))
        # The lead alone announces; it says nothing.
        return "\n".join(lines[: last + 1] if last else lines).strip()
    spans = [found.span() for found in SENTENCE.finditer(text)]
    holding = [(a, b) for a, b in spans if any(words in text[a:b] for words in holds)]
    # Words may run across a sentence's end; then there is no sentence that holds them.
    return text[holding[0][0] : holding[-1][1]].strip() if holding else None


def _governing(title: str, library: Library, day: dt.date, told: list[str]) -> Document | None:
    """The version in force on ``day`` of a title or of what has replaced it."""
    for _ in range(_STEPS):
        family = library.names.get(base_title(title)) or library.names.get(plain_title(title), "")
        document = library.governing(family, day)
        if document is None:
            told.append(f"{bracketed(title)}没有收录")
            return None
        if not bears(document):
            told.append(f"{bracketed(document.title)}不是可以引作依据的规定")
            return None
        if in_force(library, document, day):
            return document
        told.append(f"{bracketed(document.title)}{standing(library, document, day)}")
        if not document.superseded_by:
            return None
        title = document.superseded_by
    return None


def _moved(place: Place, document: Document, library: Library) -> Citation | None:
    """The one article of the same document that holds the words now."""
    holding = [
        (clause, quote)
        for clause in library.clauses_of(document.id)
        if clause.article and (quote := telling(clause, place.holds))
    ]
    return cite(document, *holding[0]) if len(holding) == 1 else None


def _nearest(ground: Ground, library: Library, day: dt.date, find: Find, told: list[str]) -> Basis:
    """What a search finds, if it is in force and holds the words of one of the places."""
    for found in find(ground.about, _FOUND):
        # The search may have moved on to the next generation meanwhile.
        clause = library.clauses.get(found.id)
        document = library.documents.get(clause.document_id) if clause else None
        if clause is None or document is None or not clause.article:
            continue
        if not bears(document) or not in_force(library, document, day):
            continue
        for place in ground.places:
            if quote := telling(clause, place.holds):
                return _based(cite(document, clause, quote), told)
    return Basis(None, "；".join(told))


def _based(citation: Citation, told: Sequence[str]) -> Basis:
    if not told:
        return Basis(citation)
    where = f"{bracketed(citation.document.title)}{citation.clause.article}"
    return Basis(citation, f"{'；'.join(told)}。现引{where}")


def _lost(document: Document, place: Place, clause: Clause | None) -> str:
    where = f"{bracketed(document.title)}{place.article}"
    if clause is None:
        return f"没有{where}"
    missing = next((words for words in place.holds if words not in clause.text), "")
    if missing:
        return f"{where}已不再写有“{missing}”"
    return f"{where}已改写，引不出完整的一款"


def _renewed(document: Document, place: Place) -> str:
    day = document.effective
    since = f"{day.year}年{day.month}月{day.day}日" if day else ""
    return f"{bracketed(document.title)}自{since}起施行新的文本，{place.article}仍有这一规定"
