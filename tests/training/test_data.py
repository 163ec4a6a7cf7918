"""What is learnt from leaves out what is kept aside."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from ingest.asks import BankEntry, asks_of
from ingest.passages import passages_of
from knowledge.model import Clause, Kind
from tests.fakes import CARS, GIFTS, parsed
from training.data import (
    ASIDE,
    FOLDS,
    Corpus,
    Example,
    bank_examples,
    read_corpus,
    read_stard,
    reply_examples,
    stard_examples,
)

LEARNT = ASIDE + 1
BANK = {
    "礼品管理办法": [
        BankEntry("第二条", "", ("老板硬塞的卡", "逢年过节送来的东西")),
        BankEntry("第三条", "", ("没退成的礼物交给谁",)),
    ],
    "公务用车办法": [BankEntry("第一条", "", ("开单位的车接孩子",))],
}
# The three say one thing in the same words, so that no reply can be told to quote one of them.
SAME_WORDS = "违反本规定情节严重的，依照有关规定追究主管人员和直接责任人员的责任。"
THRICE = f"# 三次办法\n\n第一条 {SAME_WORDS}\n\n第二条 {SAME_WORDS}\n\n第三条 {SAME_WORDS}\n"


def corpus(*texts: str, aside: Sequence[tuple[str, str]] = ()) -> Corpus:
    """Documents with the asks of ``BANK``; ``aside`` are titles and articles."""
    documents = tuple(parsed(text) for text in texts)
    folds = {
        clause.id: ASIDE if (each.document.title, clause.article) in aside else LEARNT
        for each in documents
        for clause in each.clauses
    }
    passages = tuple(passage for each in documents for passage in passages_of(each))
    return Corpus(documents, passages, tuple(asks_of(documents, BANK)), folds)


def clause(held: Corpus, title: str, article: str) -> Clause:
    return next(
        found
        for each in held.parsed
        if each.document.title == title
        for found in each.clauses
        if found.article == article
    )


def reply(question: str, answer: str) -> Mapping[str, str]:
    return {"question": question, "answer": answer}


def read_replies(held: Corpus, folder: Path, *entries: Mapping[str, object]) -> list[Example]:
    return reply_examples(held, lines(folder / "replies.jsonl", entries))


def lines(file: Path, entries: Sequence[Mapping[str, object]]) -> Path:
    text = "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in entries)
    file.write_text(text, encoding="utf-8")
    return file


@pytest.fixture
def stard(tmp_path: Path) -> Path:
    """Sixty questions: too many for one fold or the rest to come out empty by chance."""
    entries = [
        {
            "id": f"stard-{number}",
            "question": f"第{number}个问题",
            "gold": [{"law": "民法典", "article": f"第{number}条", "text": f"条文{number}"}],
        }
        for number in range(60)
    ]
    return lines(tmp_path / "stard.jsonl", entries)


def test_every_ask_is_learnt_with_its_clause() -> None:
    held = corpus(GIFTS, CARS)
    examples = bank_examples(held)
    assert [each.question for each in examples] == [each.text for each in held.asks]
    gifts = clause(held, "礼品管理办法", "第二条")
    first = examples[0]
    assert (first.clause_id, first.group) == (gifts.id, gifts.id)
    assert first.passage.endswith(gifts.text)


def test_asks_of_an_article_kept_aside_are_not_learnt() -> None:
    held = corpus(GIFTS, CARS, aside=[("礼品管理办法", "第二条")])
    questions = [each.question for each in bank_examples(held)]
    assert questions == ["没退成的礼物交给谁", "开单位的车接孩子"]


def test_a_corpus_that_is_read_keeps_articles_aside_by_their_name(tmp_path: Path) -> None:
    articles = "\n\n".join(f"第{number}条 这一条说的是别的事。" for number in "一二三四五六七八九")
    for name in ("早先", "后来"):
        (tmp_path / name).mkdir()
        text = articles.replace("别的", name)
        (tmp_path / name / "办法.md").write_text(f"# 试行办法\n\n{text}\n", encoding="utf-8")
    earlier, later = (read_corpus(tmp_path / name) for name in ("早先", "后来"))
    assert folds(earlier) == folds(later)
    assert len(folds(earlier)) == 9
    assert set(folds(earlier).values()) <= set(range(FOLDS))
    assert len(set(folds(earlier).values())) > 1


def folds(held: Corpus) -> Mapping[str, int]:
    return {found.article: held.folds[found.id] for each in held.parsed for found in each.clauses}


def test_stard_is_either_aside_or_learnt_and_none_is_lost(stard: Path) -> None:
    aside = {each["id"] for each in read_stard(stard, aside=True)}
    learnt = {each["id"] for each in read_stard(stard, aside=False)}
    assert 0 < len(aside) < len(learnt)
    assert not aside & learnt
    assert aside | learnt == {f"stard-{number}" for number in range(60)}


def test_examples_of_stard_are_those_of_the_entries_read(stard: Path) -> None:
    for aside in (True, False):
        examples = stard_examples(stard, aside=aside)
        entries = list(read_stard(stard, aside=aside))
        assert [each.question for each in examples] == [each["question"] for each in entries]
        gold = entries[0]["gold"][0]
        assert examples[0].passage == f"民法典 {gold['article']}\n{gold['text']}"
        assert examples[0].group == f"民法典{gold['article']}"


def test_stard_is_learnt_from_outside_the_fold_aside_unless_asked(stard: Path) -> None:
    assert stard_examples(stard) == stard_examples(stard, aside=False)


def test_a_reply_is_learnt_with_the_clause_it_quotes(tmp_path: Path) -> None:
    held = corpus(GIFTS, CARS)
    quoted = clause(held, "公务用车办法", "第一条")
    answer = f"您好。根据《公务用车办法》第八条，{quoted.text}感谢您的关注。"
    (example,) = read_replies(held, tmp_path, reply("回复选登:能开公车接孩子吗", answer))
    assert example.question == "能开公车接孩子吗"
    assert (example.clause_id, example.group) == (quoted.id, quoted.id)
    assert example.passage.endswith(quoted.text)


def test_a_reply_that_quotes_an_article_kept_aside_is_not_learnt(tmp_path: Path) -> None:
    held = corpus(GIFTS, CARS, aside=[("公务用车办法", "第一条")])
    cars = clause(held, "公务用车办法", "第一条")
    gifts = clause(held, "礼品管理办法", "第二条")
    entries = [reply("公车", f"规定说：{cars.text}"), reply("礼品", f"规定说：{gifts.text}")]
    assert [each.question for each in read_replies(held, tmp_path, *entries)] == ["礼品"]


def test_a_reply_that_quotes_nothing_is_not_learnt(tmp_path: Path) -> None:
    held = corpus(GIFTS, CARS)
    entry = reply("公车能接孩子吗", "公务用车不得私用，请向所在单位的纪检部门咨询，他们会答复您。")
    assert read_replies(held, tmp_path, entry) == []


def test_words_that_many_clauses_share_are_no_quote(tmp_path: Path) -> None:
    entry = reply("会被追究吗", f"答复：{SAME_WORDS}")
    assert read_replies(corpus(THRICE), tmp_path, entry) == []
    once = THRICE.partition("第二条")[0]
    assert len(read_replies(corpus(once), tmp_path, entry)) == 1


def test_a_reply_is_not_learnt_with_a_case(tmp_path: Path) -> None:
    facts = "某甲检查饭店后接受老板宴请，饮用白酒两瓶，又收下香烟两条、购物卡三张，至案发未退。"
    case = f"# 某甲接受宴请案\n\n## 基本事实\n\n{facts}\n\n## 处分\n\n某甲受到警告处分。\n"
    held = corpus(GIFTS, case)
    assert {each.document.kind for each in held.parsed} == {Kind.RULE, Kind.CASE}
    assert read_replies(held, tmp_path, reply("吃请", f"例如：{facts}")) == []
