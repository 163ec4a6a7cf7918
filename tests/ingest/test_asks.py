"""Asks are tied to the clause that answers them, and found through it."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import ClassVar

import pytest

from ingest.asks import BankEntry, ask_bank, asks_of
from ingest.content import shipped_documents
from ingest.generation import build
from knowledge.answering import Composer
from knowledge.assistant import Assistant
from knowledge.model import Kind, Question
from knowledge.store import Store
from tests.fakes import CARS, GIFTS, GIFTS_REVISED, TinyEncoder, held, parsed

BANK = {
    "礼品管理办法": [
        BankEntry("第二条", "", ("老板硬塞的卡", "逢年过节送来的东西")),
        BankEntry("第九十九条", "", ("没有这一条",)),
    ]
}
SECTIONS = """# 过节通知

## 一、不准收礼

不准收受商户的粽子和月饼。

## 二、不准吃请

不准接受商户的宴请。
"""


def test_asks_belong_to_the_article_meant() -> None:
    document = parsed(GIFTS)
    found = list(asks_of([document], BANK))
    articles = {clause.id: clause.article for clause in document.clauses}
    assert [articles[ask.clause_id] for ask in found] == ["第二条", "第二条"]
    assert len({ask.id for ask in found}) == len(found)


def test_asks_of_a_document_without_articles_belong_to_its_section() -> None:
    document = parsed(SECTIONS)
    heading = document.clauses[1].path[-1]
    bank = {"过节通知": [BankEntry("", heading, ("饭局能去吗",))]}
    (ask,) = asks_of([document], bank)
    assert ask.clause_id == document.clauses[1].id


def test_an_article_is_found_by_words_it_does_not_hold(store: Store) -> None:
    build(held(GIFTS, CARS), store=store, encoder=TinyEncoder(), bank=BANK)
    retriever = Assistant(store, TinyEncoder(), Composer("纪检")).retriever()
    query = retriever.understand(Question("老板硬塞的卡"))
    top = retriever.search(query).ranking[0]
    assert top.clause.article == "第二条"
    assert top.asked > top.similarity


def test_excluded_asks_are_not_found(store: Store) -> None:
    build(held(GIFTS, CARS), store=store, encoder=TinyEncoder(), bank=BANK)
    retriever = Assistant(store, TinyEncoder(), Composer("纪检")).retriever()
    query = retriever.understand(Question("老板硬塞的卡"))
    (clause_id,) = {r.clause.id for r in retriever.search(query).ranking if r.asked > 0.99}
    again = retriever.search(query, exclude=retriever.asks_of(clause_id))
    assert all(ranked.asked < 0.99 for ranked in again.ranking)


def test_unchanged_asks_are_not_embedded_again(store: Store) -> None:
    class Counting(TinyEncoder):
        asked: ClassVar[list[str]] = []

        def encode_queries(self, texts, progress=None):
            self.asked.extend(texts)
            return super().encode_queries(texts, progress)

    build(held(GIFTS), store=store, encoder=TinyEncoder(), bank=BANK)
    again = Counting()
    build(held(CARS), store=store, encoder=again, bank=BANK)
    assert "老板硬塞的卡" not in again.asked


def test_superseded_versions_get_no_asks(store: Store) -> None:
    build(held(GIFTS), store=store, encoder=TinyEncoder(), bank=BANK)
    build(held(GIFTS_REVISED), store=store, encoder=TinyEncoder(), bank=BANK)
    retriever = Assistant(store, TinyEncoder(), Composer("纪检")).retriever()
    with_asks = {each for each in retriever.library.clauses if retriever.asks_of(each)}
    documents = {retriever.library.clauses[each].document_id for each in with_asks}
    assert all(retriever.library.documents[each].in_force for each in documents)
    assert with_asks


def entries() -> list[dict]:
    folder = Path(str(files("knowledge") / "asks"))
    return [
        json.loads(line)
        for path in sorted(folder.glob("*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]


def test_the_bank_is_large_and_whole() -> None:
    bank = entries()
    asks = [ask for entry in bank for ask in entry["asks"]]
    assert len(bank) >= 400
    assert len(asks) >= 4000
    assert len(set(asks)) == len(asks)
    # Some sections of cases have one or two; lists of many points have more than others.
    assert sum(len(entry["asks"]) >= 8 for entry in bank) >= 0.9 * len(bank)
    assert all(1 <= len(entry["asks"]) <= 30 for entry in bank)
    assert all(3 <= len(ask) <= 120 and ask == ask.strip() for ask in asks)
    assert sum(len(each) for each in ask_bank().values()) == len(bank)


@pytest.mark.skipif(
    not (Path(__file__).parents[2].parent / "shared" / "corpus").is_dir(),
    reason="the official texts are not here",
)
def test_every_entry_names_a_clause_and_copies_none() -> None:
    from ingest.reading import find_documents, read_document

    folder = Path(__file__).parents[2].parent / "shared" / "corpus"
    official = [read_document(path) for path in find_documents([folder])]
    # Digests stand aside where the official text is; cases of our own words stay.
    cases = [each for each in shipped_documents() if each.document.kind is Kind.CASE]
    titles = {each.document.title for each in official}
    documents = [*official, *(each for each in cases if each.document.title not in titles)]
    asks = list(asks_of(documents, ask_bank()))
    assert len(asks) == sum(len(entry["asks"]) for entry in entries())
    assert len({ask.id for ask in asks}) == len(asks)
    text = {clause.id: clause.text for each in documents for clause in each.clauses}
    copied = [
        ask.text
        for ask in asks
        for start in range(len(ask.text) - 11)
        if ask.text[start : start + 12] in text[ask.clause_id]
    ]
    assert copied == []
