"""What a file is, told by its content and never by its name: suffixes lie."""

from __future__ import annotations

import io
import re
import struct
import zipfile
from collections.abc import Collection
from enum import StrEnum

from ingest.reading.decoding import decoded_loosely
from knowledge.errors import UnreadableError

HEAD = 64 * 1024
"""Bytes from the front that are enough to tell text from web pages and binaries."""


class FileKind(StrEnum):
    """A format that can be read; the value is its name for people."""

    TEXT = "文本"
    WEB = "网页"
    SHEET = "Excel"
    WORD = "Word"
    OLD_WORD = "旧版 Word"
    PDF = "PDF"
    PICTURE = "图片"
    ARCHIVE = "压缩包"


_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_PDF = re.compile(rb"%PDF-\d")
_PDF_WITHIN = 1024
_PICTURES = (b"\x89PNG\r\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"II*\0", b"MM\0*")
_OTHERS: tuple[tuple[bytes, int, str], ...] = (
    (b"Rar!\x1a\x07", 0, "是 RAR 压缩包。请解压后，或者改用 ZIP 压缩，再导入。"),
    (b"7z\xbc\xaf\x27\x1c", 0, "是 7z 压缩包。请解压后，或者改用 ZIP 压缩，再导入。"),
    (b"\x1f\x8b", 0, "是 GZ 压缩包。请解压后，或者改用 ZIP 压缩，再导入。"),
    (b"{\\rtf", 0, "是 RTF 文件，暂时读不了。请用 Word 打开，另存为 .docx 再导入。"),
    (b"\x7fELF", 0, "是程序，不是文件资料。请检查是否选错了文件。"),
    (b"MZ\x90\0", 0, "是程序，不是文件资料。请检查是否选错了文件。"),
    (b"SQLite format 3\0", 0, "是数据库，不是文件资料。请检查是否选错了文件。"),
    (b"%!PS", 0, "是 PostScript 文件，暂时读不了。请转成 PDF 再导入。"),
    (b"ftyp", 4, "是手机照片（HEIC）或视频，读不了。照片请转成 JPG 再导入。"),
)
_NOT_TEXT = (
    "不是文本文件，也不是能读的格式（可读：{readable}）。请用原来的软件另存为其中一种再导入。"
)
_BROKEN = "打不开：文件不完整或已损坏。请重新下载或复制一份，用原来的软件能打开后再导入。"
_PROTECTED = "有打开密码，读不了。请在 Office 里去掉密码，另存后再导入。"
_OLE_REFUSED = {
    "EncryptedPackage": _PROTECTED,
    "Workbook": "是旧版 Excel（.xls）文件。请用 Excel 或 WPS 打开，另存为 .xlsx 再导入。",
    "Book": "是旧版 Excel（.xls）文件。请用 Excel 或 WPS 打开，另存为 .xlsx 再导入。",
    "PowerPoint Document": "是旧版幻灯片（.ppt）。请用 PowerPoint 或 WPS 打开，导出为 PDF 再导入。",
    "__properties_version1.0": "是 Outlook 邮件（.msg）。请把其中的附件或正文另存后再导入。",
}
_ZIP_REFUSED = (
    (r"xl/workbook\.bin", "是二进制的 Excel（.xlsb）文件。请用 Excel 打开，另存为 .xlsx 再导入。"),
    (r"ppt/presentation\.xml", "是幻灯片（.pptx）。请用 PowerPoint 或 WPS 导出为 PDF 再导入。"),
    (r"OFD\.xml", "是 OFD 文件，暂时读不了。请用 OFD 阅读器导出或打印为 PDF 再导入。"),
    (r"META-INF/container\.xml", "是电子书（EPUB），暂时读不了。请转成 PDF 或文本再导入。"),
)
_ODF = re.compile(rb"application/vnd\.oasis\.opendocument\.(text)?")
_ODF_ADVICE = "是 OpenDocument（{form}）文件。请用 WPS 或 LibreOffice 另存为 {other} 再导入。"
_PAGE = re.compile(r"<(?:!doctype\s+html|html|head|body)(?=[\s>])", re.IGNORECASE)
_PART = re.compile(
    r"<(?:table|div|p|meta|title|article|section|span|style|h[1-6])(?=[\s>])", re.IGNORECASE
)
_TAG = re.compile(r"</?[a-z][^<>\n]*>", re.IGNORECASE)
_XML = re.compile(r"<(?:\?xml|[\w:]+\s+xmlns)")
_MAIL = re.compile(r"(?:From|MIME-Version|Received|Return-Path): .*(?:\r?\n[\w \t-].*){1,20}", re.I)
_ENTRY = 128
_STREAM, _STORAGE = 2, 1


def recognise(raw: bytes, name: str) -> FileKind:
    """Tell what ``raw`` is.

    :param name: only for the message.
    :raises UnreadableError: for a format that cannot be read, with what to do instead.
    """
    kind, refusal = _recognised(raw)
    if kind is None:
        raise UnreadableError(f"「{name}」{refusal}")
    return kind


def broken(name: str) -> UnreadableError:
    """Make the error for a file that is cut short or damaged."""
    return UnreadableError(f"「{name}」{_BROKEN}")


def _recognised(raw: bytes) -> tuple[FileKind | None, str]:
    if raw.startswith(_ZIP):
        return _of_zip(raw)
    if raw.startswith(_OLE[:4]):
        return _of_ole(raw)
    if _is_picture(raw):
        return FileKind.PICTURE, ""
    pdf = _PDF.search(raw[:_PDF_WITHIN])
    if pdf and (pdf.start() == 0 or b"endobj" in raw):
        return FileKind.PDF, ""
    known = (advice for magic, at, advice in _OTHERS if raw.startswith(magic, at))
    advice = next(known, None)
    return (None, advice) if advice is not None else _of_text(raw)


def _is_picture(raw: bytes) -> bool:
    return (
        raw.startswith(_PICTURES)
        or (raw[:4] == b"RIFF" and raw[8:12] == b"WEBP")
        # Two letters that a text may begin with, too.
        or (raw.startswith(b"BM") and b"\0" in raw[:HEAD])
    )


def _of_text(raw: bytes) -> tuple[FileKind | None, str]:
    head = decoded_loosely(raw[:HEAD])
    if "\0" in head:
        return None, _NOT_TEXT.format(readable=readable())
    if _MAIL.match(head) and "content-type:" in head.lower():
        return None, "是邮件或单个文件网页（.mht）。请用浏览器或 Word 打开，另存为 .docx 再导入。"
    tags = _from_first_tag(head)
    if tags.startswith("<"):
        if "w:wordDocument" in tags[:2000] or 'progid="Word.Document"' in head[:500]:
            return None, "是 Word 的 XML 文件。请用 Word 打开，另存为 .docx 再导入。"
        if "urn:schemas-microsoft-com:office:spreadsheet" in tags[:2000] and _XML.match(head):
            return None, "是 Excel 的 XML 文件。请用 Excel 打开，另存为 .xlsx 再导入。"
        if _PAGE.search(tags) or (_PART.match(tags) and _is_mostly_tagged(tags)):
            return FileKind.WEB, ""
    return FileKind.TEXT, ""


def _from_first_tag(head: str) -> str:
    """What follows an XML declaration and comments, as browsers save them before a page."""
    rest = head.lstrip("\ufeff \t\r\n")
    for opening, closing in (("<?xml", "?>"), ("<?mso", "?>"), ("<!--", "-->"), ("<!--", "-->")):
        end = rest.find(closing) if rest.startswith(opening) else -1
        if end >= 0:
            rest = rest[end + len(closing) :].lstrip()
    return rest


def _is_mostly_tagged(head: str) -> bool:
    """Tell a fragment of a web page from Markdown that only opens with a tag."""
    lines = [line for line in head.splitlines() if line.strip()]
    return sum(_TAG.search(line) is not None for line in lines) * 2 >= len(lines)


def _of_zip(raw: bytes) -> tuple[FileKind | None, str]:
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as opened:
            names = {info.filename.replace("\\", "/") for info in opened.infolist()}
    except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError, struct.error):
        return None, _BROKEN
    if match := _ODF.search(raw[:200]):
        form = "文字" if match[1] else "表格或幻灯片"
        other = ".docx" if match[1] else ".xlsx 或导出为 PDF"
        return None, _ODF_ADVICE.format(form=form, other=other)
    if _has(names, r"word/document\d*\.xml"):
        return FileKind.WORD, ""
    if _has(names, r"xl/workbook\d*\.xml"):
        return FileKind.SHEET, ""
    for part, advice in _ZIP_REFUSED:
        if _has(names, part):
            return None, advice
    return FileKind.ARCHIVE, ""


def _has(names: Collection[str], part: str) -> bool:
    return any(re.fullmatch(part, name, re.IGNORECASE) for name in names)


def _of_ole(raw: bytes) -> tuple[FileKind | None, str]:
    names = _ole_names(raw)
    if "EncryptedPackage" in names:
        return None, _PROTECTED
    # A document may hold sheets and slides as objects, so it is asked for first.
    if "WordDocument" in names:
        return FileKind.OLD_WORD, ""
    for name, advice in _OLE_REFUSED.items():
        if name in names:
            return None, advice
    return None, _BROKEN


def _ole_names(raw: bytes) -> set[str]:
    """Names of the streams of an OLE file ([MS-CFB] 2.6.1), found without following its chains.

    Directory entries lie at multiples of 128 bytes, so that files cut short can be told too.
    """
    names: set[str] = set()
    for at in range(512, len(raw) - _ENTRY + 1, _ENTRY):
        length = raw[at + 64] | raw[at + 65] << 8
        if raw[at + 66] in (_STREAM, _STORAGE) and 2 < length <= 64 and not length % 2:  # noqa: PLR2004  # [MS-CFB]: 32 UTF-16 characters
            name = raw[at : at + length - 2].decode("utf-16-le", "replace")
            names.add(name)
    return names


def readable() -> str:
    """Name the formats that can be read, for messages."""
    return (
        "Word（.docx、.doc）、PDF、Excel（.xlsx）、网页（.html）、文本（.txt、.md）、"
        "图片（.jpg、.png）、压缩包（.zip）"
    )
