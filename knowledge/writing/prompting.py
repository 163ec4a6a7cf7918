"""The prompt of an answer: which passages a model is given, numbered and fenced as data.

Its words stand in knowledge/prompts. Asking and judging are left to others.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from string import Template

from knowledge.library import Library, has_begun
from knowledge.llm.model import Message, Speaker
from knowledge.masking import mask
from knowledge.model import Answer, Clause, Document, Kind, Question
from knowledge.naming import bracketed
from knowledge.quoting import quote_of
from knowledge.standing import standing
from knowledge.writing.model import Given, Verdict
from knowledge.writing.wording import faults_in_words

MAX_GIVEN = 6
# What one passage may hold, in characters: a long article with its grades of sanction.
SHOWN_CHARS = 600
_TURNS = 2
_SENTENCE = re.compile(r"[^。！？；\n]+[。！？；]?")
_ENDS = "。！？；\n"
_PROMPTS = ("answering", "question", "ending", "rewriting")
_MARK_CHARS = 12
_LETTERS = str.maketrans("0123456789", "ghijkmnpqr")


@cache
def _template(name: str) -> str:
    return (files("knowledge") / "prompts" / f"{name}.md").read_text(encoding="utf-8").strip()


PROMPT_VERSION = hashlib.sha256("\0".join(map(_template, _PROMPTS)).encode()).hexdigest()[:12]
"""Another one whenever a word of the prompts has changed."""


def choose(
    quoting: Answer, question: str, library: Library, day: dt.date | None = None
) -> tuple[Given, ...]:
    """What the model is given: the clauses quoted, then the next best rules in force.

    At most ``MAX_GIVEN``, each at most about ``SHOWN_CHARS`` long and verbatim. A clause that
    the quoting answer shows is shown around the same words. Cases are no basis for a sentence.
    """
    found: dict[str, tuple[Document, Clause, str]] = {}
    for citation in quoting.citations:
        if citation.document.kind is not Kind.CASE:
            place = (citation.document, citation.clause, citation.quote)
            found.setdefault(citation.clause.id, place)
    outdated = library.outdated(day) if day else set()
    for ranked in quoting.passages:
        document, clause = ranked.document, ranked.clause
        governs = document.in_force and has_begun(document, day) and document.id not in outdated
        if governs and document.kind is not Kind.CASE:
            found.setdefault(clause.id, (document, clause, ""))
    first = list(found.values())[:MAX_GIVEN]
    return tuple(
        Given(number, document, clause, _shown(clause, quote or quote_of(clause, question)))
        for number, (document, clause, quote) in enumerate(first, 1)
    )


def _shown(clause: Clause, around: str) -> str:
    """A clause whole where it is short enough, else whole sentences from ``around`` on."""
    text = clause.text
    if len(text) <= SHOWN_CHARS:
        return text
    start = text.index(around)
    end = start + len(around)
    # Forwards first: the grades of a sanction follow the deed.
    for found in _SENTENCE.finditer(text, end):
        if found.end() - start > SHOWN_CHARS:
            break
        end = found.end()
    for begun in reversed([found.start() for found in _SENTENCE.finditer(text[:start])]):
        if end - begun > SHOWN_CHARS:
            break
        start = begun
    return _cut(text[start:end].strip())


def _cut(text: str) -> str:
    """At most ``SHOWN_CHARS`` of a text, up to the end of a sentence where there is one."""
    if len(text) <= SHOWN_CHARS:
        return text
    head = text[:SHOWN_CHARS]
    end = max(head.rfind(mark) for mark in _ENDS)
    return (head[: end + 1] if end > 0 else head).strip()


@dataclass(frozen=True, slots=True)
class Prompt:
    """A question with what its answer may be written from, both masked and fenced.

    ``passages`` are the given clauses in words, ``asked`` the turns before and the question,
    oldest first, with the numbers that name people hidden.
    """

    given: tuple[Given, ...]
    passages: tuple[str, ...]
    asked: tuple[str, ...]
    day: dt.date | None = None

    @classmethod
    def of(
        cls, question: Question, quoting: Answer, library: Library, day: dt.date | None = None
    ) -> Prompt:
        """The prompt of a question that ``quoting`` answers.

        :param day: the day that is asked about; None for today.
        """
        said = (*question.turns[-_TURNS:], question.text)
        asked = tuple(mask(" ".join(each.split())) for each in said)
        given = choose(quoting, asked[-1], library, day)
        passages = tuple(_in_words(each, library, day) for each in given)
        return cls(given, passages, asked, day)

    @property
    def question(self) -> str:
        """All that was asked, masked, a turn a line."""
        return "\n".join(self.asked)

    def key(self, model: str) -> str:
        """Another one for another question, passage, day, model or prompt; a hash."""
        ids = [each.clause.id for each in self.given]
        parts = [self.asked, ids, self.passages, str(self.day), model, PROMPT_VERSION]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()

    def messages(self) -> tuple[Message, ...]:
        """What is said to the model."""
        return self._said(f"{self._body(self._fence())}\n\n{_template('ending')}")

    def rewriting(self, failed: Sequence[Verdict]) -> tuple[Message, ...]:
        """The same, followed by the sentences to write anew and what was wrong with each."""
        told = "\n".join(_failure(number, each) for number, each in enumerate(failed, 1))
        fence = self._fence(told)
        section = _fenced("没有通过的句子", told, fence)
        ending = Template(_template("rewriting")).substitute(count=len(failed), failed=section)
        # One message, for some models take turns only.
        return self._said(f"{self._body(fence)}\n\n{ending}")

    def _said(self, text: str) -> tuple[Message, ...]:
        return Message(Speaker.SYSTEM, _template("answering")), Message(Speaker.USER, text)

    def _body(self, fence: str) -> str:
        numbered = enumerate(self.passages, 1)
        passages = "\n\n".join(_fenced(f"资料[{n}]", each, fence) for n, each in numbered)
        turns = "\n".join(self.asked[:-1])
        day = f"问的是{self.day:%Y-%m-%d}时的规定。\n" if self.day else ""
        return Template(_template("question")).substitute(
            count=len(self.passages),
            passages=passages,
            turns=f"{_fenced('上文', turns, fence)}\n\n" if turns else "",
            question=_fenced("问题", self.asked[-1], fence),
            day=day,
        )

    def _fence(self, *more: str) -> str:
        """A mark that nothing within it holds: nobody can write the hash of their own text."""
        inside = "\0".join((*self.passages, *self.asked, *more))
        return next(mark for mark in _marks(inside) if mark not in inside)


def _marks(inside: str) -> Iterator[str]:
    mark = inside
    while True:
        mark = hashlib.sha256(mark.encode(errors="replace")).hexdigest()
        # Letters alone: digits in a row would be masked as somebody's number.
        yield mark[:_MARK_CHARS].translate(_LETTERS)


def _fenced(name: str, text: str, mark: str) -> str:
    return f"<<<{name} 开始 {mark}>>>\n{text}\n<<<{name} 结束 {mark}>>>"


def _in_words(given: Given, library: Library, day: dt.date | None) -> str:
    """A passage with its place and how its document stands."""
    document, clause = given.document, given.clause
    path = f"（{' › '.join(clause.path)}）" if clause.path else ""
    place = " ".join(f"{bracketed(document.title)}{clause.article}{path}".split())
    return f"{place}\n{standing(library, document, day)}\n原文：\n{given.text}"


def _failure(number: int, verdict: Verdict) -> str:
    sentence = verdict.sentence
    cites = "".join(f"[{each}]" for each in sentence.cites) or "无"
    return (
        f"{number}. 原句：{sentence.text}　所引：{cites}　原因：{faults_in_words(verdict.faults)}"
    )
