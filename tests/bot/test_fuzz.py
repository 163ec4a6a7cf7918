"""Whatever Telegram may send: no exception goes unhandled, and nothing refused is sent.

The bot of ``lianwen bot`` polls the peer in a thread; hypothesis makes the updates.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.telegram.application import FETCHED, build_application
from bot.telegram.desk import Desk
from bot.telegram.refreshing import Refreshing
from bot.telegram.refreshing.process import Heard
from bot.telegram.visiting import Bots
from knowledge.model import Answer, Question
from knowledge.people import Member, Role
from knowledge.store import Records, RefreshState
from tests.bot.conftest import KEY, all_handled, settings_for
from tests.bot.samples import (
    ADMIN,
    ANSWER,
    GIFTS,
    GREETING,
    MEMBERS,
    NO_BASIS,
    REVIEWER,
    STRANGER,
    FakeAsker,
    long_answer,
)
from tests.databases import made_database
from tests.peer import Peer
from tests.peer.chats import BOT

T = TypeVar("T")
COMMANDS = (
    *("start", "help", "new", "invite", "members", "open", "close", "measures", "cases", "rules"),
    *("quiz", "privacy", "forget", "stats", "gaps", "faq", "referrals", "nosuch"),
    *("refresh", "rollback"),
)
# Questions, buttons and edits more often than the rest.
KINDS = (
    *("message", "message", "callback_query", "callback_query", "edited_message"),
    *("inline_query", "my_chat_member"),
)
GROUP, CLOSED = -1001, -1002
# What Telegram says of messages that are gone or unchanged: the world, not a mistake of ours.
NO_FAULT = ("message is not modified", "message to edit not found", "query is too old")


def _answer(question: Question) -> Answer:
    return [ANSWER, NO_BASIS, GREETING, long_answer(30)][len(question.text) % 4]


class _Errors(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.kept: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.kept.append(record)


class Served:
    """A bot and its peer, living in a thread with an event loop of its own."""

    def __init__(self, records: Records, data_dir: Path) -> None:
        self.records = records
        self.data_dir = data_dir
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever)
        self.errors = _Errors()
        self.peer: Peer
        self.application: Bots

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(60)

    async def start(self) -> None:
        self.peer = await Peer().__aenter__()
        desk = Desk(
            settings_for(self.peer, data_dir=self.data_dir), FakeAsker(_answer), self.records, KEY
        )
        self.application = build_application(desk, Refreshing(desk, prepare=self.prepare))
        await self.application.initialize()
        assert self.application.post_init
        assert self.application.updater
        await self.application.post_init(self.application)
        await self.application.updater.start_polling(allowed_updates=FETCHED)
        await self.application.start()
        await self.peer.hand_over(ADMIN, "通知.md", "# 通知".encode())
        await self.peer.say(ADMIN, f"/open@{BOT['username']}", chat_id=GROUP)
        await all_handled(self.peer, self.records)
        assert self.records.groups.is_open(GROUP)

    async def prepare(self, refresh_id: int, heard: Heard) -> int:
        """Say at once that a refresh cannot be read."""
        before, after = [RefreshState.BUILDING], RefreshState.COLLECTING
        self.records.refreshes.move(refresh_id, before, after, outcome={"error": "<b>坏</b>"})
        return 0

    async def stop(self) -> None:
        assert self.application.updater
        await self.application.updater.stop()
        await self.application.stop()
        await self.application.shutdown()
        await self.peer.__aexit__(None, None, None)

    async def deal_with(self, updates: list[dict[str, Any]]) -> None:
        for update in updates:
            await self.peer.deliver(update)
        await self.peer.drained(30)
        await self.application.update_queue.join()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder: Path = tmp_path_factory.mktemp("fuzz")
    with made_database(folder) as database, pytest.MonkeyPatch.context() as patch:
        patch.setenv("NO_PROXY", "*")
        records = Records.over(database, KEY)
        for number in MEMBERS:
            records.members.add(Member(number, Role.OFFICER, "<b>某</b>", "一队&"))
        records.members.add(Member(REVIEWER, Role.REVIEWER, "纪检"))
        made = Served(records, folder)
        logging.getLogger().addHandler(made.errors)
        made.thread.start()
        try:
            made.run(made.start())
            yield made
            made.run(made.stop())
        finally:
            logging.getLogger().removeHandler(made.errors)
            made.loop.call_soon_threadsafe(made.loop.stop)
            made.thread.join(10)


people = st.sampled_from([ADMIN, *MEMBERS, REVIEWER, STRANGER])
ODD = ("<b>", "</blockquote>", "&lt;", "\ud800", "\u202e反", "𠮷" * 30, "条例97条", "\x00", " ")
words = st.text(max_size=60) | st.sampled_from(ODD)
commands = st.builds(
    "/{}{} {}".format,
    st.sampled_from(COMMANDS),
    st.sampled_from(["", "@lianwen_test_bot", "@other_bot"]),
    words,
)
numbers = st.integers(0, 40).map(str) | st.sampled_from(
    ["-1", "99999999999999999999", "٣", "", "x", GIFTS.id, str(MEMBERS[0]), "officer", "一"]
)
texts = words | commands


@st.composite
def presses(draw: st.DrawFn, known: list[str]) -> str:
    """Button data: of a button that was shown, with other values, or anything at all."""
    word = draw(st.sampled_from(known) | st.text(max_size=8))
    values = draw(st.lists(numbers, max_size=4))
    return "|".join([word, *values]).encode()[:64].decode(errors="ignore") or "x"


def _words_of_buttons(application: Bots) -> list[str]:
    """Every feature's words, as its callback handlers' patterns name them."""
    from telegram.ext import CallbackQueryHandler

    found = set()
    for handlers in application.handlers.values():
        for each in handlers:
            if isinstance(each, CallbackQueryHandler) and each.pattern is not None:
                inner = each.pattern.pattern.partition("(?:")[2].partition(")")[0]
                found |= set(inner.split("|"))
    return sorted(found)


@st.composite
def updates(draw: st.DrawFn, known: list[str]) -> dict[str, Any]:
    """One update of a kind that Telegram sends, with contents that people, or others, make up."""
    person = draw(people)
    chat = draw(st.sampled_from([person, person, person, GROUP, CLOSED]))
    kind = draw(st.sampled_from(KINDS))
    base: dict[str, Any] = {
        "message_id": draw(st.integers(1, 200)),
        "date": 1_800_000_000,
        "from": {"id": person, "is_bot": False, "first_name": draw(words) or "某"},
        "chat": {"id": chat, "type": "private" if chat > 0 else "supergroup", "title": "群"},
    }
    if kind in {"message", "edited_message"}:
        return {kind: base | draw(contents())}
    if kind == "callback_query":
        query = {"id": str(draw(st.integers(1, 10**6))), "from": base["from"], "chat_instance": "1"}
        shown = draw(st.sampled_from([base | {"text": "旧"}, {**base, "date": 0}, None]))
        data = {"data": draw(presses(known))}
        return {kind: query | data | ({"message": shown} if shown else {"inline_message_id": "i"})}
    if kind == "inline_query":
        query = {"id": str(draw(st.integers(1, 10**6))), "from": base["from"], "offset": ""}
        return {kind: query | {"query": draw(texts)}}
    sides = {
        side: {
            "user": {"id": 123456, "is_bot": True, "first_name": "廉问"},
            "status": draw(st.sampled_from(["member", "left", "kicked"])),
            "until_date": 0,
        }
        for side in ("old_chat_member", "new_chat_member")
    }
    return {kind: {"chat": base["chat"], "from": base["from"], "date": base["date"]} | sides}


@st.composite
def contents(draw: st.DrawFn) -> dict[str, Any]:
    """What a message holds."""
    text = draw(texts)
    if draw(st.booleans()):
        text = f"@lianwen_test_bot {text}"
    entities: list[dict[str, Any]] = []
    if text.startswith("/"):
        entities = [{"type": "bot_command", "offset": 0, "length": len(text.split()[0])}]
    elif text.startswith("@"):
        entities = [{"type": "mention", "offset": 0, "length": 17}]
    file = {"file_id": "file-1", "file_unique_id": "f", "duration": 1, "width": 1, "height": 1}
    made: dict[str, Any] = draw(
        st.sampled_from(
            [
                {"text": text, "entities": entities},
                {"text": text, "entities": entities},
                {"voice": file},
                {"photo": [file], "caption": text},
                {"document": file},
                {"sticker": file | {"is_animated": False, "is_video": False, "type": "regular"}},
                {"location": {"longitude": 1.0, "latitude": 2.0}},
                {"migrate_to_chat_id": -1003},
                {"new_chat_members": [{"id": 5, "is_bot": False, "first_name": "新"}]},
            ]
        )
    )
    if draw(st.booleans()):
        made["reply_to_message"] = {
            "message_id": draw(st.integers(1, 200)),
            "date": 1_800_000_000,
            "chat": {"id": GROUP, "type": "supergroup", "title": "群"},
            "from": {
                "id": 123456, "is_bot": True, "first_name": "廉问", "username": "lianwen_test_bot"
            },
            "text": "答",
        }  # fmt: skip
    return made


@settings(deadline=None, max_examples=120, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_no_update_goes_unhandled_and_nothing_refused_is_sent(
    served: Served, data: st.DataObject
) -> None:
    known = _words_of_buttons(served.application)
    made = data.draw(st.lists(updates(known), min_size=1, max_size=6))
    served.errors.kept.clear()
    served.peer.refused.clear()
    served.run(served.deal_with(made))
    assert [record.getMessage() for record in served.errors.kept] == []
    refused = [each for each in served.peer.refused if not any(w in each[1] for w in NO_FAULT)]
    assert refused == []
