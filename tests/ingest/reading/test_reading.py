"""The door: files of any format → documents, and the files of a folder."""

import contextlib
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.reading import Doubt, find_documents, limits, read_document, supported
from ingest.reading.contents import Contents
from ingest.reading.documents import Part, read_part
from ingest.reading.results import FileRead, FileRefused
from knowledge.errors import UnreadableError
from tests.ingest.reading import making_sheets, making_web
from tests.ingest.reading.making_archives import zipped
from tests.ingest.reading.making_word import typed

TEXT = "# 茶水间管理办法\n第一条 为了管好茶水间，制定本办法。\n第二条 用后洗杯。\n"


def write(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def quiet(done: int, total: int) -> None:
    pass


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
@pytest.mark.parametrize("suffix", [".md", ".txt", ".MD", ".docx", ""])
def test_text_is_read_in_the_encodings_in_use(tmp_path: Path, encoding: str, suffix: str) -> None:
    parsed = read_document(write(tmp_path, f"甲{suffix}", TEXT.encode(encoding)))
    assert parsed.document.title == "茶水间管理办法"
    assert [clause.article for clause in parsed.clauses] == ["第一条", "第二条"]


def test_windows_line_ends_make_no_difference(tmp_path: Path) -> None:
    crlf = read_document(write(tmp_path, "a.md", TEXT.replace("\n", "\r\n").encode()))
    assert crlf == read_document(write(tmp_path, "b.md", TEXT.encode()))


@pytest.mark.parametrize(
    "raw",
    [TEXT.encode(), typed(TEXT), making_web.government_page(), making_sheets.allowances()],
    ids=["text", "word", "web", "sheet"],
)
def test_a_format_is_told_by_content_and_not_by_name(tmp_path: Path, raw: bytes) -> None:
    as_named = read_document(write(tmp_path, "甲.pdf", raw))
    assert as_named.clauses
    assert as_named == read_document(write(tmp_path, "甲.xyz", raw))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "空的"),
        (b"  \n\t\n", "空的"),
        (b"\xef\xbb\xbf", "空的"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "图片"),
        (b"%PDF-1.7 x", "PDF"),
        (b"PK\x03\x04zip", "损坏"),
        (b"abc\x00def", "不是文本文件"),
        (b"\xff\xfe\x00", "编码"),
        (b"\x81\x20\xff\xff", "编码"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(
    tmp_path: Path, content: bytes, message: str
) -> None:
    with pytest.raises(UnreadableError, match=message) as caught:
        read_document(write(tmp_path, "某文件.md", content))
    assert "某文件.md" in str(caught.value)


def test_a_huge_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path, "大.md", TEXT.encode())
    for limit in ("LARGEST_FILE", "LARGEST_TEXT", "LONGEST_TEXT"):
        with monkeypatch.context() as patched:
            patched.setattr(limits, limit, 10)
            with pytest.raises(UnreadableError, match="上限。请拆分"):
                read_document(path)


def test_a_zip_is_no_document(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match="解压"):
        read_document(write(tmp_path, "甲.zip", zipped({"甲.md": TEXT.encode()})))


def test_a_missing_path_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match="没有这个"):
        find_documents([tmp_path / "没有这个"])
    with pytest.raises(UnreadableError, match="打不开"):
        read_document(tmp_path / "没有这个.md")


def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "管道.md")
    for path in (tmp_path / "管道.md", Path("/dev/zero"), tmp_path):
        with pytest.raises(UnreadableError, match="不是文件"):
            read_document(path)


def test_a_folder_gives_its_documents_in_order(tmp_path: Path) -> None:
    names = (
        "a.md",
        "b/c.txt",
        "b/d.md",
        "办法README说明.md",
        "e.docx",
        "f.PDF",
        "g.xlsx",
        "h.htm",
        "i.jpg",
        "j.zip",
        "k.doc",
    )
    kept = [write(tmp_path, name, b"x") for name in names]
    for name in (
        ".hidden.md",
        ".git/x.md",
        "README.md",
        "readme.txt",
        "manifest.json",
        "~$e.docx",
        "Thumbs.db",
        "__MACOSX/a.md",
        "data.csv",
        "code.py",
        "a.yaml",
    ):
        write(tmp_path, name, "中文".encode())
    assert find_documents([tmp_path]) == sorted(kept)


def test_a_suffix_that_says_nothing_is_settled_by_content(tmp_path: Path) -> None:
    kept = [
        write(tmp_path, "1.关于茶水间的通知", "关于茶水间的通知".encode("gb18030")),
        write(tmp_path, "没有后缀", typed(TEXT)),
        write(tmp_path, "网页.aspx", making_web.government_page()),
    ]
    write(tmp_path, "latin.dat", b"just words")
    write(tmp_path, "binary.xyz", bytes(100))
    assert find_documents([tmp_path]) == sorted(kept)


def test_formats_with_advice_are_not_passed_over_in_silence(tmp_path: Path) -> None:
    kept = [write(tmp_path, name, b"x") for name in ("a.xls", "b.rar", "c.ofd", "d.pptx")]
    assert find_documents([tmp_path]) == kept


def test_a_file_given_by_itself_is_taken_whatever_its_name(tmp_path: Path) -> None:
    paths = [write(tmp_path, name, b"x") for name in ("a.json", "README.md", ".b")]
    assert find_documents(paths) == paths


def test_a_path_given_twice_is_read_once(tmp_path: Path) -> None:
    path = write(tmp_path, "a.md", b"x")
    assert find_documents([path, tmp_path]) == [path]


def test_a_link_back_into_the_folder_does_no_harm(tmp_path: Path) -> None:
    path = write(tmp_path, "b/a.md", b"x")
    (tmp_path / "b" / "loop").symlink_to(tmp_path, target_is_directory=True)
    assert find_documents([tmp_path]) == [path]


def test_a_folder_without_documents_is_refused_with_the_formats(tmp_path: Path) -> None:
    write(tmp_path, "a.json", b"{}")
    with pytest.raises(UnreadableError, match="没有可以读取的文件") as caught:
        find_documents([tmp_path])
    assert supported() in str(caught.value)


def test_only_a_text_file_states_things_of_itself_at_its_head(tmp_path: Path) -> None:
    stated = "---\ntitle: 别的名称\n---\n第一条 用后洗杯。\n第二条 关水。\n"
    assert read_document(write(tmp_path, "甲.md", stated.encode())).document.title == "别的名称"
    page = f"<html><body><pre>{stated}</pre></body></html>".encode()
    assert read_document(write(tmp_path, "甲.html", page)).document.title == "甲"


def test_doubts_of_recognition_are_told_worst_first(monkeypatch: pytest.MonkeyPatch) -> None:
    doubts = tuple(Doubt(3, f"第{n}行" + "字" * 60, 0.7 - n / 100) for n in range(1, 8))
    seen = Contents(TEXT.rstrip(), (1, 1, 2), 2, confidence=0.82, doubts=doubts, warnings=("歪。",))
    monkeypatch.setattr("ingest.reading.plain.read_plain", lambda *_: seen)
    read = read_part(Part("扫描.pdf", lambda: b"x"), quiet)
    assert isinstance(read, FileRead)
    assert (read.page_count, read.confidence, read.doubts) == (2, 0.82, doubts)
    assert read.parsed.clauses[1].page == 2
    first, mean, listed = read.parsed.warnings
    assert first == "歪。"
    assert "82%" in mean
    assert listed.startswith("有 7 行识别把握不大，请核对：第3页「第7行字")
    assert listed.count("第3页") == 5
    assert listed.endswith("…」等。")


def test_what_a_library_raises_becomes_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> Contents:
        raise KeyError("xl/none")

    monkeypatch.setattr("ingest.reading.plain.read_plain", fail)
    refused = read_part(Part("甲.md", lambda: b"x"), quiet)
    assert isinstance(refused, FileRefused)
    assert refused.reason.startswith("「甲.md」读取时出错")
    assert "xl/none" not in refused.reason


def test_halves_of_characters_and_control_characters_do_not_come_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    broken = Contents("第一条 用\ud83d后\x0b洗杯。\n第二条 关\x01水。")
    monkeypatch.setattr("ingest.reading.web.reader.read_web", lambda *_: broken)
    read = read_part(Part("甲.html", lambda: b"<html>x</html>"), quiet)
    assert isinstance(read, FileRead)
    assert [clause.text for clause in read.parsed.clauses] == ["用?后洗杯。", "关水。"]


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.binary(max_size=200) | st.text(max_size=100).map(lambda text: text.encode("utf-16")))
def test_any_bytes_are_parsed_or_refused(tmp_path: Path, content: bytes) -> None:
    path = write(tmp_path, "x.md", content)
    with contextlib.suppress(UnreadableError):
        read_document(path)
