"""Ranked clauses → Answer: the line that decides in the rule's own words, then the
clauses quoted exactly. Writes no sentence about the rules that is not a quote."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from knowledge.model import Answer, Citation, Clause, Document, Kind, Outcome, Ranked
from knowledge.query import Query
from knowledge.quoting import decisive_line, quote_of
from knowledge.retrieval import Resolved
from knowledge.verification import cite

MAX_CITATIONS = 3
MAX_NEAREST = 3
# A further clause is quoted only where it scores near the first.
NEAR_SHARE = 0.55
# Below these the best clause found is about something else. Measured on
# ../benchmarks; similarity is e5's cosine, whose floor is about 0.75.
MIN_SIMILARITY = 0.83
MIN_LEXICAL = 6.0
CASE_SIMILARITY = 0.84

NO_BASIS = "知识库里没有依据，不能回答这个问题。"
SAMPLE_NOTE = "示范文本，请以本单位印发的文件为准。"
DIGEST_NOTE = "所引《{title}》是要点归纳，不是条文原文；正式引用前请核对原文。"
_SMALL_TALK = re.compile(
    r"(你好|您好|在吗|早上好|下午好|晚上好|早|嗨|哈喽|hi|hello|谢谢|多谢|感谢|辛苦了|好的|知道了|"
    r"明白了|再见|拜拜|你是谁|你叫什么|你能做什么|你会什么|怎么用)(你|您|了|啦|呀|啊|哦|呢)?[!！。.?？~～ ]*",
    re.IGNORECASE,
)


def small_talk(text: str) -> Answer | None:
    """An answer to a greeting or thanks, or None where something is asked."""
    if not _SMALL_TALK.fullmatch(text.strip()):
        return None
    return Answer(
        Outcome.SMALL_TALK,
        "您好，我是廉问，按纪律和廉政规定的原文回答问题，每条都附出处。"
        "请直接说事，例如：管理对象端午送来两箱粽子，能收吗？",
    )


class Composer:
    """Puts an answer together. ``contact`` is where a binding opinion is given."""

    def __init__(self, contact: str) -> None:
        self._contact = f"以上仅为条文原文检索；个案如何认定和处理，请向{contact}咨询确认。"
        self._fallback = f"请换个说法再问，或直接咨询{contact}。"

    def compose(
        self, query: Query, resolved: Sequence[Resolved], ranking: Sequence[Ranked]
    ) -> Answer:
        """The answer to a query, from what its references led to and its ranking."""
        missing = next(_missing(resolved), None)
        if missing:
            return self._no_basis(missing, ranking)
        if not ranking or not _near_enough(ranking):
            return self._no_basis(NO_BASIS, ranking)
        chosen = _choose(ranking)
        paragraphs = {
            each.clause.id: each.reference.paragraph for each in resolved if each.clause
        }
        citations = tuple(
            cite(
                ranked.document,
                ranked.clause,
                quote_of(ranked.clause, query.search_text, paragraphs.get(ranked.clause.id)),
            )
            for ranked in chosen
        )
        cases = tuple(_case(ranking, chosen, query))
        return Answer(
            outcome=Outcome.ANSWERED,
            text=self._line(chosen[0], query, paragraphs.get(chosen[0].clause.id)),
            citations=citations,
            cases=cases,
            notes=tuple(_notes((*citations, *cases), resolved)),
            contact=self._contact,
            passages=tuple(ranking),
        )

    def _line(self, top: Ranked, query: Query, paragraph: int | None) -> str:
        if paragraph and paragraph <= len(top.clause.paragraphs):
            only = top.clause.paragraphs[paragraph - 1]
            return cite(top.document, top.clause, only.text).quote
        line = decisive_line(top.clause, query.search_text)
        for part in line.split("\n"):
            cite(top.document, top.clause, part)
        return line.replace("\n", "")

    def _no_basis(self, text: str, ranking: Sequence[Ranked]) -> Answer:
        nearest: list[str] = []
        for ranked in ranking:
            heading = _heading(ranked.document, ranked.clause)
            if heading not in nearest:
                nearest.append(heading)
        return Answer(
            Outcome.NO_BASIS,
            text,
            nearest=tuple(nearest[:MAX_NEAREST]),
            contact=self._fallback,
            passages=tuple(ranking),
        )


def _missing(resolved: Iterable[Resolved]) -> Iterator[str]:
    """What the question names and the knowledge base lacks."""
    for each in resolved:
        reference = each.reference
        if reference.unknown and reference.article:
            yield f"知识库里没有《{reference.unknown}》，不能引用它的{reference.article}。"
        elif reference.article and each.document is None and reference.family:
            yield f"知识库里没有《{reference.family}》的这个版本，不能引用它的{reference.article}。"
        elif reference.article and each.document and each.clause is None:
            yield f"知识库所收的《{each.document.title}》里没有{reference.article}。请核对条号。"


def _near_enough(ranking: Sequence[Ranked]) -> bool:
    if ranking[0].explicit:
        return True
    head = ranking[:5]
    return (
        max(ranked.similarity for ranked in head) >= MIN_SIMILARITY
        and max(ranked.lexical for ranked in head) >= MIN_LEXICAL
    )


def _choose(ranking: Sequence[Ranked]) -> list[Ranked]:
    """Up to three clauses to quote: the best, and others near it; one case at most."""
    top = ranking[0]
    if top.explicit:
        return [ranked for ranked in ranking if ranked.explicit][:MAX_CITATIONS]
    chosen = [top]
    for ranked in ranking[1:]:
        if len(chosen) == MAX_CITATIONS or ranked.score < NEAR_SHARE * top.score:
            break
        if ranked.document.kind is not Kind.CASE or top.document.kind is Kind.CASE:
            chosen.append(ranked)
    return chosen


def _case(
    ranking: Sequence[Ranked], chosen: Sequence[Ranked], query: Query
) -> Iterator[Citation]:
    """The case that fits best, where one fits and none is quoted already."""
    if any(ranked.document.kind is Kind.CASE for ranked in chosen):
        return
    for ranked in ranking:
        if ranked.document.kind is Kind.CASE and ranked.similarity >= CASE_SIMILARITY:
            line = decisive_line(ranked.clause, query.search_text).split("\n")[-1]
            yield cite(ranked.document, ranked.clause, line)
            return


def _notes(citations: Sequence[Citation], resolved: Sequence[Resolved]) -> Iterator[str]:
    seen: set[str] = set()
    for citation in citations:
        document = citation.document
        if document.id in seen:
            continue
        seen.add(document.id)
        if document.sample:
            yield f"所引《{document.title}》是{SAMPLE_NOTE}"
        if not document.in_force:
            since = document.superseded_on
            day = f"，自{since.year}年{since.month}月{since.day}日起不再适用" if since else ""
            yield f"注意：所引《{document.title}》已被《{document.superseded_by}》取代{day}。"
        if document.kind is Kind.GUIDE and document.stands_in_for:
            yield DIGEST_NOTE.format(title=document.title)
        if document.caveat:
            yield document.caveat
    for each in resolved:
        wanted = each.reference.paragraph
        if each.clause and wanted and wanted > len(each.clause.paragraphs):
            yield f"{each.clause.article}只有{len(each.clause.paragraphs)}款，没有第{wanted}款。"


def _heading(document: Document, clause: Clause) -> str:
    parts = [f"《{document.title}》{clause.article}"]
    if clause.path:
        parts.append(clause.path[-1])
    return " ".join(parts)
