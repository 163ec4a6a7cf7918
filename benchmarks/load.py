"""Many officers at once: 200 people, 20 messages a second for a minute, over real HTTP.

The bot is a process of its own, as `lianwen bot` starts it, with the shipped knowledge base and
the real models; the Bot API peer of the tests and the people are this process. Both share the
machine's cores. Every message must get one answer, in its sender's order; how long that takes,
and the bot's memory over the run, go into benchmarks/results.

    python -m benchmarks.load [--data-dir DIR] [--rate 20] [--seconds 60] [--people 200]
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import machine
from benchmarks.corpus import ROOT
from bot.telegram import phrases
from bot.wiring import key_of, open_records, open_store
from ingest.asks import ask_bank
from knowledge.numerals import int_to_chinese
from knowledge.people import Member, Role
from knowledge.settings import Settings
from tests.peer import TOKEN, Peer
from tests.peer.chats import Sent

SEED = 20
FIRST_PERSON = 100_001
LOOKUPS = 0.25
LAW, ARTICLES = "监察法", 60
WAIT_AFTER = 180.0
SETTLED_AFTER = 15.0


@dataclass(frozen=True, slots=True)
class Asked:
    """One message of the run; ``expects`` is what its answer must hold, "" for anything."""

    person: int
    text: str
    expects: str
    at: float


@dataclass(slots=True)
class Figures:
    """What is written down. Times in milliseconds, memory in MiB."""

    people: int
    rate: float
    seconds: float
    asked: int = 0
    answered: int = 0
    lost: int = 0
    twice: int = 0
    wrong: int = 0
    drafts_left: int = 0
    refused: dict[str, int] = field(default_factory=dict)
    requests: dict[str, int] = field(default_factory=dict)
    p50: float = 0.0
    p95: float = 0.0
    p99: float = 0.0
    longest: float = 0.0
    cpu_share: float = 0.0
    memory_start: float = 0.0
    memory_settled: float = 0.0
    memory_end: float = 0.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--data-dir", type=Path, help="a built knowledge base (default: made anew)")
    parser.add_argument("--rate", type=float, default=20.0, help="messages a second")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--people", type=int, default=200)
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks" / "results")
    given = parser.parse_args()
    load_before = machine.load()
    with tempfile.TemporaryDirectory(prefix="lianwen-load-") as spare:
        folder = given.data_dir or Path(spare)
        if given.data_dir is None:
            _bot("ingest", folder)
        figures = asyncio.run(_run(folder, given.people, given.rate, given.seconds))
    _write(figures, machine.describe(load_before), given.out)


def _bot(command: str, folder: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "bot", command, "--data-dir", str(folder)], check=True, cwd=ROOT
    )


async def _run(folder: Path, people: int, rate: float, seconds: float) -> Figures:
    settings = Settings(_env_file=None, data_dir=folder)  # type: ignore[call-arg]
    store = open_store(settings, create=True)
    records = open_records(settings, store)
    for number in range(people):
        records.members.add(Member(FIRST_PERSON + number, Role.OFFICER, f"用户{number}", "一队"))
    store.close()
    key_of(settings)
    async with Peer() as peer:
        with tempfile.TemporaryFile() as log:
            program = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "bot", "bot", "--data-dir", str(folder)),
                stderr=log,
                cwd=ROOT,
                env=os.environ
                | {"TELEGRAM_BOT_TOKEN": TOKEN, "TELEGRAM_API_URL": peer.url, "NO_PROXY": "*"}
                | {"ADMIN_IDS": "1", "LOG_LEVEL": "WARNING", "PYTHONUTF8": "1"},
            )
            try:
                await peer.wait_until(lambda: bool(peer.calls("getUpdates")), 120)
                await _warm_up(peer)
                return await _measured(peer, program.pid, people, rate, seconds)
            finally:
                program.send_signal(signal.SIGTERM)
                await program.wait()
                log.seek(0)
                print(log.read().decode()[-2000:], file=sys.stderr)


async def _warm_up(peer: Peer) -> None:
    """The first question opens the index and warms the models; no officer's, so not counted."""
    for number in range(4):
        await peer.say(FIRST_PERSON + number, f"{LAW}第{int_to_chinese(number + 1)}条")
    await peer.wait_until(lambda: len(_answers(peer)) == 4, 60)


async def _measured(peer: Peer, pid: int, people: int, rate: float, seconds: float) -> Figures:
    figures = Figures(people, rate, seconds, memory_start=_memory(pid))
    skip = {message.message_id for message in peer.sent}
    done = len(peer.requests)
    rng = random.Random(SEED)
    bank = [ask for entries in ask_bank().values() for entry in entries for ask in entry.asks]
    asked: list[Asked] = []
    cpu, begun = _cpu(pid), time.monotonic()
    while (at := len(asked) / rate) < seconds:
        await asyncio.sleep(max(0.0, begun + at - time.monotonic()))
        asked.append(await _say(peer, rng, bank, people))
        if not figures.memory_settled and at > SETTLED_AFTER:
            figures.memory_settled = _memory(pid)
    spent = time.monotonic() - begun
    figures.cpu_share = (_cpu(pid) - cpu) / spent
    try:
        await peer.wait_until(lambda: len(_answers(peer)) - len(skip) >= len(asked), WAIT_AFTER)
    except AssertionError:
        print("not every message was answered in time", file=sys.stderr)
    await asyncio.sleep(2)  # an answer too many would come now
    figures.memory_end = _memory(pid)
    _judge(figures, asked, [each for each in peer.sent if each.message_id not in skip])
    figures.requests = dict(Counter(each.method for each in peer.requests[done:]))
    figures.refused = dict(Counter(f"{method}: {why}" for method, why in peer.refused))
    return figures


async def _say(peer: Peer, rng: random.Random, bank: list[str], people: int) -> Asked:
    person = FIRST_PERSON + rng.randrange(people)
    if rng.random() < LOOKUPS:
        label = f"第{int_to_chinese(rng.randint(1, ARTICLES))}条"
        text, expects = f"{LAW}{label}", label
    else:
        text, expects = rng.choice(bank), ""
    at = time.monotonic()
    await peer.say(person, text)
    return Asked(person, text, expects, at)


def _answers(peer: Peer) -> list[Sent]:
    return [each for each in peer.sent if each.text != phrases.LOOKING]


def _judge(figures: Figures, asked: list[Asked], sent: list[Sent]) -> None:
    """Pair each person's answers with their questions, in order."""
    questions: dict[int, list[Asked]] = defaultdict(list)
    answers: dict[int, list[Sent]] = defaultdict(list)
    for question in asked:
        questions[question.person].append(question)
    for message in sent:
        if message.text == phrases.LOOKING:
            figures.drafts_left += 1
        else:
            answers[message.chat_id].append(message)
    waited = []
    for person, own in questions.items():
        got = answers[person]
        figures.lost += max(0, len(own) - len(got))
        figures.twice += max(0, len(got) - len(own))
        for question, message in zip(own, got, strict=False):
            waited.append(1000 * ((message.changed_at or message.at) - question.at))
            figures.wrong += question.expects not in message.text
    figures.asked, figures.answered = len(asked), len(waited)
    waited.sort()
    figures.p50 = median(waited)
    figures.p95 = waited[int(0.95 * (len(waited) - 1))]
    figures.p99 = waited[int(0.99 * (len(waited) - 1))]
    figures.longest = waited[-1]


def _memory(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


def _cpu(pid: int) -> float:
    """Seconds of processor time that the process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _write(figures: Figures, described: machine.Machine, out: Path) -> None:
    stem = f"load-{figures.rate:g}-a-second-{dt.datetime.now(dt.UTC).date()}"
    shown: dict[str, Any] = asdict(figures)
    out.mkdir(parents=True, exist_ok=True)
    (out / f"{stem}.json").write_text(
        json.dumps({"figures": shown, "machine": asdict(described)}, ensure_ascii=False, indent=2),
        encoding="utf-8",
    )
    rows = [
        f"| {name.replace('_', ' ')} | {round(value, 2) if isinstance(value, float) else value} |"
        for name, value in shown.items()
    ]
    page = [
        "# Many officers at once",
        "",
        "`python -m benchmarks.load`: people, Bot API peer and bot on the same cores. Milliseconds",
        "from a message's arrival to its finished answer; memory of the bot in MiB (settled: after",
        f"{SETTLED_AFTER:.0f} s); cpu share: cores that the bot kept busy; requests: by the bot.",
        "",
        "| figure | |",
        "|---|---|",
        *rows,
        "",
        "## Machine",
        "",
        *described.lines(),
        "",
    ]
    (out / f"{stem}.md").write_text("\n".join(page), encoding="utf-8")
    print("\n".join(rows))


if __name__ == "__main__":
    main()
