"""What tests of browsing share: a bot over a library, and a person who presses buttons."""

from __future__ import annotations

from dataclasses import replace

from knowledge.library import Library
from knowledge.model import Clause, Document, ParsedDocument
from tests.bot.conftest import Serve
from tests.bot.samples import FakeAsker
from tests.peer import Peer
from tests.peer.chats import Sent


class Reader:
    """Somebody who sends commands and presses buttons in one chat."""

    def __init__(self, peer: Peer, person: int, chat: int | None = None) -> None:
        self._peer = peer
        self._person = person
        self._chat = person if chat is None else chat

    async def send(self, text: str) -> Sent:
        """Send a message and read the next one of the bot's."""
        before = len(self._peer.messages(self._chat))
        await self._peer.say(self._person, text, chat_id=self._chat)
        await self._peer.wait_for_messages(self._chat, before + 1)
        return self._peer.messages(self._chat)[-1]

    async def press(self, message: Sent, *labels: str) -> Sent:
        """Press buttons one after another under one message, and read it as it stands then."""
        for label in labels:
            message = self.now(message)
            assert label in message.buttons, (label, list(message.buttons))
            query = await self.press_only(message, label)
            assert "text" not in query, query
        return self.now(message)

    async def press_only(self, message: Sent, data: str) -> dict[str, object]:
        """Press a button, or send forged data; how the query was answered."""
        query = await self._peer.press(self._person, message.message_id, data, chat_id=self._chat)
        answered = self._peer.answered_callbacks
        edits, count = self.now(message).edits, len(self._peer.messages(self._chat))

        def done() -> bool:
            told = [each for each in answered if each["callback_query_id"] == query]
            moved = self.now(message).edits > edits or len(self._peer.messages(self._chat)) > count
            return bool(told) and (moved or "text" in told[0])

        await self._peer.wait_until(done)
        return next(each for each in answered if each["callback_query_id"] == query)

    def now(self, message: Sent) -> Sent:
        """The message as it stands in the chat now."""
        return next(
            each
            for each in self._peer.messages(self._chat)
            if each.message_id == message.message_id
        )


async def over(serve: Serve, library: Library) -> FakeAsker:
    """A bot over this library."""
    asker = FakeAsker()
    asker.held = library
    await serve(asker)
    return asker


def entries(library: Library) -> list[ParsedDocument]:
    """A library's documents, to make another one of."""
    return [
        ParsedDocument(document, tuple(library.clauses_of(document.id)))
        for document in library.documents.values()
    ]


def titled(library: Library, title: str) -> Document:
    """The one document whose title holds these words."""
    (found,) = (each for each in library.documents.values() if title in each.title)
    return found


def copied(document: Document, clauses: list[Clause], **changes: object) -> ParsedDocument:
    """Another document of the same clauses."""
    made = replace(document, **changes)  # type: ignore[arg-type]
    return ParsedDocument(
        made,
        tuple(
            replace(clause, document_id=made.id, id=f"{made.id}-{clause.ordinal:04d}")
            for clause in clauses
        ),
    )
