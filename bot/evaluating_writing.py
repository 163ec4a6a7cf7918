"""`lianwen evaluate --llm`: what a language model changes, measured on the same questions."""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from bot.evaluation import Mark, p50, p95, read_exams, sit
from bot.wiring import make_assistant, make_scribe
from knowledge.errors import ConfigurationError
from knowledge.model import Outcome
from knowledge.settings import Settings
from knowledge.writing.drafts import Draft
from knowledge.writing.wording import fallback_in_words, faults_in_words


@dataclass(frozen=True, slots=True)
class Side:
    """One way of answering, over all questions.

    Shares in [0, 1]: of answerable questions, ``first`` has what answers ranked first, ``cited``
    among the citations, and ``declined`` got no answer; ``answered`` of those that nothing
    answers got one all the same. Milliseconds from question to answer.
    """

    first: float
    cited: float
    declined: float
    answered: float
    p50: float
    p95: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """The same questions with the model and without.

    ``asked`` are all questions, ``tried`` those whose answer the model was to write,
    ``written`` the share of these in [0, 1] that it wrote; ``fallbacks`` count the others
    by reason. ``sentences`` were written, of which the share ``passed`` stood as first
    written and ``rewritten`` only when written anew; ``dropped`` is the rest, ``faults``
    count what was wrong. ``added_p50`` and ``added_p95`` are the milliseconds that writing
    took besides the model's own.
    """

    asked: int
    tried: int
    written: float
    fallbacks: Mapping[str, int]
    sentences: int
    passed: float
    rewritten: float
    dropped: float
    faults: Mapping[str, int]
    with_model: Side
    without: Side
    model_p50: float
    added_p50: float
    added_p95: float


def evaluate_writing(path: Path, settings: Settings, *, as_json: bool = False) -> None:
    """Ask every question of a file with the configured model and without, and print both.

    :raises ConfigurationError: no model is configured, or it cannot be used.
    :raises UnreadableError: the file cannot be read, or is not of that form.
    """
    drafts: list[Draft] = []
    scribe = make_scribe(settings, drafts.append)
    if scribe is None:
        raise ConfigurationError(
            "没有配置语言模型，无从比较。请先在 .env 里设置 LLM_MODEL 和 LLM_BASE_URL。"
        )
    exams = read_exams(path)
    plain, assistant = make_assistant(settings), make_assistant(settings, scribe)
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("评测", total=2 * len(exams))
        both = []
        for each in (plain, assistant):
            each.retriever().warm_up()
            both.append(sit(exams, each.ask, lambda: progress.advance(task)))
    found = compare(drafts, *both)
    console = Console()
    if as_json:
        console.out(json.dumps(dataclasses.asdict(found), ensure_ascii=False))
    else:
        for table in _tables(found):
            console.print(table)


def compare(
    drafts: Sequence[Draft], without: Sequence[Mark], with_model: Sequence[Mark]
) -> Comparison:
    """Figures of the same questions asked twice; zeros where there is nothing to count.

    :param drafts: how the answers came about that the model was to write.
    """
    judged = [each for draft in drafts for each in draft.text.judged]
    stood = [each for each in judged if each.verdict.stands]
    rewritten = sum(each.before is not None for each in stood)
    faults = Counter(
        faults_in_words([fault])
        for each in judged
        for verdict in (each.before, each.verdict)
        if verdict
        for fault in verdict.faults
    )
    fallbacks = Counter(fallback_in_words(each.fallback) for each in drafts if each.fallback)
    added = [1000 * (each.seconds - each.model_seconds) for each in drafts]
    return Comparison(
        asked=len(with_model),
        tried=len(drafts),
        written=_share(len(drafts) - fallbacks.total(), len(drafts)),
        fallbacks=dict(fallbacks),
        sentences=len(judged),
        passed=_share(len(stood) - rewritten, len(judged)),
        rewritten=_share(rewritten, len(judged)),
        dropped=_share(len(judged) - len(stood), len(judged)),
        faults=dict(faults),
        with_model=_side(with_model),
        without=_side(without),
        model_p50=p50([1000 * each.model_seconds for each in drafts]),
        added_p50=p50(added),
        added_p95=p95(added),
    )


def _side(marks: Sequence[Mark]) -> Side:
    good = [each for each in marks if each.exam.gold]
    answered = [each.outcome is Outcome.ANSWERED for each in marks if not each.exam.gold]
    times = [each.elapsed_ms for each in marks]
    return Side(
        first=_share(sum(each.rank == 1 for each in good), len(good)),
        cited=_share(sum(each.cited for each in good), len(good)),
        declined=_share(sum(each.outcome is not Outcome.ANSWERED for each in good), len(good)),
        answered=_share(sum(answered), len(answered)),
        p50=p50(times),
        p95=p95(times),
    )


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def _tables(found: Comparison) -> tuple[Table, Table]:
    both = Table("", "hit@1", "引用命中", "可答而未答", "不可答而答", "p50 ms", "p95 ms")
    for name, side in (("用模型", found.with_model), ("不用", found.without)):
        shares = (side.first, side.cited, side.declined, side.answered)
        both.add_row(name, *(f"{each:.3f}" for each in shares), *_times(side))
    told = Table("语言模型", "", show_header=False)
    rows = {
        "题数，其中交模型执笔": f"{found.asked}，{found.tried}",
        "写成": f"{found.written:.1%}",
        "改为直接引用": _counted(found.fallbacks),
        "写的句数": str(found.sentences),
        "通过、改写后通过、弃": f"{found.passed:.1%}、{found.rewritten:.1%}、{found.dropped:.1%}",
        "不通过的原因": _counted(found.faults),
        "模型用时 p50 ms": f"{found.model_p50:.0f}",
        "此外多用 p50、p95 ms": f"{found.added_p50:.1f}、{found.added_p95:.1f}",
    }
    for name, value in rows.items():
        told.add_row(name, value)
    return both, told


def _times(side: Side) -> tuple[str, str]:
    return f"{side.p50:.0f}", f"{side.p95:.0f}"


def _counted(counts: Mapping[str, int]) -> str:
    ordered = sorted(counts.items(), key=lambda each: -each[1])
    return "，".join(f"{name} {count}" for name, count in ordered) or "无"
