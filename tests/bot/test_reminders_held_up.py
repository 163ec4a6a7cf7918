"""What is decided, shown and reported about reminders survives what goes wrong around them."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable
from contextlib import AsyncExitStack

import pytest

from bot.telegram.reminding import ticking
from bot.telegram.reminding.workers import DEAD_AFTER, Workers
from knowledge.errors import StoreError
from knowledge.library import Library
from knowledge.people import Member, Role
from knowledge.reminding.plan import Planned, ReminderState
from knowledge.store import Records
from knowledge.store.reminder_deliveries import ReminderDeliveries
from tests.bot.reminding import Shelf, Times, china, posted
from tests.bot.samples import ADMIN
from tests.bot.test_reminders_sent import ALL, BEFORE, GUIDE, KEY, ONE, SHOWN, without
from tests.peer import Peer

SEASON = "升学季"


@pytest.fixture
def times() -> Times:
    return Times(china("2026-06-13 12:00"))


@pytest.fixture
def shelf(shipped: Library) -> Shelf:
    return Shelf(shipped)


def planned_of(records: Records, key: str = KEY) -> Planned:
    found = records.reminders.get(key)
    assert found
    return found


async def test_days_that_were_taken_away_are_not_reminded_of_even_where_their_time_has_come(
    peer: Peer, records: Records, shelf: Shelf
) -> None:
    added = records.holidays.add(SEASON, dt.date(2026, 7, 20), dt.date(2026, 8, 1), ADMIN)
    times = Times(china("2026-07-18 10:00"))
    async with posted(peer, records, shelf, times) as post:
        await post.tick()
        assert post.told(ADMIN, SEASON)
        records.holidays.remove(added.id, ADMIN)
        for _ in range(4):
            await post.tick(hours=1)
        assert post.got(SEASON) == {}


async def test_a_start_with_a_clock_of_years_ago_loses_no_decision(
    peer: Peer, records: Records, shelf: Shelf, times: Times
) -> None:
    async with posted(peer, records, shelf, times) as post:
        await post.tick("2026-06-14 10:00")
        planned = planned_of(records)
        records.reminders.decide(KEY, planned.version, ReminderState.SKIPPED, ADMIN)
    old = Times(china("2020-01-10 10:00"))
    async with posted(peer, records, shelf, old) as post:
        for _ in range(4):
            await post.tick(minutes=5)
    async with posted(peer, records, shelf, Times(china("2026-06-16 10:00"))) as post:
        for _ in range(4):
            await post.tick(minutes=5)
        assert post.got(BEFORE) == {}
        assert planned_of(records).state is ReminderState.SKIPPED


async def test_a_clock_behind_what_was_done_already_is_not_believed_at_once(
    peer: Peer, records: Records, shelf: Shelf, times: Times, caplog: pytest.LogCaptureFixture
) -> None:
    async with posted(peer, records, shelf, times) as post:
        await post.tick("2026-06-14 10:00")
    async with posted(peer, records, shelf, Times(china("2026-06-12 10:00"))) as post:
        await post.tick()
    assert "系统时钟跳了" in caplog.text


async def test_a_preview_that_could_not_be_shown_is_shown_later_and_silence_counts_from_then(
    peer: Peer, records: Records, shelf: Shelf, times: Times
) -> None:
    async with posted(peer, records, shelf, times, **ONE) as post:
        peer.refuse("sendMessage", 502, "Bad Gateway", times=2)
        await post.tick("2026-06-14 10:00")
        assert planned_of(records).previewed_at is None
        await post.tick(seconds=20)
        assert len(post.told(ADMIN, "不作声也会按时发出")) == 1
        assert planned_of(records).previewed_at == times.time


async def test_a_kill_while_admins_are_shown_a_preview_does_not_pass_for_consent(
    peer: Peer, records: Records, shelf: Shelf, times: Times, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with posted(peer, records, shelf, times, **ONE) as post:
        monkeypatch.setattr(post.ticking._informing, "_sent", killed)
        times.go_on(china("2026-06-14 10:00"))
        with pytest.raises(asyncio.CancelledError):
            await post.ticking._tick(post.bot)
    async with posted(peer, records, shelf, times, **ONE) as post:
        await post.tick(seconds=20)
        assert planned_of(records).previewed_at is None
        await post.tick(minutes=10)
        assert len(post.told(ADMIN, "不作声也会按时发出")) == 1
        assert planned_of(records).previewed_at == times.time


async def killed(*_: object) -> bool:
    raise asyncio.CancelledError


def test_a_process_that_comes_back_after_it_was_taken_for_dead_is_looked_at_anew(
    records: Records, times: Times
) -> None:
    alive, other = (Workers(records.reminder_deliveries, times.clock()) for _ in range(2))
    alive.beat()
    for _ in range(12):
        times.go_on(seconds=DEAD_AFTER / 6)
        other.beat()
    assert list(records.reminder_deliveries.beat("third")) == [other.name, "third"]
    for _ in range(12):
        times.go_on(seconds=DEAD_AFTER / 6)
        alive.beat()
        other.beat()
        assert alive.name in records.reminder_deliveries.beat("third")


async def test_an_admin_who_never_spoke_with_the_bot_does_not_hold_everybody_up(
    peer: Peer, records: Records, shelf: Shelf, times: Times
) -> None:
    records.members.add(Member(1002, Role.ADMIN, "新来的"))
    async with posted(peer, records, shelf, times, **ONE) as post:
        peer._known.discard(1002)
        await post.tick("2026-06-14 10:00")
        await post.tick(seconds=20)
        tries = [each for each in peer.calls("sendMessage") if each.params["chat_id"] == "1002"]
        assert len(tries) == 1
        await post.tick("2026-06-16 10:00")
        assert set(post.got(BEFORE)) == ALL


async def test_without_any_admin_it_still_goes_out(
    peer: Peer, records: Records, shelf: Shelf, times: Times
) -> None:
    async with posted(peer, records, shelf, times, **ONE) as post:
        records.members.set_reachable(ADMIN, False)
        await post.tick("2026-06-14 10:00")
        await post.tick("2026-06-16 10:00")
        assert post.got(BEFORE) == dict.fromkeys(ALL, 1)


async def test_what_came_of_it_is_reported_once_admins_can_be_reached_again(
    peer: Peer, records: Records, shelf: Shelf, times: Times
) -> None:
    async with posted(peer, records, shelf, times, **ONE, reminders="hold") as post:
        await post.tick("2026-06-14 10:00")
        peer.refuse("sendMessage", 502, "Bad Gateway", times=4)
        await post.tick("2026-06-19 10:00")
        assert post.told(ADMIN, "没有发给任何人") == []
        for _ in range(3):
            await post.tick(minutes=1)
        assert len(post.told(ADMIN, "没有发给任何人")) == 1


async def test_admins_are_not_written_to_at_night(
    peer: Peer, records: Records, shelf: Shelf, times: Times
) -> None:
    quiet = {"reminder_quiet": "21:00-08:00"}
    async with posted(peer, records, shelf, times, reminders="hold", **quiet) as post:
        for until in ("14 10:00", "16 10:00", "18 10:00"):
            await post.tick(f"2026-06-{until}")
        count = len(post.told(ADMIN))
        for until in ("18 21:00", "19 23:30", "20 07:59"):
            await post.tick(f"2026-06-{until}")
        assert len(post.told(ADMIN)) == count
        await post.tick("2026-06-20 08:00")
        assert len(post.told(ADMIN, "端午节（节日前夕）”，没有发给任何人")) == 1


def failing(monkeypatch: pytest.MonkeyPatch, method: str, times: int) -> None:
    """Let the database fail the next calls of a method."""
    works: Callable[..., object] = getattr(ReminderDeliveries, method)
    left = [times]

    def fails(self: ReminderDeliveries, *given: object, **named: object) -> object:
        if left[0]:
            left[0] -= 1
            raise StoreError("数据库暂时连不上。")
        return works(self, *given, **named)

    monkeypatch.setattr(ReminderDeliveries, method, fails)


@pytest.mark.parametrize("method", ["claim", "begin", "settle", "put_back", "beat"])
async def test_a_database_that_fails_for_a_moment_costs_nobody_the_reminder_and_doubles_none(
    peer: Peer,
    records: Records,
    shelf: Shelf,
    times: Times,
    method: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with posted(peer, records, shelf, times, **ONE) as post:
        await post.tick("2026-06-14 10:00")
        failing(monkeypatch, method, 2)
        for _ in range(6):
            await post.tick("2026-06-16 10:00" if times.time < china("2026-06-16 10:00") else "")
            times.go_on(seconds=20)
        assert post.got(BEFORE) == dict.fromkeys(ALL, 1)


async def test_a_stop_right_after_the_database_failed_doubles_nothing(
    peer: Peer,
    records: Records,
    shelf: Shelf,
    times: Times,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with posted(peer, records, shelf, times, **ONE) as post:
        await post.tick("2026-06-14 10:00")
        failing(monkeypatch, "settle", 3)
        await post.tick("2026-06-16 10:00")
    async with posted(peer, records, shelf, times, **ONE) as post:
        for _ in range(3):
            await post.tick(seconds=20)
        assert post.got(BEFORE) == dict.fromkeys(ALL, 1)


async def test_while_requests_wait_for_minutes_no_other_process_takes_them_over(
    peer: Peer,
    records: Records,
    shelf: Shelf,
    times: Times,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ticking, "BEAT_EVERY", 0.05)
    async with AsyncExitStack() as stack:
        first, second = [
            await stack.enter_async_context(posted(peer, records, shelf, times, **ONE))
            for _ in range(2)
        ]
        await first.tick("2026-06-14 10:00")
        times.go_on(china("2026-06-16 10:00"))
        peer.flood(times=1, retry_after=2)
        waiting = asyncio.create_task(first.ticking.tick(first.bot))
        await peer.wait_until(lambda: bool(peer.refused))
        while not waiting.done():
            times.go_on(seconds=DEAD_AFTER / 6)
            await second.ticking.tick(second.bot)
            await asyncio.sleep(0.15)
        await waiting
        await second.tick(seconds=20)
        assert first.got(BEFORE) == dict.fromkeys(ALL, 1)


async def test_new_words_go_out_only_after_admins_have_seen_them(
    peer: Peer, records: Records, shelf: Shelf, times: Times
) -> None:
    async with posted(peer, records, shelf, times, **ONE) as post:
        await post.tick("2026-06-14 10:00")
        times.go_on(china("2026-06-16 09:29"))
        words = {"opening": "请各位同志注意。", "watch": ["粽子"]}
        records.reminders.reword(KEY, planned_of(records).version, words, ADMIN)
        await post.tick("2026-06-16 09:30")
        await post.tick("2026-06-16 09:31")
        assert post.got(BEFORE) == {}
        assert len(post.told(ADMIN, "请各位同志注意")) == 1
        await post.tick("2026-06-16 11:31")
        assert post.got("请各位同志注意") == dict.fromkeys(ALL, 1)


async def test_what_is_amended_amid_sending_reaches_the_rest_without_what_no_longer_stands(
    peer: Peer, records: Records, shelf: Shelf, times: Times
) -> None:
    async with posted(peer, records, shelf, times, **ONE) as post:
        await post.tick("2026-06-14 10:00")
        # Whoever is put back may be tried again by another lane at once: enough for all of them.
        peer.refuse("sendMessage", 502, "Bad Gateway", times=40)
        await post.tick("2026-06-16 10:00")
        assert post.got(BEFORE) == {}
        assert planned_of(records).state is ReminderState.SENDING
        peer._refusals.clear()
        shelf.held = without(shelf.held, GUIDE)
        await post.tick(seconds=20)
        await post.tick(minutes=11)
        assert set(post.got(BEFORE)) == ALL
        assert all(SHOWN not in each.text for person in ALL for each in post.told(person, BEFORE))


async def test_a_reminder_that_cannot_be_composed_keeps_no_other_from_going_out(
    peer: Peer, records: Records, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    records.holidays.add(SEASON, dt.date(2026, 6, 19), dt.date(2026, 8, 1), ADMIN)
    times = Times(china("2026-06-13 12:00"))
    async with posted(peer, records, shelf, times, **ONE) as post:
        compose = post.ticking._planner.compose

        def broken(planned: Planned, now: dt.datetime | None = None) -> object:
            if planned.name == SEASON:
                raise RuntimeError("a bug")
            return compose(planned, now)

        monkeypatch.setattr(post.ticking._planner, "compose", broken)
        await post.tick("2026-06-14 10:00")
        await post.tick("2026-06-16 10:00")
        assert post.got(BEFORE) == dict.fromkeys(ALL, 1)
        assert len(post.told(ADMIN, "现在发不了")) == 2  # once a day


async def test_after_months_switched_off_admins_get_one_message_about_all_of_them(
    peer: Peer, records: Records, shelf: Shelf, times: Times
) -> None:
    async with posted(peer, records, shelf, times) as post:
        await post.tick()
    async with posted(peer, records, shelf, Times(china("2026-12-10 10:00"))) as post:
        await post.tick()
        await post.tick(seconds=20)
        assert len(post.told(ADMIN, "错过了")) == 1
