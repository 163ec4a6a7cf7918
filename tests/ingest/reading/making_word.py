"""Word files for the tests: python-docx for the package, raw XML for what it has no words for."""

from __future__ import annotations

import atexit
import functools
import io
import os
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import docx
import pytest
from docx.oxml.parser import parse_xml
from docx.oxml.xmlchemy import BaseOxmlElement

from ingest.reading.contents import Contents
from ingest.reading.word.reader import read_word
from ingest.structure import parse

NAMESPACES = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
    'xmlns:v="urn:schemas-microsoft-com:vml" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
)
TRACKED = 'w:author="a" w:date="2024-01-01T00:00:00Z"'
"""The attributes of a tracked change."""

_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MAIN_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_SOFFICE_SECONDS = 60


def read(raw: bytes, name: str = "某规定.docx") -> Contents:
    """Read a .docx as an import does."""
    return read_word(raw, name, lambda done, of: None)


def lines(raw: bytes) -> list[str]:
    """The lines read from a .docx."""
    return read(raw).text.split("\n")


def clauses(text: str) -> list[tuple[str, tuple[str, ...], str]]:
    """Article, headings and words of each clause that a text is cut into."""
    return [(each.article, each.path, each.text) for each in parse(text, name="某规定").clauses]


def run(text: str, properties: str = "") -> str:
    """One run of text."""
    inner = f"<w:rPr>{properties}</w:rPr>" if properties else ""
    return f'<w:r>{inner}<w:t xml:space="preserve">{text}</w:t></w:r>'


def paragraph(content: str, properties: str = "") -> str:
    """One paragraph; ``content`` is text, or runs where it opens with a tag."""
    inner = content if content.startswith("<") or not content else run(content)
    return f"<w:p><w:pPr>{properties}</w:pPr>{inner}</w:p>"


def numbered(content: str, list_id: int, level: int = 0, properties: str = "") -> str:
    """One paragraph of a list."""
    place = f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{list_id}"/></w:numPr>'
    return paragraph(content, place + properties)


def level(index: int, style: str, text: str, more: str = "", *, suffix: str = "tab") -> str:
    """One level of a list's definition."""
    before, after = (more, "") if "pStyle" in more or "lvlRestart" in more else ("", more)
    return (
        f'<w:lvl w:ilvl="{index}"><w:start w:val="1"/><w:numFmt w:val="{style}"/>{before}'
        f'{after}<w:suff w:val="{suffix}"/><w:lvlText w:val="{text}"/></w:lvl>'
    )


def definition(key: int, *levels: str, more: str = "") -> str:
    """A w:abstractNum."""
    kind = "multilevel" if len(levels) > 1 else "singleLevel"
    return (
        f'<w:abstractNum w:abstractNumId="{key}"><w:multiLevelType w:val="{kind}"/>{more}'
        f"{''.join(levels)}</w:abstractNum>"
    )


def instance(list_id: int, key: int, more: str = "") -> str:
    """A w:num."""
    return f'<w:num w:numId="{list_id}"><w:abstractNumId w:val="{key}"/>{more}</w:num>'


def word(
    *body: str,
    lists: Sequence[str] = (),
    styles: Sequence[str] = (),
    footnotes: Sequence[str] = (),
) -> bytes:
    """A .docx as Word would write it, from the XML of its blocks.

    :param footnotes: their texts; the first has the id 2.
    """
    document = docx.Document()
    kept = document.element.body
    section = kept.sectPr
    for block in body:
        section.addprevious(_element(block))
    numbering = document.part.numbering_part.element
    for each in list(numbering):
        numbering.remove(each)
    for each in lists:
        numbering.append(_element(each))
    for each in styles:
        document.styles.element.append(_element(each))
    raw = io.BytesIO()
    document.save(raw)
    return _with_footnotes(raw.getvalue(), footnotes) if footnotes else raw.getvalue()


def typed(text: str) -> bytes:
    """A .docx with one plain paragraph a line."""
    document = docx.Document()
    for line in text.splitlines():
        document.add_paragraph(line)
    raw = io.BytesIO()
    document.save(raw)
    return raw.getvalue()


def changed(raw: bytes, change: Callable[[str, bytes], bytes | None]) -> bytes:
    """The same package with ``change(part, content)`` for each part; None leaves it out."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as source, zipfile.ZipFile(made, "w") as target:
        for name in source.namelist():
            content = change(name, source.read(name))
            if content is not None:
                target.writestr(name, content)
    return made.getvalue()


def _with_footnotes(raw: bytes, texts: Sequence[str]) -> bytes:
    notes = "".join(
        f'<w:footnote w:id="{index}"><w:p><w:r><w:footnoteRef/></w:r>{run(" " + text)}</w:p>'
        "</w:footnote>"
        for index, text in enumerate(texts, start=2)
    )
    separators = (
        '<w:footnote w:type="separator" w:id="0"><w:p><w:r><w:separator/></w:r></w:p></w:footnote>'
        '<w:footnote w:type="continuationSeparator" w:id="1"><w:p><w:r>'
        "<w:continuationSeparator/></w:r></w:p></w:footnote>"
    )
    part = f"<w:footnotes {NAMESPACES}>{separators}{notes}</w:footnotes>"

    def change(name: str, content: bytes) -> bytes:
        if name == "word/_rels/document.xml.rels":
            relation = (
                f'<Relationship Id="rIdNotes" Type="{_RELATION}/footnotes" '
                'Target="footnotes.xml"/></Relationships>'
            )
            return content.replace(b"</Relationships>", relation.encode())
        if name == "[Content_Types].xml":
            kind = _MAIN_TYPE.replace("document.main", "footnotes")
            override = f'<Override PartName="/word/footnotes.xml" ContentType="{kind}"/></Types>'
            return content.replace(b"</Types>", override.encode())
        return content

    made = io.BytesIO(changed(raw, change))
    with zipfile.ZipFile(made, "a") as package:
        package.writestr("word/footnotes.xml", part)
    return made.getvalue()


def _element(xml: str) -> BaseOxmlElement:
    tag, rest = xml.split(">", 1) if " " not in xml.split(">", 1)[0] else xml.split(" ", 1)
    joiner = ">" if tag + ">" + rest == xml else " "
    return parse_xml(f"{tag} {NAMESPACES}{joiner}{rest}")


def soffice() -> str:
    """LibreOffice's command; where it is missing the test is skipped, on CI it fails."""
    found = shutil.which("soffice")
    if found is None:
        if os.environ.get("CI"):
            pytest.fail("soffice is missing, and on CI nothing is skipped")
        pytest.skip("soffice is not installed")
    return found


@functools.cache
def _profile() -> str:
    """LibreOffice's settings, made once: its first start takes longest."""
    folder = tempfile.mkdtemp(prefix="lianwen-tests-soffice-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder).as_uri()


def converted(raw: bytes, suffix: str, to: str, folder: Path) -> bytes:
    """A file as LibreOffice converts it, ``to`` being a suffix or "suffix:filter"."""
    folder.mkdir(parents=True, exist_ok=True)
    source = folder / f"source{suffix}"
    source.write_bytes(raw)
    subprocess.run(
        [soffice(), f"-env:UserInstallation={_profile()}", "--headless", "--convert-to", to,
         "--outdir", str(folder / "out"), str(source)],
        check=True, capture_output=True, timeout=_SOFFICE_SECONDS,
    )  # fmt: skip
    return (folder / "out" / f"source.{to.partition(':')[0]}").read_bytes()
