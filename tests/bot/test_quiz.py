"""The quiz: questions, verdicts, the score, and what cannot be cheated or counted twice."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable

import pytest

from bot.telegram import phrases
from bot.telegram.browsing import quiz
from knowledge import quizzing
from knowledge.keys import keyed_hash
from knowledge.library import Library
from knowledge.quizzing import QuizQuestion, bank
from knowledge.store import Database, Records
from knowledge.store.scores import Score, Scores, ShowingRow
from tests.bot.conftest import KEY, Serve
from tests.bot.samples import ADMIN, LIBRARY, MEMBERS
from tests.bot.shelves import Reader, entries, over
from tests.peer import Peer
from tests.peer.chats import BOT, Sent

MEMBER, OTHER = MEMBERS
GROUP = -100500
LETTERS = "ABCD"


def asked(message: Sent) -> QuizQuestion:
    """The question of the bank that stands in a message."""
    (found,) = (each for each in bank().values() if each.stem in message.text)
    return found


def letter(message: Sent, option: str) -> str:
    """The letter before an option."""
    found = re.search(rf"^([A-D])\. {re.escape(option)}$", message.text, re.MULTILINE)
    assert found, (option, message.text)
    return found[1]


async def answered(reader: Reader, message: Sent, *, right: bool) -> Sent:
    question = asked(message)
    option = question.right if right else question.wrong[0]
    return await reader.press(message, letter(message, option))


async def test_a_right_answer_is_told_with_the_words_it_rests_on(
    peer: Peer, serve: Serve, shipped: Library
) -> None:
    await over(serve, shipped)
    reader = Reader(peer, MEMBER)
    message = await reader.send("/quiz")
    question = asked(message)
    assert list(message.buttons) == list(LETTERS)
    assert "还没有答过题" in message.text
    for option in (question.right, *question.wrong):
        assert letter(message, option)
    message = await answered(reader, message, right=True)
    assert f"✓ 答对了：{letter(message, question.right)}" in message.text
    assert question.explanation in message.text
    (quote,) = [e for e in message.parsed.entities if e.type == "expandable_blockquote"]
    assert message.parsed.slice(quote) == question.quote
    assert question.place in message.text
    assert "今日答对 1／1，累计答对 1／1" in message.text
    assert list(message.buttons) == ["下一题"]


async def test_a_wrong_answer_is_told_and_the_score_goes_on(
    peer: Peer, serve: Serve, shipped: Library
) -> None:
    await over(serve, shipped)
    reader = Reader(peer, MEMBER)
    message = await reader.send("/quiz")
    question = asked(message)
    message = await answered(reader, message, right=False)
    chosen, right = letter(message, question.wrong[0]), letter(message, question.right)
    assert f"✗ 您选了 {chosen}，正确答案是 {right}" in message.text
    assert "累计答对 0／1" in message.text
    await reader.press_only(message, "下一题")
    following = peer.messages(MEMBER)[-1]
    assert asked(following) != question
    assert "今日答对 0／1" in following.text
    assert "累计答对 1／2" in (await answered(reader, following, right=True)).text
    assert "累计答对 1／2" in (await reader.send("/quiz")).text


async def test_pressing_twice_counts_once_and_the_first_choice_stays(
    peer: Peer, serve: Serve, records: Records, shipped: Library
) -> None:
    await over(serve, shipped)
    reader = Reader(peer, MEMBER)
    message = await reader.send("/quiz")
    question, data = asked(message), message.buttons
    told = await answered(reader, message, right=False)
    right = data[letter(message, question.right)]
    for _ in range(2):
        query = await peer.press(MEMBER, message.message_id, right)
        await peer.wait_until(
            lambda query=query: query in [c["callback_query_id"] for c in peer.answered_callbacks]
        )
    assert reader.now(message).text == told.text
    assert records.scores.score(MEMBER) == Score(1, 0)


async def test_going_on_twice_brings_one_question(
    peer: Peer, serve: Serve, shipped: Library
) -> None:
    await over(serve, shipped)
    reader = Reader(peer, MEMBER)
    message = await answered(reader, await reader.send("/quiz"), right=True)
    await reader.press_only(message, "下一题")
    assert (await reader.press_only(message, "下一题"))["text"] == quiz.GONE_ON
    assert len(peer.messages(MEMBER)) == 2


async def test_nobody_answers_for_another(
    peer: Peer, serve: Serve, records: Records, shipped: Library
) -> None:
    await over(serve, shipped)
    mine = await Reader(peer, MEMBER).send("/quiz")
    theirs = Reader(peer, OTHER)
    message = await theirs.send("/quiz")
    data = mine.buttons["A"]
    assert (await theirs.press_only(message, data))["text"] == quiz.GONE
    following = data.replace(quiz.CHOICE, quiz.NEXT).rsplit("|", 1)[0]
    assert (await theirs.press_only(message, following))["text"] == quiz.GONE_ON
    assert records.scores.score(MEMBER) == records.scores.score(OTHER) == Score()


@pytest.mark.parametrize(
    "forged", ["quiz|1|4", "quiz|1|x", "quiz", "quiz|1", "quiznext|", "quiz|-1|0"]
)
async def test_forged_choices_are_told_and_not_counted(
    peer: Peer, serve: Serve, records: Records, shipped: Library, forged: str
) -> None:
    await over(serve, shipped)
    reader = Reader(peer, MEMBER)
    message = await reader.send("/quiz")
    assert (await reader.press_only(message, forged))["text"]
    assert records.scores.score(MEMBER) == Score()


async def test_a_question_that_has_changed_since_is_not_judged(
    peer: Peer,
    serve: Serve,
    records: Records,
    shipped: Library,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await over(serve, shipped)
    reader = Reader(peer, MEMBER)
    message = await reader.send("/quiz")
    question = asked(message)
    other = dataclasses.replace(question, right="换了的答案")
    changed = {**bank(), question.id: other}
    monkeypatch.setattr(quiz, "bank", lambda: changed)
    assert (await reader.press_only(message, "A"))["text"] == quiz.GONE
    assert records.scores.score(MEMBER) == Score()


async def test_questions_without_their_rule_are_neither_asked_nor_judged(
    peer: Peer, serve: Serve, records: Records, shipped: Library
) -> None:
    asker = await over(serve, shipped)
    reader = Reader(peer, MEMBER)
    message = await reader.send("/quiz")
    title = asked(message).document
    asker.held = LIBRARY
    assert (await reader.press_only(message, "A"))["text"] == quiz.GONE
    assert (await reader.send("/quiz")).text == quiz.NONE_HELD
    kept = [each for each in entries(shipped) if title not in each.document.title]
    asker.held = Library(kept)
    assert asked(await reader.send("/quiz")).document != title
    assert records.scores.score(MEMBER) == Score()


async def test_the_quiz_is_for_private_chats(
    peer: Peer, serve: Serve, records: Records, shipped: Library
) -> None:
    await over(serve, shipped)
    records.groups.open(GROUP, ADMIN)
    message = await Reader(peer, MEMBER, GROUP).send(f"/quiz@{BOT['username']}")
    assert message.text == phrases.PRIVATE_ONLY


async def test_every_question_can_be_put_and_answered_within_a_message(shipped: Library) -> None:
    tally = quiz.Tally(Score(3, 2), Score(9, 7))
    for question in bank().values():
        showing = quiz.Showing(1, question.id, question.fingerprint, 5, chosen=0)
        basis = question.basis(shipped)
        assert basis is not None
        for screen in (
            quiz.question_screen(question, showing, tally),
            quiz.answer_screen(question, showing, basis, tally),
        ):
            assert sum(len(piece.text) for block in screen.blocks for piece in block) < 3500


@pytest.fixture
def scores(database: Database) -> Scores:
    return Scores(database, KEY)


def put(scores: Scores, person: int, question_id: str = "q") -> int:
    return scores.show(person, question_id, "f" * 16, 2**31 - 1).id


def test_scores_are_kept_by_person_and_under_no_name(scores: Scores, database: Database) -> None:
    for person, right in ((MEMBER, True), (MEMBER, False), (OTHER, True)):
        scores.answer(person, put(scores, person), 1, right=right)
    put(scores, MEMBER)
    assert scores.score(MEMBER) == Score(2, 1)
    assert scores.score(OTHER) == Score(1, 1)
    assert [given.right for given in scores.given(MEMBER)] == [True, False]
    with database.reading() as session:
        people = {row.person for row in session.query(ShowingRow)}
    assert people == {keyed_hash(KEY, "quiz", MEMBER), keyed_hash(KEY, "quiz", OTHER)}


def test_only_answers_since_an_instant_are_of_today(scores: Scores, database: Database) -> None:
    first = put(scores, MEMBER)
    scores.answer(MEMBER, first, 0, right=True)
    with database.writing() as session:
        row = session.get(ShowingRow, first)
        assert row is not None
        assert row.answered_at is not None
        before = row.answered_at
        row.answered_at = before.replace(year=before.year - 1)
    scores.answer(MEMBER, put(scores, MEMBER), 0, right=False)
    assert scores.score(MEMBER, before) == Score(1, 0)
    assert scores.score(MEMBER) == Score(2, 1)
    assert [given.right for given in scores.given(MEMBER)] == [True, False]


def test_the_first_answer_stays_and_only_its_own_person_gives_it(scores: Scores) -> None:
    showing = put(scores, MEMBER)
    assert scores.answer(OTHER, showing, 1, right=True) is None
    assert scores.get(OTHER, showing) is None
    first = scores.answer(MEMBER, showing, 2, right=False)
    assert first is not None
    assert first.chosen == 2
    assert scores.answer(MEMBER, showing, 1, right=True) == first
    assert scores.get(MEMBER, showing) == first
    assert scores.score(MEMBER) == Score(1, 0)
    assert [scores.follow(who, showing) for who in (OTHER, MEMBER, MEMBER)] == [False, True, False]


def test_what_is_forgotten_is_gone_and_others_stay(scores: Scores) -> None:
    for person in (MEMBER, OTHER):
        scores.answer(person, put(scores, person), 0, right=True)
    scores.forget(MEMBER)
    assert scores.score(MEMBER) == Score()
    assert scores.given(MEMBER) == []
    assert scores.score(OTHER) == Score(1, 1)


async def test_one_answered_wrongly_comes_back_later(
    peer: Peer,
    serve: Serve,
    shipped: Library,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    few = dict(list(bank().items())[: quizzing.AGAIN_AFTER + 3])
    askable: Callable[[Library], dict[str, QuizQuestion]] = lambda _: few  # noqa: E731
    monkeypatch.setattr(quiz, "askable", askable)
    await over(serve, shipped)
    reader = Reader(peer, MEMBER)
    message = await reader.send("/quiz")
    missed, order = asked(message), []
    message = await answered(reader, message, right=False)
    for _ in range(quizzing.AGAIN_AFTER + 1):
        await reader.press_only(message, "下一题")
        message = peer.messages(MEMBER)[-1]
        order.append(asked(message))
        message = await answered(reader, message, right=True)
    assert order.index(missed) == quizzing.AGAIN_AFTER
