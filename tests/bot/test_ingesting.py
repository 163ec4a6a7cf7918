"""`lianwen ingest` in a terminal: what is shown before anything changes, and what consent does."""

import io
import os
import pty
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
import typer
from rich.console import Console

from bot.ingesting import Wanted, ingest, list_documents, statements
from knowledge.answering import Composer
from knowledge.assistant import Assistant
from knowledge.errors import UnreadableError
from knowledge.model import Question
from tests.fakes import CARS, GIFTS, GIFTS_REVISED, TinyEncoder

ENCODER = TinyEncoder()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "文件"
    made.mkdir()
    return made


def run(store, *paths: Path, **wanted) -> str:
    console = Console(file=io.StringIO(), width=100)
    ingest(
        Wanted(paths=paths, replace=True, **wanted),
        store=store,
        encoder=ENCODER,
        answering=lambda pinned: Assistant(store, ENCODER, Composer("纪检"), pinned=pinned),
        console=console,
    )
    return console.file.getvalue()


def answer(store) -> str:
    return Assistant(store, ENCODER, Composer("纪检")).ask(Question("礼品管理办法第三条")).text


def test_a_dry_run_shows_what_would_change_and_changes_nothing(store, folder):
    gifts = folder / "礼品.md"
    gifts.write_text(GIFTS, encoding="utf-8")
    run(store, gifts)
    live = store.live_generation()
    gifts.write_text(GIFTS_REVISED, encoding="utf-8")
    told = run(store, gifts, dry_run=True, details=True)
    assert "修改《礼品管理办法》：修改2条" in told
    assert "五日内登记上交" in told
    assert "没有改动" in told
    assert store.live_generation() == live
    assert store.staged() == []
    assert "十日" in answer(store)


def test_without_a_person_to_ask_it_goes_live(store, folder):
    (folder / "a.md").write_text(GIFTS, encoding="utf-8")
    assert "第 1 版" in run(store, folder)
    (folder / "a.md").write_text(GIFTS_REVISED, encoding="utf-8")
    run(store, folder)
    assert "五日" in answer(store)


def test_the_same_again_says_that_nothing_changes(store, folder):
    (folder / "a.md").write_text(GIFTS, encoding="utf-8")
    run(store, folder)
    assert "不会有变化" in run(store, folder)


def test_a_file_that_cannot_be_read_is_named_and_the_others_go_on(store, folder):
    (folder / "a.md").write_text(GIFTS, encoding="utf-8")
    (folder / "坏.docx").write_bytes(b"PK\x03\x04 no zip")
    told = run(store, folder)
    assert "跳过：「坏.docx」" in told
    assert "十日" in answer(store)


def test_when_nothing_can_be_read_nothing_changes(store, folder):
    (folder / "坏.docx").write_bytes(b"PK\x03\x04 no zip")
    with pytest.raises(UnreadableError, match="没有改动"):
        run(store, folder)
    assert store.generations() == []


def test_what_is_said_of_a_file_takes_the_place_of_what_was_read(store, folder):
    (folder / "a.md").write_text(GIFTS, encoding="utf-8")
    run(store, folder, said=statements(["a.md:标题=礼品登记办法", "a.md:文号=内发〔2025〕1号"]))
    console = Console(file=io.StringIO(), width=120)
    list_documents(Assistant(store, ENCODER, Composer("")).library(), console)
    assert "礼品登记办法" in console.file.getvalue()
    assert "内发〔2025〕1号" in console.file.getvalue()


@pytest.mark.parametrize("given", ["a.md", "a.md:标题", ":标题=x", "a.md:书名=x"])
def test_a_statement_in_another_form_is_answered_with_the_form(given):
    with pytest.raises(UnreadableError, match=r"应当像|可以写的"):
        statements([given])


@pytest.mark.parametrize(("reply", "expected"), [("y\n", "五日"), ("\n", "十日")])
def test_a_person_is_asked_before_anything_changes(store, folder, reply, expected, database_url):
    (folder / "a.md").write_text(GIFTS, encoding="utf-8")
    run(store, folder)
    (folder / "a.md").write_text(GIFTS_REVISED, encoding="utf-8")
    script = (
        "import sys, typer\n"
        "from pathlib import Path\n"
        "from rich.console import Console\n"
        "from bot.ingesting import Wanted, ingest\n"
        "from knowledge.answering import Composer\n"
        "from knowledge.assistant import Assistant\n"
        "from knowledge.store import Store\n"
        "from tests.fakes import TinyEncoder\n"
        f"store = Store(Path({str(store.data_dir)!r}), url={database_url!r})\n"
        "tiny = TinyEncoder()\n"
        f"ingest(Wanted(paths=[Path({str(folder)!r})], replace=True), store=store, encoder=tiny,\n"
        "    answering=lambda p: Assistant(store, tiny, Composer(''), pinned=p),\n"
        "    console=Console(stderr=True))\n"
    )
    told = _in_a_terminal(script, reply)
    assert "修改《礼品管理办法》" in told
    assert "生效吗" in told
    assert expected in answer(store)


def _in_a_terminal(script: str, reply: str) -> str:
    """Run Python as a person does, who types ``reply`` at the question."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", script], stdin=theirs, stdout=theirs, stderr=theirs, close_fds=True
    )
    os.close(theirs)
    told = b""
    with suppress(OSError):  # the terminal's end, as Linux tells it
        while chunk := os.read(ours, 4096):
            told += chunk
            if "生效吗" in told.decode(errors="ignore") and reply:
                os.write(ours, reply.encode())
                reply = ""
    process.wait(60)
    os.close(ours)
    return told.decode(errors="replace")


def test_consent_that_is_refused_ends_as_an_abort(store, folder, monkeypatch):
    (folder / "a.md").write_text(GIFTS, encoding="utf-8")
    run(store, folder)
    (folder / "a.md").write_text(GIFTS_REVISED + CARS, encoding="utf-8")
    monkeypatch.setattr("bot.ingesting._asks", lambda wanted, store: True)
    monkeypatch.setattr("typer.confirm", lambda *args, **kwargs: False)
    with pytest.raises(typer.Abort):
        run(store, folder)
    assert store.staged() == []
