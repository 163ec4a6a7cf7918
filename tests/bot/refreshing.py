"""What tests of refreshing share: a bot over a real knowledge base, and admins who send files."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pydantic import SecretStr

from bot.asking import Asker
from bot.telegram.application import FETCHED, build_application
from bot.telegram.desk import Desk
from bot.telegram.refreshing import Pace, Refreshing
from bot.telegram.refreshing.process import Heard, Step
from bot.telegram.visiting import Bots
from ingest import structure
from ingest.generation import build
from ingest.preparing import prepare
from ingest.preview import PREVIEW
from ingest.reading import FileRead, FileRefused
from knowledge.answering import Composer
from knowledge.assistant import Assistant
from knowledge.people import Member, Role
from knowledge.store import Generation, Records, Refresh, RefreshState, Store
from knowledge.store.refreshes import FOLDER
from tests.bot.conftest import KEY, all_handled, halt, settings_for
from tests.bot.samples import ADMIN, MEMBERS, REVIEWER
from tests.fakes import CARS, GIFTS, TinyEncoder, held
from tests.peer import Parsed, Peer
from tests.peer.chats import Sent

SECOND = 1002
"""Another admin."""

PACE = Pace(card=0.1, progress=0.02, folder=0.05, settled=0.0)
# A busy machine is no failure.
PATIENCE = 20.0
QUESTION = "收到礼品几日内登记上交？"
UNREADABLE = b"\xff\xfe\x00 nothing"
EMPTY = Parsed("", ())


class InProcess:
    """Prepares as the process does, only here, with a tiny encoder.

    While ``gate`` is closed it waits; with ``status`` other than 0 it dies and moves nothing.
    """

    def __init__(self, store: Store, records: Records) -> None:
        self.begun: list[int] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.status = 0
        self.heard: Heard = lambda step: None
        self._store = store
        self._records = records

    async def __call__(self, refresh_id: int, heard: Heard) -> int:
        self.begun.append(refresh_id)
        self.heard = heard
        heard(Step("读取文件", 0, 1))
        await self.gate.wait()
        if not self.status:
            await asyncio.to_thread(self._prepare, refresh_id)
        return self.status

    def _prepare(self, refresh_id: int) -> None:
        refresh = self._records.refreshes.get(refresh_id)
        assert refresh
        read: list[FileRead] = []
        refused: list[FileRefused] = []
        for source in refresh.sources:
            data = (self._store.data_dir / FOLDER / str(refresh_id) / source.sha256).read_bytes()
            assert hashlib.sha256(data).hexdigest() == source.sha256
            if data == UNREADABLE:
                refused.append(FileRefused(source.name, f"「{source.name}」读不出来，请换一份。"))
                continue
            parsed = structure.parse(data.decode(), name=source.name)
            read.append(FileRead(source.name, source.sha256, "文本", parsed))
        made = prepare(
            read,
            refused,
            store=self._store,
            encoder=TinyEncoder(),
            answering=lambda each: assistant_over(self._store, each),
            questions=[QUESTION],
            said={name: said for each in refresh.sources for name, said in each.stated.items()},
        )
        self._records.refreshes.move(
            refresh_id,
            [RefreshState.BUILDING],
            RefreshState.READY,
            staged_id=made.generation.id if made.generation else None,
            outcome={
                "preview": PREVIEW.dump_python(made.preview, mode="json"),
                "generation": made.generation.name if made.generation else "",
            },
        )


class Office:
    """A bot over a store that holds GIFTS and CARS, and the people around it."""

    def __init__(self, peer: Peer, store: Store, url: str) -> None:
        self.peer = peer
        self.store = store
        self.records = Records.over(store.database, KEY)
        self.prepare = InProcess(store, self.records)
        self.running: list[Bots] = []
        self._url = url
        for number in MEMBERS:
            self.records.members.add(Member(number, Role.OFFICER, f"用户{number}", "执法一队"))
        self.records.members.add(Member(REVIEWER, Role.REVIEWER, f"用户{REVIEWER}", "纪检组"))
        self.records.members.add(Member(SECOND, Role.ADMIN, f"用户{SECOND}", "办公室"))
        for number in (ADMIN, SECOND, REVIEWER, *MEMBERS):
            peer.knows(number)

    async def start(self, asker: Asker | None = None, **changes: Any) -> Bots:
        """Start a bot as ``run_polling`` does."""
        prepare = changes.pop("prepare", self.prepare)
        given = {"data_dir": self.store.data_dir, "database_url": SecretStr(self._url)}
        settings = settings_for(self.peer, **(given | changes))
        desk = Desk(settings, asker or assistant_over(self.store), self.records, KEY)
        refreshing = Refreshing(desk, store=lambda: self.store, prepare=prepare, pace=PACE)
        application = build_application(desk, refreshing)
        await application.initialize()
        assert application.post_init
        await application.post_init(application)
        assert application.updater
        await application.updater.start_polling(allowed_updates=FETCHED)
        await application.start()
        self.running.append(application)
        return application

    async def stop(self) -> None:
        for application in self.running:
            await halt(application)
        self.running.clear()

    async def handled(self) -> None:
        await all_handled(self.peer, self.records)

    async def say(self, person: int, text: str, **more: Any) -> None:
        await self.peer.say(person, text, **more)
        await self.handled()

    async def send(self, *files: tuple[str, str], person: int = ADMIN) -> Sent:
        """An admin sends texts as files; the card once it shows them."""
        for name, text in files:
            await self.peer.hand_over(person, name, text.encode())
        await self.handled()
        await self.peer.wait_until(lambda: files[-1][0] in self.card(person).text, PATIENCE)
        return self.card(person)

    async def press(self, label: str, person: int = ADMIN) -> None:
        """Press the last button of that name."""
        holding = (m for m in reversed(self.peer.messages(person)) if label in m.buttons)
        message = next(holding, None)
        assert message, (label, [m.text for m in self.peer.messages(person)])
        await self.peer.press(person, message.message_id, label)
        await self.handled()

    async def previewed(self, *files: tuple[str, str], person: int = ADMIN) -> Sent:
        """Send files and look at what they would do."""
        await self.send(*files, person=person)
        await self.press("预览", person)
        return await self.shows("还没有生效", person)

    async def live(self, *files: tuple[str, str]) -> Generation:
        """Put files live."""
        await self.previewed(*files)
        await self.press("生效")
        if "确定生效" in self.card().buttons:
            await self.press("确定生效")
        await self.shows("已生效（")
        now = self.store.live_generation()
        assert now
        return now

    async def shows(self, words: str, person: int = ADMIN) -> Sent:
        """The message to a person that says this, once there is one."""

        def found() -> list[Sent]:
            return [each for each in self.peer.messages(person) if words in each.text]

        await self.peer.wait_until(lambda: bool(found()), PATIENCE)
        return found()[-1]

    def card(self, person: int = ADMIN) -> Sent:
        """The last card in a chat."""
        cards = [m for m in self.peer.messages(person) if m.text.startswith("更新知识库（")]
        return cards[-1] if cards else Sent(0, person, EMPTY, 0)

    def texts(self, person: int) -> list[str]:
        return [each.text for each in self.peer.messages(person)]

    def refresh(self) -> Refresh:
        """The last refresh."""
        return self.records.refreshes.in_state(*RefreshState)[-1]

    def alerts(self) -> list[str]:
        """What pressed buttons were answered with, in order."""
        return [str(each.get("text", "")) for each in self.peer.answered_callbacks]

    def actions(self) -> list[str]:
        return [each.action for each in self.records.audit.recent()]


def assistant_over(store: Store, pinned: Generation | None = None) -> Assistant:
    return Assistant(store, TinyEncoder(), Composer("机关纪委"), pinned=pinned)


@asynccontextmanager
async def opened(peer: Peer, folder: Path, url: str) -> AsyncIterator[Office]:
    """An office whose knowledge base lies in ``folder``."""
    if not url:
        shutil.copytree(_seed().name, folder / "data")
    store = Store(folder / "data", create=True, url=url)
    if url:
        build(held(GIFTS, CARS), store=store, encoder=TinyEncoder())
    office = Office(peer, store, url)
    try:
        yield office
    finally:
        await office.stop()
        store.close()


@cache
def _seed() -> TemporaryDirectory[str]:
    """What every office begins with, built once."""
    folder = TemporaryDirectory()
    store = Store(Path(folder.name), create=True)
    build(held(GIFTS, CARS), store=store, encoder=TinyEncoder())
    store.close()
    return folder


async def eventually(condition: Callable[[], bool], seconds: float = PATIENCE) -> None:
    """For what neither a message nor a request announces."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110  # a database has no event to wait for
            await asyncio.sleep(0.01)
