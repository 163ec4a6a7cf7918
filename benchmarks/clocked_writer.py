"""The real Writer with clocks of its own on it and on its model: what is left is what we add."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from knowledge.llm.model import Message, Model
from knowledge.model import Answer
from knowledge.writing.drafts import Draft
from knowledge.writing.verdicts import Verdicts
from knowledge.writing.writer import Writer


@dataclass(frozen=True, slots=True)
class Moment:
    """Seconds by the clock and of this thread's processor time: a shared machine slows one only."""

    clock: float = 0.0
    processor: float = 0.0

    @classmethod
    def now(cls) -> Moment:
        return cls(time.perf_counter(), time.thread_time())

    def __add__(self, other: Moment) -> Moment:
        return Moment(self.clock + other.clock, self.processor + other.processor)

    def __sub__(self, other: Moment) -> Moment:
        return Moment(self.clock - other.clock, self.processor - other.processor)


class ClockedModel:
    """A Model and the seconds that it took; what listeners do with the text is not its time."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self.spent = Moment()

    @property
    def name(self) -> str:
        return self._model.name

    def complete(
        self,
        messages: Sequence[Message],
        *,
        schema: Mapping[str, Any] | None = None,
        heard: Callable[[str], None] | None = None,
        seconds: float | None = None,
        person: str = "",
    ) -> str:
        listening = Moment()

        def listen(text: str) -> None:
            nonlocal listening
            begun = Moment.now()
            if heard:
                heard(text)
            listening += Moment.now() - begun

        begun = Moment.now()
        try:
            return self._model.complete(
                messages,
                schema=schema,
                heard=listen if heard else None,
                seconds=seconds,
                person=person,
            )
        finally:
            self.spent += Moment.now() - begun - listening


class ClockedWriter(Writer):
    """Keeps the last answer's draft and times; for one question at a time.

    ``draft`` is None where the quotes are meant to stand alone.
    """

    def __init__(self, model: Model, seconds: float) -> None:
        self.model = ClockedModel(model)
        self.draft: Draft | None = None
        self.added = Moment()
        self.model_seconds = 0.0
        super().__init__(self.model, counts=Verdicts(), seconds=seconds, watch=self._keep)

    def write(self, *given: Any, **named: Any) -> Answer:
        self.draft = None
        model, begun = self.model.spent, Moment.now()
        try:
            return super().write(*given, **named)
        finally:
            spent = self.model.spent - model
            self.added = Moment.now() - begun - spent
            self.model_seconds = spent.clock

    def _keep(self, draft: Draft) -> None:
        self.draft = draft
