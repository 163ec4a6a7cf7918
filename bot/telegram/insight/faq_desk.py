"""Written answers: the author writes in a reply, someone else reviews, whoever asked is told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from telegram import CallbackQuery, Update
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
from bot.telegram.insight.faq_telling import citation_held, tell, tell_askers_of
from bot.telegram.messages.buttons import number, pattern, pressed, values
from bot.telegram.messages.screens import Screen, lines, replace, show
from bot.telegram.visiting import Visit, only
from bot.wording import clean
from knowledge.faq import FaqEntry, Reply, State, basis_of, holds, read_reply
from knowledge.finding import named
from knowledge.masking import mask
from knowledge.model import Citation, Kind
from knowledge.people import Member, Role
from knowledge.quoting import quote_of
from knowledge.verification import cite

LONGEST, LONGEST_QUESTION = 1_500, 200
AUTHOR = "author"
LISTED = (State.REVIEW, State.APPROVED, State.RETIRED)


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
            reply = _reply(clean(message.text or ""))
            citation = await aside(self._citable, reply)
        except _UnclearError as error:
            preview = [_line(str(error))]
        else:
            written = (reply.answer, basis_of(citation), mask(reply.question))
            kept = await aside(self._faq.write, entry.id, *written)
            preview = screens.preview(kept, citation) if kept else [_line(screens.NO_LONGER)]
        for screen in preview:
            await show(visit.bot, author, screen, message.message_id)
        raise ApplicationHandlerStop

    @only(Role.ADMIN)
    async def submit(self, update: Update, visit: Visit) -> None:
        """Send an answer for review: to reviewers and the other admins, else to its author."""
        query, author = pressed(update), visit.member
        entry = await self._moved(update, visit, State.DRAFT, State.REVIEW)
        if entry is None:
            return
        citation = await aside(citation_held, self._desk, entry)
        card = screens.for_review(entry, citation, author.name, own=False)
        for reader in await aside(self._readers, author.telegram_id):
            await tell(visit.bot, self._desk, entry, reader.telegram_id, card)
        sent = len(await aside(self._faq.told, entry))
        if sent:
            await _turn(query, [_line(f"已送审核（{sent} 人）。有结果会告诉您。")])
        else:
            await _turn(query, screens.for_review(entry, citation, author.name, own=True))

    @only(Role.ADMIN)
    async def drop(self, update: Update, visit: Visit) -> None:
        """The author gives up an answer."""
        if await self._ended(update, visit, State.DRAFT, State.WRITING, State.RETURNED):
            await _turn(pressed(update), [_line(screens.DROPPED)])

    @only(Role.REVIEWER, Role.ADMIN)
    async def approve(self, update: Update, visit: Visit) -> None:
        """Let an answer be given from now on, and tell those who asked; pressed again, the rest."""
        query = pressed(update)
        entry = await self._reviewed(update, visit)
        if entry is None:
            return
        if await aside(citation_held, self._desk, entry) is None:
            await query.answer(screens.UNFOUNDED, show_alert=True)
            return
        moved = await self._moved(update, visit, State.REVIEW, State.APPROVED)
        if moved is None:
            return
        told, missed = await tell_askers_of(visit.bot, self._desk, moved)
        await _turn(query, [screens.approved(moved, told, missed)])
        if moved.author != visit.member.telegram_id:
            line = f"您写的书面答复第 {moved.id} 号审核通过，已生效，已告知 {told} 位提问人。"
            await tell(visit.bot, self._desk, moved, moved.author, [_line(line)], AUTHOR)

    @only(Role.REVIEWER, Role.ADMIN)
    async def send_back(self, update: Update, visit: Visit) -> None:
        """Return an answer to its author, with a reason."""
        query = pressed(update)
        place = number(values(query), 2)
        if await self._reviewed(update, visit, State.RETURNED) is None:
            return
        entry = await self._moved(update, visit, State.REVIEW, State.RETURNED)
        if entry is None:
            return
        if entry.reviewer != visit.member.telegram_id:  # somebody else returned it before
            await query.answer(screens.NO_LONGER, show_alert=True)
            return
        known = place is not None and place < len(screens.REASONS)
        reason = screens.REASONS[place or 0] if known else "请再核对"
        await _turn(query, [_line(f"已退回（{reason}）。")])
        line = (
            f"您写的书面答复第 {entry.id} 号被退回：{reason}。"
            "请再回复一次当初那条消息，改好后重新提交。"
        )
        await tell(visit.bot, self._desk, entry, entry.author, [_line(line)], AUTHOR)

    @only(Role.REVIEWER, Role.ADMIN)
    async def overview(self, update: Update, visit: Visit) -> None:
        """Answer /faq: what waits for review, is in use, or was retired."""
        entries = await aside(self._faq.in_state, *LISTED)
        await show(visit.bot, visit.member.telegram_id, screens.listed(entries, 0))

    @only(Role.REVIEWER, Role.ADMIN)
    async def page(self, update: Update, visit: Visit) -> None:
        """Turn to another page of the list."""
        query = pressed(update)
        entries = await aside(self._faq.in_state, *LISTED)
        await _turn(query, [screens.listed(entries, number(values(query), 0) or 0)])

    @only(Role.REVIEWER, Role.ADMIN)
    async def show(self, update: Update, visit: Visit) -> None:
        """Show one written answer."""
        entry = await self._named(update)
        if entry is not None:
            citation = await aside(citation_held, self._desk, entry)
            await _turn(pressed(update), screens.shown(entry, citation))

    @only(Role.REVIEWER, Role.ADMIN)
    async def ask_to_retire(self, update: Update, visit: Visit) -> None:
        """Ask before an answer is retired."""
        entry = await self._named(update)
        if entry is not None:
            citation = await aside(citation_held, self._desk, entry)
            await _turn(pressed(update), screens.sure(entry, citation))

    @only(Role.REVIEWER, Role.ADMIN)
    async def retire(self, update: Update, visit: Visit) -> None:
        """Give an answer no more."""
        if await self._ended(update, visit, State.APPROVED):
            await _turn(pressed(update), [_line(screens.RETIRED)])

    def _citable(self, reply: Reply) -> Citation:
        """The basis of a reply, quoted from the live generation. Blocks."""
        library = self._desk.asker.library()
        clause = named(library, reply.basis)
        if clause is None or library.documents[clause.document_id].kind is Kind.CASE:
            raise _UnclearError(screens.NO_SUCH_PLACE)
        document = library.documents[clause.document_id]
        if not holds(document):
            raise _UnclearError(screens.NOT_IN_FORCE)
        return cite(document, clause, quote_of(clause, reply.answer))

    def _readers(self, author: int) -> list[Member]:
        """Who may review: everyone in the discipline office, and the other admins."""
        able = self._desk.records.members.list(Role.REVIEWER, Role.ADMIN)
        return [each for each in able if each.reachable and each.telegram_id != author]

    async def _named(self, update: Update, *also: State) -> FaqEntry | None:
        query = pressed(update)
        entry_id = number(values(query), 0)
        entry = None if entry_id is None else await aside(self._faq.get, entry_id)
        if entry is None or entry.state not in {*LISTED, *also}:
            await query.answer(screens.NO_LONGER, show_alert=True)
            return None
        return entry

    async def _reviewed(self, update: Update, visit: Visit, *also: State) -> FaqEntry | None:
        """The entry, where this member may review it."""
        entry = await self._named(update, *also)
        if entry is None:
            return None
        own = entry.author == visit.member.telegram_id
        others = await aside(self._readers, entry.author) if own else []
        if others:
            await pressed(update).answer(screens.NOT_OWN, show_alert=True)
            return None
        return entry

    async def _moved(
        self, update: Update, visit: Visit, before: State, after: State
    ) -> FaqEntry | None:
        """The entry after a step from the text that was read; a step once taken is let go on."""
        query = pressed(update)
        entry_id, (_, edition, *_) = number(values(query), 0), [*values(query), "", ""]
        if entry_id is None:
            await query.answer(screens.NO_LONGER, show_alert=True)
            return None
        step = ({before, after}, after, visit.member.telegram_id, edition)
        entry = await aside(self._faq.move, entry_id, *step)
        if entry is None:
            now = await aside(self._faq.get, entry_id)
            if now is None or now.state is not before or now.edition == edition:
                await query.answer(screens.NO_LONGER, show_alert=True)
            else:
                await _turn(query, await aside(self._card, now, visit.member), screens.CHANGED)
        return entry

    def _card(self, entry: FaqEntry, reader: Member) -> list[Screen]:
        """What is to be read before an entry is submitted or reviewed. Blocks."""
        citation = citation_held(self._desk, entry)
        if entry.state is State.DRAFT:
            return screens.preview(entry, citation)
        author = self._desk.records.members.get(entry.author)
        own = entry.author == reader.telegram_id
        return screens.for_review(entry, citation, author.name if author else "", own=own)

    async def _ended(self, update: Update, visit: Visit, *before: State) -> bool:
        query = pressed(update)
        entry_id, actor = number(values(query), 0), visit.member.telegram_id
        entry = None
        if entry_id is not None:
            entry = await aside(self._faq.move, entry_id, before, State.RETIRED, actor)
        if entry is None:
            await query.answer(screens.NO_LONGER, show_alert=True)
        return entry is not None


def _reply(text: str) -> Reply:
    reply = read_reply(text)
    if not reply.basis:
        raise _UnclearError(screens.NO_BASIS_LINE)
    if not reply.answer:
        raise _UnclearError(screens.NO_ANSWER)
    if len(reply.answer) > LONGEST:
        raise _UnclearError(screens.TOO_LONG)
    if len(reply.question) > LONGEST_QUESTION:
        raise _UnclearError(screens.QUESTION_TOO_LONG)
    return reply


async def _turn(query: CallbackQuery, shown: Sequence[Screen], alert: str = "") -> None:
    """Answer a pressed button by putting screens in the place of its message."""
    await query.answer(alert or None, show_alert=bool(alert))
    message = query.message
    if message is None:
        return
    first, *rest = shown
    if not await replace(query.get_bot(), message.chat.id, message.message_id, first):
        rest = [first, *rest]
    for screen in rest:
        await show(query.get_bot(), message.chat.id, screen)


class _UnclearError(Exception):
    """What was written cannot be taken as it is; the text says why."""


def _line(text: str) -> Screen:
    return Screen([lines(text)])
