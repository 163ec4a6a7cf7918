"""Old Word documents (.doc) → text: made into a .docx first, in pure Python.

LibreOffice would do the same where it is installed, but forgets that a level counts on
(w:lvlRestart 0), which is how 第X条 runs on over chapters; so it is only asked second.
"""

from __future__ import annotations

import logging
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from doc2docx import convert
from doc2docx.diagnostics import Diagnostic
from doc2docx.errors import EncryptedDocumentError

from ingest.reading.contents import Contents, Told
from ingest.reading.word.reader import OLE, read_word
from knowledge.errors import UnreadableError

_log = logging.getLogger(__name__)

_ZIP = b"PK\x03\x04"
_RTF = b"{\\rtf"
_STREAM = "WordDocument".encode("utf-16-le")
_SECONDS = 60
_NUMBERS_LOST = {
    "NUMBERING_TABLE_MALFORMED",
    "STYLE_TABLE_MALFORMED",
    "BROKEN_LISTNUM_FIELDS_FLATTENED",
}
_NUMBERED_AS_IN_WORD_95 = "0xC63E"
"""sprmPAnld: a list kept in the paragraph itself, which isn't converted."""
_TABLES_LOST = {"MALFORMED_TABLE_FLATTENED", "TABLE_DEPTH_LIMITED"}
_BOXES_LOST = {"MAIN_TEXTBOX_TABLE_MALFORMED", "OFFICEART_MALFORMED"}


def read_old_word(raw: bytes, name: str, told: Told) -> Contents:
    """Read a .doc, or what is called one and is a .docx.

    :param name: the file's, for messages.
    :raises UnreadableError: for an encrypted, empty or broken file, or one of another kind.
    """
    if raw.startswith(_ZIP):
        return read_word(raw, name, told)
    _refuse_foreign(raw, name)
    with tempfile.TemporaryDirectory(prefix="lianwen-doc-") as folder:
        source = Path(folder) / "source.doc"
        source.write_bytes(raw)
        converted, warnings = _converted(source, name)
    contents = read_word(converted, name, told)
    return replace(contents, warnings=(*contents.warnings, *warnings))


def _refuse_foreign(raw: bytes, name: str) -> None:
    if not raw.strip(b"\0 \r\n\t"):
        raise UnreadableError(f"「{name}」是空的。请检查文件，重新发送。")
    if raw.startswith(_RTF):
        raise UnreadableError(
            f"「{name}」其实是 RTF 文件。请用 Word 或 WPS 打开，另存为 .docx 再导入。"
        )
    if not raw.startswith(OLE) or _STREAM not in raw:
        raise UnreadableError(
            f"「{name}」不是 Word 97—2003 文档，或已损坏。"
            "请用 Word 或 WPS 打开，另存为 .docx 再导入。"
        )


def _converted(source: Path, name: str) -> tuple[bytes, tuple[str, ...]]:
    """Return the document as a .docx, and what an admin should check in it."""
    target = source.with_suffix(".docx")
    try:
        report = convert(source, target).report
    except EncryptedDocumentError as error:
        raise UnreadableError(
            f"「{name}」设有打开密码，无法读取。请在 Word 里取消密码，保存后再导入。"
        ) from error
    except Exception as error:
        _log.warning("cannot convert %s", name, exc_info=True)
        if (made := _by_libreoffice(source)) is not None:
            return made, (
                "这份 .doc 由备用方法读出，自动编号可能有误，请核对条文编号；"
                "另存为 .docx 再导入更可靠。",
            )
        raise UnreadableError(
            f"「{name}」已损坏或不完整，读不出内容。请用 Word 或 WPS 打开，另存为 .docx 再导入。"
        ) from error
    return target.read_bytes(), _doubts(report.diagnostics)


def _doubts(diagnostics: Iterable[Diagnostic]) -> tuple[str, ...]:
    codes: set[str] = set()
    properties: set[str] = set()
    for each in diagnostics:
        codes.add(each.code)
        properties.update(each.details.get("opcodes", ()))
    said = []
    if codes & _NUMBERS_LOST or _NUMBERED_AS_IN_WORD_95 in properties:
        said.append("这份 .doc 的自动编号没有读全，请核对条文编号；另存为 .docx 再导入更可靠。")
    if codes & _TABLES_LOST:
        said.append("这份 .doc 的表格没有读全，请核对原文；另存为 .docx 再导入更可靠。")
    if codes & _BOXES_LOST:
        said.append("这份 .doc 的文本框没有读全，请核对原文；另存为 .docx 再导入更可靠。")
    return tuple(said)


def _by_libreoffice(source: Path) -> bytes | None:
    """Return the document as LibreOffice converts it, None where it isn't there or fails."""
    command = shutil.which("soffice")
    if command is None:
        return None
    folder = source.parent / "libreoffice"
    profile = (source.parent / "profile").as_uri()
    arguments = [command, f"-env:UserInstallation={profile}", "--headless", "--convert-to", "docx"]
    try:
        # A session of its own: soffice starts others, which are to end with it.
        process = subprocess.Popen(  # noqa: S603 - a fixed command on a file of our own naming
            [*arguments, "--outdir", str(folder), str(source)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            process.wait(_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise
        return (folder / "source.docx").read_bytes()
    except (OSError, subprocess.SubprocessError):
        _log.warning("LibreOffice cannot convert the file either", exc_info=True)
        return None
