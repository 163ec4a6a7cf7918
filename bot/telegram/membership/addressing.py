"""Whether a message in a group is meant for the bot, and what it says apart from the bot's name."""

from __future__ import annotations

from collections.abc import Iterator

from telegram import Bot, Message, MessageEntity


def addressed(message: Message, bot: Bot) -> bool:
    """Whether it names the bot, is a command for it, or replies to a message of its."""
    name = _opening(message).partition("@")[2]
    if name:
        return name.lower() == bot.username.lower()
    replied = message.reply_to_message and message.reply_to_message.from_user
    if replied and replied.id == bot.id:
        return True
    return any(True for _ in _mentions(message, bot.username))


def command_of(message: Message) -> str:
    """The name of the command that the message opens with, in small letters; else ""."""
    return _opening(message).partition("@")[0].removeprefix("/").lower()


def question_text(message: Message, bot_username: str) -> str:
    """The text or caption without mentions of the bot."""
    units = _units(message)
    for entity in sorted(_mentions(message, bot_username), key=lambda each: -each.offset):
        start, end = 2 * entity.offset, 2 * (entity.offset + entity.length)
        units = units[:start] + units[end:]
    return units.decode("utf-16-le", "replace").strip()


def _mentions(message: Message, username: str) -> Iterator[MessageEntity]:
    for entity in message.entities or message.caption_entities:
        if entity.type == MessageEntity.MENTION:
            name = _slice(message, entity).removeprefix("@")
        elif entity.type == MessageEntity.TEXT_MENTION and entity.user is not None:
            name = entity.user.username or ""
        else:
            continue
        if name.lower() == username.lower():
            yield entity


def _opening(message: Message) -> str:
    """The command that the message opens with, as /name or /name@bot; else ""."""
    for entity in message.entities:
        if entity.type == MessageEntity.BOT_COMMAND and entity.offset == 0:
            return _slice(message, entity)
    return ""


def _slice(message: Message, entity: MessageEntity) -> str:
    units = _units(message)[2 * entity.offset : 2 * (entity.offset + entity.length)]
    return units.decode("utf-16-le", "replace")


def _units(message: Message) -> bytes:
    """Offsets and lengths count UTF-16 units, of two bytes each."""
    return (message.text or message.caption or "").encode("utf-16-le", "surrogatepass")
