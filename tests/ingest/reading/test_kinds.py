"""What a file is, by its content."""

import pytest

from ingest.reading.kinds import FileKind, recognise
from knowledge.errors import UnreadableError
from tests.ingest.reading import making_sheets, making_web
from tests.ingest.reading.making_archives import zipped
from tests.ingest.reading.making_malformed import compound, picture
from tests.ingest.reading.making_word import typed

BANNER = (
    '<div align="center">\n\n# 办法\n\n第一条 洗杯。\n\n第二条 关水。\n\n第三条 关灯。'.encode()
)
SAVED = b"\xef\xbb\xbf\n<!-- saved from url=(0014)about:internet -->\n<HTML><BODY>x"


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        ("第一条 用后洗杯。".encode(), FileKind.TEXT),
        ("第一条 用后洗杯。".encode("gb18030"), FileKind.TEXT),
        ("第一条 用后洗杯。".encode("utf-16"), FileKind.TEXT),
        (b"BMW is no bitmap", FileKind.TEXT),
        ("说明：文件头 %PDF-1.7 表示 PDF。".encode(), FileKind.TEXT),
        ("a < b，而 <第一条> 不是标签。".encode(), FileKind.TEXT),
        (BANNER, FileKind.TEXT),
        (making_web.government_page(), FileKind.WEB),
        (making_web.government_page("gb2312"), FileKind.WEB),
        (making_web.table_layout_page(), FileKind.WEB),
        (making_web.saved_by_word(), FileKind.WEB),
        (SAVED, FileKind.WEB),
        ("<html><p>文</p></html>".encode("utf-16"), FileKind.WEB),
        (b'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"></html>', FileKind.WEB),
        ("<p>第一条</p>\n<p>第二条</p>".encode(), FileKind.WEB),
        (typed("第一条"), FileKind.WORD),
        (zipped({"[Content_Types].xml": b"", "word/document2.xml": b""}), FileKind.WORD),
        (making_sheets.allowances(), FileKind.SHEET),
        (zipped({"里面/word/document.xml": b""}), FileKind.ARCHIVE),
        (zipped({"甲.docx": typed("第一条")}), FileKind.ARCHIVE),
        (zipped({}), FileKind.ARCHIVE),
        (compound("WordDocument"), FileKind.OLD_WORD),
        (b"%PDF-1.4\n", FileKind.PDF),
        (b"\r\n" * 100 + b"%PDF-1.4\n1 0 obj\nendobj", FileKind.PDF),
        (picture(), FileKind.PICTURE),
        (b"\xff\xd8\xff\xe0", FileKind.PICTURE),
        (b"GIF89a", FileKind.PICTURE),
        (b"BM\x36\0\0\0", FileKind.PICTURE),
        (b"II*\0", FileKind.PICTURE),
        (b"RIFF\0\0\0\0WEBPVP8 ", FileKind.PICTURE),
    ],
)  # fmt: skip
def test_a_format_is_recognised(raw: bytes, kind: FileKind) -> None:
    assert recognise(raw, "文件") is kind


@pytest.mark.parametrize(
    ("raw", "advice"),
    [
        (compound("Workbook"), "另存为 .xlsx"),
        (compound("Book"), "另存为 .xlsx"),
        (compound("EncryptedPackage"), "去掉密码"),
        (compound("PowerPoint Document"), "导出为 PDF"),
        (compound("别的"), "损坏"),
        (zipped({"xl/workbook.bin": b""}), "另存为 .xlsx"),
        (zipped({"ppt/presentation.xml": b""}), "PDF"),
        (zipped({"OFD.xml": b""}), "OFD"),
        (
            zipped({"mimetype": b"application/vnd.oasis.opendocument.text"}, 0),
            "另存为 .docx",
        ),
        (typed("第一条")[:500], "不完整"),
        (b"Rar!\x1a\x07\x01\0", "ZIP"),
        (b"7z\xbc\xaf\x27\x1c", "ZIP"),
        (rb"{\rtf1\ansi", "另存为 .docx"),
        (b"\0\0\0\x18ftypheic", "JPG"),
        (b"\x7fELF\2\1", "程序"),
        (b"MIME-Version: 1.0\r\nContent-Type: multipart/related\r\n\r\nx", "另存为 .docx"),
        (b'<?xml version="1.0"?>\n<?mso-application progid="Word.Document"?>\n<w:a/>', ".docx"),
        ("文字\0文字".encode(), "不是文本文件"),
    ],
)
def test_what_cannot_be_read_is_refused_with_advice(raw: bytes, advice: str) -> None:
    with pytest.raises(UnreadableError, match=advice) as caught:
        recognise(raw, "某文件")
    assert str(caught.value).startswith("「某文件」")
    assert str(caught.value).endswith("。")
