"""Answers that a model writes, over questions with known answers: what is sent, and what is not.

Every question is asked twice, with the model and without. What is sent is read again by a check
of the benchmark's own (`invention`). With `--liar` a script that lies stands in for the model.
How to read the figures: README.md beside this file.

    python -m benchmarks.written --data-dir DIR --questions FILE \\
        (--base-url http://127.0.0.1:8000/v1 --model NAME | --liar) [--count 100]
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks import machine
from benchmarks.clocked_writer import ClockedWriter
from benchmarks.corpus import NEARBY_QUESTIONS, require
from benchmarks.invention import Invented, Shelf, invented, read_shelf
from benchmarks.liar import TRUE, Liar, Told
from benchmarks.pages import RESULTS, write
from benchmarks.written_page import Run, Side, figures, page
from bot.evaluation import Exam, mark, read_exams
from bot.wiring import make_assistant
from knowledge.assistant import Assistant
from knowledge.model import Answer
from knowledge.settings import Settings
from knowledge.writing.drafts import Draft
from knowledge.writing.reading import Reader
from knowledge.writing.rewriting import Rewriter
from knowledge.writing.scribe import Scribe

SEED = 7


def main() -> None:
    given = _given()
    exams = evenly(read_exams(given.questions), given.count)
    load_before = machine.load()
    settings = Settings(
        _env_file=None,  # type: ignore[call-arg]
        data_dir=given.data_dir,
        llm_model=given.model,
        llm_base_url=given.base_url,
        llm_first_seconds=given.seconds,
        llm_between_seconds=min(given.seconds, 60),
        # Longer than the writer waits: slowness is then the prompt's, and trips no breaker.
        llm_total_seconds=given.seconds + 60,
        llm_daily=0,
        llm_tokens=given.tokens,
    )
    liar = Liar(SEED) if given.liar else None
    writer = ClockedWriter(liar or _model(settings), given.seconds)
    trial = Trial(settings, writer, liar, given.answers)
    for number, exam in enumerate(exams, 1):
        trial.ask(exam)
        print(f"{number}/{len(exams)} {writer.model_seconds:.1f} s", flush=True)
    tally = writer.counts.snapshot()
    write(
        "written-liar" if liar else "written",
        f"Answers written by {writer.model.name}",
        page(trial.run, tally),
        figures(trial.run, tally, given.seconds),
        machine.describe(load_before),
        given.out,
    )


def _given() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--data-dir", type=Path, required=True, help="a built knowledge base")
    parser.add_argument("--questions", type=Path, default=NEARBY_QUESTIONS)
    parser.add_argument("--base-url", default="", help="the server, up to /v1")
    parser.add_argument("--model", default="", help="the model's name there")
    parser.add_argument("--liar", action="store_true", help="a script that lies, no server")
    parser.add_argument("--count", type=int, default=100, help="questions, evenly over the file")
    parser.add_argument("--seconds", type=float, default=300.0, help="patience with the model")
    parser.add_argument("--tokens", type=int, default=2000, help="the longest reply")
    parser.add_argument("--answers", type=Path, help="JSON lines to write, for reading them")
    parser.add_argument("--out", type=Path, default=RESULTS)
    given = parser.parse_args()
    require(parser, given, "questions")
    if not given.liar and not (given.base_url and given.model):
        parser.error("--base-url and --model, or --liar")
    return given


def _model(settings: Settings) -> Any:
    from knowledge.llm.opening import open_model

    return open_model(settings)


def evenly(exams: Sequence[Exam], count: int) -> list[Exam]:
    """So many of the questions, of every type: the file has them type by type."""
    count = min(count, len(exams))
    return [exams[number * len(exams) // count] for number in range(count)]


class Trial:
    """Both assistants over one knowledge base, and what has been measured of them."""

    def __init__(
        self, settings: Settings, writer: ClockedWriter, liar: Liar | None, answers: Path | None
    ) -> None:
        self.run = Run()
        self._writer = writer
        self._liar = liar
        self._answers = answers
        self._shelf: Shelf = read_shelf(settings.data_dir)
        self._plain = make_assistant(settings)
        # The liar only writes.
        reader = Reader() if liar else Reader(Rewriter(writer.model))
        self._assistant = make_assistant(settings, Scribe(reader, writer))
        for each in (self._plain, self._assistant):
            each.retriever().warm_up()
        if answers:
            answers.write_text("", encoding="utf-8")

    def ask(self, exam: Exam) -> None:
        """One question to both; what is sent is checked again, off the clock."""
        told_before = len(self._liar.told) if self._liar else 0
        self._one(self.run.quoting, self._plain, exam)
        self._writer.draft = None
        answer = self._one(self.run.writing, self._assistant, exam)
        draft = self._writer.draft
        found: list[Invented] = []
        if draft:
            found = self._examine(exam, draft, answer)
            if self._liar:
                self._lies(exam, draft, answer, self._liar.told[told_before:])
        if self._answers:
            line = json.dumps(_readable(exam, draft, answer, found), ensure_ascii=False)
            with self._answers.open("a", encoding="utf-8") as file:
                file.write(line + "\n")

    def _one(self, side: Side, assistant: Assistant, exam: Exam) -> Answer:
        begun = time.perf_counter()
        # Whoever waits reads along: that costs something too.
        answer = assistant.ask(exam.question, lambda _: None)
        side.marks.append(mark(exam, answer, 1000 * (time.perf_counter() - begun)))
        return answer

    def _examine(self, exam: Exam, draft: Draft, answer: Answer) -> list[Invented]:
        self.run.drafts += 1
        self.run.added_ms.append(1000 * self._writer.added.clock)
        self.run.added_processor_ms.append(1000 * self._writer.added.processor)
        self.run.model_seconds.append(self._writer.model_seconds)
        if not answer.written:
            return []
        asked = "\n".join([*exam.question.turns, exam.question.text])
        given = [each.clause.id for each in draft.given]
        found = list(invented(answer, self._shelf, asked, given))
        self.run.sent += len(answer.text.split("\n"))
        self.run.found += [(exam.id, each) for each in found]
        return found

    def _lies(self, exam: Exam, draft: Draft, answer: Answer, told: Sequence[Told]) -> None:
        """Which of the lies stood and were sent; each is known by its words and numbers."""
        self.run.told.update(each.kind for each in told)
        kinds = {(each.text, each.cites): each.kind for each in told}
        for sentence in draft.text.sentences:
            kind = kinds.get((sentence.text, sentence.cites), "told otherwise")
            self.run.stood[kind] += 1
            if kind != TRUE:
                self.run.believed.append((exam.id, kind, sentence.text, answer.written))


def _readable(
    exam: Exam, draft: Draft | None, answer: Answer, found: Sequence[Invented]
) -> dict[str, Any]:
    return {
        "id": exam.id,
        "question": exam.question.text,
        "outcome": answer.outcome,
        "written": answer.written,
        "fallback": draft and draft.fallback,
        "text": answer.text,
        "citations": [f"{each.document.title}{each.clause.article}" for each in answer.citations],
        "notes": answer.notes,
        "sentences": [
            {
                "text": each.verdict.sentence.text,
                "cites": each.verdict.sentence.cites,
                "faults": each.verdict.faults,
                "before": each.before and [each.before.sentence.text, each.before.faults],
            }
            for each in (draft.text.judged if draft else ())
        ],
        "invented": [asdict(each) for each in found],
    }


if __name__ == "__main__":
    main()
