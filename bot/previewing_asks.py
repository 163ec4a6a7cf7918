"""Asks that a model made for new clauses, as a preview tells of them. Pure."""

from __future__ import annotations

from bot.wording import Block, Piece, Style, clean
from ingest.preview import ProposedAsk, ProposedAsks
from ingest.proposing import SENT as SENT_AT_MOST
from knowledge.naming import bracketed

PURPOSE = (
    "问法由模型生成，只用来帮助找到条文，不作为依据，也不显示给提问的人。"
    "不想用，请在 .env 里把 LLM_ASKS 设为 0，再重新预览（机器人要先重启）。"
)

SENT = f"为拟问法，这些条文的原文（每条至多前 {SENT_AT_MOST} 字）发给了 {{}}。"


def proposals(made: ProposedAsks | None) -> Block:
    """How many there are, some of them, what they are for, where the articles went to be read, and
    why there are not more.
    """
    if made is None:
        return ()
    note = [Piece(Style.PLAIN, f"※ {clean(made.note)}")] if made.note else []
    if made.server:
        note.insert(0, Piece(Style.PLAIN, SENT.format(clean(made.server))))
    if not made.clauses:
        return tuple(note)
    told = (
        f"模型为 {made.clauses} 条新条文拟了 {made.made} 个问法（经检索回验，采用 {made.kept} 个）"
    )
    if not made.examples:
        return (Piece(Style.DECISIVE, f"{told}。"), *note)
    shown = [Piece(Style.PLAIN, _example(each)) for each in made.examples]
    rest = made.kept - len(shown)
    more = [Piece(Style.PLAIN, f"……另有 {rest} 个")] if rest > 0 else []
    purpose = Piece(Style.PLAIN, PURPOSE)
    return (Piece(Style.DECISIVE, f"{told}，如："), *shown, *more, purpose, *note)


def _example(ask: ProposedAsk) -> str:
    return f"· {bracketed(clean(ask.title))}{clean(ask.label)}：{clean(ask.text)}"
