"""One file that holds many, each with its size and SHA-256: a zip that trusts nothing in itself.

What belongs into a backup is left to ``knowledge.backup`` and ``knowledge.restoring``.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path, PurePosixPath
from typing import IO

from pydantic import TypeAdapter, ValidationError

from knowledge.errors import LianwenError
from knowledge.keys import keyed_hash

FORMAT = 1
MANIFEST = "manifest.json"
Advance = Callable[[int], None]
"""Called with how many bytes were read since the last time."""

_BLOCK = 1 << 20
_LARGEST_MANIFEST = 16 << 20
_PRIVATE = (stat.S_IFREG | 0o600) << 16
_ENCRYPTED = 0x1
_DAMAGED = "备份文件不完整或已被改动（{}）。什么都没有改动；请换一份完好的备份再试。"


class BackupError(LianwenError):
    """A backup cannot be made, or one is not what was made."""


@dataclass(frozen=True, slots=True)
class Member:
    """One file of the archive; ``size`` in bytes."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an archive says of itself.

    ``revision`` is that of the database's tables; ``live`` and ``model`` are the names of the live
    generation and of the embedding model that built it ("" before the first build). ``key_check``
    tells installation keys apart ("" where there was none), and ``seal`` is HMAC-SHA256 of all
    the rest under that key: whoever lacks the key can change nothing unseen by those who have it.
    """

    format: int
    program: str
    created_at: str
    revision: str
    live: str
    model: str
    members: tuple[Member, ...]
    key_check: str = ""
    seal: str = ""

    @property
    def size(self) -> int:
        """Bytes of all members together, unpacked."""
        return sum(member.size for member in self.members)

    def sealed(self, key: bytes | None) -> Manifest:
        """The same under the installation's key, if there is one."""
        if key is None:
            return replace(self, key_check="", seal="")
        marked = replace(self, key_check=_check(key), seal="")
        return replace(marked, seal=keyed_hash(key, "backup", _text(marked)))

    def is_of(self, key: bytes) -> bool:
        """Whether that key is the one it was sealed with.

        :raises BackupError: it is, but somebody without the key has changed the manifest.
        """
        if not hmac.compare_digest(self.key_check, _check(key)):
            return False
        if not hmac.compare_digest(self.seal, self.sealed(key).seal):
            raise BackupError(_DAMAGED.format("清单与密钥对不上"))
        return True


def _check(key: bytes) -> str:
    return keyed_hash(key, "backup", "which key")


def _text(manifest: Manifest) -> str:
    return json.dumps(asdict(manifest), ensure_ascii=False, sort_keys=True, indent=1)


class Writer:
    """Fills a new archive, a block at a time."""

    def __init__(self, file: IO[bytes], advance: Advance) -> None:
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1)
        self._advance = advance
        self.members: list[Member] = []

    def add(self, name: str, file: Path) -> None:
        """Put a file in.

        :raises FileNotFoundError: it is gone.
        """
        with file.open("rb") as source:
            self._write(name, source)

    def add_text(self, name: str, text: str) -> None:
        """Put a text in, as UTF-8."""
        data = text.encode()
        with self._zip.open(_private(name), "w") as target:
            target.write(data)
        self.members.append(Member(name, len(data), hashlib.sha256(data).hexdigest()))

    def close(self, manifest: Manifest) -> None:
        """End the archive with what it says of itself."""
        with self._zip.open(_private(MANIFEST), "w") as target:
            target.write(_text(manifest).encode())
        self._zip.close()

    def abandon(self) -> None:
        """Leave the archive unfinished: whoever made its file throws it away."""
        with suppress(OSError, ValueError):
            self._zip.close()

    def _write(self, name: str, source: IO[bytes]) -> None:
        digest, size = hashlib.sha256(), 0
        with self._zip.open(_private(name), "w", force_zip64=True) as target:
            while block := source.read(_BLOCK):
                target.write(block)
                digest.update(block)
                size += len(block)
                self._advance(len(block))
        self.members.append(Member(name, size, digest.hexdigest()))


def _private(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = _PRIVATE
    return info


class Reader:
    """An archive whose table of contents is as its manifest has it."""

    def __init__(self, file: IO[bytes]) -> None:
        """Open it.

        :raises BackupError: it is damaged, no backup at all, or from a newer program.
        """
        with _trusting_nothing():
            self._zip = zipfile.ZipFile(file)
            held = self._zip.infolist()
            names = [info.filename for info in held]
            if MANIFEST not in names:
                raise BackupError("这不是廉问的备份文件。请指定 lianwen backup 写出的文件。")
            if len(set(names)) != len(names) or not all(map(_is_plain, held)):
                raise BackupError(_DAMAGED.format("含有不该有的内容"))
            self.manifest = _manifest(self._zip)
            stated = {member.name: member.size for member in self.manifest.members}
            found = {info.filename: info.file_size for info in held if info.filename != MANIFEST}
            if stated != found or len(stated) != len(self.manifest.members):
                raise BackupError(_DAMAGED.format("内容与清单不符"))

    def extract(self, member: Member, file: Path, advance: Advance) -> None:
        """Write a member out, to the disk and checked.

        :raises BackupError: it is not what the manifest says.
        """
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as target:
            for block in self._checked(member):
                target.write(block)
                advance(len(block))
            target.flush()
            os.fsync(target.fileno())

    def verify(self) -> None:
        """Read every member through; raises as ``extract`` does."""
        for member in self.manifest.members:
            for _ in self._checked(member):
                pass

    def _checked(self, member: Member) -> Iterator[bytes]:
        digest, left = hashlib.sha256(), member.size
        with _trusting_nothing():
            source = self._zip.open(member.name)
        with source:
            # Never more than is announced, whatever it unpacks to.
            while left:
                with _trusting_nothing():
                    block = source.read(min(_BLOCK, left))
                if not block:
                    break
                left -= len(block)
                digest.update(block)
                yield block
            with _trusting_nothing():
                more = source.read(1)
        if left or more or digest.hexdigest() != member.sha256:
            raise BackupError(_DAMAGED.format(member.name))


def _is_plain(info: zipfile.ZipInfo) -> bool:
    """Whether it is a regular file under a name that stays where it is put."""
    path = PurePosixPath(info.filename)
    kind = stat.S_IFMT(info.external_attr >> 16)
    return (
        info.filename == info.orig_filename == str(path)
        and not path.is_absolute()
        and ".." not in path.parts
        and not any(char in '\\:*?"<>|' or char < " " for char in info.filename)
        and kind in {0, stat.S_IFREG}
        and not info.flag_bits & _ENCRYPTED
        and info.compress_type in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
    )


def _manifest(archive: zipfile.ZipFile) -> Manifest:
    with archive.open(MANIFEST) as source:
        text = source.read(_LARGEST_MANIFEST + 1)
    if len(text) > _LARGEST_MANIFEST:
        raise BackupError(_DAMAGED.format(MANIFEST))
    loaded = json.loads(text)
    written = loaded.get("format") if isinstance(loaded, dict) else None
    if isinstance(written, int) and written > FORMAT:
        raise BackupError("这份备份来自更新版本的廉问。请先把廉问升级到那个版本，再恢复。")
    return TypeAdapter(Manifest).validate_json(text)


@contextmanager
def _trusting_nothing() -> Iterator[None]:
    """Whatever reading a damaged zip may end in, as one sentence."""
    try:
        yield
    except (
        zipfile.BadZipFile,
        zlib.error,
        ValidationError,
        ValueError,
        EOFError,
        KeyError,
        NotImplementedError,
        RuntimeError,
        struct.error,
        OSError,
        OverflowError,
    ) as error:
        raise BackupError(_DAMAGED.format("读不出")) from error
