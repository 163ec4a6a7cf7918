"""What an office would make of a text: Word files with typed or automatic numbers, .doc, PDF."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from html import escape
from itertools import groupby
from pathlib import Path

import docx

from ingest.frontmatter import split_front_matter
from ingest.lines import clean_lines
from knowledge.numerals import int_to_chinese
from tests.ingest.reading.making_word import definition, instance, level, numbered, paragraph, word

_ARTICLE = re.compile(r"第([一二三四五六七八九十百千零]+)条[\s　]*")
_CHAPTER = re.compile(r"第([一二三四五六七八九十百千零]+)章[\s　]*")
_SECTION = re.compile(r"第([一二三四五六七八九十百千零]+)节[\s　]*")
_ITEM = re.compile(r"（([一二三四五六七八九十百]+)）")
_STYLE = "chineseCountingThousand"
_TEXT, _HEADINGS = 1, 2
_LISTS = (
    definition(1, level(0, _STYLE, "第%1条"), level(1, _STYLE, "（%2）", suffix="nothing")),
    definition(2, level(0, _STYLE, "第%1章"), level(1, _STYLE, "第%2节")),
    instance(_TEXT, 1),
    instance(_HEADINGS, 2),
)
_MARKS = (
    (_ARTICLE, _TEXT, 0),
    (_ITEM, _TEXT, 1),
    (_CHAPTER, _HEADINGS, 0),
    (_SECTION, _HEADINGS, 1),
)


def printed(path: Path) -> str:
    """A Markdown file's text as a reader sees it printed: a paragraph a line, "# " the title."""
    body = split_front_matter(path.read_text(encoding="utf-8"), name=path.stem)[1]
    return "\n".join(
        f"# {line.text}" if line.level == 1 else line.text for line in clean_lines(body)
    )


def typed_word(text: str) -> bytes:
    """A .docx whose numbers are typed; rows between bars become a table."""
    document = docx.Document()
    for is_table, lines in groupby(text.splitlines(), lambda line: line.startswith("|")):
        if is_table:
            _add_table(document, [line.strip("|").split("|") for line in lines])
        else:
            for line in lines:
                style = "Title" if line.startswith("# ") else None
                document.add_paragraph(line.removeprefix("# "), style)
    raw = io.BytesIO()
    document.save(raw)
    return raw.getvalue()


def _add_table(document: docx.document.Document, rows: list[list[str]]) -> None:
    rows = [row for row in rows if any(cell.strip(" -:") for cell in row)]
    if not rows:
        return
    table = document.add_table(len(rows), max(map(len, rows)))
    for row, cells in zip(rows, table.rows, strict=True):
        for cell, target in zip(row, cells.cells, strict=False):
            target.text = cell.strip()


def numbered_word(text: str) -> bytes:
    """A .docx whose 条, 项, 章 and 节 are numbered by Word wherever it would count the same."""
    return word(*_paragraphs(text.splitlines()), lists=_LISTS)


def _paragraphs(lines: Sequence[str]) -> Iterator[str]:
    counted = {(_TEXT, 0): 0, (_TEXT, 1): 0, (_HEADINGS, 0): 0, (_HEADINGS, 1): 0}
    for line in lines:
        words = line.removeprefix("# ")
        for mark, list_id, depth in _MARKS:
            found = mark.match(words)
            if found and found[1] == int_to_chinese(counted[list_id, depth] + 1):
                counted[list_id, depth] += 1
                if depth == 0:
                    counted[list_id, 1] = 0
                yield numbered(escape(words[found.end() :], quote=False), list_id, depth)
                break
        else:
            yield paragraph(escape(words, quote=False))


def old_word(files: Sequence[Path], folder: Path) -> list[Path]:
    """.docx files as LibreOffice saves them in the old format; none where it is missing."""
    command = shutil.which("soffice")
    if command is None:
        return []
    with tempfile.TemporaryDirectory(prefix="lianwen-soffice-") as profile:
        subprocess.run(
            [command, f"-env:UserInstallation={Path(profile).as_uri()}", "--headless",
             "--convert-to", "doc", "--outdir", str(folder), *map(str, files)],
            check=True, capture_output=True,
        )  # fmt: skip
    return sorted(folder.glob("*.doc"))
