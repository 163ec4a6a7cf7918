"""The watched folder: what lies there is told of, and copied in when an admin says so.

The folder belongs to the unit; it is only read.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from telegram import Bot

from bot.telegram.desk import Desk, aside
from bot.telegram.messages.sending import notify
from bot.telegram.refreshing.files import Files, RefusedError, check_room, digest_of
from bot.wording import clean
from knowledge.errors import LianwenError
from knowledge.people import Role
from knowledge.store import Refresh, Refreshes, RefreshState, Source

LOGGER = logging.getLogger(__name__)

EVERY = 60.0
# Younger files may still be written.
SETTLED = 5.0

_PASSING = (".tmp", ".part", ".partial", ".crdownload", ".download", ".swp")
_HIDDEN = (".", "~$", "~")


class FolderError(LianwenError):
    """The folder cannot be read; the sentence is for admins."""


@dataclass(frozen=True, slots=True)
class Found:
    """A file in the folder. ``name`` is its path there, with slashes; ``stamp`` changes with it."""

    path: Path
    name: str
    size: int
    stamp: int


@dataclass(frozen=True, slots=True)
class Picked:
    """What came of a look: how many were added, known before, still being written."""

    added: int = 0
    known: int = 0
    writing: int = 0
    refused: tuple[str, ...] = ()


class Folder:
    """The watched folder, if there is one. Its methods block, ``watch`` apart."""

    def __init__(
        self,
        desk: Desk,
        files: Files,
        *,
        every: float = EVERY,
        settled: float = SETTLED,
        clock: Callable[[], float] = time.time,
    ) -> None:
        folder = desk.settings.knowledge_inbox
        self._folder = folder.expanduser() if folder else None
        self._records = desk.records
        self._files = files
        self._every = every
        self._settled = settled
        self._clock = clock
        self._digests: dict[Found, str] = {}
        self._seen: set[Found] = set()
        self._told: set[str] = set()
        self._complained = ""
        self._set = ""

    def pick(self, admin: int) -> Picked:
        """Copy what is new into the admin's refresh.

        :raises FolderError: the folder cannot be read.
        """
        refreshes = self._records.refreshes
        known, passed, writing, added = refreshes.known_hashes(), 0, 0, 0
        refused: list[str] = []
        for found in self._look():
            if self._clock() - found.stamp / 1e9 < self._settled:
                writing += 1
                continue
            try:
                if self._digest(found) in known:
                    passed += 1
                elif self._take(found, admin):
                    known.add(self._digest(found))
                    added += 1
                else:
                    writing += 1
            except RefusedError as error:
                refused.append(str(error))
                break
            except OSError as error:
                refused.append(f"「{found.name}」读不出来（{error.strerror}）。请检查它的权限。")
        return Picked(added, passed, writing, tuple(refused))

    async def watch(self, bot: Bot) -> None:
        """Tell admins of new files once they have stopped changing; until cancelled."""
        while self._folder is not None:
            try:
                count = await aside(self._news)
                if count:
                    await self._tell(bot, count)
                self._complained = ""
            except FolderError as error:
                if self._complained != str(error):
                    LOGGER.warning("%s", error)
                self._complained = str(error)
            except Exception:
                LOGGER.exception("收件夹没能查看，稍后再试")
            await asyncio.sleep(self._every)

    def _news(self) -> int:
        """How many files are new, if admins should hear of any that they have not heard of."""
        found = set(self._look())
        still, self._seen = found & self._seen, found
        self._digests = {each: self._digests[each] for each in found & self._digests.keys()}
        known = self._records.refreshes.known_hashes()
        fresh = set()
        for each in still:
            try:
                fresh.add(self._digest(each))
            except OSError as error:
                LOGGER.info("收件夹里的 %s 读不出来：%s", each.name, error)
        fresh -= known
        if fresh <= self._told:
            return 0
        self._told |= fresh
        self._set = hashlib.sha256("".join(sorted(fresh)).encode()).hexdigest()[:16]
        return len(fresh)

    async def _tell(self, bot: Bot, count: int) -> None:
        line = f"收件夹里有 {count} 份新文件，发送 /refresh 处理。"
        for admin in await aside(self._records.members.list, Role.ADMIN):
            key = f"inbox:{self._set}:{admin.telegram_id}"
            if await aside(self._records.once.claim, key):
                await notify(bot, self._records.members, admin.telegram_id, line)

    def _take(self, found: Found, admin: int) -> bool:
        """Copy one file in; False where it changed meanwhile."""
        refreshes = self._records.refreshes
        refresh = room_for(refreshes, admin)
        check_room(refresh, found.name, found.size)
        kept = self._files.copy(refresh.id, found.path)
        now = found.path.stat()
        if (now.st_size, now.st_mtime_ns) != (found.size, found.stamp):
            return False
        return refreshes.add(refresh.id, Source(found.name, kept.sha256, kept.size)) is not None

    def _digest(self, found: Found) -> str:
        if found not in self._digests:
            self._digests[found] = digest_of(found.path)
        return self._digests[found]

    def _look(self) -> Iterator[Found]:
        """The files that are meant for us.

        :raises FolderError: the folder cannot be read.
        """
        if self._folder is None:
            return

        def fail(error: OSError) -> None:
            raise error

        try:
            for folder, inner, names in os.walk(self._folder, onerror=fail):
                inner[:] = sorted(name for name in inner if not name.startswith(_HIDDEN))
                for name in sorted(names):
                    path = Path(folder) / name
                    # A link could lead out of the folder, to what only the bot may read.
                    if _is_passing(name) or path.is_symlink() or not path.is_file():
                        continue
                    try:
                        known = path.stat()
                    except FileNotFoundError:  # taken away this moment
                        continue
                    where = clean(path.relative_to(self._folder).as_posix())
                    yield Found(path, where, known.st_size, known.st_mtime_ns)
        except OSError as error:
            raise FolderError(
                f"收件夹 {self._folder} 打不开（{error.strerror}）。"
                "请维护人员检查 KNOWLEDGE_INBOX 的路径和权限；文件也可以直接发给我。"
            ) from error


def room_for(refreshes: Refreshes, admin: int) -> Refresh:
    """The refresh that an admin's next file belongs to: the one under way, else a new one."""
    own = [
        each
        for each in refreshes.in_state(RefreshState.COLLECTING, RefreshState.READY)
        if each.person == admin
    ]
    collecting = [each for each in own if each.state is RefreshState.COLLECTING]
    return next(iter(collecting or own[-1:]), None) or refreshes.begin(admin)


def _is_passing(name: str) -> bool:
    return name.startswith(_HIDDEN) or name.lower().endswith(_PASSING)
