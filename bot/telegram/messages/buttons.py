"""Buttons under messages, and what is in their data: a feature's word and a few values."""

from __future__ import annotations

from telegram import CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, Update

# Bot API, InlineKeyboardButton: callback_data is 1-64 bytes.
DATA_BYTES = 64
_BETWEEN = "|"


def button(label: str, word: str, *values: object) -> InlineKeyboardButton:
    """A button that brings back ``word`` and ``values``.

    :raises ValueError: they take more than 64 bytes; a programming error.
    """
    data = _BETWEEN.join([word, *map(str, values)])
    if len(data.encode()) > DATA_BYTES:
        raise ValueError(f"callback data too long: {data}")
    return InlineKeyboardButton(label, callback_data=data)


def keyboard(*rows: list[InlineKeyboardButton]) -> InlineKeyboardMarkup | None:
    """Rows of buttons, empty ones left out; None where there is no button at all."""
    filled = [row for row in rows if row]
    return InlineKeyboardMarkup(filled) if filled else None


def pattern(*words: str) -> str:
    """For a CallbackQueryHandler: data that opens with one of these words."""
    return rf"^(?:{'|'.join(words)})(?:\{_BETWEEN}|$)"


def values(query: CallbackQuery) -> list[str]:
    """The values that a pressed button brought, all of them text a client may have forged."""
    return (query.data or "").split(_BETWEEN)[1:]


def pressed(update: Update) -> CallbackQuery:
    """The query of a pressed button; the table gives button handlers no other updates."""
    query = update.callback_query
    if query is None:
        raise RuntimeError("a button's handler got an update without a button")
    return query


def number(given: list[str], place: int) -> int | None:
    """The whole number at ``place``, or None where there is none that fits 64 bits."""
    if place >= len(given) or not given[place].isascii() or not given[place].isdigit():
        return None
    found = int(given[place][:20])
    return found if found < 2**63 else None
