"""Two hundred files that are damaged, hostile or not what they are called; always the same."""

from __future__ import annotations

import io
import random
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.ingest.reading import making_sheets, making_web
from tests.ingest.reading.making_archives import locked, nested, packed_strangely, zipped
from tests.ingest.reading.making_pdf import pdf_of
from tests.ingest.reading.making_word import changed, typed

TEXT = "茶水间管理办法\n第一条　为了管好茶水间，制定本办法。\n第二条　用后洗杯。\n"
COUNT = 200

_LAUGHS = (
    '<!DOCTYPE x [<!ENTITY a "哈哈哈哈哈哈哈哈哈哈">'
    + "".join(
        f'<!ENTITY {name} "{f"&{before};" * 10}">'
        for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    )
    + "]>"
)
_OUTSIDE = '<!DOCTYPE x [<!ENTITY i SYSTEM "file:///etc/passwd">]>'
_DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
_PARAGRAPH = "<w:body><w:p><w:r><w:t>&i;</w:t></w:r></w:p></w:body>"
_ROW = '<sheetData><row><c r="{}" t="str"><v>{}</v></c></row></sheetData>'
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@dataclass(frozen=True, slots=True)
class Malformed:
    """A file to be written under ``name``; ``way`` says what is wrong with it."""

    name: str
    raw: bytes
    way: str


def valid() -> dict[str, bytes]:
    """One sound file of each format that can be made here, by suffix."""
    return {
        "docx": typed(TEXT),
        "xlsx": making_sheets.allowances(),
        "pdf": pdf_of(TEXT),
        "png": picture(),
        "html": making_web.government_page(),
        "zip": zipped({"甲.txt": TEXT.encode(), "乙.docx": typed(TEXT)}),
        "txt": TEXT.encode(),
    }


def malformed(seed: int = 20240131) -> list[Malformed]:
    """``COUNT`` files: every trick below once, then sound files cut, damaged or misnamed."""
    chance = random.Random(seed)
    sound = valid()
    made = [Malformed(f"{way}.{suffix}", raw, way) for way, suffix, raw in _tricks(sound)]
    made += _misnamed(sound)
    ways: tuple[tuple[str, Callable[[bytes, random.Random], bytes]], ...] = (
        ("截断", _cut),
        ("损坏", _damaged),
        ("打乱", _shuffled),
    )
    # A picture that still opens is recognised, which takes seconds: a few are enough.
    often = [suffix for suffix in sound if suffix != "png"]
    number = 0
    while len(made) < COUNT:
        suffix = "png" if number % 20 == 0 else often[number % len(often)]
        way, change = ways[number // len(often) % len(ways)]
        if suffix == "pdf" and way == "损坏" and number > len(often):
            # The text of such a page is often lost, and what is seen of it recognised.
            way, change = ways[0]
        raw = change(sound[suffix], chance)
        made.append(Malformed(f"{way}{number}.{suffix}", raw, way))
        number += 1
    return made


def picture(width: int = 40, height: int = 30) -> bytes:
    """A white PNG; larger than its pixels where the two differ from the default."""
    rows = b"".join(b"\0" + b"\xff" * 40 for _ in range(30))
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in parts
    )


def _cut(raw: bytes, chance: random.Random) -> bytes:
    return raw[: chance.randrange(1, len(raw))]


def _damaged(raw: bytes, chance: random.Random) -> bytes:
    spoilt = bytearray(raw)
    for _ in range(chance.choice((1, 10, 100))):
        spoilt[chance.randrange(len(spoilt))] = chance.randrange(256)
    return bytes(spoilt)


def _shuffled(raw: bytes, chance: random.Random) -> bytes:
    """Keep the head, by which the format is told, and mix up the rest."""
    pieces = [raw[at : at + 64] for at in range(64, len(raw), 64)]
    chance.shuffle(pieces)
    return raw[:64] + b"".join(pieces)


def _misnamed(sound: dict[str, bytes]) -> Iterator[Malformed]:
    names = ("docx", "xlsx", "pdf", "jpg", "html", "zip", "md", "doc", "xls")
    for index, (suffix, raw) in enumerate(sound.items()):
        for shift in (1, 4):
            other = names[(index + shift) % len(names)]
            if suffix not in ("png", other):
                yield Malformed(f"名不副实{suffix}.{other}", raw, "名不副实")


def _tricks(sound: dict[str, bytes]) -> Iterator[tuple[str, str, bytes]]:
    yield from _texts()
    yield from _pages()
    yield from _archives(sound)
    yield from _offices(sound)
    yield from _others()


def _texts() -> Iterator[tuple[str, str, bytes]]:
    yield "空文件", "md", b""
    yield "只有空白", "txt", " \n\t\r\n　".encode()
    yield "只有标记", "txt", b"\xef\xbb\xbf"
    yield "全是零", "txt", bytes(5000)
    yield "夹着零", "md", TEXT.encode() + b"\0" + TEXT.encode()
    yield "半个字", "txt", TEXT.encode()[:-2]
    yield "单个代理", "txt", b"\xff\xfe\x00\xd8"
    yield "乱字节", "txt", random.Random(1).randbytes(3000)
    yield "一行很长", "txt", ("茶" * 300_000).encode()
    yield "括号很多", "md", ("（" * 50_000 + "\n" + "）" * 50_000).encode()
    yield "第一第一", "md", ("第一" * 50_000 + "条").encode()
    yield "空格很多", "md", (" " * 100_000 + "x\n" + "第一条" + " " * 100_000).encode()
    yield "星号很多", "md", ("*" * 50_000 + "_" * 50_000).encode()
    yield "书名号很多", "md", ("《" * 20_000 + "废止").encode()
    yield "行很多", "txt", ("一\n" * 20_000).encode()
    yield "条很多", "txt", "".join(f"第{n}条 用后洗杯。\n" for n in range(3000)).encode()
    yield "文首很深", "md", ("---\ntitle: " + "[" * 20_000 + "\n---\n" + TEXT).encode()
    laughs = "\n".join(
        f"{b}: &{b} [{', '.join(['*' + a] * 9)}]" for a, b in zip("abcdefg", "bcdefgh", strict=True)
    )
    yield "文首引用", "md", f"---\na: &a [茶]\n{laughs}\n---\n{TEXT}".encode()


def _pages() -> Iterator[tuple[str, str, bytes]]:
    yield "网页很深", "html", ("<html><body>" + "<div>" * 50_000 + TEXT).encode()
    yield "表格很深", "html", ("<html><body>" + "<table><tr><td>" * 2_000 + TEXT).encode()
    wide = "<tr><td colspan=99999 rowspan=99999>茶</td></tr>" * 300
    yield "跨格很多", "html", f"<html><table>{wide}</table></html>".encode()
    yield "不收尾", "html", ("<html><p>" + "<b><i><a href=x>茶" * 5_000).encode()
    yield "尖括号", "html", ("<html>" + "<" * 200_000).encode()
    yield "网页实体", "html", (_LAUGHS + "<html><p>&i;第一条 用后洗杯。</p></html>").encode()
    yield "空网页", "html", b"<html><head><title>x</title></head><body></body></html>"
    yield "只有脚本", "html", "<html><script>document.write('第一条')</script></html>".encode()
    yield "假编码", "html", b'<html><meta charset="rot13"><p>\xe8\x8c\xb6</p></html>'


def _archives(sound: dict[str, bytes]) -> Iterator[tuple[str, str, bytes]]:
    text = TEXT.encode()
    yield "压缩炸弹", "zip", zipped({"零.txt": bytes(30_000_000)})
    yield "谎报大小", "zip", _lying(zipped({"甲.txt": text}))
    yield "套了很多层", "zip", nested(40, {"甲.txt": text})
    yield "文件很多", "zip", zipped({f"{number}.txt": text for number in range(700)})
    yield "加密", "zip", locked(zipped({"甲.txt": text}))
    yield "怪压缩", "zip", packed_strangely(zipped({"甲.txt": text}))
    yield "空压缩包", "zip", zipped({})
    yield "往上跑", "zip", zipped({"../../etc/甲.txt": text, "/etc/乙.txt": text})
    yield "只有隐藏", "zip", zipped({"__MACOSX/._甲.txt": text, ".甲.txt": text})
    yield "里面坏了", "zip", zipped({"甲.docx": sound["docx"][:900], "乙.txt": text})
    yield "校验不对", "zip", zipped({"甲.txt": text}, zipfile.ZIP_STORED).replace(text, text[::-1])


def _offices(sound: dict[str, bytes]) -> Iterator[tuple[str, str, bytes]]:
    def with_part(suffix: str, part: str, content: bytes) -> bytes:
        return changed(sound[suffix], lambda name, old: content if name == part else old)

    word = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    sheet = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    for way, head in (("实体炸弹", _LAUGHS), ("外部实体", _OUTSIDE)):
        document = f"{_DECLARATION}{head}{_part('w:document', word, _PARAGRAPH)}"
        yield f"文档{way}", "docx", with_part("docx", "word/document.xml", document.encode())
        strings = f"{_DECLARATION}{head}{_part('sst', sheet, '<si><t>&i;</t></si>')}"
        yield f"表格{way}", "xlsx", with_part("xlsx", "xl/sharedStrings.xml", strings.encode())
        rows = f"{_DECLARATION}{head}{_part('worksheet', sheet, _ROW.format('A1', '&i;'))}"
        yield f"工作表{way}", "xlsx", with_part("xlsx", "xl/worksheets/sheet1.xml", rows.encode())
    deep = f'{_DECLARATION}<w:document xmlns:w="{word}"><w:body>' + "<w:tbl><w:tr><w:tc>" * 3_000
    yield "文档很深", "docx", with_part("docx", "word/document.xml", deep.encode())
    yield "文档是空的", "docx", with_part("docx", "word/document.xml", b"")
    yield "文档炸弹", "docx", with_part("docx", "word/document.xml", b" " * 30_000_000)
    yield "表格炸弹", "xlsx", with_part("xlsx", "xl/worksheets/sheet1.xml", b" " * 50_000_000)
    far = f"{_DECLARATION}{_part('worksheet', sheet, _ROW.format('XFD1048576', '茶'))}"
    yield "表格很远", "xlsx", with_part("xlsx", "xl/worksheets/sheet1.xml", far.encode())
    yield "工作簿是空的", "xlsx", with_part("xlsx", "xl/workbook.xml", b"<workbook/>")


def _part(root: str, namespace: str, inner: str) -> str:
    prefix = ":" + root.partition(":")[0] if ":" in root else ""
    return f'<{root} xmlns{prefix}="{namespace}">{inner}</{root}>'


def _others() -> Iterator[tuple[str, str, bytes]]:
    yield "图片炸弹", "png", picture(60_000, 60_000)
    yield "图片没有像素", "png", picture(0, 0)
    yield "只有头", "pdf", b"%PDF-1.7\n"
    yield "页面绕圈", "pdf", _looping_pdf()
    yield "只有头", "doc", _OLE + bytes(504)
    yield "旧文档", "doc", compound("WordDocument")
    yield "旧表格", "xls", compound("Workbook")
    yield "有密码", "docx", compound("EncryptedPackage")
    yield "富文本", "doc", rb"{\rtf1 \u33590? }"
    yield "别的压缩", "rar", b"Rar!\x1a\x07\x00" + bytes(100)
    yield "程序", "pdf", b"\x7fELF" + bytes(100)


def _lying(raw: bytes) -> bytes:
    """A zip whose directory says that its entry holds gigabytes."""
    at = raw.find(b"PK\x01\x02") + 24
    return raw[:at] + struct.pack("<I", 4_000_000_000) + raw[at + 4 :]


def _looping_pdf() -> bytes:
    buffer = io.BytesIO(b"%PDF-1.4\n")
    buffer.seek(0, io.SEEK_END)
    buffer.write(b"1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n")
    buffer.write(b"2 0 obj<</Type/Pages/Count 9/Kids[2 0 R 2 0 R]/Parent 2 0 R>>endobj\n")
    buffer.write(b"trailer<</Root 1 0 R>>\n%%EOF")
    return buffer.getvalue()


def compound(stream: str) -> bytes:
    """The start of an OLE file with one stream of this name, and nothing in it."""
    name = (stream + "\0").encode("utf-16-le")
    entry = name.ljust(64, b"\0") + struct.pack("<HBB", len(name), 2, 1) + bytes(60)
    root = "Root Entry\0".encode("utf-16-le")
    first = root.ljust(64, b"\0") + struct.pack("<HBB", len(root), 5, 1) + bytes(60)
    return _OLE + bytes(504) + first + entry + bytes(256)
