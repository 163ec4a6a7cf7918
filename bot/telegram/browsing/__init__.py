"""Browsing what is held: measures, cases, rules, articles quoted inline, and the quiz."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from telegram.ext import BaseHandler

from bot.telegram.browsing.cases import Cases
from bot.telegram.browsing.inline import Inline
from bot.telegram.browsing.measures import Measures
from bot.telegram.browsing.quiz import Quiz
from bot.telegram.browsing.rules import Rules
from bot.telegram.desk import Desk


class Browsing:
    """Every way to look at what is held without asking a question."""

    def __init__(self, desk: Desk) -> None:
        self._features = (Measures(desk), Cases(desk), Rules(desk), Inline(desk), Quiz(desk))

    def handlers(self) -> Iterator[BaseHandler[Any, Any, Any]]:
        """The handlers of all of them."""
        for feature in self._features:
            yield from feature.handlers()
