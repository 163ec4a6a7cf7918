"""Bytes → text: which of the encodings in use for Chinese a file is in."""

from __future__ import annotations

import codecs
import re

from knowledge.errors import UnreadableError

CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f]")
"""Characters that no text holds."""

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_STRICT = ("utf-8", "gb18030")
_CHINESE = re.compile("[\u3400-\u9fff]")
_PRIVATE = re.compile("[\ue000-\uf8ff]")
_SELDOM = 200
_GUESSED_FROM = 64
"""Bytes; fewer explain themselves in any encoding, and a guess would be one of chance."""


def decoded(raw: bytes, name: str, stated: str = "") -> str:
    """Decode Chinese text, which comes in UTF-8, UTF-16, GB18030 and, rarely, Big5.

    :param stated: the encoding that the file itself names; it is tried before others.
    :raises UnreadableError: where no encoding explains every byte.
    """
    for mark, encoding in _BOMS:
        if raw.startswith(mark):
            attempts: tuple[str, ...] = (encoding,)
            break
    else:
        attempts = (*_known(stated), *_STRICT)
    for encoding in attempts:
        try:
            text = raw.decode(encoding)
        except UnicodeError:
            continue
        unlikely = encoding == "gb18030" and _is_private(text)
        return (_guessed(raw) if unlikely else None) or text
    guess = _guessed(raw) if len(attempts) > 1 else None
    if guess is None:
        raise UnreadableError(
            f"认不出「{name}」的文字编码。请用编辑器打开，另存为 UTF-8 编码后再导入。"
        )
    return guess


def decoded_loosely(raw: bytes) -> str:
    """Decode the head of a file, perhaps cut within a character, to look at its form."""
    for mark, encoding in _BOMS:
        if raw.startswith(mark):
            return raw.decode(encoding, "replace")
    for encoding in _STRICT:
        try:
            return codecs.getincrementaldecoder(encoding)().decode(raw)
        except UnicodeError:
            continue
    return raw.decode("latin-1")


def decoded_as_stated(raw: bytes, stated: str) -> str | None:
    """Decode as ``stated`` whatever is wrong with it; None for an encoding not in use."""
    known = _known(stated)
    return raw.decode(known[0], "replace") if known else None


def holds_chinese(raw: bytes) -> bool:
    """Tell whether ``raw``, the head of a file, reads as Chinese text."""
    text = decoded_loosely(raw)
    return CONTROL.search(text) is None and _CHINESE.search(text) is not None


def _known(stated: str) -> tuple[str, ...]:
    """Name the encoding for Python; GB2312 and GBK are what browsers read as GB18030."""
    try:
        name = codecs.lookup(stated).name if stated.isascii() else ""
    except (LookupError, ValueError):
        return ()
    if name in ("gb2312", "gbk", "hz"):
        return ("gb18030",)
    # Others named in a page (base64, rot13, idna) are no encodings of text.
    return (name,) if name in ("utf-8", "gb18030", "big5", "big5hkscs", "utf-16") else ()


def _is_private(text: str) -> bool:
    """Tell Big5 read as GB18030: its commas and stops fall among private characters."""
    return len(_PRIVATE.findall(text)) * _SELDOM > len(text)


def _guessed(raw: bytes) -> str | None:
    """Text that is neither UTF-8 nor GB18030 (Big5, or a few bytes of it damaged)."""
    if len(raw) < _GUESSED_FROM or b"\0" in raw:
        return None
    import charset_normalizer

    best = charset_normalizer.from_bytes(raw, cp_isolation=["big5", "big5hkscs"]).best()
    text = str(best) if best is not None else ""
    return text if _CHINESE.search(text) else None
