"""A file → its documents, in this process: what the worker does, and what trusted files need."""

from __future__ import annotations

import hashlib
import logging
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from ingest.reading import limits
from ingest.reading.archive import BETWEEN, members
from ingest.reading.contents import Contents, Told
from ingest.reading.formats import read_contents, too_large
from ingest.reading.kinds import FileKind, recognise
from ingest.reading.results import FileRead, FileRefused, Outcome
from ingest.structure import parse
from knowledge.errors import UnreadableError
from knowledge.model import ParsedDocument

_LOG = logging.getLogger(__name__)

_SHOWN_DOUBTS = 5
_SHOWN_CHARACTERS = 30
_SURE = 0.9
"""Mean confidence of recognition below which all of a text wants checking."""

_LABELS = {FileKind.OLD_WORD: "Word"}
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f]")
_CHARSETS = ("utf-8", "gb18030")


@dataclass(frozen=True, slots=True)
class Part:
    """A file, or one of those in a zip; ``load`` may raise UnreadableError."""

    name: str
    load: Callable[[], bytes]


def read_document(path: Path) -> ParsedDocument:
    """Read one file in this process: for files that come with the program or are one's own.

    :raises UnreadableError: where it cannot be read; the message says what to do.
    """
    name = shown_name(path)
    return _document(_bytes(path, name), name, _quiet).parsed


def parts_of(path: Path) -> Iterator[Part]:
    """Yield what is to be read at ``path``: the file itself, or the files of a zip.

    :raises UnreadableError: where there is no telling.
    """
    name = shown_name(path)
    raw = _bytes(path, name)
    if not raw or recognise(raw, name) is not FileKind.ARCHIVE:
        yield Part(name, lambda: raw)
        return
    for index, member in enumerate(members(raw, name)):
        if index == limits.ARCHIVE_MEMBERS:
            # Those of zips within it show only as they are opened.
            yield Part(name, _too_many(name))
            return
        yield Part(member.name, member.load)


def _too_many(name: str) -> Callable[[], bytes]:
    def load() -> bytes:
        raise UnreadableError(
            f"「{name}」里的文件超过 {limits.ARCHIVE_MEMBERS} 个的上限，其余的没有读。"
            "请分成几个压缩包再导入。"
        )

    return load


def read_part(part: Part, told: Told) -> Outcome:
    """Read one part; whatever is wrong with it becomes a refusal.

    :raises MemoryError: where memory does not suffice.
    """
    try:
        return _document(part.load(), part.name, told)
    except UnreadableError as error:
        return FileRefused(part.name, str(error))
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001  # libraries raise all sorts of things over a damaged file
        _LOG.exception("%s cannot be read", part.name)
        return FileRefused(
            part.name,
            f"「{part.name}」读取时出错，可能已损坏或格式特殊。"
            "请用原来的软件打开检查，另存后再导入；还不行就另存为 PDF。",
        )


def shown_name(path: Path) -> str:
    """Return a file's name for people; one in GBK on a system of UTF-8 is read as such."""
    stored = os.fsencode(path.name)
    for encoding in _CHARSETS:
        try:
            return stored.decode(encoding)
        except UnicodeDecodeError:
            continue
    return stored.decode("utf-8", "replace")


def _bytes(path: Path, name: str) -> bytes:
    try:
        if path.exists() and not path.is_file():
            raise UnreadableError(f"「{name}」不是文件。请检查路径是否写对。")
        size = path.stat().st_size
        if size > limits.LARGEST_FILE:
            raise too_large(name, size, limits.LARGEST_FILE)
        return path.read_bytes()
    except OSError as error:
        raise UnreadableError(
            f"打不开「{name}」：{error.strerror or error}。请检查文件是否存在、有无读取权限。"
        ) from error


def _quiet(done: int, total: int) -> None:
    """Tell nobody."""


def _document(raw: bytes, name: str, told: Told) -> FileRead:
    kind, contents = read_contents(raw, name, told)
    parsed = parse(_sound(kind, contents), name=_stem(name), pages=contents.pages)
    warnings = (*parsed.warnings, *contents.warnings, *_doubtful(contents))
    return FileRead(
        name=name,
        sha256=hashlib.sha256(raw).hexdigest(),
        format=_label(kind, contents),
        parsed=replace(parsed, warnings=warnings),
        page_count=contents.page_count,
        confidence=contents.confidence,
        doubts=contents.doubts,
    )


def _sound(kind: FileKind, contents: Contents) -> str:
    """Text that can be stored and sent: no halves of characters, no control characters."""
    text = contents.text.encode("utf-8", "replace").decode()
    if kind is FileKind.TEXT:
        return text
    text = _UNPRINTABLE.sub("", text)
    # Only a text file states things of itself between rules of dashes at its head.
    return text if contents.pages or not text.startswith("---") else f"\n{text}"


def _stem(name: str) -> str:
    return PurePosixPath(name.rpartition(BETWEEN)[2]).stem


def _label(kind: FileKind, contents: Contents) -> str:
    if kind is FileKind.PDF and contents.confidence is not None:
        return "扫描件"
    return _LABELS.get(kind, kind.value)


def _doubtful(contents: Contents) -> Iterator[str]:
    """Say what recognition is not sure of, the worst lines first."""
    if contents.confidence is not None and contents.confidence < _SURE:
        yield f"文字是识别出来的，平均把握只有 {contents.confidence:.0%}，请对照原件逐条核对。"
    if contents.doubts:
        worst = sorted(contents.doubts, key=lambda doubt: doubt.confidence)[:_SHOWN_DOUBTS]
        listed = "、".join(
            (f"第{doubt.page}页" if doubt.page else "") + f"「{_short(doubt.text)}」"
            for doubt in worst
        )
        more = "等" if len(contents.doubts) > len(worst) else ""
        yield f"有 {len(contents.doubts)} 行识别把握不大，请核对：{listed}{more}。"


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= _SHOWN_CHARACTERS else f"{flat[:_SHOWN_CHARACTERS]}…"
