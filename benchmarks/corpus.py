"""What both systems are given to read: a folder's Markdown, or what the project ships."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ingest.content import shipped_documents
from ingest.laws import default_laws
from ingest.reading import find_documents, read_document
from knowledge.errors import UnreadableError
from knowledge.model import ParsedDocument

ROOT = Path(__file__).resolve().parents[1]
# A folder of official texts and questions may stand beside the checkout.
NEARBY_CORPUS = ROOT.parent / "shared" / "corpus"
NEARBY_QUESTIONS = ROOT.parent / "shared" / "eval" / "dev.jsonl"


def require(parser: argparse.ArgumentParser, given: argparse.Namespace, *names: str) -> None:
    """End with the option to give where one of these paths, nearby or given, is not there.

    ``corpus`` is a folder, every other name a file.
    """
    for name in names:
        path: Path = getattr(given, name)
        if not (path.is_dir() if name == "corpus" else path.is_file()):
            kind = "folder" if name == "corpus" else "file"
            parser.error(f"no {kind} {path}; name one with --{name}")


@dataclass(frozen=True, slots=True)
class Corpus:
    """Files that both systems can read. ``parsed`` gives each one's articles, for judging."""

    name: str
    files: tuple[Path, ...]
    parsed: tuple[ParsedDocument, ...]

    @property
    def characters(self) -> int:
        """Characters of all files, as they lie on disk."""
        return sum(len(read_plainly(path)) for path in self.files)


def read_plainly(path: Path) -> str:
    """A file's text as LangChain's TextLoader gives it."""
    return path.read_text(encoding="utf-8", errors="replace")


def find_corpus(folder: Path | None, limit: int | None, spare: Path) -> Corpus:
    """The Markdown under ``folder``; without one, what ships, written to ``spare``."""
    name = "shipped knowledge" if folder is None else f"folder “{folder.resolve().name}”"
    found = find_documents([_write_shipped(spare) if folder is None else folder])
    markdown = [path for path in found if path.suffix.lower() == ".md"]
    readable = list(_readable(markdown[:limit]))
    if not readable:
        raise UnreadableError("no readable .md file in the corpus")
    files, parsed = zip(*readable, strict=True)
    return Corpus(name, files, parsed)


def _readable(paths: list[Path]) -> Iterator[tuple[Path, ParsedDocument]]:
    for path in paths:
        try:
            yield path, read_document(path)
        except UnreadableError as error:
            print(f"left out of both systems: {error}")


def _write_shipped(folder: Path) -> Path:
    """Shipped documents and the laws as files, since the plain recipe reads files only."""
    folder.mkdir(parents=True, exist_ok=True)
    for parsed in [*shipped_documents(), *default_laws()]:
        title = parsed.document.title
        (folder / f"{title}.md").write_text("\n\n".join(_lines(parsed)), encoding="utf-8")
    return folder


def _lines(parsed: ParsedDocument) -> Iterator[str]:
    yield f"# {parsed.document.title}"
    path: tuple[str, ...] = ()
    for clause in parsed.clauses:
        if clause.path != path:
            path = clause.path
            yield path[-1] if clause.article and path else f"## {path[-1] if path else ''}"
        text = clause.text.replace("\n", "\n\n")
        yield f"{clause.article} {text}" if clause.article else text
