"""A restoring killed at any step: what is there is the old state or the new, never a mix."""

from __future__ import annotations

import subprocess
import sys
from itertools import groupby
from pathlib import Path

import pytest

from knowledge.backup import back_up
from knowledge.people import Member, Role
from knowledge.store import Records, Store
from tests.fakes import GIFTS, GIFTS_REVISED
from tests.knowledge.installations import publish
from tests.knowledge.killing import KEY, LEXICONS, MEMBERS, NEW, OLD


def saved(folder: Path, which: int, text: str) -> Path:
    store = Store(folder / "data", create=True)
    publish(store, text)
    Records.over(store.database, KEY).members.add(Member(MEMBERS[which], Role.OFFICER, "甲"))
    (folder / "data" / "lexicon.yaml").write_text(LEXICONS[which], encoding="utf-8")
    back_up(store, folder / "saved.zip", key=KEY)
    store.close()
    return folder / "saved.zip"


@pytest.mark.skipif(sys.platform == "win32", reason="forks")
def test_whenever_it_is_killed_the_old_state_is_there_or_the_new(
    tmp_path: Path, database_url: str
) -> None:
    old = saved(tmp_path / "old", OLD, GIFTS_REVISED)
    new = saved(tmp_path / "new", NEW, GIFTS)
    command = [sys.executable, "-m", "tests.knowledge.killing"]
    ran = subprocess.run(
        [*command, str(old), str(new), str(tmp_path / "here"), database_url],
        check=False,
        capture_output=True,
        text=True,
        timeout=500,
    )
    lines = [line.split() for line in ran.stdout.splitlines()]
    # Old until the one step that makes it new; only the last has lived through all of them.
    assert [found for found, _ in groupby(found for _, found in lines)] == ["old", "new"], ran
    assert [outcome for outcome, _ in lines] == ["9"] * (len(lines) - 1) + ["0"], ran
    assert len(lines) > 10
