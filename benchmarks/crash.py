"""Killed at random points: every question gets exactly one answer all the same.

The bot is a process of its own over a core that answers at once; the Bot API peer of the tests and
the people who ask are this process. The bot is killed (SIGKILL) again and again, in half of the
rounds at a random time, in the others just when Telegram has taken a message, an edit or a poll,
and started again at once. At the end every page of every answer must stand in its chat once.

    python -m benchmarks.crash [--rounds 50] [--people 6] [--seed 1]
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import json
import os
import random
import sys
import tempfile
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from benchmarks import machine
from benchmarks.corpus import ROOT
from bot.telegram import phrases
from bot.telegram.messages.rendering import answer_pages, plain_of
from knowledge.model import Question
from knowledge.people import Member, Role
from knowledge.store import Database, Records
from tests.bot.program import KEY, LONG, reply
from tests.peer import TOKEN, Peer

FIRST_PERSON = 100_001
# How long the core thinks, and how long people think between two questions.
THINKING = 0.05
BETWEEN = (0.1, 0.8)
LONG_SHARE = 0.1
LONGEST_LIFE = 1.5
STARTED_WITHIN = 60.0
ANSWERED_WITHIN = 120.0
MOMENTS = ("sendMessage", "editMessageText", "getUpdates")


@dataclass(slots=True)
class Tally:
    """What became of the questions. A draft left over is a message that never became an answer."""

    rounds: int
    people: int
    seed: int
    asked: int = 0
    pages: int = 0
    answered: int = 0
    lost: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    drafts_left: int = 0
    moments: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0


async def crash(
    rounds: int, folder: Path, *, people: int = 6, seed: int = 1, url: str = ""
) -> Tally:
    """Kill the bot ``rounds`` times while people ask, then let it finish.

    :param folder: an empty data directory.
    :param url: a database other than a file in it.
    """
    rng, begun = random.Random(seed), time.monotonic()
    tally = Tally(rounds, people, seed)
    database = Database(folder, url, create=True)
    members = Records.over(database, KEY).members
    for number in range(people):
        members.add(Member(FIRST_PERSON + number, Role.OFFICER, f"用户{number}"))
    database.close()
    asked: dict[int, list[str]] = {FIRST_PERSON + number: [] for number in range(people)}
    async with Peer() as peer:
        over = asyncio.Event()
        asking = [
            asyncio.create_task(_ask(peer, person, questions, over, random.Random(seed + person)))
            for person, questions in asked.items()
        ]
        moments: Counter[str] = Counter()
        for _ in range(rounds):
            program = await _start(peer, folder, url)
            moments[await _wait_for_a_moment(peer, rng)] += 1
            program.kill()
            await program.wait()
        program = await _start(peer, folder, url)
        over.set()
        await asyncio.gather(*asking)
        await _all_answered(peer, asked)
        program.terminate()
        await program.wait()
        _count(tally, peer, asked)
    tally.moments = dict(moments)
    tally.seconds = time.monotonic() - begun
    return tally


async def _ask(
    peer: Peer, person: int, questions: list[str], over: asyncio.Event, rng: random.Random
) -> None:
    while not over.is_set():
        await asyncio.sleep(rng.uniform(*BETWEEN))
        text = f"{person}的第{len(questions) + 1}个问题"
        text += LONG if rng.random() < LONG_SHARE else "？"
        questions.append(text)
        await peer.say(person, text)


async def _start(peer: Peer, folder: Path, url: str) -> asyncio.subprocess.Process:
    """Start the bot and wait until it serves."""
    polls = len(peer.calls("getUpdates"))
    given = {
        "TELEGRAM_BOT_TOKEN": TOKEN,
        "TELEGRAM_API_URL": peer.url,
        "LIANWEN_DATA_DIR": str(folder),
        "DATABASE_URL": url,
        "ADMIN_IDS": "1",
        "NO_PROXY": "*",
        "PYTHONUTF8": "1",
        "PYTHONPATH": str(ROOT),
    }
    program = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.bot.program", str(THINKING)),
        cwd=ROOT,
        stderr=asyncio.subprocess.DEVNULL,
        env=os.environ | given,
    )
    await peer.wait_until(lambda: len(peer.calls("getUpdates")) > polls, STARTED_WITHIN)
    return program


async def _wait_for_a_moment(peer: Peer, rng: random.Random) -> str:
    await asyncio.sleep(rng.uniform(0.0, LONGEST_LIFE))
    if rng.random() < 0.5:
        return "any time"
    method = rng.choice(MOMENTS)
    before = len(peer.calls(method))
    await peer.wait_until(lambda: len(peer.calls(method)) > before, STARTED_WITHIN)
    return f"after a {method}"


async def _all_answered(peer: Peer, asked: dict[int, list[str]]) -> None:
    expected = sum(len(_pages(text)) for questions in asked.values() for text in questions)

    def all_there() -> bool:
        return sum(len(peer.settled(person)) for person in asked) >= expected

    peer.passing = (phrases.LOOKING, phrases.NEXT_PAGE, phrases.UNFINISHED)
    try:
        await peer.wait_until(all_there, ANSWERED_WITHIN)
    except AssertionError:
        return  # what is missing is counted
    await asyncio.sleep(2)  # an answer too many would come now


def _count(tally: Tally, peer: Peer, asked: dict[int, list[str]]) -> None:
    for person, questions in asked.items():
        shown = Counter(message.text for message in peer.messages(person))
        tally.drafts_left += len(peer.messages(person)) - len(peer.settled(person))
        for question in questions:
            pages = _pages(question)
            counts = [shown[page] for page in pages]
            tally.asked += 1
            tally.pages += len(pages)
            tally.answered += counts == [1] * len(pages)
            if min(counts) == 0:
                tally.lost.append(question)
            if max(counts) > 1:
                tally.twice.append(question)


def _pages(text: str) -> list[str]:
    return [plain_of(page) for page in answer_pages(reply(Question(text)))]


def _write(tally: Tally, described: machine.Machine, out: Path) -> None:
    stem = f"crash-{dt.datetime.now(dt.UTC).date()}"
    shown: dict[str, Any] = asdict(tally)
    out.mkdir(parents=True, exist_ok=True)
    data = {"figures": shown, "machine": asdict(described)}
    (out / f"{stem}.json").write_text(
        json.dumps(data, ensure_ascii=False, indent=2) + "\n", encoding="utf-8"
    )
    shown |= {"lost": len(tally.lost), "twice": len(tally.twice)}
    shown |= {"seconds": round(tally.seconds), **shown.pop("moments")}
    rows = [f"| {name.replace('_', ' ')} | {value} |" for name, value in shown.items()]
    page = [
        "# Killed while people ask",
        "",
        "`python -m benchmarks.crash`: SIGKILL at random points, started again at once. *Lost*: a",
        "page of the answer is missing at the end; *twice*: one stands there more than once.",
        "*Drafts left*: those that Telegram had taken when the bot died before it could",
        "note them. *Any time*, *after a …*: how many of the kills came when.",
        "",
        "| figure | |",
        "|---|--:|",
        *rows,
        "",
        "## Machine",
        "",
        *described.lines(),
        "",
    ]
    (out / f"{stem}.md").write_text("\n".join(page), encoding="utf-8")
    print("\n".join(rows))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--people", type=int, default=6)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks" / "results")
    given = parser.parse_args()
    load_before = machine.load()
    with tempfile.TemporaryDirectory(prefix="lianwen-crash-") as folder:
        tally = asyncio.run(crash(given.rounds, Path(folder), people=given.people, seed=given.seed))
    _write(tally, machine.describe(load_before), given.out)
    sys.exit(bool(tally.lost or tally.twice))


if __name__ == "__main__":
    main()
