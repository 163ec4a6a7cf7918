"""Written answers: the author writes in a reply, someone else reviews, whoever asked is told."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from telegram import Bot, Update
from telegram.ext import (
    ApplicationHandlerStop,
    BaseHandler,
    CallbackQueryHandler,
    CommandHandler,
    MessageHandler,
    filters,
)

from bot.telegram.desk import Desk, aside
from bot.telegram.insight import faq_screens as screens
from bot.telegram.messages.buttons import number, pattern, pressed, values
from bot.telegram.messages.screens import Screen, lines, notify, show, turn
from bot.telegram.visiting import Visit, only
from bot.wording import clean
from knowledge.errors import LianwenError
from knowledge.faq import FaqEntry, State, basis_of, citation_of, holds
from knowledge.finding import named
from knowledge.model import Citation, Kind
from knowledge.people import Member, Role
from knowledge.quoting import quote_of
from knowledge.verification import cite

LONGEST = 1_500
LISTED = (State.REVIEW, State.APPROVED, State.RETIRED)

_BASIS = re.compile(r"^\s*依据\s*[:：]\s*(\S.*)$", re.MULTILINE)


class FaqDesk:
    """Everything about written answers after /gaps has begun one."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._faq = desk.records.faq

    def replies(self) -> Iterator[BaseHandler[Any, Any, Any]]:
        """Replies to cards; they go before whatever else takes messages for questions."""
        yield MessageHandler(
            filters.UpdateType.MESSAGE & filters.REPLY & filters.ChatType.PRIVATE & filters.TEXT,
            self.written,
        )

    def handlers(self) -> Iterator[BaseHandler[Any, Any, Any]]:
        """/faq, and the buttons of writing and reviewing."""
        yield CommandHandler("faq", self.overview, filters=filters.UpdateType.MESSAGE)
        for word, handle in (
            (screens.SUBMIT, self.submit),
            (screens.DROP, self.drop),
            (screens.APPROVE, self.approve),
            (screens.RETURN, self.send_back),
            (screens.LIST, self.page),
            (screens.SHOW, self.show),
            (screens.RETIRE, self.ask_to_retire),
            (screens.RETIRE_SURE, self.retire),
        ):
            yield CallbackQueryHandler(handle, pattern(word))

    async def written(self, update: Update, visit: Visit) -> None:
        """Take a reply to a card; anything else goes on to the other handlers."""
        message = update.effective_message
        if message is None or message.reply_to_message is None:
            return
        author = visit.member.telegram_id
        entry = await aside(self._faq.replied_to, author, message.reply_to_message.message_id)
        if entry is None or visit.member.role is not Role.ADMIN:
            return
        try:
            answer, citation = await aside(self._read, clean(message.text or ""))
        except _UnclearError as error:
            screen: Screen = Screen([lines(str(error))])
        else:
            kept = await aside(self._faq.write, entry.id, answer, basis_of(citation))
            screen = screens.preview(kept, citation) if kept else _line(screens.NO_LONGER)
        await show(visit.bot, author, screen, message.message_id)
        raise ApplicationHandlerStop

    @only(Role.ADMIN)
    async def submit(self, update: Update, visit: Visit) -> None:
        """Send an answer for review: to reviewers and the other admins, else to its author."""
        query, author = pressed(update), visit.member
        entry = await self._moved(update, visit, {State.DRAFT}, State.REVIEW)
        if entry is None:
            return
        citation = await aside(self._citation, entry)
        readers = await aside(self._readers, author.telegram_id)
        sent = 0
        for reader in readers:
            screen = screens.for_review(entry, citation, author.name, own=False)
            sent += await notify(visit.bot, self._desk.records.members, reader.telegram_id, screen)
        if sent:
            await turn(query, _line(f"已送审核（{sent} 人）。有结果会告诉您。"))
        else:
            await turn(query, screens.for_review(entry, citation, author.name, own=True))

    @only(Role.ADMIN)
    async def drop(self, update: Update, visit: Visit) -> None:
        """The author gives up an answer."""
        before = {State.DRAFT, State.WRITING, State.RETURNED}
        if await self._moved(update, visit, before, State.RETIRED):
            await turn(pressed(update), _line(screens.DROPPED))

    @only(Role.REVIEWER, Role.ADMIN)
    async def approve(self, update: Update, visit: Visit) -> None:
        """Let an answer be given from now on, and tell those who asked."""
        query = pressed(update)
        entry = await self._reviewed(update, visit)
        citation = await aside(self._citation, entry) if entry else None
        if entry is None:
            return
        if citation is None:
            await query.answer("所引条文已经变动，不能通过。请退回重写。", show_alert=True)
            return
        moved = await self._moved(update, visit, {State.REVIEW}, State.APPROVED)
        if moved is None:
            return
        told = await self._tell_askers(visit.bot, moved, citation)
        await turn(query, _line(f"已通过，即刻生效；已告知 {told} 位提问人。"))
        if entry.author != visit.member.telegram_id:
            line = _line(
                f"您写的书面答复第 {entry.id} 号审核通过，已生效，已告知 {told} 位提问人。"
            )
            await notify(visit.bot, self._desk.records.members, entry.author, line)

    @only(Role.REVIEWER, Role.ADMIN)
    async def send_back(self, update: Update, visit: Visit) -> None:
        """Return an answer to its author, with a reason."""
        place = number(values(pressed(update)), 1)
        if await self._reviewed(update, visit) is None:
            return
        entry = await self._moved(update, visit, {State.REVIEW}, State.RETURNED)
        if entry is None:
            return
        known = place is not None and place < len(screens.REASONS)
        reason = screens.REASONS[place or 0] if known else "请再核对"
        await turn(pressed(update), _line(f"已退回（{reason}）。"))
        line = _line(
            f"您写的书面答复第 {entry.id} 号被退回：{reason}。"
            "请再回复一次当初那条消息，改好后重新提交。"
        )
        await notify(visit.bot, self._desk.records.members, entry.author, line)

    @only(Role.REVIEWER, Role.ADMIN)
    async def overview(self, update: Update, visit: Visit) -> None:
        """Answer /faq: what waits for review, is in use, or was retired."""
        entries = await aside(self._faq.in_state, *LISTED)
        await show(visit.bot, visit.member.telegram_id, screens.listed(entries, 0))

    @only(Role.REVIEWER, Role.ADMIN)
    async def page(self, update: Update, visit: Visit) -> None:
        """Turn to another page of the list."""
        entries = await aside(self._faq.in_state, *LISTED)
        await turn(
            pressed(update), screens.listed(entries, number(values(pressed(update)), 0) or 0)
        )

    @only(Role.REVIEWER, Role.ADMIN)
    async def show(self, update: Update, visit: Visit) -> None:
        """Show one written answer."""
        entry = await self._named(update)
        if entry is not None:
            await turn(pressed(update), screens.shown(entry, await aside(self._citation, entry)))

    @only(Role.REVIEWER, Role.ADMIN)
    async def ask_to_retire(self, update: Update, visit: Visit) -> None:
        """Ask before an answer is retired."""
        entry = await self._named(update)
        if entry is not None:
            await turn(pressed(update), screens.sure(entry, await aside(self._citation, entry)))

    @only(Role.REVIEWER, Role.ADMIN)
    async def retire(self, update: Update, visit: Visit) -> None:
        """Give an answer no more."""
        if await self._moved(update, visit, {State.APPROVED}, State.RETIRED):
            await turn(pressed(update), _line(screens.RETIRED))

    def _read(self, text: str) -> tuple[str, Citation]:
        """A reply → the answer and its basis, quoted from the live generation. Blocks."""
        found = list(_BASIS.finditer(text))
        if not found:
            raise _UnclearError(screens.NO_BASIS_LINE)
        last = found[-1]
        answer = (text[: last.start()] + text[last.end() :]).strip()
        if not answer:
            raise _UnclearError(screens.NO_ANSWER)
        if len(answer) > LONGEST:
            raise _UnclearError(screens.TOO_LONG)
        library = self._desk.asker.library()
        clause = named(library, last[1])
        if clause is None or library.documents[clause.document_id].kind is Kind.CASE:
            raise _UnclearError(screens.NO_SUCH_PLACE)
        document = library.documents[clause.document_id]
        if not holds(document):
            raise _UnclearError(screens.NOT_IN_FORCE)
        return answer, cite(document, clause, quote_of(clause, answer))

    def _citation(self, entry: FaqEntry) -> Citation | None:
        try:
            return citation_of(entry, self._desk.asker.library())
        except LianwenError:  # no knowledge base just now
            return None

    def _readers(self, author: int) -> list[Member]:
        """Who may review: everyone in the discipline office, and the other admins."""
        able = self._desk.records.members.list(Role.REVIEWER, Role.ADMIN)
        return [each for each in able if each.reachable and each.telegram_id != author]

    async def _named(self, update: Update) -> FaqEntry | None:
        query = pressed(update)
        entry_id = number(values(query), 0)
        entry = None if entry_id is None else await aside(self._faq.get, entry_id)
        if entry is None or entry.state not in LISTED:
            await query.answer(screens.NO_LONGER, show_alert=True)
            return None
        return entry

    async def _reviewed(self, update: Update, visit: Visit) -> FaqEntry | None:
        """The entry, where this member may review it."""
        entry = await self._named(update)
        if entry is None:
            return None
        own = entry.author == visit.member.telegram_id
        others = await aside(self._readers, entry.author) if own else []
        if others:
            await pressed(update).answer(screens.NOT_OWN, show_alert=True)
            return None
        return entry

    async def _moved(
        self, update: Update, visit: Visit, before: set[State], after: State
    ) -> FaqEntry | None:
        query, actor = pressed(update), visit.member.telegram_id
        entry_id = number(values(query), 0)
        entry = None
        if entry_id is not None:
            entry = await aside(self._faq.move, entry_id, before, after, actor)
        if entry is None:
            await query.answer(screens.NO_LONGER, show_alert=True)
        return entry

    async def _tell_askers(self, bot: Bot, entry: FaqEntry, citation: Citation) -> int:
        """Tell each member who asked, once; how many were reached."""
        told = 0
        for member in await aside(self._askers, entry):
            if await aside(self._desk.records.once.claim, f"faq:{entry.id}:{member.telegram_id}"):
                screen = screens.told(entry, citation)
                told += await notify(bot, self._desk.records.members, member.telegram_id, screen)
        return told

    def _askers(self, entry: FaqEntry) -> list[Member]:
        """The log knows nobody: members are found by what stands for them there. Blocks."""
        asked = (self._desk.records.asked.get(each) for each in entry.question_ids)
        persons = {each.person for each in asked if each}
        return [
            member
            for member in self._desk.records.members.list()
            if self._desk.records.asked.person(member.telegram_id) in persons
        ]


class _UnclearError(Exception):
    """What was written cannot be taken as it is; the text says why."""


def _line(text: str) -> Screen:
    return Screen([lines(text)])
