"""「转纪检部门」: the asker sees exactly what will be sent, and confirms or cancels."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from telegram import CallbackQuery, MaybeInaccessibleMessage, Message, Update
from telegram.constants import MessageEntityType
from telegram.ext import BaseHandler, CallbackQueryHandler

from bot.telegram.answers.answer_buttons import REFER
from bot.telegram.desk import Desk, aside
from bot.telegram.messages.buttons import number, pattern, pressed, values
from bot.telegram.messages.screens import Screen, lines, replace, show
from bot.telegram.referrals import screens
from bot.telegram.referrals.copies import send_copies
from bot.telegram.visiting import Visit, only
from bot.wording import clean, source
from knowledge.asked import AskedQuestion
from knowledge.errors import LianwenError
from knowledge.masking import mask
from knowledge.model import Citation, Outcome
from knowledge.people import Member, Role
from knowledge.quoting import decisive_line
from knowledge.store.referrals import Matter, Referral, State
from knowledge.verification import cite

_NO_BASIS = "没有找到依据，没有作答。"


class Referring:
    """The asker's side of passing a question on."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._asked = desk.records.asked
        self._referrals = desk.records.referrals

    def handlers(self) -> Iterator[BaseHandler[Any, Any, Any]]:
        """Asking to pass on, confirming, cancelling."""
        yield CallbackQueryHandler(self.preview, pattern(REFER))
        yield CallbackQueryHandler(self.confirm, pattern(screens.CONFIRM))
        yield CallbackQueryHandler(self.cancel, pattern(screens.CANCEL))

    @only()
    async def preview(self, update: Update, visit: Visit) -> None:
        """Show what will be sent, and ask."""
        query = pressed(update)
        question_id = number(values(query), 0)
        asked = None if question_id is None else await self._own(question_id, visit.member)
        if asked is None or query.message is None:
            await query.answer(screens.GONE, show_alert=True)
            return
        reviewers = await aside(reachable_reviewers, self._desk)
        if not reviewers:
            await query.answer()
            await self._tell(query, visit, screens.nobody(self._desk.settings.contact))
            return
        told = await aside(self._matter, asked, _bold_line(query.message))
        referral = await aside(self._referrals.draft, visit.member, told)
        if referral.state is not State.DRAFT:
            await query.answer(_standing(referral), show_alert=True)
            return
        await query.answer()
        for screen in screens.preview(referral, len(reviewers)):
            await show(visit.bot, query.message.chat.id, screen, query.message.message_id)

    @only()
    async def confirm(self, update: Update, visit: Visit) -> None:
        """Send it to every reviewer who can be reached; what has been sent is not sent again."""
        query = pressed(update)
        referral_id, edition = number(values(query), 0), number(values(query), 1)
        if referral_id is None or edition is None or query.message is None:
            await query.answer(screens.OUTDATED, show_alert=True)
            return
        reviewers = await aside(reachable_reviewers, self._desk)
        if not reviewers:
            await query.answer()
            await self._close(query, screens.nobody(self._desk.settings.contact))
            return
        referral = await aside(self._referrals.open, referral_id, visit.member.telegram_id, edition)
        if referral is None:
            await query.answer(screens.OUTDATED, show_alert=True)
            await self._close(query, screens.OUTDATED)
            return
        await query.answer()
        if referral.state is State.ANSWERED:
            await self._close(query, screens.ALREADY_ANSWERED)
            return
        reached = await send_copies(visit.bot, self._desk, referral, reviewers)
        contact = self._desk.settings.contact
        await self._close(query, screens.SENT if reached else screens.nobody(contact))

    @only()
    async def cancel(self, update: Update, visit: Visit) -> None:
        """Drop the draft; nothing has been sent."""
        query = pressed(update)
        referral_id = number(values(query), 0)
        if referral_id is not None and await aside(
            self._referrals.cancel, referral_id, visit.member.telegram_id
        ):
            await query.answer()
            await self._close(query, screens.CANCELLED)
            return
        referral = None if referral_id is None else await aside(self._referrals.get, referral_id)
        own = referral is not None and referral.asker == visit.member.telegram_id
        line = _standing(referral) if referral and own else screens.CANCELLED
        await query.answer()
        await self._close(query, line)

    async def _own(self, question_id: int, member: Member) -> AskedQuestion | None:
        """The question, where it is this member's and was asked in private."""
        if not await aside(self._asked.is_by, question_id, member.telegram_id):
            return None
        asked = await aside(self._asked.get, question_id)
        return asked if asked and not asked.in_group else None

    def _matter(self, asked: AskedQuestion, line: str) -> Matter:
        """What is passed on, in the words that the asker has read."""
        held = self._held(asked)
        sources = [
            f"{place}. {source(citation) if citation else f'《{each.document}》{each.article}'}"
            for place, (each, citation) in enumerate(zip(asked.clauses, held, strict=True), 1)
        ]
        if not line and asked.outcome == Outcome.ANSWERED and held and held[0]:
            line = clean(decisive_line(held[0].clause, asked.text)).replace("\n", "")
        return Matter(asked.id, mask(asked.text), mask(line or _NO_BASIS), tuple(sources), asked.at)

    def _held(self, asked: AskedQuestion) -> list[Citation | None]:
        """Each cited clause as it is held now, for its place in words."""
        try:
            library = self._desk.asker.library()
        except LianwenError:
            return [None for _ in asked.clauses]
        found = [library.clauses.get(each.clause_id) for each in asked.clauses]
        return [
            cite(library.documents[each.document_id], each, each.text) if each else None
            for each in found
        ]

    async def _tell(self, query: CallbackQuery, visit: Visit, line: str) -> None:
        if query.message is not None:
            chat, message = query.message.chat.id, query.message.message_id
            await show(visit.bot, chat, Screen([lines(line)]), message)

    async def _close(self, query: CallbackQuery, line: str) -> None:
        """Put a line in the place of the preview, buttons and all."""
        if query.message is not None:
            chat, message = query.message.chat.id, query.message.message_id
            await replace(query.get_bot(), chat, message, Screen([lines(line)]))


def reachable_reviewers(desk: Desk) -> list[Member]:
    """Everyone who answers what is passed on, as far as they can be written to."""
    return [each for each in desk.records.members.list(Role.REVIEWER) if each.reachable]


def _standing(referral: Referral) -> str:
    answered = referral.state is State.ANSWERED
    return screens.ALREADY_ANSWERED if answered else screens.ALREADY_SENT


def _bold_line(message: MaybeInaccessibleMessage) -> str:
    """The line that decides, as it stands in the answer; "" where this is a later page of it."""
    if not isinstance(message, Message):
        return ""
    for entity in message.entities:
        if entity.type == MessageEntityType.BOLD and entity.offset == 0:
            return clean(message.parse_entity(entity))
    return ""
