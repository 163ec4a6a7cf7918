"""/rollback: what the version before would change back, and going back to it."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from telegram import Bot, Update
from telegram.ext import BaseHandler, CallbackQueryHandler, CommandHandler, filters

from bot.telegram.desk import Desk, aside
from bot.telegram.messages.buttons import button, keyboard, number, pattern, pressed, values
from bot.telegram.messages.screens import Screen, lines, show, titled, turn
from bot.telegram.messages.sending import notify
from bot.telegram.refreshing.cards import ROLL_BACK
from bot.telegram.visiting import Visit, only
from bot.wording import clean
from ingest.comparing import DocumentChange, Fate, compare
from ingest.generation import roll_back
from knowledge.errors import LianwenError
from knowledge.model import Document
from knowledge.naming import bracketed
from knowledge.people import Member, Role
from knowledge.store import Generation, Store

LOGGER = logging.getLogger(__name__)

SURE, KEEP = "rb-yes", "rb-no"

NOTHING = "没有可以退回的版本。知识库更新过一次以后才有上一版。"
KEPT = "没有退回，仍用现在这一版。"
OTHERWISE = "知识库的版本已经变了，刚才的操作没有生效。请看最新的内容。"

_SHANGHAI = ZoneInfo("Asia/Shanghai")
_LISTED = 12
_FATES = {
    Fate.ADDED: "重新收进",
    Fate.CHANGED: "恢复旧文本",
    Fate.REMOVED: "不再收录",
    Fate.SUPERSEDED: "改由其他版本答复",
    Fate.RESTORED: "恢复为现行",
    Fate.RESTATED: "恢复旧的文件信息",
}


@dataclass(frozen=True, slots=True)
class Choice:
    """The live version, the one before it, and what going back would change."""

    live: Generation
    earlier: Generation
    changes: Sequence[DocumentChange]


class RollingBack:
    """Takes the last refresh back."""

    def __init__(self, desk: Desk, store: Callable[[], Store]) -> None:
        self._desk = desk
        self._store = store
        self._one_at_a_time = asyncio.Lock()

    def handlers(self) -> Iterator[BaseHandler[Any, Any, Any]]:
        """/rollback, the button that opens the same, and the answer to it."""
        yield CommandHandler("rollback", self.ask, filters=filters.UpdateType.MESSAGE)
        yield CallbackQueryHandler(self.ask, pattern(ROLL_BACK))
        yield CallbackQueryHandler(self.go_back, pattern(SURE))
        yield CallbackQueryHandler(self.keep, pattern(KEEP))

    @only(Role.ADMIN)
    async def ask(self, update: Update, visit: Visit) -> None:
        """Show what going back would change, and ask."""
        if update.callback_query:
            await update.callback_query.answer()
        await show(visit.bot, visit.member.telegram_id, _screen(await aside(self._choice)))

    @only(Role.ADMIN)
    async def keep(self, update: Update, visit: Visit) -> None:
        """Leave everything as it is."""
        await turn(pressed(update), Screen([lines(KEPT)]))

    @only(Role.ADMIN)
    async def go_back(self, update: Update, visit: Visit) -> None:
        """Go back, if the versions are still those that were shown."""
        query = pressed(update)
        given = values(query)
        async with self._one_at_a_time:
            try:
                done = await aside(
                    self._go_back, visit.member.telegram_id, number(given, 0), number(given, 1)
                )
            except LianwenError as error:
                await turn(query, Screen([lines(str(error))]))
                return
        if done is None:
            await query.answer(OTHERWISE, show_alert=True)
            await show(visit.bot, visit.member.telegram_id, _screen(await aside(self._choice)))
            return
        text = f"已退回第 {done.id} 版（{done.documents} 份文件），现在起由它答复。"
        await turn(query, Screen([lines(text, "要再更新，把文件发给我。")]))
        await self._announce(visit.bot, visit.member, done)
        try:
            await aside(self._desk.asker.library)
        except LianwenError as error:
            LOGGER.warning("退回的版本没能预先打开：%s", error)

    def _go_back(
        self, actor: int, live_id: int | None, earlier_id: int | None
    ) -> Generation | None:
        """Blocks. None where the versions are not those; done again after a crash, it is done."""
        store = self._store()
        live = store.live_generation()
        if live is None or earlier_id is None or live_id is None:
            return None
        if live.id == live_id and _before(store.generations(), live_id) == earlier_id:
            live = roll_back(store)
        if live.id != earlier_id:
            return None
        # Noted afterwards, and once: a crash in between leads here again.
        if self._desk.records.once.claim(f"rolled-back:{live_id}:{earlier_id}"):
            self._desk.records.audit.append(
                actor, "generation.rolled_back", before=live_id, after=earlier_id
            )
        return live

    def _choice(self) -> Choice | None:
        """Blocks."""
        store = self._store()
        kept = store.generations()
        live = next((each for each in kept if each.live), None)
        earlier = next((each for each in kept if live and each.id < live.id), None)
        if live is None or earlier is None:
            return None
        return Choice(live, earlier, compare(store.held(live.id), store.held(earlier.id)))

    async def _announce(self, bot: Bot, actor: Member, live: Generation) -> None:
        who = clean(actor.name) or "一位管理员"
        line = f"{who}把知识库退回到第 {live.id} 版（{live.documents} 份文件）。"
        for admin in await aside(self._desk.records.members.list, Role.ADMIN):
            if admin.telegram_id != actor.telegram_id:
                await notify(bot, self._desk.records.members, admin.telegram_id, line)


def _before(kept: Sequence[Generation], live_id: int) -> int | None:
    """The generation that ``roll_back`` would go to."""
    return next((each.id for each in kept if each.id < live_id), None)


def _screen(choice: Choice | None) -> Screen:
    if choice is None:
        return Screen([lines(NOTHING)])
    versions = titled(
        "退回上一版知识库",
        f"现用：{_version(choice.live)}",
        f"上一版：{_version(choice.earlier)}",
    )
    counts = Counter(_FATES[each.fate] for each in choice.changes)
    told = [f"· {words} {count} 份" for words, count in counts.items()]
    titles = [f"　{_FATES[each.fate]}{_title(each.document)}" for each in choice.changes]
    more = f"　……另有 {len(titles) - _LISTED} 份" if len(titles) > _LISTED else ""
    changes = lines("退回后：", *(told or ["文件没有变化。"]), *titles[:_LISTED], more)
    ids = (choice.live.id, choice.earlier.id)
    buttons = keyboard([button(f"退回第 {ids[1]} 版", SURE, *ids), button("不退回", KEEP)])
    return Screen([versions, changes], buttons)


def _title(document: Document) -> str:
    """With the year, for both versions of a document are named."""
    year = f"（{document.effective.year}年施行）" if document.effective else ""
    return f"{bracketed(clean(document.title))}{year}"


def _version(generation: Generation) -> str:
    at = generation.created_at.astimezone(_SHANGHAI)
    return f"第 {generation.id} 版，{at:%Y-%m-%d %H:%M} 建立，{generation.documents} 份文件"
