"""A person's view of a chat while a scene is played, and the clock that the bot goes by."""

from __future__ import annotations

import asyncio
import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path

from bot.telegram.reminding.clock import Clock
from docs.drawing import Said, draw
from knowledge.reminding.schedule import CHINA
from knowledge.store import Records
from tests.peer import Peer
from tests.peer.chats import Sent

COLOURS = 128
BUILD_SECONDS = 300.0
SCREENS = Path(__file__).parent / "screens"


@dataclass(slots=True)
class Watch:
    """A clock that stands until it is set."""

    time: dt.datetime

    def set(self, text: str) -> None:
        """Let it be this time in China."""
        self.time = dt.datetime.fromisoformat(text).replace(tzinfo=CHINA).astimezone(dt.UTC)

    def clock(self) -> Clock:
        """As the bot reads it: time has passed, the clock was not just put forward."""
        return Clock(lambda: self.time, lambda: self.time.timestamp())  # noqa: PLW0108  # the time of that moment


@dataclass(slots=True)
class Chat:
    """One person's view of one chat."""

    peer: Peer
    records: Records
    person: int
    chat: int
    said: list[tuple[int, Said]] = field(default_factory=list)

    async def say(self, text: str) -> None:
        """Write, and wait until the bot has dealt with it."""
        self.said.append((len(self._seen()), Said(text)))
        await self.peer.say(self.person, text, chat_id=self.chat)
        await self._dealt_with()

    async def press(self, label: str) -> None:
        """Press the last button so labelled."""
        message = next(each for each in reversed(self._seen()) if label in _labels(each))
        shown = next(each for each in message.buttons if label in each)
        await self.peer.press(self.person, message.message_id, shown, chat_id=self.chat)
        await self._dealt_with()

    async def reply(self, words: str, text: str) -> None:
        """Reply to the last message of the bot's that holds ``words``."""
        message = next(each for each in reversed(self._seen()) if words in each.text)
        self.said.append((len(self._seen()), Said(text)))
        await self.peer.say(self.person, text, chat_id=self.chat, reply_to=message.message_id)
        await self._dealt_with()

    async def hand_over(self, name: str, data: bytes) -> None:
        """Send a file, and wait until its card is shown."""
        self.said.append((len(self._seen()), Said(f"📎 {name}")))
        await self.peer.hand_over(self.person, name, data)
        await self._dealt_with()
        await self.until("预览")

    async def until(self, label: str) -> None:
        """Wait until some message has a button so labelled; a build takes its time."""
        await self.peer.wait_until(
            lambda: any(label in _labels(each) for each in self._seen()), BUILD_SECONDS
        )

    async def until_said(self, words: str) -> None:
        """Wait until some message holds these words."""
        await self.peer.wait_until(
            lambda: any(words in each.text for each in self._seen()), BUILD_SECONDS
        )

    def draw(self, name: str, last: int | None = None) -> None:
        """Draw the chat as it stands now, or its last messages, into docs/screens."""
        shown: list[Said | Sent] = []
        waiting = list(self.said)
        for place, message in enumerate(self._seen()):
            while waiting and waiting[0][0] <= place:
                shown.append(waiting.pop(0)[1])
            shown.append(message)
        shown += [said for _, said in waiting]
        SCREENS.mkdir(exist_ok=True)
        draw(shown[-last:] if last else shown).quantize(COLOURS).save(
            SCREENS / f"{name}.png", optimize=True
        )

    def _seen(self) -> list[Sent]:
        return self.peer.messages(self.chat)

    async def _dealt_with(self) -> None:
        await self.peer.drained(60)
        while await asyncio.to_thread(self.records.inbox.waiting):  # noqa: ASYNC110  # a database
            await asyncio.sleep(0.05)


def _labels(message: Sent) -> str:
    return " ".join(message.buttons)
