"""Questions of many threads go through the model together, and none pays for another."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from knowledge.embedding.pooling import Pool, Vectors
from knowledge.embedding.turns import Turns


class Model:
    """One number a text; keeps what came together, and waits where it is told to."""

    def __init__(self) -> None:
        self.calls: list[list[str]] = []
        self.go_on = threading.Event()
        self.go_on.set()
        self.begun = threading.Event()

    def encode(self, texts: Sequence[str]) -> Vectors:
        self.calls.append(list(texts))
        self.begun.set()
        assert self.go_on.wait(10)
        if "坏" in texts:
            raise ValueError("坏")
        return np.array([[float(text)] for text in texts], dtype=np.float32)


def waiting(pool: Pool, count: int) -> None:
    """Wait until so many stand in line."""
    while len(pool._waiting) < count:  # nothing else tells
        threading.Event().wait(0.001)


def run(model: Model, pool: Pool, groups: Sequence[Sequence[str]]) -> list[list[float]]:
    """Ask for the first group, and for the others while the model is at it."""
    model.go_on.clear()
    with ThreadPoolExecutor(len(groups)) as threads:
        asked = [threads.submit(pool.vectors, groups[0])]
        assert model.begun.wait(10)
        for place, group in enumerate(groups[1:], 1):
            asked.append(threads.submit(pool.vectors, group))
            waiting(pool, place)
        model.go_on.set()
        return [each.result(10)[:, 0].tolist() for each in asked]


def test_those_who_wait_go_together_and_everyone_gets_their_own() -> None:
    model = Model()
    groups = [["1"], ["2", "3"], ["4"], ["5"]]
    assert run(model, Pool(model.encode, Turns(), 32), groups) == [[1], [2, 3], [4], [5]]
    assert model.calls == [["1"], ["2", "3", "4", "5"]]


def test_no_more_go_together_than_fit_but_one_long_list_does() -> None:
    model = Model()
    groups = [["1"], ["2", "3", "4"], ["5"], ["6"], ["7"]]
    assert run(model, Pool(model.encode, Turns(), 2), groups) == [[1], [2, 3, 4], [5], [6], [7]]
    assert model.calls == [["1"], ["2", "3", "4"], ["5", "6"], ["7"]]


def test_a_text_that_fails_fails_alone() -> None:
    model = Model()
    pool = Pool(model.encode, Turns(), 32)
    model.go_on.clear()
    with ThreadPoolExecutor(3) as threads:
        first = threads.submit(pool.vectors, ["1"])
        assert model.begun.wait(10)
        bad = threads.submit(pool.vectors, ["坏"])
        waiting(pool, 1)
        good = threads.submit(pool.vectors, ["2"])
        waiting(pool, 2)
        model.go_on.set()
        assert first.result(10).tolist() == [[1]]
        assert good.result(10).tolist() == [[2]]
        with pytest.raises(ValueError, match="坏"):
            bad.result(10)
