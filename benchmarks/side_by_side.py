"""Ingest speed, question latency and quality: lianwen and the plain recipe in one run.

How to read the figures: README.md beside this file.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks import machine
from benchmarks.corpus import NEARBY_CORPUS, NEARBY_QUESTIONS, ROOT
from knowledge.errors import LianwenError


def main(argv: Sequence[str] | None = None) -> int:
    """Run the benchmark; 0 when it ran, whatever it measured."""
    given = _arguments(argv)
    load_before = machine.load()
    if given.cores:
        machine.confine(given.cores)
    # Late: torch counts the cores it may use when it is first imported.
    from benchmarks.report import write
    from benchmarks.trial import measure

    try:
        with tempfile.TemporaryDirectory(prefix="lianwen-bench-") as work:
            report = measure(
                given.corpus,
                given.questions,
                repeats=given.repeats,
                limit=given.limit,
                work=Path(work),
                load_before=load_before,
            )
    except LianwenError as error:
        print(error, file=sys.stderr)
        return 1
    print(write(report, given.out))
    return 0


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.side_by_side", description=__doc__)
    parser.add_argument(
        "--corpus",
        type=Path,
        default=NEARBY_CORPUS if NEARBY_CORPUS.is_dir() else None,
        help="folder of .md files (default: one beside the checkout, else what the project ships)",
    )
    parser.add_argument(
        "--questions",
        type=Path,
        help="JSON lines as for `lianwen evaluate`; without it only ingest is measured",
    )
    parser.add_argument("--repeats", type=_count, default=3, help="rounds; medians are reported")
    parser.add_argument("--limit", type=_count, help="only so many documents and questions")
    parser.add_argument("--cores", type=_count, help="use only so many cores (Linux)")
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks" / "results")
    given = parser.parse_args(argv)
    # Questions belong to a corpus: the nearby ones go with the nearby corpus only.
    if given.questions is None and given.corpus == NEARBY_CORPUS and NEARBY_QUESTIONS.is_file():
        given.questions = NEARBY_QUESTIONS
    return given


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number


if __name__ == "__main__":
    sys.exit(main())
