"""The files of a folder that may be documents, told by name, and by content where that says
nothing.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from ingest.reading.decoding import holds_chinese
from ingest.reading.kinds import HEAD, FileKind, readable, recognise
from knowledge.errors import UnreadableError

_READ = frozenset(
    str.split(
        ".md .markdown .txt .text .docx .docm .dotx .doc .dot .wps .pdf .xlsx .xlsm .html .htm "
        ".xhtml .shtml .png .jpg .jpeg .bmp .gif .tif .tiff .webp .zip"
    )
)
# Not read, but they look like documents to whoever put them there: refused with advice, not
# passed over in silence.
_ADVISED = frozenset(
    str.split(
        ".xls .xlsb .et .ppt .pptx .dps .rtf .ofd .odt .ods .odp .mht .mhtml .rar .7z .gz .tgz "
        ".heic .epub .msg .eml .caj"
    )
)
_IRRELEVANT = frozenset(
    str.split(
        ".json .jsonl .ndjson .csv .tsv .xml .xsd .xsl .yaml .yml .toml .ini .cfg .conf .env "
        ".lock .py .pyc .ipynb .js .mjs .ts .css .scss .sh .bat .cmd .ps1 .c .h .cpp .java .go "
        ".rs .sql .exe .dll .so .bin .msi .apk .iso .img .db .sqlite .sqlite3 .npy .npz .pkl "
        ".parquet .log .tmp .temp .bak .swp .part .crdownload .lnk .url .ico .svg .psd .ttf "
        ".otf .woff .woff2 .mp3 .wav .m4a .flac .mp4 .avi .mov .mkv .wmv .sum .sha256 .md5 .sig "
        ".asc"
    )
)
_ABOUT = re.compile(r"(?:readme|changelog|license|manifest|makefile)\b.*", re.IGNORECASE)
_SYSTEM = frozenset(("thumbs.db", "desktop.ini"))


def find_documents(paths: Sequence[Path]) -> list[Path]:
    """List the files to read: files as they are, folders with all below them, sorted.

    Hidden files, those about a folder (README, manifest) and those that are evidently no
    documents are left out of folders; a file given by itself never is.

    :raises UnreadableError: for a path that does not exist, or a folder without a file to read.
    """
    found: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            below = sorted(_below(path))
            if not below:
                raise UnreadableError(
                    f"文件夹「{path}」里没有可以读取的文件（{readable()}）。请检查路径。"
                )
            found.update(dict.fromkeys(below))
        elif not path.exists():
            raise UnreadableError(f"找不到「{path}」。请检查路径是否写对。")
        else:
            found[path] = None
    return list(found)


def is_wanted(name: str, head: bytes | None = None) -> bool:
    """Tell whether a file found in a folder or zip may be a document.

    :param head: its first bytes, asked where the suffix says nothing (「1.关于…的通知」 has one
        by accident); without them such a file is taken for a document.
    """
    if name.startswith((".", "~$")) or name.lower() in _SYSTEM or _ABOUT.fullmatch(name):
        return False
    suffix = Path(name).suffix.lower()
    if suffix in _IRRELEVANT:
        return False
    return suffix in _READ or suffix in _ADVISED or head is None or _is_document(head, name)


def _is_document(head: bytes, name: str) -> bool:
    try:
        kind = recognise(head, name)
    except UnreadableError:
        # Only the front of a zip is there, so it is taken for a damaged one.
        return head.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0"))
    return kind is not FileKind.TEXT or holds_chinese(head)


def _below(folder: Path) -> Iterator[Path]:
    """Yield wanted files under ``folder``; a link back into it is not followed twice."""
    seen: set[Path] = set()
    for root, folders, names in os.walk(folder, followlinks=True):
        real = Path(root).resolve()
        if real in seen:
            folders.clear()
            continue
        seen.add(real)
        folders[:] = sorted(
            name for name in folders if not name.startswith(".") and name != "__MACOSX"
        )
        for name in names:
            path = Path(root) / name
            if path.is_file() and is_wanted(name, _head(path)):
                yield path


def _head(path: Path) -> bytes | None:
    if path.suffix.lower() in _READ | _ADVISED | _IRRELEVANT:
        return None
    try:
        with path.open("rb") as opened:
            return opened.read(HEAD)
    except OSError:
        # Whoever reads it says so by name.
        return None
