"""Clauses → passages: what is embedded and ranked. Long articles are split at 款/项,
each piece with its title, headings and number, so that it can be understood alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cache

from langchain_text_splitters import RecursiveCharacterTextSplitter

from knowledge.model import Clause, Document, ParsedDocument, Passage

# A passage of this many characters is some 250 tokens: well inside e5's 512,
# and short enough that one conduct among many items still shows in its vector.
PASSAGE_CHARS = 320
_SENTENCE_ENDS = ["\n", "。", "；", "，", ""]


def passages_of(parsed: ParsedDocument) -> Iterator[Passage]:
    """Every passage of a document, in order."""
    for clause in parsed.clauses:
        header = heading(parsed.document, clause)
        for position, body in enumerate(_bodies(clause)):
            text = f"{header}\n{body}"
            yield Passage(
                id=f"{clause.id}#{position}",
                clause_id=clause.id,
                document_id=parsed.document.id,
                text=text,
                body=body,
                content_hash=hashlib.sha256(text.encode()).hexdigest(),
            )


def heading(document: Document, clause: Clause) -> str:
    """The context that opens a passage: title, headings, number."""
    return " ".join(part for part in (document.title, *clause.path, clause.article) if part)


def _bodies(clause: Clause) -> Iterator[str]:
    text = clause.text
    if len(text) <= PASSAGE_CHARS:
        yield text
        return
    gathered = ""
    for piece in _pieces(clause):
        if gathered and len(gathered) + len(piece) > PASSAGE_CHARS:
            yield gathered
            gathered = ""
        gathered = f"{gathered}\n{piece}" if gathered else piece
    if gathered:
        yield gathered


def _pieces(clause: Clause) -> Iterator[str]:
    """款 by 款; one that is too long, item by item with its lead before each run."""
    for paragraph in clause.paragraphs:
        if len(paragraph.full_text) <= PASSAGE_CHARS:
            yield paragraph.full_text
            continue
        lead = paragraph.text
        run = lead if len(lead) <= PASSAGE_CHARS else ""
        if not run:
            yield from _sentences(lead)
        for item in paragraph.items:
            if run and len(run) + len(item.text) > PASSAGE_CHARS:
                yield run
                # The lead says what the items are instances of: without it a
                # run of items reads as nothing in particular.
                run = lead[: PASSAGE_CHARS // 2]
            run = f"{run}\n{item.text}" if run else item.text
        if run and run != lead[: PASSAGE_CHARS // 2]:
            yield from _sentences(run)


def _sentences(text: str) -> list[str]:
    return [text] if len(text) <= PASSAGE_CHARS else _splitter().split_text(text)


@cache
def _splitter() -> RecursiveCharacterTextSplitter:
    return RecursiveCharacterTextSplitter(
        chunk_size=PASSAGE_CHARS,
        chunk_overlap=0,
        separators=_SENTENCE_ENDS,
        keep_separator="end",
    )
