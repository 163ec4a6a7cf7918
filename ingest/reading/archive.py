"""Zips: what is in one, and how much of it may be read. Nothing is ever extracted to disk."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ingest.reading import limits
from ingest.reading.finding import is_wanted
from ingest.reading.kinds import FileKind, broken, recognise
from knowledge.errors import UnreadableError

BETWEEN = " › "
"""Stands between a zip's name and that of a file in it."""

_ENCRYPTED = 0x1
_UTF8_NAME = 0x800
_FAULTS = (zipfile.BadZipFile, zlib.error, EOFError, ValueError, OSError, struct.error)


@dataclass(frozen=True, slots=True)
class Member:
    """One file of a zip under the name shown; ``load`` unpacks it into memory.

    ``load`` raises UnreadableError for what cannot be unpacked. A zip within a zip comes as
    its own members.
    """

    name: str
    load: Callable[[], bytes]


def members(raw: bytes, name: str, *, depth: int = limits.ARCHIVE_DEPTH) -> Iterator[Member]:
    """Yield the files of a zip in its order, hidden ones and those of no interest left out.

    :raises UnreadableError: where the zip is damaged, expands too far, or holds no such file.
    """
    check_expansion(raw, name)
    opened = _opened(raw, name)
    wanted = [info for info in opened.infolist() if _is_document(info)]
    if not wanted:
        raise UnreadableError(
            f"「{name}」里没有可以读取的文件。请检查压缩的内容，或者解压后直接导入其中的文件。"
        )
    if len(wanted) > limits.ARCHIVE_MEMBERS:
        raise UnreadableError(
            f"「{name}」里有 {len(wanted)} 个文件，超过 {limits.ARCHIVE_MEMBERS} 个的上限。"
            "请分成几个压缩包再导入。"
        )
    for info in wanted:
        yield from _members_of(opened, info, name, depth)


def check_expansion(raw: bytes, name: str) -> None:
    """Refuse a zip (an Office file is one) that expands far beyond any document.

    The sizes it states are enough: Python unpacks no more of an entry than that.

    :raises UnreadableError: where it does, or is damaged.
    """
    infos = _opened(raw, name).infolist()
    total = sum(info.file_size for info in infos)
    bomb = total > limits.RATIO_FROM and total > limits.RATIO * len(raw)
    if total > limits.EXPANDED or bomb or len(infos) > limits.ARCHIVE_ENTRIES:
        raise UnreadableError(
            f"「{name}」解开后有 {total // limits.MIB} MB、{len(infos)} 项，超过上限，没有读取。"
            "请只留下要导入的文件，分几次导入。"
        )


def _opened(raw: bytes, name: str) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(io.BytesIO(raw))
    except (*_FAULTS, NotImplementedError) as error:
        raise broken(name) from error


def _members_of(
    opened: zipfile.ZipFile, info: zipfile.ZipInfo, name: str, depth: int
) -> Iterator[Member]:
    shown = f"{name}{BETWEEN}{member_name(info)}"

    def load() -> bytes:
        return _unpacked(opened, info, shown)

    if not info.filename.lower().endswith(".zip"):
        yield Member(shown, load)
        return
    try:
        inner = load()
        if recognise(inner, shown) is not FileKind.ARCHIVE:
            yield Member(shown, lambda: inner)
        elif depth == 0:
            raise UnreadableError(
                f"「{shown}」在压缩包里又套了压缩包，层数太多。请先解压一层再导入。"
            )
        else:
            yield from members(inner, shown, depth=depth - 1)
    except UnreadableError as error:
        yield Member(shown, _refusing(error))


def _refusing(error: UnreadableError) -> Callable[[], bytes]:
    def load() -> bytes:
        raise error

    return load


def _unpacked(opened: zipfile.ZipFile, info: zipfile.ZipInfo, shown: str) -> bytes:
    if info.flag_bits & _ENCRYPTED:
        raise UnreadableError(f"「{shown}」加了密码，读不了。请用密码解压后再导入。")
    if info.file_size > limits.LARGEST_FILE:
        raise UnreadableError(
            f"「{shown}」有 {info.file_size // limits.MIB} MB，超过 "
            f"{limits.LARGEST_FILE // limits.MIB} MB 的上限。请拆分后再导入。"
        )
    try:
        return opened.read(info)
    except NotImplementedError as error:
        raise UnreadableError(
            f"「{shown}」的压缩方式读不了。请用系统自带的压缩功能重新压缩成 ZIP 再导入。"
        ) from error
    except (*_FAULTS, RuntimeError) as error:
        raise broken(shown) from error


def member_name(info: zipfile.ZipInfo) -> str:
    """Return an entry's path as it was meant.

    Windows writes names in GBK, macOS in UTF-8, often both without the flag that says so;
    Python then reads them as code page 437.
    """
    if info.flag_bits & _UTF8_NAME:
        return _tidy(info.filename)
    try:
        stored = info.filename.encode("cp437")
    except UnicodeEncodeError:
        return _tidy(info.filename)
    for encoding in ("utf-8", "gb18030"):
        try:
            return _tidy(stored.decode(encoding))
        except UnicodeDecodeError:
            continue
    return _tidy(info.filename)


def _tidy(name: str) -> str:
    printable = "".join(letter if letter.isprintable() else " " for letter in name)
    return printable.replace("\\", "/").strip(" /") or "未命名"


def _is_document(info: zipfile.ZipInfo) -> bool:
    if info.is_dir():
        return False
    parts = member_name(info).split("/")
    above = parts[:-1]
    if any(part == "__MACOSX" or (part.startswith(".") and part.strip(".")) for part in above):
        return False
    return is_wanted(parts[-1])
