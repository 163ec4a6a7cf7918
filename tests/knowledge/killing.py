"""Restores a backup over another, again and again, killed one step later each time.

``python -m tests.knowledge.killing OLD NEW FOLDER URL`` prints a line a time: what the killed
process had come to (9: killed, 0: lived), and what is there afterwards (old, new, mixed). A process
of its own: it forks, which one that has opened indexes must not.
"""

from __future__ import annotations

import os
import shutil
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from knowledge import restoring
from knowledge.lexical import words
from knowledge.restoring import finish, restore
from knowledge.store import Store, replacing
from knowledge.store.members import MemberRow
from knowledge.wording import simplified
from tests.knowledge.installations import answer

KEY = b"the key of the tests"
KILLED, OLD, NEW, MIXED = 9, 10, 11, 12
NAMES = {OLD: "old", NEW: "new", MIXED: "mixed"}
# A member of each state and of no other, and what the lexicon and the rule say in it.
MEMBERS = {OLD: 9, NEW: 7}
LEXICONS = {OLD: "旧词: [礼金]\n", NEW: "新词: [礼金]\n"}
RULES = {OLD: "五日内", NEW: "十日内"}


def apart(do: Callable[[], int]) -> int:
    """The exit code of a process that does it."""
    pid = os.fork()
    if pid == 0:
        try:
            os._exit(do())
        except BaseException:  # noqa: BLE001  # whatever it is, the child must not go on
            traceback.print_exc()
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def whole(file: Path, folder: Path, url: str) -> int:
    restore(file, folder, url, key=KEY, force=True)
    return 0


def killed(file: Path, folder: Path, url: str, last: int) -> int:
    """Die before the step of that number, or where there are fewer, live."""
    steps = 0

    def counted(do: Callable[..., Any], after: bool = False) -> Callable[..., Any]:
        def step(*args: Any, **kwargs: Any) -> Any:
            nonlocal steps
            steps += 1
            if steps == last:
                os._exit(KILLED)
            given = do(*args, **kwargs)
            if after:
                steps += 1
                if steps == last:
                    os._exit(KILLED)
            return given

        return step

    for owner, name in (
        (os, "rename"),
        (os, "replace"),
        (shutil, "rmtree"),
        (shutil, "copy2"),
        (restoring, "prepare"),
        (restoring, "settle"),
        (replacing, "sequences"),
    ):
        setattr(owner, name, counted(getattr(owner, name)))
    restoring.load = counted(restoring.load, after=True)
    return whole(file, folder, url)


def state(folder: Path, url: str) -> int:
    """What is there for whoever starts next."""
    store = Store(folder, create=True, url=url)
    finish(store.database)
    with store.database.reading() as session:
        people = set(session.scalars(sa.select(MemberRow.telegram_id)))
    named = {each.name for each in store.generations()}
    there = {each.name for each in store.generations_folder.iterdir()}
    store.close()
    lexicon, said = (folder / "lexicon.yaml").read_text(encoding="utf-8"), answer(folder, url)
    for which in (OLD, NEW):
        if people == {MEMBERS[which]} and lexicon == LEXICONS[which] and RULES[which] in said:
            return which if named <= there and not list(folder.glob("restored-*")) else MIXED
    return MIXED


def main() -> None:
    old, new, folder = map(Path, sys.argv[1:4])
    url = sys.argv[4]
    # Once, and not in every process anew; no index is opened by it.
    import chromadb  # noqa: F401
    import pypinyin  # noqa: F401

    words(simplified("禮品"))
    found, outcome, last = NEW, KILLED, 0
    while outcome == KILLED:
        last += 1
        if found == NEW:
            apart(lambda: whole(old, folder, url))
        outcome = apart(lambda: killed(new, folder, url, last))  # noqa: B023  # it runs at once
        found = apart(lambda: state(folder, url))
        print(outcome, NAMES.get(found, f"failed with {found}"), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
