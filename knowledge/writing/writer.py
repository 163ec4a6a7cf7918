"""Has a model write the answer that quotes would give, and sends only what stands.

Whatever goes wrong, the quoting answer is what is left, and it says so in a note.
"""

from __future__ import annotations

import datetime as dt
import logging
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from knowledge.library import Library
from knowledge.llm.limits import BusyError, SpentError
from knowledge.llm.model import Heard, Message, Model, ModelUnavailableError
from knowledge.model import Answer, Kind, Outcome, Question
from knowledge.verification import verify
from knowledge.writing.drafts import Draft, Fallback, Judged, Text
from knowledge.writing.finishing import MISSING, fallen_back, written
from knowledge.writing.judging import Matter, enough
from knowledge.writing.model import Fault, Sentence, Verdict
from knowledge.writing.prompting import Prompt
from knowledge.writing.remembered import Remembered
from knowledge.writing.replies import ReplyError, read_reply, read_sentences, readable
from knowledge.writing.shape import shape_of
from knowledge.writing.verdicts import Verdicts

log = logging.getLogger(__name__)

# What a model writes where a sentence cannot be put right; the prompt says so.
_GIVEN_UP = "删去"
# Nothing is lost with these: courtesies, advice, what answers an order in the material.
_NOT_WORTH_REWRITING = {Fault.UNCITED, Fault.INSTRUCTION}
# Nobody reads faster, in seconds.
_EVERY = 0.05
_PARTS = re.compile(r"[，,；;。、\n]")
# However a model says that it cannot tell, what it cannot tell comes last.
_SAYS_SO = re.compile(
    r"^.{0,8}?(?:没有|没|未|不能|无法|看不出|不清楚|不知道)"
    r"(?:说明|写明|写到|写|规定|明确|提到|提及|判断|确定|看出)?(?:的是)?[：:]?"
)


class Writer:
    """Writes answers. Safe to call from several threads.

    :param counts: where what became of every sentence is counted.
    :param seconds: for one answer, rewriting included.
    :param watch: told of every answer, for ``--explain`` and ``evaluate``.
    """

    def __init__(
        self,
        model: Model,
        *,
        counts: Verdicts,
        cache_size: int = 500,
        seconds: float = 90.0,
        watch: Callable[[Draft], None] | None = None,
    ) -> None:
        self.counts = counts
        self._model = model
        self._seconds = seconds
        self._watch = watch
        self._remembered = Remembered(cache_size)

    def write(
        self,
        question: Question,
        quoting: Answer,
        library: Library,
        day: dt.date | None = None,
        heard: Heard | None = None,
    ) -> Answer:
        """The answer in the model's words, or the quoting one where that is better.

        What is asked for by its place, or whole, is shown as it stands; so are cases.

        :param quoting: the same question's answer in the rule's own words.
        :param day: the day that is asked about; None for today.
        :param heard: told what the model has written so far; none of it is verified.
        """
        if not _calls_for_words(quoting):
            return quoting
        clock = _Clock()
        try:
            prompt = Prompt.of(question, quoting, library, day)
            matter = Matter.of(prompt.question, quoting, prompt.given)
            task = _Task(prompt, matter, library, clock, question.person)
            draft = self._draft(task, quoting, heard)
        except Exception:  # the quoting answer is at hand: no bug may withhold it
            log.exception("请语言模型执笔时出错，已直接引用原文")
            reason = Fallback.UNAVAILABLE
            answer = fallen_back(quoting, reason)
            draft = Draft((), Text(()), quoting, answer, reason, clock.passed(), clock.model)
        self._tell(draft)
        return draft.answer

    def _draft(self, task: _Task, quoting: Answer, heard: Heard | None) -> Draft:
        """What the model writes now or wrote before, and the answer that comes of it."""
        given, clock = task.prompt.given, task.clock
        key = task.prompt.key(self._model.name)
        text = self._remembered.get(key)
        cached = text is not None
        reason: Fallback | None = None
        if text is None:
            text, reason = self._try(task, heard)
        answer = None if reason else written(quoting, text, given)
        if answer is None:
            reason = reason or Fallback.NOT_ENOUGH
            answer = fallen_back(quoting, reason)
        else:
            self._remembered.put(key, text)
        return Draft(given, text, quoting, answer, reason, clock.passed(), clock.model, cached)

    def _try(self, task: _Task, heard: Heard | None) -> tuple[Text, Fallback | None]:
        """What the model wrote, and why it will not do."""
        try:
            text = self._compose(task, heard)
        except ModelUnavailableError as error:
            log.info("语言模型没有写出答复：%s", error)
            return Text(()), _why(error)
        except ReplyError:
            return Text(()), Fallback.UNREADABLE
        return text, None if enough(text.verdicts, task.matter) else Fallback.NOT_ENOUGH

    def _compose(self, task: _Task, heard: Heard | None) -> Text:
        messages = task.prompt.messages()
        reply = read_reply(self._complete(task, messages, heard, person=task.person))
        judged = [Judged(each) for each in task.verify(reply.sentences)]
        failed = [at for at, each in enumerate(judged) if _worth_rewriting(at, each.verdict)]
        # What is rewritten is shorter: it takes no longer than what was written.
        if failed and task.clock.model < self._seconds - task.clock.passed():
            before = {at: judged[at].verdict for at in failed}
            anew = self._rewritten(task, list(before.values()))
            new = {
                at: sentence
                for at, sentence in zip(failed, anew, strict=False)
                if sentence.text.strip("。") != _GIVEN_UP
            }
            # All of them again, in order: a sentence may lean on the one before it.
            sentences = [new.get(at, each) for at, each in enumerate(reply.sentences)]
            judged = [
                Judged(each, before[at] if at in new else None)
                for at, each in enumerate(task.verify(sentences))
            ]
        return Text(tuple(judged), reply.unknown.strip() != "", task.missing(reply.unknown))

    def _rewritten(self, task: _Task, failed: Sequence[Verdict]) -> Sequence[Sentence]:
        """New sentences for those that failed, in their order; none where the model fails."""
        left = self._seconds - task.clock.passed()
        try:
            # On nobody's budget: it is the same question.
            reply = self._complete(task, task.prompt.rewriting(failed), seconds=left)
            sentences = read_sentences(reply)
        except (ModelUnavailableError, ReplyError) as error:
            log.info("没有通过的句子没能改写：%s", error)
            return ()
        # Fewer or more: which stands for which, nobody can tell.
        return sentences if len(sentences) == len(failed) else ()

    def _complete(
        self,
        task: _Task,
        messages: Sequence[Message],
        heard: Heard | None = None,
        *,
        person: str = "",
        seconds: float | None = None,
    ) -> str:
        told = _Telling(heard) if heard else None
        begun = time.perf_counter()
        try:
            return self._model.complete(
                messages,
                schema=shape_of(len(task.prompt.given)),
                heard=told,
                seconds=seconds,
                person=person,
            )
        finally:
            telling = told.seconds if told else 0.0
            task.clock.model += time.perf_counter() - begun - telling

    def _tell(self, draft: Draft) -> None:
        self.counts.add(draft)
        judged = draft.text.judged
        dropped = [each.verdict for each in judged if not each.verdict.stands]
        log.info(
            "执笔：%s%s，%d 句，弃 %d 句（%s），改写 %d 句，模型 %.1f 秒，其余 %.0f 毫秒",
            draft.fallback or "written",
            "，以前写过" if draft.cached else "",
            len(judged),
            len(dropped),
            " ".join(fault for each in dropped for fault in each.faults),
            sum(bool(each.before) for each in judged),
            draft.model_seconds,
            1000 * (draft.seconds - draft.model_seconds),
        )
        if self._watch:
            self._watch(draft)


@dataclass(slots=True)
class _Clock:
    """``model`` is the seconds that the model alone took."""

    begun: float = field(default_factory=time.perf_counter)
    model: float = 0.0

    def passed(self) -> float:
        return time.perf_counter() - self.begun


@dataclass(frozen=True, slots=True)
class _Task:
    """One answer to write."""

    prompt: Prompt
    matter: Matter
    library: Library
    clock: _Clock
    person: str

    def verify(self, sentences: Sequence[Sentence]) -> tuple[Verdict, ...]:
        prompt = self.prompt
        return verify(
            sentences, prompt.given, prompt.question, library=self.library, day=prompt.day
        )

    def missing(self, unknown: str) -> tuple[str, ...]:
        """Of what the model cannot tell, that of which the passages say nothing indeed."""
        matters = [_SAYS_SO.sub("", each).strip() for each in _PARTS.split(unknown)]
        said = [Sentence(MISSING.format(matter=each), ()) for each in matters if each]
        return tuple(
            matter
            for matter, verdict in zip(filter(None, matters), self.verify(said), strict=True)
            if verdict.stands
        )


class _Telling:
    """Passes on what is readable of a reply so far, when there is more of it, but not each token.

    ``seconds`` is what that took.
    """

    def __init__(self, heard: Heard) -> None:
        self._heard = heard
        self._last = ""
        self._next = 0.0
        self.seconds = 0.0

    def __call__(self, text: str) -> None:
        begun = time.perf_counter()
        if begun < self._next:
            return
        shown = readable(text)
        if shown:
            self._next = begun + _EVERY
        if shown != self._last:
            self._last = shown
            self._heard(shown)
        self.seconds += time.perf_counter() - begun


def _why(error: ModelUnavailableError) -> Fallback:
    if isinstance(error, SpentError):
        return Fallback.SPENT
    return Fallback.BUSY if isinstance(error, BusyError) else Fallback.UNAVAILABLE


def _worth_rewriting(place: int, verdict: Verdict) -> bool:
    """The line that decides always; others where they claim something by a passage."""
    return not verdict.stands and (place == 0 or not _NOT_WORTH_REWRITING & set(verdict.faults))


def _calls_for_words(quoting: Answer) -> bool:
    """Whether something is explained rather than looked up."""
    if quoting.outcome is not Outcome.ANSWERED or not quoting.citations:
        return False
    first = quoting.citations[0]
    if first.document.kind is Kind.CASE or any(each.explicit for each in quoting.passages[:1]):
        return False
    # A table of contents opens with words of its own, every other answer with its first clause's.
    held = first.clause.text.replace("\n", "")
    return all(part in held for part in quoting.text.split("……"))
