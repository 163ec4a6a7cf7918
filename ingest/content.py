"""What the project ships to know: the Markdown files in knowledge/content."""

from __future__ import annotations

from importlib.resources import as_file, files

from ingest.reading import find_documents, read_document
from knowledge.model import ParsedDocument


def shipped_documents() -> list[ParsedDocument]:
    """Every shipped document: measures, cases, requirements, digests."""
    with as_file(files("knowledge") / "content") as folder:
        return [read_document(path) for path in find_documents([folder])]
