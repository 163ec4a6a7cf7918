"""The quiz: every question rests on words that are held, and which one comes next."""

from __future__ import annotations

import dataclasses

import pytest

from ingest.content import shipped_documents
from ingest.laws import default_laws
from knowledge.library import Library
from knowledge.model import ParsedDocument
from knowledge.quizzing import AGAIN_AFTER, OPTIONS, Given, askable, bank, choose

QUESTIONS = list(bank().values())


@pytest.fixture(scope="module")
def shipped() -> list[ParsedDocument]:
    return [*shipped_documents(), *default_laws()]


@pytest.fixture(scope="module")
def library(shipped: list[ParsedDocument]) -> Library:
    return Library(shipped)


def test_there_are_at_least_sixty_questions() -> None:
    assert len(QUESTIONS) >= 60


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.id)
def test_every_question_is_whole_and_rests_on_what_comes_along(question, library) -> None:
    assert len({question.right, *question.wrong}) == OPTIONS
    assert all([question.stem, question.explanation, *question.wrong])
    assert question.stem.endswith("？")
    assert len(question.id) <= 64
    basis = question.basis(library)
    assert basis is not None
    assert basis.quote in basis.clause.text
    assert question.place in (basis.clause.article, *basis.clause.path)


def test_no_stem_is_asked_twice() -> None:
    assert len({question.stem for question in QUESTIONS}) == len(QUESTIONS)


def test_the_right_option_is_not_told_by_its_place() -> None:
    places = {question.options(7).index(question.right) for question in QUESTIONS}
    assert places == set(range(OPTIONS))


def test_the_same_seed_gives_the_same_order_and_others_other_ones() -> None:
    question = QUESTIONS[0]
    assert question.options(1) == question.options(1)
    assert len({question.options(seed) for seed in range(20)}) > 1


def test_the_right_option_is_not_told_by_its_length() -> None:
    longest = [q for q in QUESTIONS if len(q.right) > max(map(len, q.wrong))]
    assert len(longest) <= 0.55 * len(QUESTIONS)


def test_a_question_whose_words_have_changed_is_not_asked(shipped, library) -> None:
    changed = Library(
        dataclasses.replace(
            entry,
            clauses=tuple(
                dataclasses.replace(
                    clause,
                    paragraphs=tuple(
                        dataclasses.replace(part, text=part.text.replace("两人", "三人"))
                        for part in clause.paragraphs
                    ),
                )
                for clause in entry.clauses
            ),
        )
        for entry in shipped
    )
    assert set(askable(library)) - set(askable(changed)) == {"cf-two"}


def test_a_question_about_a_superseded_or_absent_text_is_not_asked(shipped) -> None:
    without = Library(each for each in shipped if "行政处罚法" not in each.document.title)
    assert not [key for key in askable(without) if key.startswith("cf-")]
    replaced = Library(
        dataclasses.replace(
            entry, document=dataclasses.replace(entry.document, superseded_by="新法")
        )
        for entry in shipped
    )
    assert not askable(replaced)


def test_questions_never_answered_come_first_and_the_seed_picks() -> None:
    ids = ["a", "b", "c"]
    assert choose(ids, [Given("a", True)], 1) in {"b", "c"}
    assert {choose(ids, [], seed) for seed in range(30)} == set(ids)


def test_one_answered_wrongly_comes_back_after_some_others() -> None:
    ids = list("abcdefgh")
    others = [Given(key, True) for key in "bcdefgh"]
    given = [Given("a", False), *others[: AGAIN_AFTER - 1]]
    assert choose(ids, given, 1) != "a"
    assert choose(ids, [*given, others[AGAIN_AFTER]], 1) == "a"
    again = [*given, others[AGAIN_AFTER], Given("a", True)]
    assert choose(ids, again, 1) != "a"


def test_when_all_are_answered_the_oldest_comes_again() -> None:
    given = [Given("b", True), Given("a", True), Given("b", True)]
    assert choose(["a", "b"], given, 1) == "a"
    assert choose([], given, 1) is None
