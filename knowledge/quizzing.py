"""Questions with four options about rules and cases: the bank, what each rests on, which is next.

The bank is knowledge/quiz/*.yaml. A question is asked only while the words that it rests on
stand in what is held.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml

from knowledge.errors import UnfaithfulQuoteError
from knowledge.library import Library
from knowledge.marks import in_force
from knowledge.model import Citation, Clause
from knowledge.naming import base_title, plain_title
from knowledge.verification import cite

OPTIONS = 4
# So many other answers later a question answered wrongly is asked again.
AGAIN_AFTER = 4


@dataclass(frozen=True, slots=True)
class QuizQuestion:
    """One question of the bank.

    ``document`` is the title of what it rests on; ``place`` an article (第九十七条) there, or
    the heading of a section; ``quote`` words that stand there, verbatim.
    """

    id: str
    stem: str
    right: str
    wrong: tuple[str, ...]
    explanation: str
    document: str
    place: str
    quote: str

    @property
    def fingerprint(self) -> str:
        """16 hexadecimal digits that change with the stem or any option."""
        text = "\n".join([self.stem, self.right, *self.wrong])
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def options(self, seed: int) -> tuple[str, ...]:
        """The four options, in an order that the seed alone decides."""

        def order(option: str) -> bytes:
            return hashlib.sha256(f"{seed}:{option}".encode()).digest()

        return tuple(sorted((self.right, *self.wrong), key=order))

    def basis(self, library: Library) -> Citation | None:
        """The words that it rests on, from what is held now; None where they do not hold."""
        family = library.names.get(plain_title(self.document)) or base_title(self.document)
        document = library.governing(family, None)
        if document is None or not in_force(library, document):
            return None
        for clause in library.clauses_of(document.id):
            if self._stands_in(clause):
                try:
                    return cite(document, clause, self.quote.strip())
                except UnfaithfulQuoteError:
                    continue
        return None

    def _stands_in(self, clause: Clause) -> bool:
        return clause.article == self.place or (not clause.article and self.place in clause.path)


@dataclass(frozen=True, slots=True)
class Given:
    """An answer that somebody gave to a question of the bank."""

    question_id: str
    right: bool


@cache
def bank() -> dict[str, QuizQuestion]:
    """Every question that comes along, by id, in the order of the files."""
    found: dict[str, QuizQuestion] = {}
    folder = files("knowledge") / "quiz"
    for path in sorted(folder.iterdir(), key=lambda each: each.name):
        if not path.name.endswith(".yaml"):
            continue
        for entry in yaml.safe_load(path.read_text(encoding="utf-8")):
            question = QuizQuestion(**{**entry, "wrong": tuple(entry["wrong"])})
            if question.id in found:
                raise ValueError(f"two questions are called {question.id}")
            found[question.id] = question
    return found


def askable(library: Library) -> dict[str, QuizQuestion]:
    """The questions whose words stand in what is held now."""
    return {key: question for key, question in bank().items() if question.basis(library)}


def choose(ids: Collection[str], given: Sequence[Given], seed: int) -> str | None:
    """Which question comes next: one answered wrongly a while ago, else one never answered,
    else the one answered longest ago. None where there is none at all.

    :param given: the person's answers, oldest first.
    :param seed: picks among those never answered.
    """
    last = {each.question_id: place for place, each in enumerate(given)}
    answered = sorted((key for key in last if key in ids), key=lambda key: last[key])
    for key in answered:
        if not given[last[key]].right and len(given) - 1 - last[key] >= AGAIN_AFTER:
            return key
    fresh = [key for key in ids if key not in last]
    if fresh:
        return min(fresh, key=lambda key: hashlib.sha256(f"{seed}:{key}".encode()).digest())
    return answered[0] if answered else None
