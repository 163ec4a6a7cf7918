"""What lies in the watched folder is told of once, and taken in when an admin says so."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.telegram.desk import Desk
from bot.telegram.refreshing.files import Files
from bot.telegram.refreshing.inbox import Folder, Picked
from knowledge.store import RefreshState
from tests.bot.conftest import KEY, settings_for
from tests.bot.refreshing import SECOND, Office, assistant_over, opened
from tests.bot.samples import ADMIN, MEMBERS
from tests.peer import Peer

NEWS = "收件夹里有"


@pytest.fixture
async def office(peer: Peer, tmp_path: Path, database_url: str) -> AsyncIterator[Office]:
    async with opened(peer, tmp_path, database_url) as made:
        yield made


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    made = tmp_path / "收件夹"
    (made / "2024").mkdir(parents=True)
    (made / "通知.md").write_text("# 通知\n\n第一条 按时上班。", encoding="utf-8")
    (made / "2024" / "通知.md").write_text("# 另一通知\n\n第一条 按时下班。", encoding="utf-8")
    for name in (".隐藏.md", "~$通知.docx", "下载.part", "2024/写着.tmp"):
        (made / name).write_bytes(b"passing")
    (made / ".git").mkdir()
    (made / ".git" / "config.md").write_bytes(b"hidden")
    (made / "钥匙.md").symlink_to(tmp_path / "data" / "lianwen.sqlite3")
    return made


def state_of(folder: Path) -> dict[str, tuple[int, int]]:
    found = {}
    for path in sorted(folder.rglob("*")):
        known = path.lstat()
        found[str(path)] = (known.st_size, known.st_mtime_ns)
    return found


def news(office: Office, person: int) -> list[str]:
    return [text for text in office.texts(person) if text.startswith(NEWS)]


async def test_refresh_takes_in_what_is_meant_for_us_and_leaves_the_folder_as_it_is(
    peer: Peer, office: Office, inbox: Path
) -> None:
    before = state_of(inbox)
    await office.start(knowledge_inbox=inbox)
    await office.say(ADMIN, "/refresh")
    await office.shows("从收件夹收了 2 份文件")
    assert {each.name for each in office.refresh().sources} == {"通知.md", "2024/通知.md"}
    assert state_of(inbox) == before
    await office.say(ADMIN, "/refresh")
    await office.shows("2 份以前收过，已跳过")
    # Whatever became of them: cancelled files are not offered again by themselves.
    await office.press("取消")
    await office.press("确定取消")
    (inbox / "通知.md").write_text("# 通知\n\n第一条 准时上班。", encoding="utf-8")
    await office.say(SECOND, "/refresh")
    told = await office.shows("收了 1 份文件", SECOND)
    assert "1 份以前收过" in told.text
    assert [each.name for each in office.refresh().sources] == ["通知.md"]
    assert office.refresh().person == SECOND


async def test_new_files_are_told_of_once_they_lie_still_and_nothing_is_built(
    peer: Peer, office: Office, inbox: Path
) -> None:
    await office.start(knowledge_inbox=inbox)
    for person in (ADMIN, SECOND):
        told = await office.shows(NEWS, person)
        assert told.text == "收件夹里有 2 份新文件，发送 /refresh 处理。"
    await asyncio.sleep(0.3)
    await office.stop()
    await office.start(knowledge_inbox=inbox)  # a restart tells of the same set no second time
    await asyncio.sleep(0.3)
    assert [len(news(office, person)) for person in (ADMIN, SECOND, *MEMBERS)] == [1, 1, 0, 0]
    assert not office.records.refreshes.in_state(*RefreshState)
    (inbox / "第三份.md").write_bytes(b"third")
    await peer.wait_until(lambda: len(news(office, ADMIN)) == 2)
    assert "3 份新文件" in news(office, ADMIN)[-1]


def watched(office: Office, inbox: Path | None, **more: float) -> Folder:
    settings = settings_for(office.peer, data_dir=office.store.data_dir, knowledge_inbox=inbox)
    desk = Desk(settings, assistant_over(office.store), office.records, KEY)
    return Folder(desk, Files(office.store.data_dir), **more)


async def test_a_file_that_is_still_written_is_left_for_later(office: Office, inbox: Path) -> None:
    folder = watched(office, inbox, settled=5.0)
    old = time.time() - 60
    os.utime(inbox / "通知.md", (old, old))
    assert folder.pick(ADMIN) == Picked(added=1, writing=1)


async def test_without_a_folder_there_is_nothing_to_pick(office: Office) -> None:
    assert watched(office, None).pick(ADMIN) == Picked()


async def test_a_folder_that_is_missing_is_said_and_logged_once(
    peer: Peer, office: Office, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    await office.start(knowledge_inbox=tmp_path / "没有")
    await office.say(ADMIN, "/refresh")
    assert "打不开" in office.texts(ADMIN)[-1]
    assert "KNOWLEDGE_INBOX" in office.texts(ADMIN)[-1]
    await asyncio.sleep(0.3)
    complaints = [
        r for r in caplog.records if r.levelno == logging.WARNING and "打不开" in r.message
    ]
    assert len(complaints) == 1
