"""Versions of one document, for refreshes: the rules on sanctions with words changed."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

TITLE = "中国共产党纪律处分条例"
_ARTICLE = re.compile(r"第[一二三四五六七八九十百零]+条[\s　]")
_STOP = re.compile(r"[。：；]")


def text_of(corpus: Path) -> str:
    """The document that is changed, as it lies in the corpus."""
    found = [path for path in corpus.rglob("*.md") if path.stem == TITLE]
    if len(found) != 1:
        raise SystemExit(f"{corpus} holds no {TITLE}.md, which is the document changed here")
    return found[0].read_text(encoding="utf-8")


def copy_corpus(corpus: Path, to: Path, limit: int | None) -> list[Path]:
    """A copy of the corpus' Markdown, or of its first documents; the changed one among them."""
    paths = sorted(corpus.rglob("*.md"))
    chosen = [path for path in paths if path.stem == TITLE]
    chosen += [path for path in paths if path.stem != TITLE]
    for path in chosen[:limit]:
        target = to / path.relative_to(corpus)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    return chosen[:limit]


def mark_of(number: int) -> str:
    """The words by which a version is known."""
    return f"（以修改稿{number:04d}为准）"


def changed(text: str, number: int, articles: range | None = None) -> tuple[str, int]:
    """The text with a mark in every article, or in some (counted from 0); and in how many."""
    lines, at, done = text.splitlines(), -1, 0
    for index, line in enumerate(lines):
        if not _ARTICLE.match(line):
            continue
        at += 1
        if articles is None or at in articles:
            stop = _STOP.search(line)
            place = stop.start() if stop else len(line)
            lines[index] = line[:place] + mark_of(number) + line[place:]
            done += 1
    return "\n".join(lines) + "\n", done
