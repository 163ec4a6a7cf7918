"""A reminder as the message that members get, with its two buttons."""

from __future__ import annotations

from bot.reminder_wording import blocks_of
from bot.telegram.messages.buttons import button, keyboard
from bot.telegram.messages.screens import Screen
from knowledge.reminding.model import Reminder

DOUBT, SEEN = "remind-ask", "remind-seen"
DOUBT_LABEL, SEEN_LABEL = "我有疑问", "知道了"


def screen_of(key: str, reminder: Reminder) -> Screen:
    """The message; its buttons bring back the reminder's key."""
    buttons = keyboard([button(SEEN_LABEL, SEEN, key), button(DOUBT_LABEL, DOUBT, key)])
    return Screen(blocks_of(reminder), buttons)
