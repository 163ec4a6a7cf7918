"""Every document of a folder as Word and PDF, read again: are its articles the same?

    python -m benchmarks.round_trip [--corpus DIR] [--documents N] [--scans 3]

The reference is what is read from the Markdown file itself.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median

from benchmarks import machine, office
from benchmarks.corpus import NEARBY_CORPUS, require
from benchmarks.pages import RESULTS, table, write
from ingest.reading import FileRead, Readers
from knowledge.model import ParsedDocument
from tests.ingest.reading.making_pdf import pdf_of, scanned_pdf_of

HEAD = "制度汇编"
SHOWN = 12
Made = dict[str, Path]
"""A document's path in the corpus → the file made of it."""


@dataclass(frozen=True, slots=True)
class Miss:
    """A clause that did not come back as it was; ``words`` its beginning."""

    file: str
    article: str
    words: str


@dataclass(slots=True)
class Figures:
    """One format. Exactly: title, numbers, headings and words alike; else spaces apart."""

    format: str
    documents: int = 0
    same: int = 0
    same_but_spaces: int = 0
    titles: int = 0
    clauses: int = 0
    clauses_same: int = 0
    clauses_same_but_spaces: int = 0
    clauses_too_many: int = 0
    characters_right: float | None = None
    seconds_median: float = 0.0
    seconds_longest: float = 0.0
    unread: list[str] = field(default_factory=list)
    misses: list[Miss] = field(default_factory=list)


def measure(corpus: Path, work: Path, limit: int | None, scans: int) -> list[Figures]:
    """Make every format of every document, and read it back."""
    sources = {path.relative_to(corpus).as_posix(): path for path in sorted(corpus.rglob("*.md"))}
    sources = dict(list(sources.items())[:limit])
    found = []
    with Readers() as readers:
        expected = {name: _read(readers, path)[0] for name, path in sources.items()}
        for name in [name for name, parsed in expected.items() if parsed is None]:
            print(f"left out: {name}")
            del expected[name], sources[name]
        for label, made in _formats(sources, work, scans):
            print(f"{label}: {len(made)} files", flush=True)
            found.append(_compared(label, readers, made, expected))
    return found


def _formats(sources: Made, work: Path, scans: int) -> Iterator[tuple[str, Made]]:
    text = {name: office.printed(path) for name, path in sources.items()}

    def files(label: str, suffix: str, make: Callable[[str], bytes], names: list[str]) -> Made:
        made = {}
        for name in names:
            # The name may be all that tells a title, so it stays.
            path = work / label / Path(name).with_suffix(suffix)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(make(text[name]))
            made[name] = path
        return made

    every = list(text)
    word = files("typed", ".docx", office.typed_word, every)
    yield "Word, numbers typed", word
    yield "Word, numbered by Word", files("numbered", ".docx", office.numbered_word, every)
    old = _old(word, work / "old")
    if old:
        yield "Word 97–2003 (.doc)", old
    yield "PDF", files("one", ".pdf", lambda it: pdf_of(it, header=HEAD), every)
    yield "PDF, two columns", files("two", ".pdf", lambda it: pdf_of(it, columns=2), every)
    short = sorted(every, key=lambda name: len(text[name]))[:scans]
    if short:
        yield "PDF, scanned", files("scan", ".pdf", lambda it: scanned_pdf_of(it, noise=8), short)


def _old(word: Made, folder: Path) -> Made:
    made: Made = {}
    for parent in sorted({path.parent for path in word.values()}):
        own = {name: path for name, path in word.items() if path.parent == parent}
        target = folder / parent.name
        target.mkdir(parents=True)
        office.old_word(list(own.values()), target)
        made |= {name: target / f"{path.stem}.doc" for name, path in own.items()}
    return {name: path for name, path in made.items() if path.is_file()}


def _read(readers: Readers, path: Path) -> tuple[ParsedDocument | None, float]:
    start = time.perf_counter()
    outcomes = readers.read(path)
    seconds = time.perf_counter() - start
    (outcome,) = outcomes
    if isinstance(outcome, FileRead):
        return outcome.parsed, seconds
    print(outcome.reason)
    return None, seconds


def _compared(
    label: str, readers: Readers, made: Made, expected: dict[str, ParsedDocument | None]
) -> Figures:
    figures, times = Figures(label), []
    wrong = length = 0
    for name, path in made.items():
        before = expected[name]
        after, seconds = _read(readers, path)
        times.append(seconds)
        figures.documents += 1
        if before is None or after is None:
            figures.unread.append(name)
            continue
        _compare(figures, name, before, after)
        if "scanned" in label:
            one, other = _words(before), _words(after)
            wrong, length = wrong + distance(one, other), length + len(one)
    figures.characters_right = 1 - wrong / length if length else None
    figures.seconds_median, figures.seconds_longest = median(times), max(times)
    return figures


def _compare(figures: Figures, name: str, before: ParsedDocument, after: ParsedDocument) -> None:
    one, other = _clauses(before), _clauses(after)
    plain, other_plain = map(_compact, one), map(_compact, other)
    same_title = before.document.title == after.document.title
    figures.titles += same_title
    figures.same += same_title and one == other
    figures.same_but_spaces += same_title and list(plain) == list(other_plain)
    figures.clauses += len(one)
    figures.clauses_too_many += max(0, len(other) - len(one))
    exact, again = (Counter((a, words) for a, _, words in each) for each in (one, other))
    figures.clauses_same += (exact & again).total()
    exact, again = (
        Counter((a, words) for a, _, words in map(_compact, each)) for each in (one, other)
    )
    figures.clauses_same_but_spaces += (exact & again).total()
    figures.misses += [Miss(name, a, words[:40]) for a, words in (exact - again).elements()]


Compared = tuple[str, tuple[str, ...], str]


def _clauses(parsed: ParsedDocument) -> list[Compared]:
    return [(each.article, each.path, each.text) for each in parsed.clauses]


def _compact(clause: Compared) -> Compared:
    article, path, words = clause
    return article, tuple(map(_spaceless, path)), _spaceless(words)


def _words(parsed: ParsedDocument) -> str:
    return _spaceless("".join(f"{each.article}{each.text}" for each in parsed.clauses))


def _spaceless(text: str) -> str:
    return "".join(text.split())


def distance(one: str, other: str) -> int:
    """How many characters to change, add or leave out (Levenshtein 1966)."""
    row = list(range(len(other) + 1))
    for index, char in enumerate(one, 1):
        before, row[0] = row[0], index
        for column, theirs in enumerate(other, 1):
            before, row[column] = (
                row[column],
                min(row[column] + 1, row[column - 1] + 1, before + (char != theirs)),
            )
    return row[-1]


def page(found: list[Figures]) -> list[str]:
    """The tables and the first misses."""
    rows = [
        [
            each.format,
            f"{each.same} / {each.documents}",
            f"{each.same_but_spaces} / {each.documents}",
            f"{each.clauses_same} / {each.clauses}",
            f"{each.clauses_same_but_spaces} / {each.clauses}",
            each.clauses_too_many,
            each.characters_right and f"{each.characters_right:.2%}",
            each.seconds_median,
            each.seconds_longest,
        ]
        for each in found
    ]
    header = ("format", "documents the same", "spaces apart", "clauses the same", "spaces apart")
    header += ("too many", "characters right", "s a document", "longest")
    shown = [
        f"- {each.format}: {miss.file} {miss.article}「{miss.words}…」"
        for each in found
        for miss in each.misses[:SHOWN]
    ]
    return [
        "Each document is written in the format, read through `Readers` and compared with what is",
        "read from its Markdown file. *The same*: number and words to the last space and line",
        "break, for documents title and headings too; *spaces apart*: all white space left out.",
        "*Characters right*: 1 − edit distance ÷ length. All misses are in the JSON file.",
        "",
        *table(header, rows),
        *(f"- {each.format}: not read: {', '.join(each.unread)}" for each in found if each.unread),
        *(["", "## Misses, spaces apart, the first of each format", "", *shown] if shown else []),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--corpus", type=Path, default=NEARBY_CORPUS)
    parser.add_argument("--documents", type=int, help="only the first so many")
    parser.add_argument("--scans", type=int, default=3, help="how many, the shortest, as scans")
    parser.add_argument("--out", type=Path, default=RESULTS)
    given = parser.parse_args()
    require(parser, given, "corpus")
    load_before = machine.load()
    with tempfile.TemporaryDirectory(prefix="lianwen-trip-") as work:
        found = measure(given.corpus, Path(work), given.documents, given.scans)
    figures = {each.format: asdict(each) for each in found}
    described = machine.describe(load_before)
    write("round_trip", "Round trips", page(found), figures, described, given.out)


if __name__ == "__main__":
    main()
