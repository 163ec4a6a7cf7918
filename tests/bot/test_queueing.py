"""The way in: an update that comes again is let go, whenever it comes."""

from __future__ import annotations

import asyncio
import threading

from telegram import Update

from bot.telegram.traffic.queueing import Intake
from knowledge.store import Records

UPDATE = Update.de_json(
    {
        "update_id": 7,
        "message": {
            "message_id": 1,
            "date": 0,
            "chat": {"id": 1, "type": "private"},
            "from": {"id": 1, "is_bot": False, "first_name": "甲"},
            "text": "问题",
        },
    },
    None,
)


async def test_an_update_that_is_done_just_while_it_comes_again_is_let_go(
    records: Records, monkeypatch
) -> None:
    intake, take = Intake(records.inbox), records.inbox.take
    looked_up, go_on = threading.Event(), threading.Event()

    def slowly(update_id: int, payload: str) -> bool:
        open_still = take(update_id, payload)
        looked_up.set()
        assert go_on.wait(5)
        return open_still

    await intake.put(UPDATE)
    monkeypatch.setattr(records.inbox, "take", slowly)
    again = asyncio.create_task(intake.put(UPDATE))
    assert await asyncio.to_thread(looked_up.wait, 5)
    await intake.done(7)
    go_on.set()
    await again
    assert intake.qsize() == 1
