"""Questions without a useful answer, grouped by what they ask."""

from __future__ import annotations

import datetime as dt

import numpy as np

from knowledge.asked import AskedQuestion
from knowledge.gaps import grouped, is_gap
from knowledge.model import Outcome

START = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)


def asked(
    text: str,
    day: int = 0,
    *,
    outcome: Outcome = Outcome.NO_BASIS,
    vote: str = "",
    reason: str = "",
    person: str = "a",
) -> AskedQuestion:
    at = START + dt.timedelta(days=day)
    return AskedQuestion(day, person, at, text, outcome, 9, (), vote, reason, False)


def units(*rows: tuple[float, float]) -> np.ndarray:
    given = np.array(rows, dtype=np.float32)
    return given / np.linalg.norm(given, axis=1, keepdims=True)


def test_what_found_nothing_or_did_not_help_is_a_gap() -> None:
    assert is_gap(asked("？"))
    assert is_gap(asked("？", outcome=Outcome.ANSWERED, vote="useless"))
    assert not is_gap(asked("？", outcome=Outcome.ANSWERED, vote="useful"))
    assert not is_gap(asked("？", outcome=Outcome.SMALL_TALK))


def test_alike_questions_are_one_group_named_by_the_one_in_the_middle() -> None:
    questions = [asked("左", 1), asked("中", 2, person="b"), asked("右", 3), asked("别的", 9)]
    gaps = grouped(questions, units((1, 0.3), (1, 0), (1, -0.3), (0, 1)))
    assert [gap.wording for gap in gaps] == ["中", "别的"]
    assert [each.text for each in gaps[0].questions] == ["右", "中", "左"]
    assert gaps[0].people == 2
    assert gaps[0].latest == START + dt.timedelta(days=3)


def test_of_groups_of_one_size_the_one_asked_last_comes_first() -> None:
    gaps = grouped([asked("早", 1), asked("晚", 2)], units((1, 0), (0, 1)))
    assert [gap.wording for gap in gaps] == ["晚", "早"]


def test_one_question_is_a_group_and_its_reason_is_told() -> None:
    (gap,) = grouped([asked("一", vote="useless", reason="依据不对")], units((1, 0)))
    assert gap.reasons == {"依据不对": 1}
