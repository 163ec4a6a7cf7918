"""Files that admins send end up whole on one card; nobody else's do."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.telegram import phrases
from bot.telegram.refreshing import collecting, files
from knowledge.store import RefreshState
from knowledge.store.refreshes import FOLDER, Refreshes, Source
from tests.bot.refreshing import SECOND, Office, eventually, opened
from tests.bot.samples import ADMIN, MEMBERS, REVIEWER
from tests.fakes import CARS, GIFTS_REVISED
from tests.peer import Peer
from tests.peer.chats import BOT

GROUP = -100900


@pytest.fixture
async def office(peer: Peer, tmp_path: Path, database_url: str) -> AsyncIterator[Office]:
    async with opened(peer, tmp_path, database_url) as made:
        yield made


def kept(office: Office) -> dict[str, bytes]:
    folder = office.store.data_dir / FOLDER
    return {each.name: each.read_bytes() for each in folder.rglob("*") if each.is_file()}


async def test_an_album_of_files_and_scans_is_one_card(peer: Peer, office: Office) -> None:
    await office.start()
    await peer.hand_over(ADMIN, "甲.md", "# 甲".encode(), album="7")
    await peer.hand_over(ADMIN, "乙.md", "# 乙".encode(), album="7")
    await peer.show_photo(ADMIN, b"scan one", album="8")
    await peer.show_photo(ADMIN, b"scan two", album="8")
    await office.handled()
    await peer.wait_until(lambda: "已收 4 份" in office.card().text)
    assert len(peer.messages(ADMIN)) == 1
    assert "甲.md" in office.card().text
    assert set(office.card().buttons) == {"预览", "取消"}
    contents = ["# 甲".encode(), "# 乙".encode(), b"scan one", b"scan two"]
    assert kept(office) == {hashlib.sha256(each).hexdigest(): each for each in contents}
    refresh = office.refresh()
    assert [each.size for each in refresh.sources] == [len(each) for each in contents]
    await eventually(lambda: office.refresh().card == office.card().message_id)


async def test_what_a_crash_interrupts_is_added_once(
    peer: Peer, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    add = Refreshes.add

    def add_and_die(self: Refreshes, refresh_id: int, source: Source) -> None:
        add(self, refresh_id, source)
        raise asyncio.CancelledError

    await office.start()
    with monkeypatch.context() as crashing:
        crashing.setattr(Refreshes, "add", add_and_die)
        await peer.hand_over(ADMIN, "甲.md", b"text")
        await peer.drained()
        await peer.wait_until(lambda: bool(peer.calls("getFile")))
        await office.stop()
    assert not peer.messages(ADMIN)
    await office.start()
    await peer.wait_until(lambda: "已收 1 份" in office.card().text)
    await office.handled()
    await asyncio.sleep(0.2)
    assert len(office.refresh().sources) == 1
    assert len(office.records.refreshes.in_state(*RefreshState)) == 1
    assert len(peer.messages(ADMIN)) == 1


async def test_a_card_that_a_crash_kept_back_is_shown_at_the_next_start(
    peer: Peer, office: Office
) -> None:
    refresh = office.records.refreshes.begin(ADMIN)
    office.records.refreshes.add(refresh.id, Source("甲.md", "0" * 64, 5))
    await office.start()
    card = await office.shows("已收 1 份")
    await eventually(lambda: office.refresh().card == card.message_id)


async def test_files_of_others_are_declined_as_ever(peer: Peer, office: Office) -> None:
    await office.start()
    for person in (MEMBERS[0], REVIEWER):
        await peer.hand_over(person, "甲.md", b"text")
        await peer.wait_for_messages(person, 1)
        assert office.texts(person) == [phrases.NO_FILES]
    await peer.show_photo(MEMBERS[1], b"picture")
    await peer.wait_for_messages(MEMBERS[1], 1)
    assert office.texts(MEMBERS[1]) == [phrases.NO_FILES]
    assert not office.records.refreshes.in_state(*RefreshState)
    assert not peer.calls("getFile")


async def test_in_a_group_nothing_is_collected(peer: Peer, office: Office) -> None:
    office.records.groups.open(GROUP, ADMIN)
    await office.start()
    name = f"@{BOT['username']}"
    await peer.hand_over(ADMIN, "甲.md", b"text", caption=f"{name} 收下", chat_id=GROUP)
    await office.say(ADMIN, "/new")
    assert not peer.calls("getFile")
    assert not office.records.refreshes.in_state(*RefreshState)


async def test_what_telegram_does_not_hand_over_is_said_with_a_way_out(
    peer: Peer, office: Office
) -> None:
    await office.start()
    await peer.hand_over(ADMIN, "大.pdf", bytes((20 << 20) + 1))
    told = await office.shows("超过 20 MB")
    for word in ("大.pdf", "拆分", "收件夹", "/refresh"):
        assert word in told.text
    assert not kept(office)


async def test_a_broken_download_is_tried_again_and_half_a_file_never_counts(
    peer: Peer, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collecting, "PAUSE", 0.01)
    await office.start()
    peer.cut_downloads = 2
    data = b"whole " * 10_000
    await peer.hand_over(ADMIN, "甲.md", data)
    await peer.wait_until(lambda: "甲.md" in office.card().text)
    assert list(kept(office).values()) == [data]
    peer.cut_downloads = 9
    await peer.hand_over(ADMIN, "乙.md", data + b"!")
    told = await office.shows("没能从 Telegram 下载完整")
    assert "乙.md" in told.text
    assert "再发一次" in told.text
    assert list(kept(office).values()) == [data]
    assert len(office.refresh().sources) == 1


async def test_the_same_content_counts_once_and_a_namesake_takes_the_others_place(
    peer: Peer, office: Office
) -> None:
    await office.start()
    await office.send(("甲.md", CARS), ("乙.md", GIFTS_REVISED))
    await peer.hand_over(ADMIN, "丙.md", CARS.encode())
    await peer.wait_until(lambda: "没有重复收" in office.card().text)
    assert [each.name for each in office.refresh().sources] == ["甲.md", "乙.md"]
    await peer.hand_over(ADMIN, "甲.md", "# 另一份".encode())
    await peer.wait_until(lambda: "换掉了先前的同名文件" in office.card().text)
    assert [each.name for each in office.refresh().sources] == ["乙.md", "甲.md"]


async def test_a_name_is_only_shown_never_used(peer: Peer, office: Office) -> None:
    await office.start()
    await peer.hand_over(ADMIN, "../../<b>坏&amp;\u202e名.md", b"text")
    await peer.wait_until(lambda: "已收 1 份" in office.card().text)
    assert "../../<b>坏&amp;名.md" in office.card().text
    assert kept(office) == {hashlib.sha256(b"text").hexdigest(): b"text"}


@pytest.mark.parametrize(("limit", "most"), [("MOST_FILES", 1), ("MOST_BYTES", 9)])
async def test_a_refresh_grows_only_so_far(
    peer: Peer, office: Office, monkeypatch: pytest.MonkeyPatch, limit: str, most: int
) -> None:
    monkeypatch.setattr(files, limit, most)
    await office.start()
    await peer.hand_over(ADMIN, "甲.md", b"12345678")
    await peer.wait_until(lambda: "甲.md" in office.card().text)
    await peer.hand_over(ADMIN, "乙.md", b"87654321")
    told = await office.shows("一次更新最多")
    assert "乙.md" in told.text
    assert [each.name for each in office.refresh().sources] == ["甲.md"]


async def test_a_full_disk_is_said(
    peer: Peer, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "missing_bytes", lambda folder, needed: 1)
    await office.start()
    await peer.hand_over(ADMIN, "甲.md", b"text")
    await office.shows("磁盘空间不够")
    assert not kept(office)


async def test_cancelled_after_a_question_the_files_are_gone(peer: Peer, office: Office) -> None:
    await office.start()
    await office.send(("甲.md", CARS))
    await office.press("取消")
    assert "确定吗" in office.card().text
    await office.press("不取消")
    assert "甲.md" in office.card().text
    await office.press("取消")
    await office.press("确定取消")
    await office.shows("已取消")
    assert not office.card().buttons
    assert not kept(office)
    assert office.refresh().state is RefreshState.CANCELLED
    assert "refresh.cancelled" in office.actions()
    # What comes now begins anew.
    await office.send(("乙.md", CARS))
    assert len(office.records.refreshes.in_state(*RefreshState)) == 2


async def test_refresh_says_how_and_shows_what_is_under_way_to_every_admin(
    peer: Peer, office: Office
) -> None:
    await office.start()
    await office.say(SECOND, "/refresh")
    assert "直接发给我" in office.texts(SECOND)[-1]
    old = await office.send(("甲.md", CARS))
    await office.say(ADMIN, "/refresh")
    card = await office.shows("已收 1 份")
    assert card.message_id > old.message_id
    assert "请看下面" in next(m for m in peer.messages(ADMIN) if m == peer.messages(ADMIN)[0]).text
    await office.say(SECOND, "/refresh")
    assert "甲.md" in office.card(SECOND).text
    # Both stay as the refresh is.
    await office.send(("乙.md", GIFTS_REVISED))
    await peer.wait_until(lambda: "乙.md" in office.card(SECOND).text)
    assert office.refresh().card == card.message_id
    await office.say(MEMBERS[0], "/refresh")
    assert office.texts(MEMBERS[0]) == [phrases.NOT_FOR_YOU]
