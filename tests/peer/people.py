"""What people do with the bot: write, edit, press, hand over files, add it to groups."""

from __future__ import annotations

import time

from tests.peer.chats import BOT, Chats, chat, person
from tests.peer.markup import utf16_units
from tests.peer.reading import Params


class People(Chats):
    """Each deed becomes an update that the bot has yet to fetch."""

    async def say(
        self, user_id: int, text: str, *, chat_id: int | None = None, reply_to: int | None = None
    ) -> int:
        """A person writes; a negative ``chat_id`` is a group. Returns the message id.

        ``reply_to`` is a message of the bot's. @name of the bot becomes a mention.
        """
        content = _written(text)
        if reply_to is not None:
            answered = self._find(user_id if chat_id is None else chat_id, reply_to)
            content["reply_to_message"] = self._as_message(answered)
        return await self.post(user_id, content, chat_id=chat_id)

    async def post(self, user_id: int, content: Params, *, chat_id: int | None = None) -> int:
        """A person sends anything: ``content`` are the Message fields that make it."""
        message = self._message(user_id, chat_id) | content
        self._posted[int(message["chat"]["id"]), int(message["message_id"])] = message
        await self._enqueue({"message": message})
        return int(message["message_id"])

    def take_back(self, chat_id: int, message_id: int) -> None:
        """A person deletes what they sent; the bot hears nothing of it."""
        del self._posted[chat_id, message_id]

    async def edit(
        self,
        user_id: int,
        message_id: int,
        text: str,
        *,
        chat_id: int | None = None,
        reply_to: int | None = None,
    ) -> None:
        """A person edits an earlier message, one that replied to ``reply_to`` where given."""
        message = self._message(user_id, chat_id) | _written(text)
        if reply_to is not None:
            answered = self._find(user_id if chat_id is None else chat_id, reply_to)
            message["reply_to_message"] = self._as_message(answered)
        message["edit_date"] = int(time.time())
        await self._enqueue({"edited_message": message | {"message_id": message_id}})

    async def hand_over(
        self,
        user_id: int,
        name: str,
        data: bytes,
        caption: str = "",
        *,
        album: str = "",
        chat_id: int | None = None,
        reply_to: int | None = None,
    ) -> int:
        """A person sends a file, which getFile then offers; ``album`` is shared by several.

        ``reply_to`` is a message of the bot's.
        """
        content: Params = {"document": self._offer(name, data) | {"file_name": name}}
        if reply_to is not None:
            answered = self._find(user_id if chat_id is None else chat_id, reply_to)
            content["reply_to_message"] = self._as_message(answered)
        return await self.post(user_id, content | _beside(caption, album), chat_id=chat_id)

    async def show_photo(
        self, user_id: int, data: bytes, caption: str = "", *, album: str = ""
    ) -> int:
        """A person sends a photo, which Telegram offers in two sizes; the larger is ``data``."""
        sizes = [
            self._offer("thumb.jpg", data[: len(data) // 2]) | {"width": 90, "height": 60},
            self._offer("photo.jpg", data) | {"width": 1280, "height": 853},
        ]
        return await self.post(user_id, {"photo": sizes} | _beside(caption, album))

    async def press(
        self, user_id: int, message_id: int, data: str, *, chat_id: int | None = None
    ) -> str:
        """A person presses a button under a message: ``data`` is its data, or the label of a
        button that stands there. Returns the callback's id.
        """
        message = self._find(user_id if chat_id is None else chat_id, message_id)
        data = message.buttons.get(data, data)
        query_id = f"callback-{self._next_update}"
        self._callbacks.add(query_id)
        query = {
            "id": query_id,
            "from": person(user_id),
            "chat_instance": str(user_id),
            "data": data,
            "message": self._as_message(message),
        }
        await self._enqueue({"callback_query": query})
        return query_id

    async def type_inline(self, user_id: int, text: str) -> str:
        """A person types @bot and a few words in any chat. Returns the query's id."""
        query_id = f"inline-{self._next_update}"
        query = {"id": query_id, "from": person(user_id), "query": text, "offset": ""}
        await self._enqueue({"inline_query": query | {"chat_type": "private"}})
        return query_id

    async def move_bot(
        self, user_id: int, chat_id: int, status: str = "member", before: str = "left"
    ) -> None:
        """A person adds the bot to a group, or (``status`` kicked) throws it out or blocks it."""
        sides = {
            side: {"user": BOT, "status": standing}
            | ({"until_date": 0} if standing == "kicked" else {})
            for side, standing in (("old_chat_member", before), ("new_chat_member", status))
        }
        change: Params = {"chat": chat(chat_id), "from": person(user_id), "date": int(time.time())}
        if status not in {"kicked", "left"}:
            self._known.add(chat_id)
        await self._enqueue({"my_chat_member": change | sides})

    async def deliver(self, update: Params) -> None:
        """Any update, as it is; its sender and chat count as known."""
        for part in update.values():
            self._known |= {part[side]["id"] for side in ("from", "chat") if side in part}
        await self._enqueue(update)

    def _offer(self, name: str, data: bytes) -> Params:
        """Let getFile find a file; what a message says of it."""
        file_id = f"file-{len(self._files) + 1}"
        self._files[file_id] = (name, data)
        return {"file_id": file_id, "file_unique_id": f"u{file_id}", "file_size": len(data)}

    def _message(self, user_id: int, chat_id: int | None) -> Params:
        self._known.add(user_id if chat_id is None else chat_id)
        self._next_message += 1
        return {
            "message_id": self._next_message,
            "date": int(time.time()),
            "from": person(user_id),
            "chat": chat(user_id if chat_id is None else chat_id),
        }


def _beside(caption: str, album: str) -> Params:
    """What a file's message holds besides the file."""
    given = {"caption": caption, "media_group_id": album}
    return {name: value for name, value in given.items() if value}


def _written(text: str) -> Params:
    """Text as Telegram reads it: @name of the bot is a mention, /word a command."""
    entities = []
    mention = f"@{BOT['username']}"
    if mention in text and not text.startswith("/"):
        before = utf16_units(text[: text.index(mention)])
        entities.append({"type": "mention", "offset": before, "length": len(mention)})
    if text.startswith("/") and text[1:2].isalpha() and text[1:2].isascii():
        length = utf16_units(text.split(maxsplit=1)[0])
        entities = [{"type": "bot_command", "offset": 0, "length": length}]
    return {"text": text, "entities": entities} if entities else {"text": text}
