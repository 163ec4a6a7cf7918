"""Time, memory and recall over some 26,000 clauses: every law of the package with the corpus.

Recall is of STARD's training questions in the fold that no model was tuned on,
against dense and keyword search of the untuned model, fused by reciprocal rank.
How to read the figures: README.md beside this file.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks import machine
from benchmarks.corpus import NEARBY_CORPUS, NEARBY_QUESTIONS, ROOT, require
from benchmarks.index import Index
from bot.evaluation import read_exams
from ingest.laws import law_titles, read_law
from ingest.merging import merge
from ingest.passages import passages_of
from ingest.reading import find_documents, read_document
from knowledge.answering import Composer
from knowledge.assistant import Assistant
from knowledge.channels import clause_of
from knowledge.embedding import CrossReranker, SentenceEncoder, packed_e5, variants
from knowledge.lexical import words
from knowledge.library import Library
from knowledge.model import Question
from knowledge.naming import plain_title
from knowledge.ranking import weights
from knowledge.retrieval import Retriever
from knowledge.settings import DEFAULT_MODEL
from knowledge.store import Held, Store
from training.data import read_stard

NEARBY_STARD = ROOT.parent / "shared" / "train" / "stard_train.jsonl"
DEEP = 10
# Reciprocal rank fusion as it is commonly set (Cormack et al. 2009).
_RRF = 60
_FUSED = 60
_STATE = "中华人民共和国"

Place = tuple[str, str]
Figures = dict[str, float | int | str]


@dataclass(frozen=True, slots=True)
class LayQuestion:
    """A lay question and the articles that answer it, of those that are held."""

    text: str
    gold: frozenset[Place]


def read_questions(file: Path, held: set[Place]) -> list[LayQuestion]:
    """Questions of the fold kept aside with at least one gold article held."""
    found = []
    for entry in read_stard(file, aside=True):
        gold = frozenset(_place(each["law"], each["article"]) for each in entry["gold"]) & held
        if gold:
            found.append(LayQuestion(entry["question"], gold))
    return found


def recall(questions: Sequence[LayQuestion], ranked: Sequence[Sequence[Place]]) -> float:
    """Mean share of a question's gold articles among the first ``DEEP``."""
    return statistics.mean(
        len(each.gold & set(list(dict.fromkeys(places))[:DEEP])) / len(each.gold)
        for each, places in zip(questions, ranked, strict=True)
    )


def _place(title: str, article: str) -> Place:
    return plain_title(title).removeprefix(_STATE), article


def _everything(corpus: Path | None) -> list[Held]:
    laws = [Held(read_law(title), "law") for title in law_titles()]
    found = find_documents([corpus]) if corpus else []
    return merge(laws, [Held(read_document(path), "file") for path in found])


def _fused(index: Index, plain: SentenceEncoder, questions: Sequence[LayQuestion]) -> float:
    """Recall of the untuned model's vectors, searched whole, fused with keyword search."""
    library = index.library
    passages = [each for parsed in index.parsed for each in passages_of(parsed)]
    held = plain.encode_passages([each.text for each in passages])
    asked = plain.encode_queries([each.text for each in questions])
    ranked = []
    for question, vector in zip(questions, asked, strict=True):
        near = (passages[i].clause_id for i in np.argsort(-(held @ vector))[:_FUSED])
        worded = (clause_of(hit.id) for hit in index.lexical.search(words(question.text), _FUSED))
        scores: dict[str, float] = {}
        for order in (near, worded):
            for place, clause_id in enumerate(dict.fromkeys(order), 1):
                scores[clause_id] = scores.get(clause_id, 0.0) + 1 / (_RRF + place)
        best = sorted(scores, key=lambda key: -scores[key])
        ranked.append([_held_place(library, key) for key in best])
    return recall(questions, ranked)


def _ours(retriever: Retriever, questions: Sequence[LayQuestion]) -> float:
    ranked = []
    for question in questions:
        # A law that the question names is found by its name in use; here only by content.
        query = replace(retriever.understand(Question(question.text)), references=())
        found = retriever.search(query).ranking
        ranked.append([_place(each.document.title, each.clause.article) for each in found])
    return recall(questions, ranked)


def _held_place(library: Library, clause_id: str) -> Place:
    clause = library.clauses[clause_id]
    return _place(library.documents[clause.document_id].title, clause.article)


def answer_all(folder: Path, models: Path, questions: Path, *, rerank: bool) -> dict[str, float]:
    """One process that opens the index and answers each question twice.

    The first round warms it up; milliseconds of the second, and its peak memory in GiB.
    """
    reranker = CrossReranker(models) if rerank else None
    assistant = Assistant(
        Store(folder), SentenceEncoder(DEFAULT_MODEL, models), Composer(""), reranker
    )
    asked = [exam.question for exam in read_exams(questions)]
    times: list[float] = []
    for _ in range(2):
        times = []
        for question in asked:
            start = time.perf_counter()
            assistant.ask(question)
            times.append((time.perf_counter() - start) * 1000)
    return {
        "p50_ms": statistics.median(times),
        "p95_ms": statistics.quantiles(times, n=20)[-1],
        "peak_gib": _peak_gib(),
    }


def _peak_gib() -> float:
    """Of this process (Linux). getrusage would give its parent's, which it starts from."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    peak = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(peak.split()[1]) / 2**20


def _in_a_process_of_its_own(*arguments: str) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.scale", *arguments]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def measure(
    corpus: Path | None,
    questions: Path,
    stard: Path | None,
    work: Path,
    *,
    baseline: bool,
    large_only: bool,
) -> list[Figures]:
    """Both sizes; ``work`` is an empty folder."""
    encoder = SentenceEncoder(DEFAULT_MODEL, work)
    found: list[Figures] = []
    small = (
        [Held(read_document(path), "file") for path in find_documents([corpus])] if corpus else []
    )
    for name, held in (("corpus", small), ("corpus and every law", _everything(corpus))):
        if not held or (large_only and held is small):
            continue
        start = time.perf_counter()
        index = Index([each.parsed for each in held], encoder, work / name.split()[-1])
        figures: Figures = {
            "index": name,
            "clauses": len(index.library.clauses),
            "build_s": time.perf_counter() - start,
        }
        for label, flags in (("", ()), ("reranked ", ("--rerank",))):
            timed = _in_a_process_of_its_own(
                "--answer", str(work / name.split()[-1]), "--models", str(work),
                "--questions", str(questions), *flags,
            )  # fmt: skip
            figures.update({f"{label}{key}": value for key, value in timed.items()})
        if stard and name != "corpus":
            places = {_held_place(index.library, key) for key in index.library.clauses}
            lay = read_questions(stard, places)
            figures["lay_questions"] = len(lay)
            figures["recall@10"] = _ours(index.retriever(weights(), None, wording=True), lay)
            figures["reranked recall@10"] = _ours(
                index.retriever(weights(), CrossReranker(work), wording=True), lay
            )
            if baseline:
                base = work / variants.PLAIN.name
                packed_e5.unpack(base)
                plain = SentenceEncoder(str(base), work)
                figures["plain fused recall@10"] = _fused(index, plain, lay)
        print(figures, flush=True)
        found.append(figures)
    return found


def write(found: Sequence[Figures], described: machine.Machine, folder: Path) -> None:
    """A JSON file and a page in ``folder``."""
    stem = folder / f"scale-{dt.datetime.now(dt.UTC).date().isoformat()}"
    data = {"machine": asdict(described), "figures": found}
    stem.with_suffix(".json").write_text(
        json.dumps(data, ensure_ascii=False, indent=2) + "\n", encoding="utf-8"
    )
    names = list(dict.fromkeys(name for each in found for name in each))
    lines = [
        f"| {name} | " + " | ".join(_cell(each.get(name)) for each in found) + " |"
        for name in names
    ]
    lines.insert(1, "|---" * (len(found) + 1) + "|")
    page = f"# Scale\n\n{chr(10).join(described.lines())}\n\n" + "\n".join(lines) + "\n"
    stem.with_suffix(".md").write_text(page, encoding="utf-8")


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.3f}" if value < 10 else f"{value:.0f}"
    return "–" if value is None else str(value)


def main() -> None:
    """Measure and write; see the module's text."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale", description=__doc__)
    parser.add_argument("--corpus", type=Path, default=NEARBY_CORPUS)
    parser.add_argument("--questions", type=Path, default=NEARBY_QUESTIONS)
    parser.add_argument("--stard", type=Path, default=NEARBY_STARD)
    parser.add_argument("--baseline", action="store_true", help="recall of the plain fusion too")
    parser.add_argument("--large-only", action="store_true", help="leave the corpus alone out")
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks" / "results")
    # What the processes of its own are started with.
    parser.add_argument("--answer", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--models", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--rerank", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.answer:
        timed = answer_all(given.answer, given.models, given.questions, rerank=given.rerank)
        print(json.dumps(timed))
        return
    require(parser, given, "corpus", "questions", "stard")
    load_before = machine.load()
    with tempfile.TemporaryDirectory(prefix="lianwen-bench-") as work:
        found = measure(
            given.corpus,
            given.questions,
            given.stard,
            Path(work),
            baseline=given.baseline,
            large_only=given.large_only,
        )
    write(found, machine.describe(load_before), given.out)


if __name__ == "__main__":
    main()
