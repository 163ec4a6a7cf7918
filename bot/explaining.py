"""`lianwen ask --explain`: what each channel said of each clause, for whoever must find out why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from knowledge.assistant import Assistant
from knowledge.deciding import probability
from knowledge.model import Question, Ranked

if TYPE_CHECKING:
    # Without a language model nothing of it is loaded.
    from knowledge.writing.drafts import Draft
    from knowledge.writing.model import Verdict
    from knowledge.writing.reading import Reader

SHOWN = 15
_KINDS = 3


def explain(
    assistant: Assistant, question: Question, console: Console, reader: Reader | None = None
) -> None:
    """Print how the question was read, the first of the ranking by channel, and the evidence.

    :param reader: searched for it with a model's help; it remembers what with.
    """
    retriever = assistant.retriever()
    query = retriever.understand(question)
    findings = retriever.search(query)
    searches = reader.recalled(question) if reader else ()
    if reader and searches:
        findings = reader.search(question, query, retriever)
    console.print(Text(f"检索用语：{query.search_text}"))
    if query.terms:
        console.print(Text(f"规定用语：{'、'.join(query.terms)}"))
    if searches:
        console.print(Text(f"模型补的检索词：{'；'.join(searches)}"))
    if query.as_of:
        console.print(Text(f"所问日期：{query.as_of:%Y-%m-%d}"))
    console.print(_table(findings.ranking[:SHOWN]))
    given = "　".join(f"{name} {value:.2f}" for name, value in findings.evidence.items())
    console.print(Text(f"有依据的可能：{probability(findings.evidence):.2f}（{given}）"))
    kinds = sorted(findings.intents.items(), key=lambda each: -each[1])[:_KINDS]
    if kinds:
        told = "　".join(f"{kind.value} {share:.2f}" for kind, share in kinds)
        console.print(Text(f"问题类型：{told}"))


def explain_drafts(drafts: Sequence[Draft], console: Console) -> None:
    """Print what the model was given, and each sentence that it wrote with what was found of it."""
    from knowledge.writing.wording import fallback_in_words

    if not drafts:
        console.print(Text("语言模型：这个问题没有交给它写"))
    for draft in drafts:
        console.print(_given(draft))
        for each in draft.text.judged:
            if each.before:
                console.print(_judged(each.before))
            console.print(_judged(each.verdict, rewritten=each.before is not None))
        if draft.text.unsure:
            told = "、".join(draft.text.missing) or "说有，但所说的未通过核对"
            console.print(Text(f"条文没有写明的：{told}"))
        outcome = fallback_in_words(draft.fallback) if draft.fallback else "照此作答"
        rest = 1000 * (draft.seconds - draft.model_seconds)
        console.print(
            Text(f"语言模型：{outcome}；模型 {draft.model_seconds:.1f} 秒，其余 {rest:.0f} 毫秒")
        )


def _given(draft: Draft) -> Table:
    table = Table("编号", "给模型的资料", "条", "字数", title="语言模型", title_justify="left")
    for each in draft.given:
        place = each.clause.article or (each.clause.path or ("",))[-1]
        row = Text(each.document.title), Text(place), str(len(each.text))
        table.add_row(str(each.number), *row)
    return table


def _judged(verdict: Verdict, *, rewritten: bool = False) -> Text:
    from knowledge.writing.wording import faults_in_words

    sentence = verdict.sentence
    cites = "".join(f"[{each}]" for each in sentence.cites)
    found = "" if verdict.stands else f"（{faults_in_words(verdict.faults)}）"
    mark = "✓" if verdict.stands else "✗"
    return Text(f"{mark} {'改写：' if rewritten else ''}{sentence.text}{cites}{found}")


def _table(ranking: tuple[Ranked, ...]) -> Table:
    table = Table("名次", "文件", "条", "总分", "语义", "问法", "关键词", "问法词", "重排")
    for place, each in enumerate(ranking, 1):
        table.add_row(
            str(place),
            Text(each.document.title),
            Text(each.clause.article or (each.clause.path or ("",))[-1]),
            "点名" if each.explicit else f"{each.score:.2f}",
            *(_number(value) for value in (each.similarity, each.asked)),
            *(_number(value, 1) for value in (each.lexical, each.asked_lexical)),
            "—" if each.reranked is None else f"{each.reranked:.2f}",
        )
    return table


def _number(value: float, digits: int = 3) -> str:
    """A channel's score; a dash where the channel did not find the clause."""
    return f"{value:.{digits}f}" if value else "—"
