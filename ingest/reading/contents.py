"""What a reader makes of a file: lines of text, the page of each, and what is doubtful.

Every format ends here; titles, articles and metadata are read from these lines
by ``ingest.structure``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

Told = Callable[[int, int], None]
"""Called with (pages or parts done, in all) by readers that take long: a sign of life."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """A line that recognition is not sure of: its page from 1, its confidence in [0, 1]."""

    page: int
    text: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Contents:
    r"""A file's text in the notation of ``ingest.lines``: a paragraph a line, # headings, | rows |.

    ``text`` is split at "\n" alone. ``pages`` is empty where the format has no fixed pages,
    else the page of each line, counted from 1. ``page_count`` is how many pages the file has,
    0 likewise. ``confidence`` is the mean over recognised characters, None where nothing was
    recognised but read. ``warnings`` are sentences for an admin.
    """

    text: str
    pages: tuple[int, ...] = ()
    page_count: int = 0
    confidence: float | None = None
    doubts: tuple[Doubt, ...] = ()
    warnings: tuple[str, ...] = ()


_MARKS = re.compile(r"^(?=[#>|])|(?<=\*)(?=\*)|(?<=_)(?=_)|(?=\\)")


def escaped(text: str) -> str:
    """One line of a file that knows no such marks, so that none is read into it."""
    return _MARKS.sub(r"\\", text)
