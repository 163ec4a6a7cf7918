"""The table of formats: which reader turns which kind of file into contents."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from ingest.reading import limits
from ingest.reading.archive import check_expansion
from ingest.reading.contents import Contents, Told
from ingest.reading.kinds import FileKind, recognise
from knowledge.errors import UnreadableError

Reader = Callable[[bytes, str, Told], Contents]
"""Called with a file's bytes, its name for messages, and what to call now and then."""

READERS: dict[FileKind, str] = {
    FileKind.TEXT: "ingest.reading.plain:read_plain",
    FileKind.WEB: "ingest.reading.web.reader:read_web",
    FileKind.SHEET: "ingest.reading.sheet.reader:read_sheet",
    FileKind.WORD: "ingest.reading.word.reader:read_word",
    FileKind.OLD_WORD: "ingest.reading.word.old:read_old_word",
    FileKind.PDF: "ingest.reading.pdf.reader:read_pdf",
    FileKind.PICTURE: "ingest.reading.pdf.scan:read_picture",
}
"""Kind → reader, by name, so that its libraries are loaded when the first such file comes."""

_OF_XML = frozenset((FileKind.WORD, FileKind.SHEET))
_OF_TEXT = frozenset((FileKind.TEXT, FileKind.WEB))


def read_contents(raw: bytes, name: str, told: Told) -> tuple[FileKind, Contents]:
    """Tell the format of ``raw`` and read it.

    :raises UnreadableError: where it cannot be read, zips included: those hold files of their own.
    """
    if not raw:
        raise UnreadableError(f"「{name}」是空的。请检查文件，或者把它移出导入的范围。")
    kind = recognise(raw, name)
    if kind is FileKind.ARCHIVE:
        raise UnreadableError(f"「{name}」是压缩包。请解压后导入其中的文件。")
    largest = limits.LARGEST_TEXT if kind in _OF_TEXT else limits.LARGEST_FILE
    if len(raw) > largest:
        raise too_large(name, len(raw), largest)
    if kind in _OF_XML:
        check_expansion(raw, name)
    contents = _reader(kind)(raw, name, told)
    if not contents.text.strip():
        raise UnreadableError(
            f"「{name}」里没有读出文字。请打开看看内容是不是空的，或者全是图片；"
            "图片请另存为 PDF 或 JPG 再导入。"
        )
    if len(contents.text) > limits.LONGEST_TEXT:
        raise UnreadableError(
            f"「{name}」有 {len(contents.text) // 10_000} 万字，超过 "
            f"{limits.LONGEST_TEXT // 10_000} 万字的上限。请拆分后再导入。"
        )
    return kind, contents


def too_large(name: str, size: int, largest: int) -> UnreadableError:
    """Make the error for a file of ``size`` bytes."""
    return UnreadableError(
        f"「{name}」有 {size // limits.MIB} MB，超过 {largest // limits.MIB} MB 的上限。"
        "请拆分后再导入。"
    )


def _reader(kind: FileKind) -> Reader:
    module, function = READERS[kind].split(":")
    reader: Reader = getattr(import_module(module), function)
    return reader
