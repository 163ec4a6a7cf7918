"""What is kept for a while goes when its time is over, while the bot runs."""

from __future__ import annotations

import asyncio
import datetime as dt

import pytest

from bot.telegram import upkeep
from bot.telegram.upkeep import sweep
from knowledge.errors import StoreError
from knowledge.reminding.plan import Slot
from knowledge.store import Delivery, Records
from knowledge.store.inbox import Inbox
from tests.bot.conftest import Serve, settings_for
from tests.bot.samples import MEMBERS, FakeAsker
from tests.peer import Peer

MEMBER = MEMBERS[0]
REMINDER = "2026-端午节:before"
LONG_AGO = dt.datetime.now(dt.UTC) - dt.timedelta(days=900)


def in_hours(hours: float) -> dt.datetime:
    return dt.datetime.now(dt.UTC) + dt.timedelta(hours=hours)


def fill(records: Records) -> None:
    records.inbox.take(1, "{}")
    records.inbox.done({1})
    records.deliveries.record(MEMBER, 1, 0, 2)
    records.turns.remember(MEMBER, MEMBER, 1, "问题", 4, LONG_AGO)
    records.once.claim("今天")
    soon = dt.datetime.now(dt.UTC)
    slot = Slot(REMINDER, "2026-端午节", "端午节", "", "before", soon, soon)
    records.reminders.plan([slot], soon, soon + dt.timedelta(days=400))
    records.scores.answer(MEMBER, records.scores.show(MEMBER, "q1", "f", 1).id, 0, right=True)


@pytest.mark.parametrize(
    ("hours", "left"),
    [
        (0.4, {"update", "delivery", "turn", "claim", "score", "reminder"}),
        (0.6, {"update", "delivery", "claim", "score", "reminder"}),
        (47, {"update", "delivery", "claim", "score", "reminder"}),
        (49, {"update", "claim", "score", "reminder"}),
        (71, {"update", "claim", "score", "reminder"}),
        (73, {"claim", "score", "reminder"}),
        (24 * 399, {"claim", "score", "reminder"}),
        (24 * 401, set()),
    ],
)
async def test_each_thing_has_its_time(
    peer: Peer, records: Records, hours: float, left: set[str]
) -> None:
    fill(records)
    sweep(records, settings_for(peer), in_hours(hours))
    kept = {
        "update": not records.inbox.take(1, "{}"),
        "delivery": records.deliveries.of(MEMBER, 1) != Delivery(),
        "turn": bool(records.turns.before(MEMBER, MEMBER, 9, LONG_AGO)),
        "score": records.scores.score(MEMBER).answered == 1,
        "reminder": records.reminders.get(REMINDER) is not None,
        "claim": not records.once.claim("今天"),
    }
    assert {name for name, there in kept.items() if there} == left


async def test_a_running_bot_sweeps_again_and_again_whatever_happens(
    peer: Peer,
    serve: Serve,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(upkeep, "EVERY", 0.01)
    swept = asyncio.Event()
    loop = asyncio.get_running_loop()
    failures = iter([StoreError("数据库暂时不可用"), RuntimeError("意外")])

    def sweeping(self: Inbox, before: dt.datetime) -> None:
        error = next(failures, None)
        if error:
            raise error
        loop.call_soon_threadsafe(swept.set)

    monkeypatch.setattr(Inbox, "sweep", sweeping)
    await serve(FakeAsker())
    await asyncio.wait_for(swept.wait(), 5)
    assert caplog.text.count("没能清理") == 2
