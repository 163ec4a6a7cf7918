import contextlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest import reading
from ingest.reading import find_documents, read_document
from knowledge.errors import UnreadableError

TEXT = "# 茶水间管理办法\n第一条 为了管好茶水间，制定本办法。\n第二条 用后洗杯。\n"


def write(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
@pytest.mark.parametrize("suffix", [".md", ".txt", ".MD"])
def test_text_is_read_in_the_encodings_in_use(tmp_path: Path, encoding: str, suffix: str) -> None:
    parsed = read_document(write(tmp_path, f"甲{suffix}", TEXT.encode(encoding)))
    assert parsed.document.title == "茶水间管理办法"
    assert [clause.article for clause in parsed.clauses] == ["第一条", "第二条"]


def test_windows_line_ends_make_no_difference(tmp_path: Path) -> None:
    crlf = read_document(write(tmp_path, "a.md", TEXT.replace("\n", "\r\n").encode()))
    assert crlf == read_document(write(tmp_path, "b.md", TEXT.encode()))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "空的"),
        (b"  \n\t\n", "空的"),
        (b"\xef\xbb\xbf", "空的"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "不是文本文件"),
        (b"%PDF-1.7 x", "不是文本文件"),
        (b"PK\x03\x04zip", "不是文本文件"),
        (b"abc\x00def", "不是文本文件"),
        (b"\xff\xfe\x00", "编码"),
        (b"\x81\x20\xff\xff", "编码"),
    ],
)
def test_what_is_no_text_is_refused_by_name(tmp_path: Path, content: bytes, message: str) -> None:
    with pytest.raises(UnreadableError, match=message) as caught:
        read_document(write(tmp_path, "某文件.md", content))
    assert "某文件.md" in str(caught.value)


def test_a_huge_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "LARGEST", 10)
    with pytest.raises(UnreadableError, match="拆分"):
        read_document(write(tmp_path, "大.md", TEXT.encode()))


def test_another_format_is_refused_with_those_that_can_be_read(tmp_path: Path) -> None:
    path = write(tmp_path, "甲.docx", b"PK")
    for refuse in (lambda: read_document(path), lambda: find_documents([path])):
        with pytest.raises(UnreadableError, match=r"甲\.docx.*\.md"):
            refuse()


def test_a_missing_path_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match="没有这个"):
        find_documents([tmp_path / "没有这个"])
    with pytest.raises(UnreadableError, match="打不开"):
        read_document(tmp_path / "没有这个.md")


def test_a_folder_gives_its_documents_in_order(tmp_path: Path) -> None:
    kept = [
        write(tmp_path, name, b"x") for name in ("a.md", "b/c.txt", "b/d.md", "办法README说明.md")
    ]
    for name in (".hidden.md", ".git/x.md", "README.md", "readme.txt", "manifest.json", "e.docx"):
        write(tmp_path, name, b"x")
    assert find_documents([tmp_path]) == sorted(kept)


def test_a_path_given_twice_is_read_once(tmp_path: Path) -> None:
    path = write(tmp_path, "a.md", b"x")
    assert find_documents([path, tmp_path]) == [path]


def test_a_link_back_into_the_folder_does_no_harm(tmp_path: Path) -> None:
    path = write(tmp_path, "b/a.md", b"x")
    (tmp_path / "b" / "loop").symlink_to(tmp_path, target_is_directory=True)
    assert find_documents([tmp_path]) == [path]


def test_a_folder_without_documents_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "a.docx", b"x")
    with pytest.raises(UnreadableError, match="没有可以读取的文件"):
        find_documents([tmp_path])


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.binary(max_size=200) | st.text(max_size=100).map(lambda text: text.encode("utf-16")))
def test_any_bytes_are_parsed_or_refused(tmp_path: Path, content: bytes) -> None:
    path = write(tmp_path, "x.md", content)
    with contextlib.suppress(UnreadableError):
        read_document(path)
