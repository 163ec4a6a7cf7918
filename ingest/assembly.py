"""Drafts → a document with content-addressed ids: the same content has the same id."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from ingest.sections import Draft
from knowledge.model import Clause, Document, ParsedDocument

_ID_LENGTH = 16


def assemble(
    document: Document, drafts: Sequence[Draft], warnings: Sequence[str] = ()
) -> ParsedDocument:
    """Give ``document`` and its clauses their ids; the id it came with is ignored."""
    identified = replace(document, id=_document_id(document, drafts))
    clauses = tuple(
        Clause(
            id=f"{identified.id}-{ordinal:04d}",
            document_id=identified.id,
            ordinal=ordinal,
            article=draft.article,
            path=draft.path,
            paragraphs=draft.paragraphs,
        )
        for ordinal, draft in enumerate(drafts, start=1)
    )
    return ParsedDocument(identified, clauses, tuple(warnings))


def restate(parsed: ParsedDocument, said: Mapping[str, Any]) -> ParsedDocument:
    """The same clauses, of a document of which something else is said.

    :param said: fields of ``Document`` with their new values.
    """
    drafts = [Draft(each.article, each.path, each.paragraphs) for each in parsed.clauses]
    return assemble(replace(parsed.document, **said), drafts, parsed.warnings)


def _document_id(document: Document, drafts: Sequence[Draft]) -> str:
    """Hash the title, every clause's place and words, and the metadata."""
    digest = hashlib.sha256()
    for field in fields(document):
        if field.name != "id":
            digest.update(f"{field.name}={getattr(document, field.name)!r}\n".encode())
    for draft in drafts:
        text = "\n".join(paragraph.full_text for paragraph in draft.paragraphs)
        digest.update(f"{draft.article}\t{'/'.join(draft.path)}\n{text}\n\n".encode())
    return digest.hexdigest()[:_ID_LENGTH]
