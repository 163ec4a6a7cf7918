"""`lianwen audit` as an operator uses it."""

from __future__ import annotations

import logging
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.cli import main
from knowledge.keys import load_key
from knowledge.store import Database, Records
from knowledge.store.database import FILE


@pytest.fixture(autouse=True)
def _logging() -> Iterator[None]:
    """The command sets logging up anew; later tests get it back as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data directory with three entries; always SQLite, which one can open to tamper."""
    for name in ("TELEGRAM_BOT_TOKEN", "ADMIN_IDS", "DATABASE_URL", "LIANWEN_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LIANWEN_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    database = Database(tmp_path / "data", create=True)
    audit = Records.over(database, load_key(tmp_path / "data")).audit
    audit.append(1001, "invite.made", role="reviewer", department="纪检组\x1b[2J")
    audit.append(None, "group.moved", chat_id=-5, new_chat_id=-1005)
    audit.append(9001, "stranger")
    database.close()
    return tmp_path / "data"


def tamper(data: Path, statement: str) -> None:
    with sqlite3.connect(data / FILE) as connection:
        for name in ("update", "delete", "replace"):
            connection.execute(f"DROP TRIGGER audit_no_{name}")
        connection.execute(statement)


def test_a_sound_log_prints_how_many_and_what_to_note_down(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["audit", "verify"]) == 0
    printed = capsys.readouterr().out
    assert "共 3 条" in printed
    seal = re.search("[0-9a-f]{64}", printed)
    assert seal
    assert main(["audit", "verify", "--expect", seal[0].upper()]) == 0


def test_a_changed_entry_ends_in_one_line(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tamper(data, "UPDATE audit SET actor = 7 WHERE id = 2")
    assert main(["audit", "verify"]) == 1
    captured = capsys.readouterr()
    assert "第 2 条" in captured.err
    assert captured.err.count("\n") == 1
    assert captured.out == ""


def test_a_cut_off_tail_is_found_by_the_seal_noted_before(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["audit", "verify"])
    seal = re.search("[0-9a-f]{64}", capsys.readouterr().out)
    assert seal
    tamper(data, "DELETE FROM audit WHERE id = 3")
    assert main(["audit", "verify"]) == 0
    capsys.readouterr()
    assert main(["audit", "verify", "--expect", seal[0]]) == 1
    assert "截去" in capsys.readouterr().err


def test_the_list_is_in_chinese_and_acts_on_no_terminal(
    data: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    assert main(["audit", "list"]) == 0
    printed = capsys.readouterr().out
    assert re.search("1001.*发出邀请.*部门 纪检组.*角色 纪检人员", printed)
    assert re.search("机器人.*群升级换号.*群 -5", printed)
    assert "\x1b" not in printed
    assert main(["audit", "list", "-n", "1"]) == 0
    printed = capsys.readouterr().out
    assert "未登记的人来访" in printed
    assert "发出邀请" not in printed


def test_where_there_is_no_database_it_says_so_and_makes_none(
    data: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main(["audit", "verify", "--data-dir", str(tmp_path / "elsewhere")]) == 1
    assert "还没有数据库" in capsys.readouterr().err
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("arguments", [["audit", "--help"], ["audit", "verify", "--help"]])
def test_help_is_in_chinese(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    assert main(arguments) == 0
    assert "用法" in capsys.readouterr().out
