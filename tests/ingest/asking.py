"""What tests of generated asks share: a scripted model, and refreshes that ask it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from ingest import proposals
from ingest.preparing import prepare
from ingest.proposing import Place, Proposer
from ingest.reading import FileRead
from knowledge.answering import Composer
from knowledge.assistant import Assistant
from knowledge.llm.model import Message, ModelUnavailableError
from tests.fakes import CARS, TinyEncoder, parsed

CARS_LATER = CARS.replace("应当封存停驶", "应当封存停驶并登记里程")
ASKS = {
    "礼品、礼金和消费卡": ["管理服务对象送的礼品礼金能收吗", "工作人员收受消费卡行不行"],
    "登记上交": ["未能拒收的礼品几日内登记上交"],
    "接送子女": ["公务用车接送子女行不行"],
    "封存停驶": ["节假日公务用车要封存停驶吗"],
}


class Scripted:
    """Answers by what the article says; "" stands for no answer at all."""

    name = "scripted"

    def __init__(self, replies: dict[str, str] | None = None, default: str = '{"asks": []}'):
        written = {words: json.dumps({"asks": asks}) for words, asks in ASKS.items()}
        self.replies = written if replies is None else replies
        self.default = default
        self.asked: list[str] = []
        self.prompts: list[Sequence[Message]] = []
        self.seconds: list[float | None] = []
        # Called before each answer with how many there were.
        self.before: Callable[[int], None] = lambda count: None

    def complete(self, messages, *, schema=None, heard=None, seconds=None, person=""):
        text = json.loads(messages[-1].text)["text"]
        self.before(len(self.asked))
        self.asked.append(text)
        self.prompts.append(messages)
        self.seconds.append(seconds)
        reply = next((r for words, r in self.replies.items() if words in text), self.default)
        if not reply:
            raise ModelUnavailableError("模型没有答复。请稍后再试。")
        return reply


def places(*texts: str) -> list[Place]:
    documents = [parsed(text) for text in texts]
    return [Place(each.document, clause) for each in documents for clause in each.clauses]


def prepared(store, *texts: str, model: Scripted | None = None, on: bool = True, **wanted):
    """A refresh with these files; ``on``: LLM_ASKS."""
    encoder = wanted.pop("encoder", None) or TinyEncoder()
    proposer = wanted.pop("proposer", None) or (Proposer(model) if on else None)

    def core(pinned):
        return Assistant(store, encoder, Composer("纪检"), pinned=pinned)

    return prepare(
        [FileRead(f"{at}.docx", "0" * 64, "Word", parsed(t)) for at, t in enumerate(texts)],
        [],
        store=store,
        encoder=encoder,
        answering=wanted.pop("answering", core),
        questions=(),
        proposer=proposer,
        **wanted,
    )


def retriever(store, generation=None):
    return Assistant(store, TinyEncoder(), Composer("纪检"), pinned=generation).retriever()


def generated(store, generation=None) -> dict[str, str]:
    """Each generated ask that is searched, with the article that it leads to."""
    found = retriever(store, generation)
    ids = [each for each in found._lexical.ask_ids() if proposals.GENERATED in each]
    texts = found._lexical.ask_texts(ids)
    return {
        text: found.library.clauses[each.split("@")[0]].article
        for each, text in zip(ids, texts, strict=True)
    }
