"""What comes of reading a file, and the messages that carry it out of the worker.

All are frozen dataclasses that cross the pipe as JSON, checked on arrival: never as pickles,
for a worker that read a hostile file is not trusted.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Literal

from ingest.reading.contents import Doubt
from knowledge.model import ParsedDocument

LENGTH = struct.Struct(">I")
"""Stands before each message on the pipes: the bytes of the JSON that follows."""


@dataclass(frozen=True, slots=True)
class FileRead:
    """One document that came out of a file.

    ``name`` is as shown: 「甲.docx」, or 「资料.zip › 甲.docx」. ``sha256`` is of the bytes it
    was read from, ``format`` the format's name for people. ``page_count`` is 0 where there are
    no pages, ``confidence`` None where nothing had to be recognised (see ``Contents``).
    """

    name: str
    sha256: str
    format: str
    parsed: ParsedDocument
    page_count: int = 0
    confidence: float | None = None
    doubts: tuple[Doubt, ...] = ()


@dataclass(frozen=True, slots=True)
class FileRefused:
    """A file that was not read; ``reason`` is a whole sentence that says what to do."""

    name: str
    reason: str


Outcome = FileRead | FileRefused


@dataclass(frozen=True, slots=True)
class Request:
    """Read the file at ``path``, leaving out its first ``after`` parts (members of a zip)."""

    path: str
    after: int = 0


@dataclass(frozen=True, slots=True)
class Ready:
    """The worker is up."""

    kind: Literal["ready"] = "ready"


@dataclass(frozen=True, slots=True)
class Begun:
    """The part ``index``, counted from 0 through the whole file, is being read now."""

    index: int
    name: str
    kind: Literal["begun"] = "begun"


@dataclass(frozen=True, slots=True)
class Progress:
    """A sign of life, as of ``Told``."""

    done: int
    total: int
    kind: Literal["progress"] = "progress"


@dataclass(frozen=True, slots=True)
class Ended:
    """The part that was begun last is done with."""

    read: FileRead | None = None
    refused: FileRefused | None = None
    kind: Literal["ended"] = "ended"


@dataclass(frozen=True, slots=True)
class Finished:
    """Nothing more comes of this file; ``exhausted`` where the worker had better be replaced."""

    exhausted: bool = False
    kind: Literal["finished"] = "finished"


Reply = Ready | Begun | Progress | Ended | Finished
