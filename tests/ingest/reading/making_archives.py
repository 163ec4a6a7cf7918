"""Zips for tests, among them those that no tool would write."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping

_LOCAL = b"PK\x03\x04"
_CENTRAL = b"PK\x01\x02"


def zipped(files: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip with ``files``, name → content, in their order."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as opened:
        for name, content in files.items():
            opened.writestr(name, content)
    return buffer.getvalue()


def nested(levels: int, innermost: Mapping[str, bytes]) -> bytes:
    """A zip in a zip in a zip, ``levels`` of them in all."""
    raw = zipped(innermost)
    for level in range(levels - 1):
        raw = zipped({f"第{level}层.zip": raw})
    return raw


def stored_as(name: str, encoding: str, content: bytes) -> bytes:
    """A zip whose one name is in ``encoding``, without the flag that would say UTF-8."""
    stored = name.encode(encoding)
    placeholder = "x" * len(stored)
    raw = zipped({placeholder: content}, zipfile.ZIP_STORED)
    return raw.replace(placeholder.encode(), stored)


def locked(raw: bytes) -> bytes:
    """The same zip with every entry said to be encrypted."""
    return _in_headers(raw, 6, 8, lambda flags: flags | 1)


def packed_strangely(raw: bytes) -> bytes:
    """The same zip with a method of compression that nobody knows."""
    return _in_headers(raw, 8, 10, lambda _: 77)


def _in_headers(raw: bytes, local: int, central: int, change: Callable[[int], int]) -> bytes:
    """Change two bytes of every header, at these offsets in its two forms."""
    changed = bytearray(raw)
    for signature, offset in ((_LOCAL, local), (_CENTRAL, central)):
        at = raw.find(signature)
        while at >= 0:
            field = slice(at + offset, at + offset + 2)
            value = change(int.from_bytes(changed[field], "little"))
            changed[field] = value.to_bytes(2, "little")
            at = raw.find(signature, at + 4)
    return bytes(changed)
