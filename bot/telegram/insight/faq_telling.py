"""Telling people of a written answer: those who asked, its author, its reviewers; each once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from telegram import Bot

from bot.telegram.desk import Desk, aside
from bot.telegram.insight import faq_screens as screens
from bot.telegram.messages.screens import Screen, notify
from knowledge.errors import LianwenError
from knowledge.faq import FaqEntry, State, citation_of
from knowledge.model import Citation
from knowledge.people import Member

# Those whom nobody could reach for so long have found the answer by asking again.
TOLD_FOR = dt.timedelta(days=30)


async def tell_askers(bot: Bot, desk: Desk) -> None:
    """Tell those who asked and have not heard of the answer; at the start, or every so often.

    A crash or a lost connection may have kept it from them.
    """
    since = dt.datetime.now(dt.UTC) - TOLD_FOR
    for entry in await aside(desk.records.faq.in_state, State.APPROVED):
        if entry.changed_at > since:
            await tell_askers_of(bot, desk, entry)


async def tell_askers_of(bot: Bot, desk: Desk, entry: FaqEntry) -> tuple[int, int]:
    """Tell each member who asked, once; how many know by now, how many should and do not."""
    citation = await aside(citation_held, desk, entry)
    askers = await aside(_askers, desk, entry)
    for member in askers:
        if citation is not None:
            await tell(bot, desk, entry, member.telegram_id, screens.told(entry, citation))
    told, person = await aside(desk.records.faq.told, entry), desk.records.asked.person
    others = [each for each in askers if person(each.telegram_id) not in told]
    return len(askers) - len(others), sum(each.reachable for each in others)


def _askers(desk: Desk, entry: FaqEntry) -> list[Member]:
    """The log knows nobody: members are found by what stands for them there. Blocks."""
    asked = desk.records.asked
    persons = {each.person for each in map(asked.get, entry.question_ids) if each}
    members = desk.records.members.list()
    return [each for each in members if asked.person(each.telegram_id) in persons]


async def tell(
    bot: Bot, desk: Desk, entry: FaqEntry, member: int, news: Sequence[Screen], who: str = ""
) -> None:
    """Tell a member of the state that an entry has come to, unless they know.

    That they know is noted afterwards: better told twice over a crash than never.

    :param who: what stands for them; "" means what does in the log.
    """
    who = who or desk.records.asked.person(member)
    if not await aside(desk.records.faq.begin_telling, entry, who):
        return
    reached = False
    try:
        for screen in news:
            reached = await notify(bot, desk.records.members, member, screen)
            if not reached:
                break
    finally:
        await aside(desk.records.faq.end_telling, entry, who, reached)


def citation_held(desk: Desk, entry: FaqEntry) -> Citation | None:
    """The article that an answer rests on, where it is held now. Blocks."""
    try:
        return citation_of(entry, desk.asker.library())
    except LianwenError:  # no knowledge base just now
        return None
