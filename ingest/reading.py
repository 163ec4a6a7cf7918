"""Files → documents: one reader a format behind one function, and the files of a folder."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from ingest.structure import parse
from knowledge.errors import UnreadableError
from knowledge.model import ParsedDocument

LARGEST = 20 * 1024 * 1024
"""Bytes; no rule is longer than this, so what is must be something else."""

_MAGIC = (
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"%PDF",
    b"PK\x03\x04",
    b"\xd0\xcf\x11\xe0",
    b"BM",
    b"{\\rtf",
    b"\x1f\x8b",
    b"\x7fELF",
)
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_UTF8 = b"\xef\xbb\xbf"
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f]")
_SKIPPED = re.compile(r"(?:readme|changelog|license|manifest)\b.*", re.IGNORECASE)


def read_document(path: Path) -> ParsedDocument:
    """Read one file.

    :raises UnreadableError: where it cannot be read; the message says what to do.
    """
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise UnreadableError(
            f"不能读取「{path.name}」：只支持 {supported()} 格式。请先另存为其中一种再导入。"
        )
    return parse(reader(path), name=path.stem)


def find_documents(paths: Sequence[Path]) -> list[Path]:
    """List the files to read: files as they are, folders with all below them, sorted.

    Hidden files and those about a folder (README, manifest) are left out of folders.

    :raises UnreadableError: for a path that does not exist, a file of another
        format, or a folder without a readable file.
    """
    found: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            below = sorted(_below(path))
            if not below:
                raise UnreadableError(
                    f"文件夹「{path}」里没有可以读取的文件（{supported()}）。请检查路径。"
                )
            found.update(dict.fromkeys(below))
        elif not path.exists():
            raise UnreadableError(f"找不到「{path}」。请检查路径是否写对。")
        elif path.suffix.lower() not in READERS:
            raise UnreadableError(
                f"不能读取「{path.name}」：只支持 {supported()} 格式。请先另存为其中一种再导入。"
            )
        else:
            found[path] = None
    return list(found)


def supported() -> str:
    """Name the formats that can be read, for messages."""
    return "、".join(READERS)


def _below(folder: Path) -> Iterator[Path]:
    """Yield readable files under ``folder``; a link back into it is not followed twice."""
    seen: set[Path] = set()
    for root, folders, names in os.walk(folder, followlinks=True):
        real = Path(root).resolve()
        if real in seen:
            folders.clear()
            continue
        seen.add(real)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in names:
            path = Path(root) / name
            hidden = name.startswith(".") or _SKIPPED.fullmatch(name) is not None
            if not hidden and path.suffix.lower() in READERS and path.is_file():
                yield path


def _read_text(path: Path) -> str:
    """Decode a text file; Chinese ones come in UTF-8, UTF-16 and GB18030."""
    raw = _bytes(path)
    if raw.startswith(_MAGIC) and _is_binary(raw):
        raise _binary(path)
    text = _decode(raw, path)
    if _CONTROL.search(text):
        raise _binary(path)
    if not text.strip().strip("\ufeff"):
        raise UnreadableError(f"「{path.name}」是空的。请检查文件，或者把它移出导入的范围。")
    return text


def _bytes(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if size > LARGEST:
            raise UnreadableError(
                f"「{path.name}」有 {size // 1024 // 1024} MB，超过 {LARGEST // 1024 // 1024} MB "
                "的上限。请拆分后再导入。"
            )
        return path.read_bytes()
    except OSError as error:
        raise UnreadableError(
            f"打不开「{path.name}」：{error.strerror or error}。请检查文件是否存在、有无读取权限。"
        ) from error


def _is_binary(raw: bytes) -> bool:
    """Tell bytes that no text file starts with, whatever its encoding."""
    return not raw.startswith(b"BM") or b"\0" in raw


def _binary(path: Path) -> UnreadableError:
    return UnreadableError(
        f"「{path.name}」不是文本文件（内容像图片、压缩包或办公文档）。"
        "请用原来的软件另存为 UTF-8 文本再导入。"
    )


def _decode(raw: bytes, path: Path) -> str:
    if raw.startswith(_UTF16):
        encodings = ["utf-16"]
    elif raw.startswith(_UTF8):
        encodings = ["utf-8-sig"]
    else:
        encodings = ["utf-8", "gb18030"]
    for encoding in encodings:
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UnreadableError(
        f"认不出「{path.name}」的文字编码。请用编辑器打开，另存为 UTF-8 编码后再导入。"
    )


READERS: dict[str, Callable[[Path], str]] = {
    ".md": _read_text,
    ".markdown": _read_text,
    ".txt": _read_text,
}
"""Suffix → what turns such a file into text. A new format is one entry here."""
