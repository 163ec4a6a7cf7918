"""Files that admins send: downloaded whole, kept under their hash, listed on one card."""

from __future__ import annotations

import asyncio
import logging
import mimetypes
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from telegram import Bot, Message, Update
from telegram.error import BadRequest, TelegramError
from telegram.ext import (
    ApplicationHandlerStop,
    BaseHandler,
    CommandHandler,
    MessageHandler,
    filters,
)

from bot.telegram.desk import Desk, aside
from bot.telegram.messages.screens import Screen, lines, show
from bot.telegram.messages.sending import deliver
from bot.telegram.refreshing.cards import HOW
from bot.telegram.refreshing.files import Files, RefusedError, check_room
from bot.telegram.refreshing.inbox import Folder, FolderError, Picked, room_for
from bot.telegram.refreshing.showing import Cards
from bot.telegram.visiting import Visit, only
from bot.wording import clean
from knowledge.people import Role
from knowledge.store import Refresh, RefreshState, Source

LOGGER = logging.getLogger(__name__)

TRIES = 4
PAUSE = 1.0
# 20 MB over a slow line.
READ_SECONDS = 60.0

# Bot API, getFile: bots can download files of up to 20 MB.
TOO_BIG = (
    "「{name}」超过 20 MB，Telegram 不让机器人下载，没有收下。"
    "请压缩或拆分后再发，或请维护人员放进收件夹（KNOWLEDGE_INBOX），再发送 /refresh。"
)
NOT_FETCHED = "「{name}」没能从 Telegram 下载完整，没有收下。请再发一次。"
LATE = "这批文件刚刚被处理，「{name}」没有收下。请再发一次。"
OPEN = frozenset({RefreshState.COLLECTING, RefreshState.BUILDING, RefreshState.READY})

_NAME = 120


@dataclass(frozen=True, slots=True)
class Attached:
    """A file in a message; ``size`` in bytes as Telegram says, 0 where it does not."""

    file_id: str
    name: str
    size: int


class Collecting:
    """Takes files from admins, and answers /refresh."""

    def __init__(self, desk: Desk, cards: Cards, files: Files, folder: Folder) -> None:
        self._refreshes = desk.records.refreshes
        self._cards = cards
        self._files = files
        self._folder = folder

    def attachments(self) -> Iterator[BaseHandler[Any, Any, Any]]:
        """Files and photos; those of others than admins go on to the other handlers."""
        yield MessageHandler(
            filters.UpdateType.MESSAGE
            & filters.ChatType.PRIVATE
            & (filters.PHOTO | filters.Document.ALL),
            self.take,
        )

    def handlers(self) -> Iterator[BaseHandler[Any, Any, Any]]:
        """/refresh."""
        yield CommandHandler("refresh", self.refresh, filters=filters.UpdateType.MESSAGE)

    async def take(self, update: Update, visit: Visit) -> None:
        """Add a file to the admin's refresh. Done again after a crash it changes nothing."""
        message = update.effective_message
        attached = attachment(message) if message else None
        if message is None or attached is None or visit.member.role is not Role.ADMIN:
            return
        admin = visit.member.telegram_id
        try:
            check_room(await aside(room_for, self._refreshes, admin), attached.name, attached.size)
            data = await download(visit.bot, attached)
            refresh, note = await aside(self._add, admin, attached, data)
        except RefusedError as error:
            await show(visit.bot, admin, Screen([lines(str(error))]), message.message_id)
        else:
            if note:
                self._cards.note(refresh.id, note)
            self._cards.soon(visit.bot, refresh.id)
        raise ApplicationHandlerStop

    @only(Role.ADMIN)
    async def refresh(self, update: Update, visit: Visit) -> None:
        """Take in what lies in the watched folder, and show what is under way."""
        admin = visit.member.telegram_id
        told = await aside(self._pick, admin)
        under_way = await aside(self._refreshes.in_state, *OPEN)
        shown = [each for each in under_way if each.sources]
        if not shown:
            told.append(HOW)
        if told:
            await deliver(visit.bot, admin, "\n".join(told), None)
        for each in shown:
            await self._cards.show_again(visit.bot, each, admin)

    def _pick(self, admin: int) -> list[str]:
        """What came of looking into the folder, in lines. Blocks."""
        try:
            picked = self._folder.pick(admin)
        except FolderError as error:
            return [str(error)]
        return _told(picked)

    def _add(self, admin: int, attached: Attached, data: bytes) -> tuple[Refresh, str]:
        """Keep a file and note it in a refresh that still takes files. Blocks.

        :raises RefusedError: there is no room.
        """
        for _ in range(TRIES):
            before = room_for(self._refreshes, admin)
            check_room(before, attached.name, len(data))
            kept = self._files.keep(before.id, data)
            source = Source(attached.name, kept.sha256, kept.size)
            after = self._refreshes.add(before.id, source)
            if after is not None:
                return after, _note(before, source)
        raise RefusedError(LATE.format(name=attached.name))


def attachment(message: Message) -> Attached | None:
    """The file in a message; of a photo the largest of its sizes."""
    if message.document:
        document = message.document
        ending = mimetypes.guess_extension(document.mime_type or "") or ""
        name = _named(document.file_name or "") or f"文件-{message.message_id}{ending}"
        return Attached(document.file_id, name, document.file_size or 0)
    if message.photo:
        largest = max(message.photo, key=lambda each: each.width * each.height)
        # Photos have no names, and pages of one scan must not take each other's place.
        return Attached(largest.file_id, f"照片-{message.message_id}.jpg", largest.file_size or 0)
    return None


async def download(bot: Bot, attached: Attached) -> bytes:
    """The whole file.

    :raises RefusedError: Telegram does not hand it over, now or ever.
    """
    for attempt in range(1, TRIES + 1):
        try:
            file = await bot.get_file(attached.file_id)
            data = bytes(await file.download_as_bytearray(read_timeout=READ_SECONDS))
            if file.file_size is None or len(data) == file.file_size:
                return data
            LOGGER.warning("下载不完整（第 %d 次）：%d/%s 字节", attempt, len(data), file.file_size)
        except BadRequest as error:
            LOGGER.info("文件取不到：%s", error.message)
            words = TOO_BIG if "too big" in error.message.lower() else NOT_FETCHED
            raise RefusedError(words.format(name=attached.name)) from error
        except TelegramError as error:
            LOGGER.warning("下载文件时连接中断（第 %d 次）：%s", attempt, error.message)
        if attempt < TRIES:
            await asyncio.sleep(PAUSE * 2 ** (attempt - 1))
    raise RefusedError(NOT_FETCHED.format(name=attached.name))


def _named(name: str) -> str:
    """A name as it is shown; it is never used as a path."""
    name = " ".join(clean(name).split())
    if len(name) <= _NAME:
        return name
    stem, dot, ending = name.rpartition(".")
    return f"{(stem or name)[: _NAME - 12]}{dot}{ending[:10]}"


def _note(before: Refresh, source: Source) -> str:
    """What the admin should know of a file besides that it is there."""
    if any(each.sha256 == source.sha256 for each in before.sources):
        return f"「{source.name}」的内容已经在里面，没有重复收。"
    if any(each.name == source.name for each in before.sources):
        return f"「{source.name}」换掉了先前的同名文件；两份都要的，请改名后再发一次。"
    return ""


def _told(picked: Picked) -> list[str]:
    told = []
    if picked.added:
        told.append(f"从收件夹收了 {picked.added} 份文件。")
    if picked.known:
        told.append(f"收件夹里有 {picked.known} 份以前收过，已跳过；要再收，请把文件直接发给我。")
    if picked.writing:
        told.append(f"有 {picked.writing} 份还在写入，稍等片刻再发送 /refresh。")
    return [*told, *picked.refused]
