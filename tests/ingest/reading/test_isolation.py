"""Files are read in a process of their own; what one does to it is lost on the others."""

import contextlib
import hashlib
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.reading import FileRead, FileRefused, Readers, process, read_document
from knowledge.errors import LianwenError
from tests.ingest.reading.making_archives import zipped

TEXT = "# 茶水间管理办法\n第一条 为了管好茶水间，制定本办法。\n第二条 用后洗杯。\n"
MISBEHAVING = (sys.executable, "-P", "-m", "tests.ingest.reading.misbehaving")
ROOT = Path(__file__).parents[3]


def write(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.fixture
def readers() -> Iterator[Readers]:
    with Readers() as opened:
        yield opened


@pytest.fixture
def misbehaving(monkeypatch: pytest.MonkeyPatch) -> Iterator[Readers]:
    monkeypatch.setattr(process, "COMMAND", MISBEHAVING)
    with Readers(patience=1.5) as opened:
        yield opened


def only(outcomes: list[FileRead | FileRefused]) -> FileRead | FileRefused:
    assert len(outcomes) == 1
    return outcomes[0]


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # One that nobody has waited for is there in name alone.
    return ") Z " not in Path(f"/proc/{pid}/stat").read_text()


def wait_for_end(pid: int, seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with contextlib.suppress(FileNotFoundError):
            if is_running(pid):
                time.sleep(0.02)
                continue
        return True
    return False


def test_a_file_is_read_as_in_this_process_by_one_worker_for_all(
    tmp_path: Path, readers: Readers
) -> None:
    path = write(tmp_path, "办法.md", "---\nissued: 2024-01-31\nkind: notice\n---\n" + TEXT)
    assert readers.pid is None
    read = only(readers.read(path))
    worker = readers.pid
    assert isinstance(read, FileRead)
    assert read.parsed == read_document(path)
    assert (read.name, read.format, read.confidence) == ("办法.md", "文本", None)
    assert read.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert only(readers.read(path)) == read
    assert readers.pid == worker != os.getpid()


def test_leaving_ends_the_worker(tmp_path: Path) -> None:
    with Readers() as readers:
        readers.read(write(tmp_path, "a.md", TEXT))
        pid = readers.pid
    assert pid is not None
    assert wait_for_end(pid)
    assert readers.pid is None


@pytest.mark.parametrize("words", ["崩溃", "卡住", "胡说", "无边", "冒名"])
def test_what_a_file_does_to_the_worker_costs_that_file_alone(
    tmp_path: Path, misbehaving: Readers, words: str
) -> None:
    before = only(misbehaving.read(write(tmp_path, "前.md", TEXT)))
    bad = only(misbehaving.read(write(tmp_path, "坏.md", words)))
    after = only(misbehaving.read(write(tmp_path, "后.md", TEXT)))
    assert isinstance(bad, FileRefused)
    assert bad.name == "坏.md"
    assert bad.reason.startswith("「坏.md」")
    assert bad.reason.endswith("再导入。")
    assert ("太久" in bad.reason) == (words == "卡住")
    assert isinstance(before, FileRead)
    assert isinstance(after, FileRead)


def test_a_file_that_takes_all_memory_is_refused_for_that(
    tmp_path: Path, misbehaving: Readers
) -> None:
    refused = only(misbehaving.read(write(tmp_path, "大.md", "贪吃")))
    assert isinstance(refused, FileRefused)
    assert "内存" in refused.reason
    assert isinstance(only(misbehaving.read(write(tmp_path, "小.md", TEXT))), FileRead)


def test_the_rest_of_a_zip_is_read_after_members_that_bring_the_worker_down(
    tmp_path: Path, misbehaving: Readers
) -> None:
    members = {"1.txt": TEXT, "2.txt": "崩溃", "3.txt": TEXT, "4.txt": "贪吃", "5.txt": TEXT}
    raw = zipped({name: text.encode() for name, text in members.items()})
    outcomes = misbehaving.read(write(tmp_path, "资料.zip", raw))
    assert [outcome.name for outcome in outcomes] == [f"资料.zip › {n}.txt" for n in range(1, 6)]
    assert [isinstance(outcome, FileRead) for outcome in outcomes] == [True, False] * 2 + [True]


def test_a_zip_of_nothing_but_crashes_is_given_up(tmp_path: Path, misbehaving: Readers) -> None:
    raw = zipped({f"{number}.txt": "崩溃".encode() for number in range(20)})
    outcomes = misbehaving.read(write(tmp_path, "坏.zip", raw))
    assert len(outcomes) == 6
    assert isinstance(outcomes[-1], FileRefused)
    assert "其余的没有再读" in outcomes[-1].reason


def test_what_libraries_print_is_no_reply(
    tmp_path: Path, misbehaving: Readers, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, "ingest.reading.process"):
        assert isinstance(only(misbehaving.read(write(tmp_path, "a.md", TEXT + "唠叨"))), FileRead)
        misbehaving.close()
    assert "唠叨唠叨" in caplog.text


def test_signs_of_life_keep_a_slow_file_going_and_are_passed_on(
    tmp_path: Path, misbehaving: Readers
) -> None:
    told: list[tuple[int, int]] = []
    path = write(tmp_path, "慢.md", TEXT + "慢慢")
    assert isinstance(only(misbehaving.read(path, lambda *of: told.append(of))), FileRead)
    assert told == [(done, 8) for done in range(8)]


def test_signs_of_life_do_not_help_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "COMMAND", MISBEHAVING)
    with Readers(patience=10, patience_in_all=1) as readers:
        refused = only(readers.read(write(tmp_path, "慢.md", TEXT + "慢慢")))
    assert isinstance(refused, FileRefused)
    assert "太久" in refused.reason


def test_a_worker_killed_while_it_reads_is_replaced(tmp_path: Path, readers: Readers) -> None:
    path = write(tmp_path, "a.md", TEXT)
    readers.read(path)
    pid = readers.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    threading.Timer(0.3, os.kill, (pid, signal.SIGKILL)).start()
    refused = only(readers.read(path))
    assert isinstance(refused, FileRefused)
    assert isinstance(only(readers.read(path)), FileRead)
    assert readers.pid != pid


def test_a_worker_that_died_between_files_costs_none(tmp_path: Path, readers: Readers) -> None:
    path = write(tmp_path, "a.md", TEXT)
    readers.read(path)
    pid = readers.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    assert wait_for_end(pid)
    assert isinstance(only(readers.read(path)), FileRead)


def test_an_interruption_ends_the_worker_and_is_passed_on(
    tmp_path: Path, misbehaving: Readers
) -> None:
    misbehaving.read(write(tmp_path, "a.md", TEXT))
    pid = misbehaving.pid
    assert pid is not None

    def interrupt(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        misbehaving.read(write(tmp_path, "慢.md", TEXT + "慢慢"), interrupt)
    assert wait_for_end(pid)
    assert isinstance(only(misbehaving.read(tmp_path / "a.md")), FileRead)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="SIGIO on pipes is Linux's")
@pytest.mark.parametrize("words", ["卡住", TEXT])
def test_the_worker_does_not_outlive_its_owner(tmp_path: Path, words: str) -> None:
    path = write(tmp_path, "a.md", words)
    owner = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys, threading, time\n"
            "from pathlib import Path\n"
            "from ingest.reading import Readers, process\n"
            f"process.COMMAND = {MISBEHAVING!r}\n"
            "readers = Readers()\n"
            f"reading = threading.Thread(target=readers.read, args=(Path({str(path)!r}),))\n"
            "reading.start()\n"
            "while readers.pid is None: time.sleep(0.01)\n"
            "time.sleep(1)\n"
            "print(readers.pid, flush=True)\n"
            "time.sleep(60)\n",
        ],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
    )
    assert owner.stdout is not None
    pid = int(owner.stdout.readline())
    assert is_running(pid)
    owner.kill()
    owner.wait()
    owner.stdout.close()
    assert wait_for_end(pid)


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="/proc tells")
def test_the_worker_knows_none_of_its_owners_secrets(
    tmp_path: Path, readers: Readers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TELEGRAM_TOKEN", "机密")
    readers.read(write(tmp_path, "a.md", TEXT))
    environment = Path(f"/proc/{readers.pid}/environ").read_bytes()
    assert b"TELEGRAM_TOKEN" not in environment


def test_no_worker_at_all_is_said_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "COMMAND", (sys.executable, "-c", "raise SystemExit('坏了')"))
    with Readers() as readers, pytest.raises(LianwenError, match="启动不了"):
        readers.read(write(tmp_path, "a.md", TEXT))


def test_a_path_of_bytes_that_are_no_characters_is_read(tmp_path: Path, readers: Readers) -> None:
    stored = os.fsencode(tmp_path) + b"/" + "办法.md".encode("gb18030")
    try:
        Path(os.fsdecode(stored)).write_bytes(TEXT.encode())
    except OSError:
        pytest.skip("this file system takes characters alone")
    read = only(readers.read(Path(os.fsdecode(stored))))
    assert isinstance(read, FileRead)
    assert read.name == "办法.md"


def test_threads_wait_for_one_another(tmp_path: Path, readers: Readers) -> None:
    paths = [write(tmp_path, f"{n}.md", TEXT.replace("茶水间", f"{n}号室")) for n in range(12)]
    titles: dict[Path, str] = {}

    def read(path: Path) -> None:
        outcome = only(readers.read(path))
        assert isinstance(outcome, FileRead)
        titles[path] = outcome.parsed.document.title

    threads = [threading.Thread(target=read, args=(path,)) for path in paths]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert titles == {path: f"{n}号室管理办法" for n, path in enumerate(paths)}
