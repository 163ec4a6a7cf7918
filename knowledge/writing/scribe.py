"""What a configured model does for an answer: it helps to search, and it writes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from knowledge.llm.model import Model
from knowledge.writing.drafts import Draft
from knowledge.writing.reading import Reader
from knowledge.writing.rewriting import Rewriter
from knowledge.writing.verdicts import Verdicts
from knowledge.writing.writer import Writer


@dataclass(frozen=True, slots=True)
class Scribe:
    """A reader of questions and a writer of answers."""

    reader: Reader
    writer: Writer

    @classmethod
    def of(cls, model: Model, seconds: float, watch: Callable[[Draft], None] | None = None) -> Self:
        """Both on one model, so that its limits hold for both together.

        :param seconds: for writing one answer.
        :param watch: told how each answer came about (see ``Writer``).
        """
        writer = Writer(model, counts=Verdicts(), seconds=seconds, watch=watch)
        return cls(Reader(Rewriter(model)), writer)
