"""A .docx as the zip of XML parts it is: the parts found, parsed safely, in one namespace.

Read without python-docx, which refuses macro-enabled files, templates and what some
other programs write, though the text in them is the same.
"""

from __future__ import annotations

import io
import posixpath
import zipfile
from collections.abc import Iterator
from typing import TypeAlias

from lxml import etree

from knowledge.errors import UnreadableError

Element: TypeAlias = etree._Element
"""An XML element; lxml has no public name for it."""

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
"""The namespace of nearly everything in a document, as lxml writes it before a name."""
MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"

LARGEST_PART = 64 * 1024 * 1024
"""Bytes of XML once unpacked; a book has fewer, a zip bomb more."""

_MAIN = "word/document.xml"
_STRICT = b"http://purl.oclc.org/ooxml/"
_STRICT_TO_USUAL = (
    (
        b"http://purl.oclc.org/ooxml/wordprocessingml/main",
        b"http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    ),
    (
        b"http://purl.oclc.org/ooxml/officeDocument/",
        b"http://schemas.openxmlformats.org/officeDocument/2006/",
    ),
)


class Package:
    """One file's parts.

    :raises UnreadableError: where the zip is not one of a Word document.
    """

    def __init__(self, raw: bytes, name: str) -> None:
        self._zip = zipfile.ZipFile(io.BytesIO(raw))
        self._name = name
        # Some programs write backslashes, or other letters' cases than the relations say.
        self._members = {_normal(member): member for member in self._zip.namelist()}
        self._main = self._find_main()
        self._relations = self._read_relations(self._main)

    def document(self) -> Element:
        """Return the root of the main part.

        :raises UnreadableError: where it is no Word document's.
        """
        root = self._parse(self._main)
        if root.tag != f"{W}document":
            raise UnreadableError(
                f"「{self._name}」不是 Word 文档。请用 Word 或 WPS 另存为 .docx 再导入。"
            )
        return root

    def related(self, kind: str) -> Element | None:
        """Return the root of the part of one kind ("styles", "numbering", "footnotes"…)."""
        usual = f"{posixpath.dirname(self._main)}/{kind}.xml"
        for part in (self._relations.get(kind, ""), usual):
            if part and _normal(part) in self._members:
                return self._parse(part)
        return None

    def _find_main(self) -> str:
        target = self._read_relations("").get("officeDocument", _MAIN)
        for part in (target, _MAIN):
            if _normal(part) in self._members:
                return part
        raise UnreadableError(
            f"「{self._name}」里没有 Word 文档的正文。"
            "请用 Word 或 WPS 打开确认，另存为 .docx 再导入。"
        )

    def _read_relations(self, part: str) -> dict[str, str]:
        folder, base = posixpath.split(part)
        relations = posixpath.join(folder, "_rels", f"{base}.rels")
        if _normal(relations) not in self._members:
            return {}
        found: dict[str, str] = {}
        for relation in self._parse(relations):
            if not isinstance(relation.tag, str) or relation.get("TargetMode") == "External":
                continue
            kind = relation.get("Type", "").rpartition("/")[2]
            target = posixpath.normpath(posixpath.join("/", folder, relation.get("Target", "")))
            found.setdefault(kind, target.lstrip("/"))
        return found

    def _parse(self, part: str) -> Element:
        with self._zip.open(self._members[_normal(part)]) as stream:
            xml = stream.read(LARGEST_PART + 1)
        if len(xml) > LARGEST_PART:
            raise UnreadableError(
                f"「{self._name}」解压后超过 {LARGEST_PART // 1024 // 1024} MB。请拆分后再导入。"
            )
        return parsed(xml, self._name)


def parsed(xml: bytes, name: str) -> Element:
    """Parse one part; nothing is expanded or fetched, and strict namespaces become the usual.

    :raises UnreadableError: where it has a DTD, which no Office program writes.
    """
    if _STRICT in xml:
        for strict, usual in _STRICT_TO_USUAL:
            xml = xml.replace(strict, usual)
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    root = etree.fromstring(xml, parser)
    if root.getroottree().docinfo.doctype:
        raise UnreadableError(
            f"「{name}」的内容不合 Word 文档的格式（带有 DTD）。"
            "请用 Word 或 WPS 另存为 .docx 再导入。"
        )
    return root


def local(element: Element) -> str:
    """Return an element's name without its namespace; "" for comments and the like."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def child(element: Element | None, *path: str) -> Element | None:
    """Return the first descendant down a path of Word's own names."""
    for step in path:
        if element is None:
            return None
        element = element.find(f"{W}{step}")
    return element


def value(element: Element | None, attribute: str = "val") -> str:
    """Return one of Word's own attributes, "" where it or the element is missing."""
    return "" if element is None else str(element.get(f"{W}{attribute}") or "")


def number(element: Element | None, attribute: str = "val") -> int | None:
    """Return an attribute that is a whole number; None where it is none."""
    try:
        return int(value(element, attribute))
    except ValueError:
        return None


def switched(properties: Element | None, name: str) -> bool | None:
    """Say how a property that is on or off is set; None where it is not mentioned."""
    found = child(properties, name)
    return None if found is None else value(found) not in ("0", "false", "off")


def flattened(parent: Element, wrappers: frozenset[str]) -> Iterator[Element]:
    """Yield children, those of content controls and other wrappers in their place."""
    for each in parent:
        if local(each) == "sdt":
            content = child(each, "sdtContent")
            if content is not None:
                yield from flattened(content, wrappers)
        elif local(each) in wrappers:
            yield from flattened(each, wrappers)
        else:
            yield each


def _normal(part: str) -> str:
    return part.replace("\\", "/").lstrip("/").lower()
