"""Two hundred damaged and hostile files: each is read or refused in a sentence, none is raised."""

import re
from collections import Counter
from pathlib import Path

import pytest

from ingest.reading import FileRead, FileRefused, Readers
from tests.ingest.reading.making_archives import zipped
from tests.ingest.reading.making_malformed import COUNT, Malformed, malformed, valid

SENTENCE = re.compile(r".*[\u4e00-\u9fff].*。", re.DOTALL)


@pytest.fixture(scope="module")
def files() -> list[Malformed]:
    return malformed()


@pytest.fixture(scope="module")
def outcomes(
    files: list[Malformed], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, list[FileRead | FileRefused]]:
    folder = tmp_path_factory.mktemp("malformed")
    outcomes = {}
    with Readers() as readers:
        for file in files:
            path = folder / file.name
            path.write_bytes(file.raw)
            outcomes[file.name] = readers.read(path)
    return outcomes


def test_they_are_two_hundred_and_always_the_same(files: list[Malformed]) -> None:
    assert len(files) == COUNT
    assert len({file.name for file in files}) == COUNT
    assert [file.name for file in malformed()] == [file.name for file in files]
    suffixes = Counter(file.name.rpartition(".")[2] for file in files)
    assert all(suffixes[suffix] >= 5 for suffix in ("docx", "xlsx", "pdf", "png", "html", "zip"))


def test_each_is_read_or_refused_in_a_sentence(
    outcomes: dict[str, list[FileRead | FileRefused]],
) -> None:
    assert len(outcomes) == COUNT
    for name, each in outcomes.items():
        assert each, name
        for outcome in each:
            assert outcome.name.startswith(name)
            if isinstance(outcome, FileRefused):
                assert SENTENCE.fullmatch(outcome.reason), outcome
                assert "Traceback" not in outcome.reason


def test_none_of_them_brings_the_worker_down_or_stops_it(
    outcomes: dict[str, list[FileRead | FileRefused]],
) -> None:
    refused = [one for each in outcomes.values() for one in each if isinstance(one, FileRefused)]
    assert [one for one in refused if "退出" in one.reason or "太久" in one.reason] == []


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("压缩炸弹.zip", "超过上限"),
        ("谎报大小.zip", "超过上限"),
        ("文件很多.zip", "500 个的上限"),
        ("套了很多层.zip", "层数太多"),
        ("加密.zip", "加了密码"),
        ("表格炸弹.xlsx", "太大"),
        ("图片炸弹.png", "像素"),
        ("有密码.docx", "打开密码"),
        ("旧表格.xls", "另存为 .xlsx"),
        ("富文本.doc", "另存为 .docx"),
        ("空文件.md", "空的"),
    ],
)
def test_the_sentence_says_what_is_wrong(
    outcomes: dict[str, list[FileRead | FileRefused]], name: str, words: str
) -> None:
    (outcome,) = outcomes[name]
    assert isinstance(outcome, FileRefused)
    assert words in outcome.reason


def test_no_entity_is_expanded_and_no_file_of_ours_shown(
    outcomes: dict[str, list[FileRead | FileRefused]],
) -> None:
    read = [one for each in outcomes.values() for one in each if isinstance(one, FileRead)]
    text = "\n".join(clause.text for one in read for clause in one.parsed.clauses)
    assert "root:" not in text
    assert "哈哈" not in text


def test_a_wrong_suffix_makes_no_difference(
    outcomes: dict[str, list[FileRead | FileRefused]],
) -> None:
    misnamed = {name: each for name, each in outcomes.items() if name.startswith("名不副实")}
    assert len(misnamed) >= 10
    for name, each in misnamed.items():
        assert all(isinstance(outcome, FileRead) for outcome in each), name


def test_sound_files_among_them_lose_nothing(tmp_path: Path, files: list[Malformed]) -> None:
    sound = {name: raw for name, raw in valid().items() if name in ("docx", "xlsx", "html", "txt")}
    members: dict[str, bytes] = {}
    broken = [file for file in files if file.way in ("截断", "损坏") and ".png" not in file.name]
    for suffix, raw in sound.items():
        for file in broken[:10]:
            members[f"{suffix}{file.name}"] = file.raw
        members[f"好.{suffix}"] = raw
    path = tmp_path / "混.zip"
    path.write_bytes(zipped(members))
    with Readers() as readers:
        outcomes = readers.read(path)
    read = {outcome.name for outcome in outcomes if isinstance(outcome, FileRead)}
    assert {f"混.zip › 好.{suffix}" for suffix in sound} <= read
