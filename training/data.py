"""What is learnt from: the ask bank over the official texts, and STARD's training questions.

Articles are dealt into folds by their name; fold 0 is never trained on. It is
what the fusion weights and the decision are fitted on, and what tells how well
articles do that nobody wrote asks for.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ingest.asks import ask_bank, asks_of
from ingest.merging import merge
from ingest.passages import passages_of
from ingest.reading import find_documents, read_document
from knowledge.lexical import words
from knowledge.model import Ask, Kind, ParsedDocument, Passage
from knowledge.store import Held

FOLDS = 5
ASIDE = 0
_STARD_CHARACTERS = 320  # as long as a passage of ours
_STARD_GOLDS = 3
# A reply quotes a clause where they share this many runs of so many characters …
_QUOTED_RUNS, _RUN = 12, 12
# … that no more clauses than this have: phrases about sanctions are everywhere.
_RARE = 2


@dataclass(frozen=True, slots=True)
class Corpus:
    """Parsed documents in force, their passages and asks."""

    parsed: tuple[ParsedDocument, ...]
    passages: tuple[Passage, ...]
    asks: tuple[Ask, ...]
    folds: dict[str, int]
    """Clause id → fold."""


@dataclass(frozen=True, slots=True)
class Example:
    """A question and a passage that answers it. ``group`` names the article: two
    examples of one group are never each other's negatives.
    """

    question: str
    passage: str
    group: str
    clause_id: str = ""


def read_corpus(folder: Path) -> Corpus:
    """The official texts under ``folder``, with the bank's asks tied to their clauses."""
    every = [Held(read_document(path), "file") for path in find_documents([folder])]
    # Merging tells which versions are superseded: near copies of what answers.
    parsed = tuple(held.parsed for held in merge([], every) if held.parsed.document.in_force)
    folds = {
        clause.id: _fold(f"{each.document.title}|{clause.article}|{clause.path[-1:]}")
        for each in parsed
        for clause in each.clauses
    }
    passages = tuple(passage for each in parsed for passage in passages_of(each))
    return Corpus(parsed, passages, tuple(asks_of(parsed, ask_bank())), folds)


def bank_examples(corpus: Corpus) -> list[Example]:
    """Every ask outside the fold kept aside, with the passage of its clause that fits best."""
    of_clause: dict[str, list[Passage]] = {}
    for passage in corpus.passages:
        of_clause.setdefault(passage.clause_id, []).append(passage)
    return [
        Example(
            ask.text, best(ask.text, of_clause[ask.clause_id]).text, ask.clause_id, ask.clause_id
        )
        for ask in corpus.asks
        if corpus.folds[ask.clause_id] != ASIDE
    ]


def best(question: str, passages: Sequence[Passage]) -> Passage:
    """The passage sharing most of the question's words."""
    asked = frozenset(words(question))
    return max(passages, key=lambda each: len(asked & frozenset(words(each.body))))


def stard_examples(file: Path, *, aside: bool = False) -> list[Example]:
    """STARD's training questions with their statute articles, in or outside the fold aside."""
    found = []
    for entry in read_stard(file, aside=aside):
        for gold in entry["gold"][:_STARD_GOLDS]:
            text = f"{gold['law']} {gold['article']}\n{gold['text'][:_STARD_CHARACTERS]}"
            found.append(Example(entry["question"], text, f"{gold['law']}{gold['article']}"))
    return found


def reply_examples(corpus: Corpus, file: Path) -> list[Example]:
    """Questions put to the discipline commission, with the passage that the reply quotes most.

    Replies cite earlier versions and numbers, so the clause is found by its wording:
    runs of characters that hardly any other clause has. Cases, and clauses of the fold
    kept aside, are left out.
    """
    runs = {
        clause.id: _runs(clause.text)
        for each in corpus.parsed
        if each.document.kind is not Kind.CASE
        for clause in each.clauses
    }
    common = Counter(run for found in runs.values() for run in found)
    rare = {key: {run for run in found if common[run] <= _RARE} for key, found in runs.items()}
    of_clause: dict[str, list[Passage]] = defaultdict(list)
    for passage in corpus.passages:
        of_clause[passage.clause_id].append(passage)
    found = []
    for line in file.read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        quoted = _runs(entry["answer"])
        shared = {key: len(quoted & own) for key, own in rare.items()}
        key = max(shared, key=lambda each: shared[each])
        if shared[key] < _QUOTED_RUNS or corpus.folds[key] == ASIDE:
            continue
        question = entry["question"].removeprefix("回复选登:")
        found.append(Example(question, best(entry["answer"], of_clause[key]).text, key, key))
    return found


def _runs(text: str) -> set[str]:
    text = "".join(text.split())
    return {text[i : i + _RUN] for i in range(len(text) - _RUN + 1)}


def read_stard(file: Path, *, aside: bool) -> Iterator[dict[str, Any]]:
    """STARD's entries (id, question, gold: law, article, text) in or outside the fold aside."""
    for line in file.read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        if (_fold(entry["id"]) == ASIDE) == aside:
            yield entry


def _fold(key: str) -> int:
    return int(hashlib.sha256(key.encode()).hexdigest(), 16) % FOLDS
