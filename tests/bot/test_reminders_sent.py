"""Reminders go out once to each, at their time, whatever happens to process, clock and network."""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import replace

import pytest
from aiohttp import web

from bot.telegram.reminding import sending
from bot.telegram.reminding.workers import DEAD_AFTER
from knowledge.errors import StoreError
from knowledge.library import Library
from knowledge.model import ParsedDocument
from knowledge.people import Member, Role
from knowledge.reminding.plan import ReminderState
from knowledge.store import Records
from knowledge.store.muted import REMINDERS, REMINDERS_MORE
from knowledge.store.reminder_deliveries import ReminderDeliveries
from tests.bot.reminding import Shelf, Times, china, posted
from tests.bot.samples import ADMIN, MEMBERS, REVIEWER
from tests.peer import Peer

BEFORE, EVE, BACK = "端午节廉洁提醒", "端午节假期廉洁提醒", "端午节后廉洁回看"
KEY = "2026-端午节:before"
ALL = {*MEMBERS, REVIEWER}
# Nothing else is sent at the hour that counts.
ONE = {"reminder_moments": "before"}
MANY = range(5001, 5101)
GUIDE, SHOWN = "《中国共产党纪律处分条例》要点", "《〈中国共产党纪律处分条例〉要点》"


@pytest.fixture
def times() -> Times:
    """Three days and a night before the first reminder of 端午节 2026 (off 19-21 June)."""
    return Times(china("2026-06-13 12:00"))


@pytest.fixture
def shelf(shipped: Library) -> Shelf:
    return Shelf(shipped)


async def sent(peer: Peer, words: str) -> set[int]:
    return {each.chat_id for each in peer.sent if words in each.text} - {ADMIN}


async def test_each_reminder_reaches_everybody_once_at_its_time(
    peer: Peer, records: Records, shelf: Shelf, times: Times
) -> None:
    async with posted(peer, records, shelf, times) as post:
        for until in ("14 09:00", "14 09:31", "16 09:29", "16 09:30", "16 09:31", "18 09:29"):
            await post.tick(f"2026-06-{until}")
            due = until >= "16 09:30"
            assert post.got(BEFORE) == dict.fromkeys(ALL if due else (), 1)
        assert post.got(EVE) == {}
        for until, words in (
            ("18 09:30", EVE),
            ("20 10:00", ""),
            ("22 09:29", ""),
            ("22 09:30", BACK),
        ):
            await post.tick(f"2026-06-{until}")
            assert post.got(words or BACK) == dict.fromkeys(ALL if words else (), 1)
        await post.tick("2026-06-30 12:00")
        assert {words: set(post.got(words).values()) for words in (BEFORE, EVE, BACK)} == {
            BEFORE: {1},
            EVE: {1},
            BACK: {1},
        }


async def test_admins_see_it_two_days_ahead_and_silence_lets_it_go(
    peer: Peer, records: Records, shelf: Shelf, times: Times
) -> None:
    async with posted(peer, records, shelf, times) as post:
        await post.tick("2026-06-14 09:29")
        assert post.told(ADMIN) == []
        await post.tick("2026-06-14 09:31")
        await post.tick("2026-06-14 09:40")
        message, card = post.told(ADMIN)
        assert message.text.startswith(BEFORE)
        assert "6月16日（周二）09:30" in card.text
        assert "不作声也会按时发出" in card.text
        assert post.got(BEFORE) == {}
        await post.tick("2026-06-16 09:30")
        assert post.got(BEFORE) == dict.fromkeys(ALL, 1)
        report = post.told(ADMIN, "已发完")[-1]
        # The admin is a member like the others.
        assert f"应发 {len(ALL) + 1} 人，送达 {len(ALL) + 1} 人" in report.text


async def test_where_the_unit_wants_consent_nothing_goes_without_it(
    peer: Peer, records: Records, shelf: Shelf, times: Times
) -> None:
    async with posted(peer, records, shelf, times, reminders="hold") as post:
        await post.tick("2026-06-14 10:00")
        await post.tick("2026-06-16 09:30")
        await post.tick("2026-06-16 11:00")
        assert post.got(BEFORE) == {}
        assert len(post.told(ADMIN, "还没有批准，先不发")) == 1
        planned = records.reminders.get(KEY)
        assert planned
        records.reminders.decide(KEY, planned.version, ReminderState.APPROVED, ADMIN)
        await post.tick("2026-06-16 11:01")
        assert post.got(BEFORE) == dict.fromkeys(ALL, 1)


async def test_what_nobody_approved_in_time_is_recorded_as_missed_and_told(
    peer: Peer, records: Records, shelf: Shelf, times: Times
) -> None:
    async with posted(peer, records, shelf, times, reminders="hold") as post:
        await post.tick("2026-06-14 10:00")
        await post.tick("2026-06-18 09:30")
        await post.tick("2026-06-18 09:31")
        assert post.got(BEFORE) == {}
        missed = post.told(ADMIN, "没有发给任何人")
        assert [BEFORE[:3] in each.text for each in missed] == [True]
        planned = records.reminders.get(KEY)
        assert planned
        assert planned.state is ReminderState.MISSED


async def test_a_skipped_one_is_not_sent(
    peer: Peer, records: Records, shelf: Shelf, times: Times
) -> None:
    async with posted(peer, records, shelf, times) as post:
        await post.tick("2026-06-14 10:00")
        planned = records.reminders.get(KEY)
        assert planned
        records.reminders.decide(KEY, planned.version, ReminderState.SKIPPED, ADMIN)
        for until in ("16 09:30", "17 10:00", "18 09:30", "19 10:00"):
            await post.tick(f"2026-06-{until}")
        assert post.got(BEFORE) == {}
        assert post.got(EVE) == dict.fromkeys(ALL, 1)
        assert post.told(ADMIN, "错过") == []


async def test_it_waits_out_quiet_hours_and_goes_on_afterwards(
    peer: Peer, records: Records, shelf: Shelf, times: Times
) -> None:
    async with posted(peer, records, shelf, times) as post:
        await post.tick("2026-06-14 10:00")
        await post.tick("2026-06-16 22:00")
        await post.tick("2026-06-17 07:59")
        assert post.got(BEFORE) == {}
        await post.tick("2026-06-17 08:00")
        assert post.got(BEFORE) == dict.fromkeys(ALL, 1)


async def test_the_unit_s_own_hours_hold(
    peer: Peer, records: Records, shelf: Shelf, times: Times
) -> None:
    changes = {"reminder_time": dt.time(7, 30), "reminder_days": 5, "reminder_moments": "before"}
    async with posted(peer, records, shelf, Times(china("2026-06-11 12:00")), **changes) as post:
        await post.tick("2026-06-12 09:00")
        await post.tick("2026-06-14 07:59")
        assert post.got(BEFORE) == {}
        await post.tick("2026-06-14 08:00")
        assert post.got(BEFORE) == dict.fromkeys(ALL, 1)
        await post.tick("2026-06-18 10:00")
        await post.tick("2026-06-22 10:00")
        assert post.got(EVE) | post.got(BACK) == {}


@pytest.mark.parametrize("choice", ["none", "fewer", "nothing"])
async def test_whoever_wants_fewer_or_none_gets_that_as_far_as_the_unit_allows(
    peer: Peer, records: Records, shelf: Shelf, times: Times, choice: str
) -> None:
    fewer, none = MEMBERS
    records.muted.set(fewer, REMINDERS_MORE, muted=True)
    records.muted.set(none, REMINDERS, muted=True)
    async with posted(peer, records, shelf, times, reminder_choice=choice) as post:
        for until in ("14 10:00", "16 10:00", "18 10:00", "20 10:00", "22 10:00"):
            await post.tick(f"2026-06-{until}")
        got = [set(post.got(words)) for words in (BEFORE, EVE, BACK)]
    without_one = ALL - {none} if choice == "none" else ALL
    less = without_one - {fewer} if choice != "nothing" else ALL
    assert got == [without_one, less, less]


async def test_those_who_blocked_the_bot_are_counted_and_not_asked_again(
    peer: Peer, records: Records, shelf: Shelf, times: Times
) -> None:
    peer.blocked.add(MEMBERS[0])
    async with posted(peer, records, shelf, times, **ONE) as post:
        await post.tick("2026-06-14 10:00")
        await post.tick("2026-06-16 10:00")
        assert "停用了机器人或已移出名单：1 人" in post.told(ADMIN, "已发完")[-1].text
        tries = [
            each for each in peer.calls("sendMessage") if each.params["chat_id"] == str(MEMBERS[0])
        ]
        assert len(tries) == 1


async def test_telegram_s_limits_are_waited_out(
    peer: Peer, records: Records, shelf: Shelf, times: Times
) -> None:
    async with posted(peer, records, shelf, times, **ONE) as post:
        await post.tick("2026-06-14 10:00")
        peer.flood(times=6)
        await post.tick("2026-06-16 10:00")
        await post.tick(seconds=20)
        await post.tick(seconds=20)
        assert post.got(BEFORE) == dict.fromkeys(ALL, 1)
        assert "可能收到两次" not in post.told(ADMIN, "已发完")[-1].text


async def test_without_a_connection_nothing_is_lost_or_doubled(
    peer: Peer, records: Records, shelf: Shelf, times: Times
) -> None:
    async with posted(peer, records, shelf, times, **ONE) as post:
        await post.tick("2026-06-14 10:00")
        await peer._runner.cleanup()
        for _ in range(4):
            await post.tick("2026-06-16 10:00" if times.time < china("2026-06-16 10:00") else "")
            times.go_on(seconds=20)
        tally = records.reminder_deliveries.tally(KEY)
        assert (tally.pending, tally.repeated) == (len(ALL) + 1, 0)


class Cutting(Peer):
    """Takes a message, and breaks the connection before it says so."""

    cut = 0

    async def _call(self, request: web.Request) -> web.Response:
        response = await super()._call(request)
        if self.cut and request.match_info["method"] == "sendMessage":
            self.cut -= 1
            assert request.transport
            request.transport.close()
        return response


@pytest.mark.parametrize(("cut", "copies"), [(1, 2), (9, 2)])
async def test_an_answer_that_never_comes_is_logged_and_asked_for_once_more(
    records: Records,
    shelf: Shelf,
    times: Times,
    caplog: pytest.LogCaptureFixture,
    cut: int,
    copies: int,
) -> None:
    for person in (*MEMBERS, REVIEWER):
        records.members.set_reachable(person, person == MEMBERS[0])
    async with Cutting() as peer, posted(peer, records, shelf, times, **ONE) as post:
        await post.tick("2026-06-14 10:00")
        records.roster.fix_admins(frozenset())
        records.members.set_reachable(ADMIN, False)
        peer.cut = cut
        for _ in range(5):
            await post.tick("2026-06-16 10:00" if times.time < china("2026-06-16 10:00") else "")
            times.go_on(seconds=20)
        assert post.got(BEFORE) == {MEMBERS[0]: copies}
        tally = records.reminder_deliveries.tally(KEY)
        assert (tally.sent, tally.failed) == ((1, 0) if cut == 1 else (0, 1))
    assert "可能已经收到" in caplog.text


@pytest.mark.parametrize(("status", "words"), [(502, "Bad Gateway"), (404, "Not Found")])
async def test_an_outage_of_telegram_costs_nobody_the_reminder(
    peer: Peer, records: Records, shelf: Shelf, times: Times, status: int, words: str
) -> None:
    async with posted(peer, records, shelf, times, **ONE) as post:
        await post.tick("2026-06-14 10:00")
        peer.refuse("sendMessage", status, words, times=60)
        for _ in range(40):
            await post.tick("2026-06-16 10:00" if times.time < china("2026-06-16 10:00") else "")
            times.go_on(seconds=20)
        assert post.got(BEFORE) == dict.fromkeys(ALL, 1)
        assert "可能收到两次" not in post.told(ADMIN, "已发完")[-1].text


async def test_a_refused_message_fails_for_that_person_alone(
    peer: Peer, records: Records, shelf: Shelf, times: Times
) -> None:
    async with posted(peer, records, shelf, times, **ONE) as post:
        await post.tick("2026-06-14 10:00")
        peer.refuse("sendMessage", 400, "Bad Request: chat not found")
        await post.tick("2026-06-16 10:00")
        assert "发送失败：1 人" in post.told(ADMIN, "已发完")[-1].text
        assert sum(post.got(BEFORE).values()) + len(post.told(ADMIN, BEFORE)) == len(ALL) + 1


async def test_a_late_start_catches_up_while_it_still_makes_sense(
    peer: Peer, records: Records, shelf: Shelf, times: Times
) -> None:
    async with posted(peer, records, shelf, times) as post:
        await post.tick("2026-06-13 12:00")
    late = Times(china("2026-06-17 15:00"))
    async with posted(peer, records, shelf, late) as post:
        await post.tick()
        assert post.got(BEFORE) == {}  # admins have just been shown it
        await post.tick(hours=2)
        assert post.got(BEFORE) == dict.fromkeys(ALL, 1)


async def test_after_days_without_the_bot_what_was_missed_is_told_and_not_sent(
    peer: Peer, records: Records, shelf: Shelf, times: Times
) -> None:
    async with posted(peer, records, shelf, times) as post:
        await post.tick("2026-06-14 10:00")
    async with posted(peer, records, shelf, Times(china("2026-06-21 10:00"))) as post:
        await post.tick()
        assert post.got(BEFORE) | post.got(EVE) == {}
        await post.tick(seconds=20)
        (missed,) = post.told(ADMIN, "错过了 2 次")
        assert "端午节（节前）" in missed.text
        assert "端午节（节日前夕）" in missed.text


async def test_a_bot_set_up_after_a_holiday_says_nothing_of_it(
    peer: Peer, records: Records, shelf: Shelf
) -> None:
    async with posted(peer, records, shelf, Times(china("2026-07-20 10:00"))) as post:
        await post.tick()
        assert peer.sent == []


async def test_a_crash_amid_sending_leaves_nobody_out_and_repeats_what_was_under_way(
    peer: Peer,
    records: Records,
    shelf: Shelf,
    times: Times,
    caplog: pytest.LogCaptureFixture,
) -> None:
    for number in MANY:
        records.members.add(Member(number, Role.OFFICER, f"用户{number}"))
    async with posted(peer, records, shelf, times) as post:
        await post.tick("2026-06-14 10:00")
        times.go_on(china("2026-06-16 10:00"))
        dying = asyncio.create_task(post.ticking.tick(post.bot))
        await peer.wait_until(lambda: len(post.got(BEFORE)) >= 20)
        dying.cancel()
        with suppress(asyncio.CancelledError):
            await dying
        # A killed process does not tidy up after itself.
        post.ticking._workers.leave = lambda: None  # type: ignore[method-assign]
    async with posted(peer, records, shelf, times) as post:
        await post.tick(seconds=20)
        before = len(post.got(BEFORE))
        assert before < len(MANY)
        for _ in range(8):
            await post.tick(seconds=DEAD_AFTER / 6)
        got = post.got(BEFORE)
        assert set(got) == {*ALL, *MANY}
        twice = {person for person, count in got.items() if count > 1}
        assert len(twice) <= sending.LANES
        for person in twice:
            assert f"正在给 {person} 发提醒" in caplog.text


async def test_a_stop_amid_sending_repeats_nothing(
    peer: Peer, records: Records, shelf: Shelf, times: Times
) -> None:
    for number in MANY:
        records.members.add(Member(number, Role.OFFICER, f"用户{number}"))
    async with posted(peer, records, shelf, times) as post:
        await post.tick("2026-06-14 10:00")
        times.go_on(china("2026-06-16 10:00"))
        running = asyncio.create_task(post.ticking.tick(post.bot))
        await peer.wait_until(lambda: len(post.got(BEFORE)) >= 20)
        await post.ticking.end()
        await running
        assert len(post.got(BEFORE)) < len(MANY)
    async with posted(peer, records, shelf, times) as post:
        await post.tick(seconds=1)
        await post.tick(seconds=20)
        assert post.got(BEFORE) == dict.fromkeys({*ALL, *MANY}, 1)


async def test_two_processes_at_once_send_each_person_one(
    peer: Peer, records: Records, shelf: Shelf, times: Times
) -> None:
    for number in MANY:
        records.members.add(Member(number, Role.OFFICER, f"用户{number}"))
    async with AsyncExitStack() as stack:
        posts = [
            await stack.enter_async_context(posted(peer, records, shelf, times)) for _ in range(2)
        ]
        for until in ("14 10:00", "16 10:00", "16 10:01"):
            times.go_on(china(f"2026-06-{until}"))
            await asyncio.gather(*(each.ticking.tick(each.bot) for each in posts))
        assert posts[0].got(BEFORE) == dict.fromkeys({*ALL, *MANY}, 1)
        assert len(posts[0].told(ADMIN, "已发完")) == 1
        assert len(posts[0].told(ADMIN, "廉政提醒：端午节（节前）")) == 1


async def test_a_clock_that_jumps_for_a_moment_sends_nothing(
    peer: Peer, records: Records, shelf: Shelf, times: Times, caplog: pytest.LogCaptureFixture
) -> None:
    async with posted(peer, records, shelf, times) as post:
        await post.tick("2026-06-14 10:00")
        times.jump(days=60)
        for _ in range(5):
            await post.tick(seconds=20)
        times.jump(days=-60)
        await post.tick(seconds=20)
        assert post.got(BEFORE) | post.got(EVE) | post.got(BACK) == {}
        await post.tick("2026-06-16 09:30")
        assert post.got(BEFORE) == dict.fromkeys(ALL, 1)
    assert "系统时钟跳了" in caplog.text


async def test_what_a_clock_that_was_long_wrong_ended_is_still_sent_in_its_time(
    peer: Peer, records: Records, shelf: Shelf, times: Times
) -> None:
    async with posted(peer, records, shelf, times) as post:
        await post.tick("2026-06-14 10:00")
        times.jump(days=60)
        await post.tick(seconds=20)
        await post.tick(minutes=20)
        assert post.told(ADMIN, "错过了")
        times.jump(days=-60)
        await post.tick(seconds=20)
        await post.tick(minutes=20)
        await post.tick("2026-06-16 09:30")
        assert post.got(BEFORE) == dict.fromkeys(ALL, 1)


async def test_a_clock_set_back_sends_nothing_again(
    peer: Peer, records: Records, shelf: Shelf, times: Times
) -> None:
    async with posted(peer, records, shelf, times) as post:
        await post.tick("2026-06-14 10:00")
        await post.tick("2026-06-16 09:30")
        times.jump(days=-1)
        await post.tick(seconds=20)
        await post.tick(minutes=20)
        await post.tick("2026-06-16 09:30")
        await post.tick(hours=1)
        assert post.got(BEFORE) == dict.fromkeys(ALL, 1)


@pytest.mark.parametrize("zone", ["America/New_York", "Pacific/Kiritimati"])
async def test_the_host_s_time_zone_changes_nothing(
    peer: Peer,
    records: Records,
    shelf: Shelf,
    times: Times,
    zone: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        async with posted(peer, records, shelf, times) as post:
            await post.tick("2026-06-14 10:00")
            await post.tick("2026-06-16 09:29")
            assert post.got(BEFORE) == {}
            await post.tick("2026-06-16 09:30")
            assert post.got(BEFORE) == dict.fromkeys(ALL, 1)
    finally:
        monkeypatch.undo()
        time.tzset()


def without(library: Library, *titles: str) -> Library:
    """The library after those documents were repealed."""
    gone = dt.date(2026, 6, 15)
    return Library(
        ParsedDocument(
            replace(each, superseded_by="另一部规定", superseded_on=gone)
            if each.title in titles
            else each,
            tuple(library.clauses_of(each.id)),
        )
        for each in library.documents.values()
    )


async def test_an_article_repealed_since_the_preview_is_caught_before_sending(
    peer: Peer, records: Records, shelf: Shelf, times: Times
) -> None:
    async with posted(peer, records, shelf, times) as post:
        await post.tick("2026-06-14 10:00")
        cited = next(each for each in post.told(ADMIN) if each.text.startswith(BEFORE))
        assert SHOWN in cited.text
        shelf.held = without(shelf.held, GUIDE)
        await post.tick("2026-06-16 09:30")
        await post.tick("2026-06-16 12:00")
        warned = [
            each.text for each in post.told(ADMIN) if "拦下" in each.text or "发不了" in each.text
        ]
        assert warned
        for person in ALL:
            for each in post.told(person, BEFORE):
                assert SHOWN not in each.text


async def test_an_approval_of_words_that_no_longer_stand_is_over(
    peer: Peer, records: Records, shelf: Shelf, times: Times
) -> None:
    async with posted(peer, records, shelf, times, reminders="hold") as post:
        await post.tick("2026-06-14 10:00")
        planned = records.reminders.get(KEY)
        assert planned
        records.reminders.decide(KEY, planned.version, ReminderState.APPROVED, ADMIN)
        shelf.held = without(shelf.held, GUIDE)
        await post.tick("2026-06-16 09:30")
        assert post.got(BEFORE) == {}


async def test_a_failing_database_ends_in_no_second_message(
    peer: Peer,
    records: Records,
    shelf: Shelf,
    times: Times,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    settle: Callable[..., None] = ReminderDeliveries.settle
    broken = [3]

    def failing(self: ReminderDeliveries, *given: object) -> None:
        if broken[0]:
            broken[0] -= 1
            raise StoreError("磁盘已满。")
        settle(self, *given)

    monkeypatch.setattr(ReminderDeliveries, "settle", failing)
    async with posted(peer, records, shelf, times) as post:
        await post.tick("2026-06-14 10:00")
        for _ in range(4):
            await post.tick("2026-06-16 10:00" if times.time < china("2026-06-16 10:00") else "")
            times.go_on(seconds=20)
        assert post.got(BEFORE) == dict.fromkeys(ALL, 1)
    assert "没能记下" in caplog.text


async def test_admins_are_asked_for_next_year_s_days_from_mid_november(
    peer: Peer, records: Records, shelf: Shelf
) -> None:
    async with posted(peer, records, shelf, Times(china("2026-11-14 10:00"))) as post:
        await post.tick()
        assert post.told(ADMIN, "2027年的放假安排") == []
        await post.tick("2026-11-15 10:00")
        await post.tick("2026-11-20 10:00")
        assert len(post.told(ADMIN, "2027年的放假安排")) == 1
        await post.tick("2026-12-01 10:00")
        assert len(post.told(ADMIN, "2027年的放假安排")) == 2


async def test_switched_off_it_does_nothing(
    peer: Peer, records: Records, shelf: Shelf, times: Times
) -> None:
    async with posted(peer, records, shelf, times, reminders="off") as post:
        await post.tick("2026-06-16 10:00")
        assert peer.requests == [] or {each.method for each in peer.requests} == {"getMe"}
        assert records.reminders.list() == []
