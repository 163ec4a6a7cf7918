"""The breaker, the places and the budget, each by itself."""

import datetime as dt
import threading

import pytest

from knowledge.llm.limits import Breaker, Budget, Places, ServerFailedError
from knowledge.llm.model import ModelUnavailableError


class Clock:
    def __init__(self):
        self.seconds = 0.0

    def __call__(self):
        return self.seconds


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def breaker(clock):
    return Breaker(failures=3, seconds=60, now=clock)


def ask(breaker, error=None):
    """What became of one question."""
    try:
        with breaker.guarded():
            if error:
                raise error
    except ServerFailedError:
        return "failed"
    except ModelUnavailableError as unavailable:
        return "left alone" if "暂停" in str(unavailable) else "not whole"
    return "answered"


FAILS = ServerFailedError("没有回应")
NOT_WHOLE = ModelUnavailableError("没有写完")


def test_three_failures_in_a_row_open_it(breaker):
    told = [ask(breaker, FAILS) for _ in range(3)] + [ask(breaker)]
    assert told == ["failed", "failed", "failed", "left alone"]


def test_an_answer_in_between_starts_the_count_anew(breaker):
    for error in (FAILS, FAILS, None, FAILS, FAILS):
        ask(breaker, error)
    assert ask(breaker) == "answered"


def test_replies_that_are_not_whole_do_not_open_it(breaker):
    assert {ask(breaker, NOT_WHOLE) for _ in range(9)} == {"not whole"}


def test_after_a_minute_one_tries_and_an_answer_closes_it(breaker, clock):
    for _ in range(3):
        ask(breaker, FAILS)
    clock.seconds = 59.9
    assert ask(breaker) == "left alone"
    clock.seconds = 60
    with breaker.guarded():
        assert ask(breaker) == "left alone"
    assert ask(breaker, FAILS) == "failed"
    assert ask(breaker) == "answered"


def test_a_failed_try_opens_it_for_another_minute(breaker, clock):
    for _ in range(3):
        ask(breaker, FAILS)
    clock.seconds = 60
    assert ask(breaker, FAILS) == "failed"
    clock.seconds = 119
    assert ask(breaker) == "left alone"
    clock.seconds = 120
    assert ask(breaker) == "answered"


@pytest.mark.parametrize("error", [NOT_WHOLE, KeyboardInterrupt()])
def test_a_try_that_says_nothing_lets_the_next_one_try(breaker, clock, error):
    for _ in range(3):
        ask(breaker, FAILS)
    clock.seconds = 60
    with pytest.raises(type(error)), breaker.guarded():
        raise error
    assert ask(breaker) == "answered"


def test_of_many_at_once_only_one_tries(breaker, clock):
    for _ in range(3):
        ask(breaker, FAILS)
    clock.seconds = 60
    told, ready, gate = [], threading.Barrier(8), threading.Event()

    def come():
        ready.wait(10)
        try:
            with breaker.guarded():
                gate.wait(10)
            told.append("answered")
        except ModelUnavailableError:
            told.append("left alone")
            if len(told) == 7:
                gate.set()

    threads = [threading.Thread(target=come) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(told) == ["answered"] + ["left alone"] * 7


def test_places_are_given_back_whatever_happens():
    places = Places(1, seconds=0.01)
    with pytest.raises(ZeroDivisionError), places.taken():
        raise ZeroDivisionError
    with (
        places.taken(),
        pytest.raises(ModelUnavailableError, match="太多"),
        places.taken(),
    ):
        pass
    with places.taken():
        pass


def test_who_comes_just_before_a_place_is_free_gets_it():
    places, leaving = Places(1, seconds=5), threading.Event()
    holding = threading.Event()

    def hold():
        with places.taken():
            holding.set()
            leaving.wait(10)

    thread = threading.Thread(target=hold)
    thread.start()
    holding.wait(10)
    threading.Timer(0.1, leaving.set).start()
    with places.taken():
        pass
    thread.join(10)


def test_everybody_has_a_budget_of_their_own_and_a_new_one_every_day():
    day = [dt.date(2026, 3, 2)]
    budget = Budget(2, lambda: day[0])
    for person in ("a", "b", "a"):
        budget.spend(person)
    with pytest.raises(ModelUnavailableError, match="明天"):
        budget.spend("a")
    budget.spend("b")
    day[0] += dt.timedelta(1)
    budget.spend("a")


def test_nobody_s_questions_are_not_counted_and_none_are_where_there_is_no_limit():
    counting, free = Budget(1, dt.date.today), Budget(0, dt.date.today)
    for _ in range(9):
        counting.spend("")
        free.spend("a")
