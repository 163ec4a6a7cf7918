"""Word documents (.docx and its kin) → text, with the numbers that Word only draws."""

from __future__ import annotations

import logging

from ingest.reading.contents import Contents, Told
from ingest.reading.word.body import Body
from ingest.reading.word.changes import accept_changes
from ingest.reading.word.lines import to_lines
from ingest.reading.word.numbering import Numbering
from ingest.reading.word.package import Element, Package, W, value
from ingest.reading.word.styles import Styles
from ingest.reading.word.text import Met
from knowledge.errors import UnreadableError

_log = logging.getLogger(__name__)

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""How old Office files begin, and encrypted new ones."""
_ZIP = b"PK"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_NOTE_KINDS = {"footnote": "注", "endnote": "尾注"}


def read_word(raw: bytes, name: str, told: Told) -> Contents:
    """Read a .docx, .docm, .dotx or what WPS writes under these names.

    :param name: the file's, for messages.
    :raises UnreadableError: for an encrypted, empty or broken file, or one of another kind.
    """
    if raw.startswith(OLE) and _ENCRYPTED not in raw:
        # The old format under the new name. Late: old_word builds upon this module.
        from ingest.reading.word.old import read_old_word

        return read_old_word(raw, name, told)
    _refuse_foreign(raw, name)
    try:
        return _read(Package(raw, name), name)
    except UnreadableError:
        raise
    except Exception as error:
        _log.warning("cannot read %s as a Word document", name, exc_info=True)
        raise UnreadableError(
            f"「{name}」已损坏或不完整，读不出内容。请用 Word 或 WPS 打开，另存为 .docx 再导入。"
        ) from error


def _refuse_foreign(raw: bytes, name: str) -> None:
    if not raw.strip(b"\0 \r\n\t"):
        raise UnreadableError(f"「{name}」是空的。请检查文件，重新发送。")
    if raw.startswith(OLE):
        raise UnreadableError(
            f"「{name}」设有打开密码，无法读取。请在 Word 里取消密码（文件→信息→保护文档），"
            "保存后再导入。"
        )
    if not raw.startswith(_ZIP):
        raise UnreadableError(
            f"「{name}」不是 Word 文档，或已损坏。请用 Word 或 WPS 打开，另存为 .docx 再导入。"
        )


def _read(package: Package, name: str) -> Contents:
    document = package.document()
    accept_changes(document)
    styles = Styles(package.related("styles"))
    numbering = Numbering(package.related("numbering"), styles)
    body = Body(styles, numbering)
    story = document.find(f"{W}body")
    printed = [] if story is None else list(body.read(story))
    notes = _read_notes(package, body)
    lines = to_lines(printed, notes)
    if not any(line.strip("# |-") for line in lines):
        if body.met.pictures:
            raise UnreadableError(
                f"「{name}」里只有图片，没有文字。请把图片或由它转成的 PDF 发来，以便识别。"
            )
        raise UnreadableError(f"「{name}」里没有文字。请检查文件，重新发送。")
    return Contents("\n".join(lines), warnings=_warnings(body.met, numbering, len(notes)))


def _read_notes(package: Package, body: Body) -> list[str]:
    """Footnotes and endnotes in the order that the text refers to them, each a line."""
    referred = list(dict.fromkeys(body.notes))
    lines: list[str] = []
    for kind, prefix in _NOTE_KINDS.items():
        wanted = [note_id for note_kind, note_id in referred if note_kind == kind]
        root = package.related(f"{kind}s") if wanted else None
        if root is None:
            continue
        accept_changes(root)
        found = {value(note, "id"): note for note in root.iter(f"{W}{kind}")}
        for place, note_id in enumerate(wanted, start=1):
            if text := _read_note(found.get(note_id), body):
                lines.append(f"{prefix}{place}：{text}")
    return lines


def _read_note(note: Element | None, body: Body) -> str:
    if note is None:
        return ""
    parts = (" ".join(printed.cells) or printed.text for printed in body.read(note))
    return " ".join(part for part in parts if part)


def _warnings(met: Met, numbering: Numbering, notes: int) -> tuple[str, ...]:
    said = []
    if notes:
        said.append(f"文中有 {notes} 条脚注或尾注，已列在文末“注释”，不算作条文。")
    if numbering.unknown:
        formats = "、".join(sorted(numbering.unknown))
        said.append(f"有的自动编号用了少见的格式（{formats}），已写成阿拉伯数字，请核对编号。")
    if numbering.lost:
        said.append(
            f"有 {numbering.lost} 段的自动编号在文件里没有定义，没有读出，请核对条文编号；"
            "用 Word 打开另存后再导入可能更全。"
        )
    if met.number_fields:
        said.append(f"文中有 {met.number_fields} 处用域代码生成的编号没有读出，请核对编号。")
    if met.symbols:
        said.append(f"文中有 {met.symbols} 个特殊字体的符号没有读出，请核对原文。")
    if met.inserted_files:
        said.append("文中插入了别的文件，其内容没有读出。请把那些文件另行导入。")
    if met.pictures:
        said.append(f"文中有 {met.pictures} 处图片，图中的文字没有读出，请核对原文。")
    return tuple(said)
