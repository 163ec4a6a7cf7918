"""What everybody should have got, beside what came: the table of a run, and what is wrong in it."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import sqlalchemy as sa

from benchmarks import machine
from benchmarks.pages import Cell, table, write
from benchmarks.reminding.course import Course
from benchmarks.reminding.days import WORDS, Wanted, china, is_quiet
from benchmarks.reminding.peer import Copy, Telegram
from benchmarks.reminding.processes import Doubt, Worker
from knowledge.store import Database
from knowledge.store.reminder_deliveries import DOUBTS, ReminderDeliveryRow
from knowledge.store.reminders import ReminderRow

EARLY = 3600.0
# A process that dies knows by then what came of its requests.
SOON = 60.0
# What has left a process is taken even when it is dead.
UNDER_WAY = 2.0
EXPLANATION = (
    "The processes run the bot's plan, texts, knowledge base, model, database and requests over",
    "HTTP, by clocks that the benchmark moves; Telegram's 30 messages a second are lifted.",
    "*Expected* is worked out apart: from the days of the notice (2027 and 2028: computed) and",
    "from what people did. *Came twice* may only be what was announced: a process died, or an",
    "answer was lost, between Telegram's taking the message and our noting it. Hours are China's.",
)


@dataclass(frozen=True, slots=True)
class Row:
    """One reminder. ``repeats`` are copies beyond each person's first; of them ``logged`` were
    announced in a log, ``noted`` in the database; ``without_cause`` are those before which no
    process died and no answer was lost. ``given_up`` are those of the missing who got
    no further request after three that may have arrived. Hours count from the time it was due.
    """

    key: str
    moment: str
    due: str
    expected: int
    delivered: int
    missing: tuple[int, ...]
    given_up: tuple[int, ...]
    surplus: tuple[int, ...]
    repeats: int
    logged: int
    noted: int
    without_cause: int
    in_quiet_hours: int
    out_of_time: int
    on_a_later_day: int
    shown_before: float | None
    first_after: float | None
    last_after: float | None
    state: str

    def faults(self) -> Iterator[str]:
        """What may not be."""
        if lacking := sorted({*self.missing} - {*self.given_up}):
            yield f"{self.key}: missing {len(lacking)}: {lacking[:5]}"
        if self.surplus:
            yield f"{self.key}: surplus {len(self.surplus)}: {self.surplus[:5]}"
        if self.repeats > max(self.logged, self.noted):
            yield f"{self.key}: {self.repeats} repeats, of which {self.logged} logged"
        if self.without_cause:
            yield f"{self.key}: {self.without_cause} repeats without a cause"
        if self.in_quiet_hours or self.out_of_time:
            told = f"{self.in_quiet_hours} in quiet hours, {self.out_of_time} out of time"
            yield f"{self.key}: {told}"


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a run was: ``ticks`` of all processes, ``seconds`` in all."""

    first: str
    last: str
    people: int
    processes: int
    database: str
    kills: int
    calm: bool
    seed: int
    ticks: int
    requests: int
    seconds: float
    happened: Mapping[str, int]
    history: Sequence[str]
    errors: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Found:
    """What a run left behind. ``deaths`` are processes and counts, ``noted`` how many requests
    for whom (by reminder and person) nobody knows the end of, ``states`` are reminders'.
    """

    course: Course
    peer: Telegram
    doubts: Sequence[Doubt]
    deaths: Sequence[tuple[int, float]]
    noted: Mapping[tuple[str, int], int]
    states: Mapping[str, str]


def examine(
    course: Course,
    peer: Telegram,
    workers: Iterable[Worker],
    deaths: Sequence[tuple[int, float]],
    database: Database,
) -> list[Row]:
    """A row for every reminder, those that nobody wanted too."""
    doubts = [each for worker in workers for each in worker.doubts()]
    row = ReminderDeliveryRow
    with database.reading() as session:
        query = sa.select(row.key, row.telegram_id, row.doubts).where(row.doubts > 0)
        noted = {(key, person): int(many) for key, person, many in session.execute(query)}
        states = dict(session.execute(sa.select(ReminderRow.key, ReminderRow.state)).all())
    if unasked := sorted(peer.got.keys() - course.wanted.keys()):
        raise RuntimeError(f"reminders that nobody expects: {unasked}")
    found = Found(course, peer, doubts, deaths, noted, states)
    return [_row(each, found) for each in course.wanted.values()]


def _row(wanted: Wanted, found: Found) -> Row:
    key, got, expected = wanted.key, found.peer.got[wanted.key], found.course.expected[wanted.key]
    shown, begun = found.peer.shown.get(key), got.begun
    times = [copy.at for each in got.copies.values() for copy in each]
    again = {person: each for person, each in got.copies.items() if len(each) > 1}
    told = Counter(each.person for each in found.doubts if _is_about(each, wanted))
    # What has begun in time goes on, though the clock is set back.
    too_early = begun is not None and begun < wanted.due
    out = [each for each in times if each >= wanted.closes or (too_early and each < wanted.due)]
    missing = sorted(expected - got.people)
    return Row(
        key=key,
        moment=WORDS[wanted.moment],
        due=f"{china(wanted.due):%Y-%m-%d}",
        expected=len(expected),
        delivered=len(got.copies),
        missing=tuple(missing),
        given_up=tuple(each for each in missing if found.noted.get((key, each), 0) >= DOUBTS),
        surplus=tuple(sorted(got.people - expected)),
        repeats=sum(len(each) - 1 for each in again.values()),
        logged=sum(min(len(each) - 1, told[person]) for person, each in again.items()),
        noted=sum(
            min(len(each) - 1, found.noted.get((key, one), 0)) for one, each in again.items()
        ),
        without_cause=sum(
            not _uncertain(copy, found.deaths) for each in again.values() for copy in each[:-1]
        ),
        in_quiet_hours=sum(map(is_quiet, times)),
        out_of_time=len(out),
        on_a_later_day=sum(china(each).date() > wanted.day for each in times),
        shown_before=None if shown is None else round((wanted.due - shown) / 3600, 1),
        first_after=None if begun is None else round((begun - wanted.due) / 3600, 2),
        last_after=round((max(times) - wanted.due) / 3600, 2) if times else None,
        state=found.states.get(key, ""),
    )


def _uncertain(copy: Copy, deaths: Sequence[tuple[int, float]]) -> bool:
    """Whether its sender may not know that it came."""
    return copy.lost or any(
        process == copy.process and -UNDER_WAY <= died - copy.count <= SOON
        for process, died in deaths
    )


def _is_about(doubt: Doubt, wanted: Wanted) -> bool:
    if doubt.key:
        return doubt.key == wanted.key
    at = dt.datetime.fromisoformat(doubt.at).timestamp()
    return wanted.due - EARLY <= at <= wanted.closes + EARLY


def report(
    rows: Sequence[Row], conditions: Conditions, described: machine.Machine, out: Path
) -> list[str]:
    """Write the results; returns what is wrong in them."""
    faults = [fault for each in rows for fault in each.faults()]
    expected, delivered = sum(each.expected for each in rows), sum(each.delivered for each in rows)
    missing = sum(len(each.missing) for each in rows)
    surplus = sum(len(each.surplus) for each in rows)
    repeats = sum(each.repeats for each in rows)
    unlogged = repeats - sum(max(each.logged, each.noted) for each in rows)
    unexplained = sum(each.without_cause for each in rows)
    body = [
        *_told(conditions),
        "",
        f"**{expected:,} expected, {delivered:,} delivered; {missing} missing, {surplus} too many; "
        f"{repeats} came twice, of which {unlogged} unannounced, {unexplained} without a cause.**",
        *(f"- {fault}" for fault in faults),
        *(f"- {each.key}: no admin was asked about it" for each in rows if not each.shown_before),
        "",
        *table(_HEADER, [_cells(each) for each in rows]),
        "",
        "What went wrong on purpose (429 and 502: requests refused):",
        "",
        *table(("", "times"), sorted(conditions.happened.items())),
        "",
        *_lines_of_errors(conditions.errors),
    ]
    figures = {"conditions": asdict(conditions), "rows": [asdict(each) for each in rows]}
    name = f"reminder_years-{conditions.processes}-{conditions.database.lower()}"
    if conditions.calm:
        name += "-calm"
    write(name, "Two years of reminders", body, figures, described, out)
    return faults


_HEADER = (
    "reminder",
    "moment",
    "due",
    "expected",
    "delivered",
    "missing",
    "given up",
    "too many",
    "came twice",
    "announced",
    "without cause",
    "in quiet hours",
    "out of time",
    "on a later day",
    "shown to admin, h before",
    "first, h after",
    "last",
    "state",
)


def _cells(row: Row) -> list[Cell]:
    return [
        row.key.rpartition(":")[0],
        row.moment,
        row.due,
        row.expected,
        row.delivered,
        len(row.missing),
        len(row.given_up),
        len(row.surplus),
        row.repeats,
        row.logged,
        row.without_cause,
        row.in_quiet_hours,
        row.out_of_time,
        row.on_a_later_day,
        row.shown_before,
        row.first_after,
        row.last_after,
        row.state,
    ]


def _told(given: Conditions) -> Iterator[str]:
    yield (
        f"{given.people} subscribers at the beginning, {given.first} to {given.last}, "
        f"{given.processes} process(es) on {given.database}, {given.kills} kills, seed "
        f"{given.seed}: {given.ticks:,} ticks and {given.requests:,} requests in "
        f"{given.seconds:,.0f} s."
    )
    yield ""
    yield from EXPLANATION


def kinds_of(errors: Iterable[str]) -> dict[str, int]:
    """Lines of logs without paths, names and numbers, and how often each came."""
    return dict(Counter(re.sub(r"/\S+|[0-9a-f]{8,}|\d+", "#", each)[:100] for each in errors))


def _lines_of_errors(errors: Mapping[str, int]) -> Iterator[str]:
    """What the processes logged as errors."""
    yield "Errors logged by the processes:" if errors else "The processes logged no errors."
    if errors:
        yield ""
        yield from table(("", "times"), sorted(errors.items()))
