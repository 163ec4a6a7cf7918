"""Zips: which files come out of them, under which names, and what is too much."""

import io
import zipfile
from pathlib import Path

import pytest

from ingest.reading import limits
from ingest.reading.archive import members
from ingest.reading.documents import parts_of, read_part
from ingest.reading.results import FileRead, FileRefused
from knowledge.errors import UnreadableError
from tests.ingest.reading.making_archives import (
    locked,
    nested,
    packed_strangely,
    stored_as,
    zipped,
)
from tests.ingest.reading.making_word import typed

TEXT = "# 茶水间管理办法\n第一条 制定本办法。\n第二条 用后洗杯。\n"
RAW = TEXT.encode()


def outcomes(folder: Path, raw: bytes) -> dict[str, FileRead | FileRefused]:
    path = folder / "资料.zip"
    path.write_bytes(raw)
    return {
        outcome.name.removeprefix("资料.zip › "): outcome
        for part in parts_of(path)
        for outcome in [read_part(part, lambda _done, _total: None)]
    }


def refusal(folder: Path, raw: bytes) -> str:
    (outcome,) = outcomes(folder, raw).values()
    assert isinstance(outcome, FileRefused)
    return outcome.reason


def test_each_file_is_a_document_in_the_order_of_the_zip(tmp_path: Path) -> None:
    raw = zipped({"乙.md": RAW, "夹/甲.docx": typed("第一条 洗杯。\n第二条 关水。"), "丙": RAW})
    read = outcomes(tmp_path, raw)
    assert list(read) == ["乙.md", "夹/甲.docx", "丙"]
    assert [one.format for one in read.values() if isinstance(one, FileRead)] == [
        "文本",
        "Word",
        "文本",
    ]
    named = read["夹/甲.docx"]
    assert isinstance(named, FileRead)
    assert named.parsed.document.title == "甲"


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8"])
def test_chinese_names_are_mended_where_no_flag_says_their_encoding(
    tmp_path: Path, encoding: str
) -> None:
    raw = stored_as("茶水间办法.txt", encoding, RAW)
    with zipfile.ZipFile(io.BytesIO(raw)) as opened:
        assert opened.namelist() != ["茶水间办法.txt"]
    assert list(outcomes(tmp_path, raw)) == ["茶水间办法.txt"]


def test_hidden_files_and_those_of_no_interest_are_passed_over(tmp_path: Path) -> None:
    kept = {"甲.txt": RAW}
    passed = ("__MACOSX/._甲.txt", ".git/x.md", "夹/.x.txt", "README.md", "Thumbs.db", "a.json")
    assert list(outcomes(tmp_path, zipped({**dict.fromkeys(passed, RAW), **kept}))) == ["甲.txt"]


def test_a_zip_in_a_zip_is_opened_and_no_further(tmp_path: Path) -> None:
    assert isinstance(
        outcomes(tmp_path, nested(2, {"甲.txt": RAW}))["第0层.zip › 甲.txt"], FileRead
    )
    deeper = outcomes(tmp_path, nested(3, {"甲.txt": RAW}))
    (refused,) = deeper.values()
    assert isinstance(refused, FileRefused)
    assert "层数太多" in refused.reason


def test_names_that_lead_elsewhere_are_only_names(tmp_path: Path) -> None:
    read = outcomes(tmp_path, zipped({"../../逃.txt": RAW, "/etc/逃.txt": RAW}))
    assert all(isinstance(outcome, FileRead) for outcome in read.values())
    assert not list(tmp_path.parent.glob("**/逃.txt"))


def test_one_bad_member_does_not_cost_the_others(tmp_path: Path) -> None:
    content = "坏掉的第一条。".encode()
    raw = zipped({"好.txt": RAW, "坏.txt": content, "又好.txt": RAW}, zipfile.ZIP_STORED)
    read = outcomes(tmp_path, raw.replace(content, content[::-1]))
    assert [isinstance(outcome, FileRead) for outcome in read.values()] == [True, False, True]
    bad = read["坏.txt"]
    assert isinstance(bad, FileRefused)
    assert "已损坏" in bad.reason


def test_locked_members_have_a_line_each(tmp_path: Path) -> None:
    read = outcomes(tmp_path, locked(zipped({"甲.txt": RAW, "乙.txt": RAW})))
    assert [outcome.reason for outcome in read.values() if isinstance(outcome, FileRefused)] == [
        "「资料.zip › 甲.txt」加了密码，读不了。请用密码解压后再导入。",
        "「资料.zip › 乙.txt」加了密码，读不了。请用密码解压后再导入。",
    ]


def test_an_unknown_method_is_told_from_damage(tmp_path: Path) -> None:
    assert "压缩方式" in refusal(tmp_path, packed_strangely(zipped({"甲.txt": RAW})))


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (zipped({}), "没有可以读取的文件"),
        (zipped({"a.json": b"{}"}), "没有可以读取的文件"),
        (zipped({"零.txt": bytes(limits.RATIO_FROM + 1)}), "超过上限"),
        (zipped({f"{n}.txt": b"x" for n in range(limits.ARCHIVE_MEMBERS + 1)}), "501 个文件"),
    ],
    ids=["empty", "nothing of interest", "bomb", "too many"],
)
def test_too_much_or_nothing_is_refused_as_a_whole(raw: bytes, words: str) -> None:
    with pytest.raises(UnreadableError, match=words):
        list(members(raw, "资料.zip"))


def test_a_bomb_within_a_zip_costs_itself_alone(tmp_path: Path) -> None:
    bomb = zipped({"零.txt": bytes(limits.RATIO_FROM + 1)})
    read = outcomes(tmp_path, zipped({"炸.zip": bomb, "好.txt": RAW}))
    assert isinstance(read["炸.zip"], FileRefused)
    assert isinstance(read["好.txt"], FileRead)


def test_members_of_inner_zips_count_towards_the_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "ARCHIVE_MEMBERS", 3)
    inner = zipped({f"{n}.txt": RAW for n in range(3)})
    read = outcomes(tmp_path, zipped({"一.zip": inner, "二.zip": inner}))
    assert sum(isinstance(outcome, FileRead) for outcome in read.values()) == 3
    refused = [outcome for outcome in read.values() if isinstance(outcome, FileRefused)]
    assert len(refused) == 1
    assert "上限" in refused[0].reason
