"""Refreshes killed, cut short and refused: one whole version answers, and the next one works."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.databases import empty_database_url
from tests.ingest.faults import NEW, OLD, disturb, judge, prepare
from tests.ingest.faulty import CHROMA, KILL, LIMIT, RAISE, Fault, Place
from tests.ingest.power_cut import cut_power, state_of

# Before or after which step, and which version is alive then.
KILLED = [
    ("refresh", Fault(KILL, 1, begins="VectorIndex.add"), OLD),
    ("refresh", Fault(KILL, 9, begins="fsync"), OLD),
    ("refresh", Fault(KILL, 3, begins="sql INSERT"), OLD),
    ("refresh", Fault(KILL, 1, after=True, begins="Store.stage"), OLD),
    ("refresh", Fault(KILL, 2, begins="sql COMMIT"), OLD),
    ("refresh", Fault(KILL, 1, after=True, begins="Store.publish"), NEW),
    ("refresh", Fault(KILL, 1, begins="rmtree"), NEW),
    ("discard", Fault(KILL, 1, begins="rmtree"), OLD),
]


class Refreshed:
    """A knowledge base that goes on from version to version, whatever happens to it."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.version, self.previous = 2, 1

    def after(self, operation: str, fault: Fault, *, trace: Path, power: bool = False) -> str:
        old, next_ = self.version, self.version + 1
        new = {"refresh": next_, "rollback": self.previous, "discard": old}[operation]
        before = state_of(self.place)
        found = disturb(self.place, operation, next_, fault, trace=trace)
        if power:
            assert cut_power(self.place, before, trace, turn=next_)
        done = judge(self.place, fault.way, found, operation, old, new, next_ + 1)
        self.version, self.previous = next_ + 1, new if done.alive == NEW else old
        assert done.problems == []
        assert done.outcome == ("killed" if fault.way == KILL else "refused")
        return done.alive


@pytest.fixture(scope="module")
def database_url() -> Iterator[str]:
    """One for all the rounds, where each test usually has its own."""
    with empty_database_url() as url:
        yield url


@pytest.fixture(scope="module")
def refreshed(tmp_path_factory: pytest.TempPathFactory, database_url: str) -> Refreshed:
    place = Place(tmp_path_factory.mktemp("faults") / "data", database_url)
    prepare(place)
    return Refreshed(place)


@pytest.mark.parametrize(("operation", "fault", "alive"), KILLED)
def test_killed_at_any_step_leaves_one_whole_version_alive(
    refreshed: Refreshed, tmp_path: Path, operation: str, fault: Fault, alive: str
) -> None:
    assert refreshed.after(operation, fault, trace=tmp_path / "trace") == alive


def test_a_rollback_that_is_killed_has_happened_or_not(
    refreshed: Refreshed, tmp_path: Path
) -> None:
    fault = Fault(KILL, 1, begins="sql COMMIT")
    assert refreshed.after("rollback", fault, trace=tmp_path / "trace") == OLD


@pytest.mark.parametrize(
    "fault",
    [
        Fault(RAISE, 5, begins="fsync"),
        Fault(CHROMA, 1, begins="chroma add"),
        Fault(LIMIT, limit=100_000),
    ],
)
def test_a_disk_or_an_index_that_fails_is_told_in_a_sentence(
    refreshed: Refreshed, tmp_path: Path, fault: Fault
) -> None:
    assert refreshed.after("refresh", fault, trace=tmp_path / "trace") == OLD


@pytest.mark.parametrize(
    ("fault", "alive"),
    [
        (Fault(KILL, 6, begins="fsync"), OLD),
        (Fault(KILL, 1, after=True, begins="Store.publish"), NEW),
    ],
)
def test_a_power_cut_takes_nothing_that_was_promised(
    refreshed: Refreshed, tmp_path: Path, fault: Fault, alive: str
) -> None:
    assert refreshed.after("refresh", fault, trace=tmp_path / "trace", power=True) == alive
