"""What a person is told when something went wrong, and what the log is."""

from __future__ import annotations

import logging

from bot.telegram import phrases
from bot.wording import clean
from knowledge.errors import LianwenError, NotBuiltError, QuestionError

LOGGER = logging.getLogger(__name__)


def explained(error: BaseException | None, contact: str) -> str:
    """Log a failure; the sentence for the person whom it concerns."""
    if isinstance(error, QuestionError):
        return clean(str(error)) or phrases.failed(contact)
    if isinstance(error, LianwenError):
        # Its words are for who runs the bot: folders, servers, commands.
        LOGGER.error("无法答复：%s", error)
        return phrases.NOT_READY if isinstance(error, NotBuiltError) else phrases.failed(contact)
    LOGGER.error("处理消息时出错", exc_info=error)
    return phrases.failed(contact)
