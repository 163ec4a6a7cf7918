"""One question, the answer that quotes give to it, and a model behind a scripted server."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from knowledge.answering import Composer
from knowledge.deciding import EVIDENCE
from knowledge.library import Library
from knowledge.llm.opening import open_model
from knowledge.model import Answer, Outcome, ParsedDocument, Question, Ranked
from knowledge.query import Query
from knowledge.retrieval import Findings
from knowledge.settings import Settings
from knowledge.writing.drafts import Draft
from knowledge.writing.reading import Reader
from knowledge.writing.rewriting import Rewriter
from knowledge.writing.scribe import Scribe
from knowledge.writing.verdicts import Verdicts
from knowledge.writing.writer import Writer
from tests.fakes import CARS, GIFTS_REVISED, parsed
from tests.llm_server import NAME, Scripted

ASKED = "管理对象送的礼品没能拒收，退回去行不行"
GIFTS, CARS_RULE = parsed(GIFTS_REVISED), parsed(CARS)
LIBRARY = Library([GIFTS, CARS_RULE])

FIRST = {"text": "不可以收受管理服务对象的礼品。", "cites": [2]}
DEADLINE = {"text": "因故未能拒收的，应当自收到之日起五日内登记上交。", "cites": [1]}
GOOD: dict[str, Any] = {"sentences": [FIRST, DEADLINE], "unknown": "退回礼品"}
# Nothing of it stands in any clause.
LIE = {"text": "逾期不上交的，给予开除处分。", "cites": [1]}
LIES: dict[str, Any] = {
    "sentences": [{"text": "三十日内交给本人即可。", "cites": [1]}, LIE],
    "unknown": "",
}


def ranked(document: ParsedDocument, *articles: str) -> list[Ranked]:
    """Clauses of a document as a ranking, the first best."""
    clauses = {each.article: each for each in document.clauses}
    return [
        Ranked(clauses[article], document.document, 3.0 - place / 100)
        for place, article in enumerate(articles)
    ]


def quoting(ranking: Sequence[Ranked] | None = None, asked: str = ASKED) -> Answer:
    """What quotes answer from a ranking; from the articles on gifts by default."""
    if ranking is None:
        ranking = [*ranked(GIFTS, "第三条", "第二条"), *ranked(CARS_RULE, "第一条")]
    evidence = dict.fromkeys(EVIDENCE, 9.0)
    findings = Findings((), tuple(ranking), 0.8, evidence, {})
    answer = Composer("机关纪委").compose(Query(asked, asked), findings)
    assert answer.outcome is Outcome.ANSWERED
    return answer


class Certain(Composer):
    """Never in doubt that there is an answer: the tiny encoder says nothing about that."""

    def compose(self, query: Query, findings: Findings) -> Answer:
        evidence = dict.fromkeys(findings.evidence, 9.0)
        return super().compose(query, dataclasses.replace(findings, evidence=evidence, intents={}))


def settings_of(server: Scripted, **changes: object) -> Settings:
    """Settings that name the scripted server's model."""
    given: dict[str, object] = {
        "llm_model": NAME,
        "llm_base_url": server.url,
        "llm_first_seconds": 1.0,
        "llm_between_seconds": 0.3,
        "llm_total_seconds": 5.0,
    }
    return Settings(_env_file=None, **(given | changes))  # type: ignore[arg-type,call-arg]


class Office:
    """A writer over a scripted server; ``drafts`` are the answers it has written."""

    def __init__(self, server: Scripted, **changes: object) -> None:
        self.server = server
        self.drafts: list[Draft] = []
        settings = settings_of(server, **changes)
        model = open_model(settings)
        assert model
        self.model = model
        self.counts = Verdicts()
        self.writer = Writer(
            model,
            counts=self.counts,
            seconds=settings.llm_total_seconds,
            watch=self.drafts.append,
        )
        self.heard: list[str] = []

    @property
    def scribe(self) -> Scribe:
        """What helps with answers: searches plainly, and has the model write."""
        return Scribe(Reader(), self.writer)

    @property
    def reading_scribe(self) -> Scribe:
        """The same, and the model helps to search as well."""
        return Scribe(Reader(Rewriter(self.model)), self.writer)

    def write(self, asked: str = ASKED, answer: Answer | None = None, **more: Any) -> Answer:
        """Have a question answered; from the articles on gifts by default."""
        question = Question(asked, **more)
        given = answer or quoting(asked=asked)
        return self.writer.write(question, given, LIBRARY, None, self.heard.append)


@contextmanager
def opened(**changes: object) -> Iterator[Office]:
    """An office with a server of its own."""
    with Scripted() as server:
        yield Office(server, **changes)
