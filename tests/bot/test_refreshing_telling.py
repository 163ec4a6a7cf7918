"""Whoever asked about an article that a refresh amended hears of it: once, if they want to."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.telegram.refreshing.telling_screens import LONGEST, amended, side_by_side
from bot.telegram.upkeep import sweep
from ingest.generation import build, roll_back
from knowledge.amending import Amendment, Announced
from knowledge.asked import AskedQuestion
from knowledge.store import RefreshState
from knowledge.store.muted import AMENDMENTS
from knowledge.store.once import Once
from tests.bot.conftest import settings_for
from tests.bot.refreshing import QUESTION, SECOND, Office, eventually, opened
from tests.bot.samples import ADMIN, MEMBERS
from tests.fakes import GIFTS_REVISED, TinyEncoder, held
from tests.peer import Peer
from tests.peer.chats import BOT, Sent

MEMBER, OTHER = MEMBERS
NEW = ("礼品管理办法.md", GIFTS_REVISED)
WORDS = "您问过的问题"
NOW = dt.datetime.now(dt.UTC)


@pytest.fixture
async def office(peer: Peer, tmp_path: Path, database_url: str) -> AsyncIterator[Office]:
    async with opened(peer, tmp_path, database_url) as made:
        yield made


async def asked(office: Office, *people: int) -> None:
    for person in people:
        count = len(office.peer.settled(person))
        await office.say(person, QUESTION)
        await office.peer.wait_for_messages(person, count + 1)
    await office.handled()


def told(office: Office, person: int) -> list[Sent]:
    return [each for each in office.peer.messages(person) if each.text.startswith(WORDS)]


async def test_those_who_asked_are_told_once_with_old_and_new(peer: Peer, office: Office) -> None:
    await office.start()
    await asked(office, MEMBER, MEMBER, OTHER)
    await office.live(NEW)
    await office.shows(WORDS, MEMBER)
    await office.shows(WORDS, OTHER)
    (message,) = told(office, MEMBER)
    for word in (QUESTION, "《礼品管理办法》第三条已修订", "原：", "现：", "2024年1月1日起施行"):
        assert word in message.text
    quotes = [message.parsed.slice(e) for e in message.parsed.entities if "quote" in e.type]
    assert ["十日内" in quotes[0], "五日内" in quotes[1]] == [True, True]
    assert message.text.count("原：") == len(quotes) // 2
    await office.shows("已告知 2 位提问人")
    await office.stop()
    await office.start()
    await asyncio.sleep(0.3)
    assert [len(told(office, each)) for each in (MEMBER, OTHER, SECOND)] == [1, 1, 0]


async def test_not_told_are_those_who_left_who_asked_in_a_group_or_do_not_want_to(
    peer: Peer, office: Office
) -> None:
    group, name = -100700, f"@{BOT['username']}"
    office.records.groups.open(group, ADMIN)
    await office.start()
    await asked(office, MEMBER)
    await office.say(OTHER, f"{name} {QUESTION}", chat_id=group)
    await peer.wait_for_messages(group, 1)
    await office.handled()
    office.records.members.set_reachable(MEMBER, False)
    await asked(office, SECOND)
    office.records.muted.set(SECOND, AMENDMENTS, muted=True)
    await office.live(NEW)
    await office.stop()
    await office.start()
    await asyncio.sleep(0.3)
    assert not any(told(office, each) for each in (MEMBER, OTHER, SECOND, group))
    # Whoever comes back within the time is told then.
    await office.say(MEMBER, "/new")
    await office.stop()
    await office.start()
    await office.shows(WORDS, MEMBER)


async def test_a_crash_keeps_it_from_nobody(
    peer: Peer, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim = Once.claim

    def die_before_noting(self: Once, key: str) -> bool:
        if key.startswith("amended:"):
            raise asyncio.CancelledError
        return claim(self, key)

    await office.start()
    await asked(office, MEMBER, OTHER)
    with monkeypatch.context() as crashing:
        crashing.setattr(Once, "claim", die_before_noting)
        await office.live(NEW)
        await eventually(lambda: bool(told(office, MEMBER) or told(office, OTHER)))
        await office.stop()
    (first,) = (person for person in (MEMBER, OTHER) if told(office, person))
    await office.start()
    await eventually(lambda: all(told(office, person) for person in (MEMBER, OTHER)))
    # Of whom nothing was noted, hears twice rather than never.
    await eventually(lambda: len(told(office, first)) == 2)


async def test_what_the_command_line_put_live_is_told_at_the_next_start(
    peer: Peer, office: Office
) -> None:
    await office.start()
    await asked(office, MEMBER)
    await office.stop()
    build(held(GIFTS_REVISED), store=office.store, encoder=TinyEncoder())
    await office.start()
    await office.shows(WORDS, MEMBER)


async def test_after_a_rollback_nobody_is_told(peer: Peer, office: Office) -> None:
    await office.start()
    await asked(office, MEMBER)
    office.records.members.set_reachable(MEMBER, False)
    await office.live(NEW)
    await office.stop()
    roll_back(office.store)
    office.records.members.set_reachable(MEMBER, True)
    await office.start()
    await asyncio.sleep(0.3)
    assert not told(office, MEMBER)


async def test_a_button_ends_it_and_privacy_brings_it_back(peer: Peer, office: Office) -> None:
    await office.start()
    await asked(office, MEMBER)
    await office.live(NEW)
    await office.shows(WORDS, MEMBER)
    await office.press("以后不再通知", MEMBER)
    assert office.records.muted.is_muted(MEMBER, AMENDMENTS)
    assert "/privacy" in office.alerts()[-1]
    assert not told(office, MEMBER)[-1].buttons
    await office.say(MEMBER, "/privacy")
    assert "现在是关着的" in office.texts(MEMBER)[-1]
    await office.press("恢复条文变动通知", MEMBER)
    assert not office.records.muted.is_muted(MEMBER, AMENDMENTS)
    assert "现在是开着的" in office.texts(MEMBER)[-1]
    await office.press("不要条文变动通知", MEMBER)
    assert office.records.muted.is_muted(MEMBER, AMENDMENTS)


async def test_what_is_over_is_swept_with_its_files(peer: Peer, office: Office) -> None:
    await office.start()
    await office.live(NEW)
    await office.send(("通知.md", "# 通知\n\n第一条 按时上班。"))
    await office.stop()
    settings = settings_for(peer, data_dir=office.store.data_dir)
    amendments, now = office.records.amendments, dt.datetime.now(dt.UTC)
    known = office.records.refreshes.known_hashes()
    sweep(office.records, settings, now + dt.timedelta(days=13))
    assert amendments.standing()
    sweep(office.records, settings, now + dt.timedelta(days=15))
    assert not amendments.standing()
    assert (office.store.data_dir / "refreshes" / "1").exists()
    sweep(office.records, settings, now + dt.timedelta(days=31))
    assert not list((office.store.data_dir / "refreshes").iterdir())
    states = [each.state for each in office.records.refreshes.in_state(*RefreshState)]
    assert states == [RefreshState.LIVE, RefreshState.CANCELLED]
    # The watched folder must not offer them again.
    assert office.records.refreshes.known_hashes() == known


def question(text: str = "问题", days: int = 3) -> AskedQuestion:
    at = NOW - dt.timedelta(days=days)
    return AskedQuestion(1, "p", at, text, "answered", 1, (), "", "", False)


def announced(number: int, before: str, after: str, now: str = "《甲办法》第九十八条") -> Announced:
    change = Amendment("甲办法", "第九十七条", "", "c", before, after, now if after else "")
    return Announced(number, 2, NOW, change)


def shown(*touched: tuple[AskedQuestion, list[Announced]]) -> str:
    return "\n".join(piece.text for block in amended(touched, None).blocks for piece in block)


def test_a_mere_change_of_number_is_told_as_one() -> None:
    text = shown((question(), [announced(1, "原 文。", "原文。")]))
    assert "《甲办法》第九十七条现为《甲办法》第九十八条，文字未变。" in text
    assert "原：" not in text


def test_what_was_repealed_is_told_as_such() -> None:
    text = shown((question(), [announced(1, "旧文。", "")]))
    assert "已不再适用，没有对应的新条文" in text
    assert "旧文。" in text


def test_what_took_the_place_of_a_whole_document_is_named() -> None:
    change = Amendment("甲办法", "第九十七条", "", "c", "旧文。", "", "《乙办法》")
    text = shown((question(), [Announced(1, 2, NOW, change)]))
    assert "第九十七条已不再适用，由《乙办法》取代" in text


def test_long_texts_are_trimmed_around_what_is_different() -> None:
    before = "前" * 300 + "十日" + "后" * 300
    after = "前" * 300 + "五日" + "后" * 300
    old, new = side_by_side(before, after)
    assert "十日" in old
    assert "五日" in new
    for text in (old, new):
        assert text.startswith("…前")
        assert text.endswith("后…")
        assert len(text) <= LONGEST + 2
        assert text.strip("…") in (before, after)[text is new]
    assert side_by_side("短", "更短") == ("短", "更短")


def test_each_change_is_shown_once_and_everything_fits_one_message() -> None:
    change = announced(1, "旧" * 900, "新" * 900)
    touched = [(question(f"问题{n}" * 99), [change]) for n in range(9)]
    text = shown(*touched)
    assert text.count("原：") == 1
    assert text.count("问过「") == 5
    assert "还有 4 个问题" in text
    many = [announced(n, f"旧{n}" * 500, f"新{n}" * 500) for n in range(40)]
    screen = amended([(question("问" * 999), many)], None)
    text = "\n\n".join("\n".join(piece.text for piece in block) for block in screen.blocks)
    assert len(text) < 4000
    assert "再发一次" in text


def test_a_day_of_another_year_names_it() -> None:
    text = shown((question(days=800), [announced(1, "旧", "新")]))
    assert f"您在{(NOW - dt.timedelta(days=800)).year}年" in text
