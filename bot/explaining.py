"""`lianwen ask --explain`: what each channel said of each clause, for whoever must find out why."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from knowledge.assistant import Assistant
from knowledge.deciding import probability
from knowledge.model import Question, Ranked

SHOWN = 15
_KINDS = 3


def explain(assistant: Assistant, question: Question, console: Console) -> None:
    """Print how the question was read, the first of the ranking by channel, and the evidence."""
    retriever = assistant.retriever()
    query = retriever.understand(question)
    findings = retriever.search(query)
    console.print(Text(f"检索用语：{query.search_text}"))
    if query.terms:
        console.print(Text(f"规定用语：{'、'.join(query.terms)}"))
    if query.as_of:
        console.print(Text(f"所问日期：{query.as_of:%Y-%m-%d}"))
    console.print(_table(findings.ranking[:SHOWN]))
    given = "　".join(f"{name} {value:.2f}" for name, value in findings.evidence.items())
    console.print(Text(f"有依据的可能：{probability(findings.evidence):.2f}（{given}）"))
    kinds = sorted(findings.intents.items(), key=lambda each: -each[1])[:_KINDS]
    if kinds:
        told = "　".join(f"{kind.value} {share:.2f}" for kind, share in kinds)
        console.print(Text(f"问题类型：{told}"))


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
