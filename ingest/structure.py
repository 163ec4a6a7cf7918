"""A document's text → title, metadata, and its 编/章/节/条/款/项 as clauses. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from ingest.articles import Block, Outline, has_articles, outline
from ingest.assembly import assemble
from ingest.frontmatter import FrontMatter, split_front_matter
from ingest.lines import Line, clean_lines
from ingest.marks import article_mark, heading_mark, item_mark
from ingest.metadata import Said, guess_kind, read_metadata, read_title
from ingest.numbering import Found, warnings_about
from ingest.paragraphs import to_paragraphs
from ingest.sections import Draft, read_sections
from ingest.surroundings import end_of_text, is_apparatus, preamble
from knowledge.model import Document, Kind, ParsedDocument

AFTER_THE_TEXT = "正文之后"
"""The heading given to what follows the last article and is no part of it."""

_HEADER_LINES = 8
_CLOSING_ARTICLES = 3
_CLOSING_LINES = 4
_SIGNATURE_LINES = 3


def parse(text: str, *, name: str, pages: Sequence[int] = ()) -> ParsedDocument:
    """Read one document.

    :param name: its file's stem, used as the title of last resort.
    :param pages: the page of each line (see ``clean_lines``); text with pages has no front
        matter.
    :raises UnreadableError: where the front matter is malformed.
    """
    stated, body = (FrontMatter(), text) if pages else split_front_matter(text, name=name)
    lines = clean_lines(body, pages)
    title = stated.get("title", "") or read_title(lines, name)
    kind = stated.get("kind", None) or guess_kind(title)
    rest = _without_title(lines)
    # A case quotes articles of other documents; it has none of its own.
    if kind is not Kind.CASE and has_articles(rest):
        drafts, said, warnings = _read_articles(rest, title)
    else:
        drafts, said, warnings = _read_plain(rest, title)
    if kind is Kind.GUIDE:
        # A digest picks articles; what it passes over is no slip.
        warnings = []
    if "\ufffd" in text:
        warnings.append("文中有无法辨认的字符（�），请核对文件的编码。")
    if not drafts:
        warnings.append("没有读出正文，请检查文件内容。")
    return assemble(_document(title, kind, said, stated), drafts, warnings)


def _without_title(lines: Sequence[Line]) -> list[Line]:
    """Leave out the heading of the first level, which is the title."""
    first = next((index for index, line in enumerate(lines) if line.level == 1), None)
    return [line for index, line in enumerate(lines) if index != first]


def _document(title: str, kind: Kind, said: Said, stated: FrontMatter) -> Document:
    return Document(
        id="",
        title=title,
        kind=kind,
        issuer=stated.get("issuer", said.issuer),
        number=stated.get("number", said.number),
        issued=stated.get("issued", said.issued),
        effective=stated.get("effective", said.effective),
        supersedes=stated.get("supersedes", said.supersedes),
        superseded_by=stated.get("superseded_by", ""),
        superseded_on=stated.get("superseded_on", None),
        stands_in_for=stated.get("stands_in_for", ""),
        sample=stated.get("sample", False),
        source=stated.get("source", ""),
        caveat=stated.get("caveat", ""),
    )


def _read_articles(lines: Sequence[Line], title: str) -> tuple[list[Draft], Said, list[str]]:
    cut = outline(lines)
    tail, warnings = _split_tail(cut)
    said = read_metadata(cut.preamble, _closing(cut.blocks), tail[:_SIGNATURE_LINES], title)
    drafts = read_sections(preamble(cut.preamble, title))
    found: list[Found] = []
    for block in cut.blocks:
        if block.mark is None:
            drafts += read_sections(block.lines, within=block.path)
            continue
        mark = block.mark
        found.append(
            Found(mark.article, mark.number, mark.branch, mark.slip, empty=not block.lines)
        )
        if block.lines:
            drafts.append(Draft(mark.article, block.path, to_paragraphs(block.lines)))
    drafts += read_sections(tail, within=(AFTER_THE_TEXT,)) if tail else []
    drafts += read_sections(cut.annexes)
    return drafts, said, [*warnings_about(found), *warnings]


def _split_tail(cut: Outline) -> tuple[list[Line], list[str]]:
    """Take off the last article what is no part of it."""
    last = next((block for block in reversed(cut.blocks) if block.mark), None)
    if last is None or last.mark is None:
        return [], []
    end = end_of_text(last.lines)
    tail, last.lines = last.lines[end:], last.lines[:end]
    if not tail:
        return [], []
    return tail, [f"{last.mark.article}之后还有不属于条文的文字，已另列在“{AFTER_THE_TEXT}”。"]


def _closing(blocks: Sequence[Block]) -> list[Line]:
    articles = [block for block in blocks if block.mark]
    return [line for block in articles[-_CLOSING_ARTICLES:] for line in block.lines]


def _read_plain(lines: Sequence[Line], title: str) -> tuple[list[Draft], Said, list[str]]:
    first = next((index for index, line in enumerate(lines) if _begins_text(line)), len(lines))
    header = list(lines[: min(first, _HEADER_LINES)])
    said = read_metadata(header, lines[-_CLOSING_LINES:], lines[-_SIGNATURE_LINES:], title)
    kept = [line for line in header if not is_apparatus(line, title)] + list(lines[len(header) :])
    return read_sections([line for line in kept if not _is_label(line)]), said, []


def _begins_text(line: Line) -> bool:
    return bool(line.level or item_mark(line) or heading_mark(line) or article_mark(line))


def _is_label(line: Line) -> bool:
    """【发布部门】某机关: metadata printed as lines, no text."""
    return line.text.startswith("【") and "】" in line.text[2:10] and not line.text.endswith("】")
