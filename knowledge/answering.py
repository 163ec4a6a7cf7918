"""Ranked clauses → Answer: the line that decides in the rule's own words, then the
clauses quoted exactly. Writes no sentence about the rules that is not a quote.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from knowledge.deciding import probability
from knowledge.intents import Intent
from knowledge.library import has_begun
from knowledge.model import Answer, Citation, Clause, Document, Kind, Outcome, Ranked
from knowledge.naming import bracketed
from knowledge.query import Query
from knowledge.quoting import decisive_line, opening_of, quote_of
from knowledge.ranking import weights
from knowledge.resolving import Resolved
from knowledge.retrieval import Findings
from knowledge.standing import caveats
from knowledge.verification import cite

MAX_CITATIONS = 3
MAX_OF_DOCUMENT = 2
MAX_NEAREST = 3
# A document of at most this many articles is shown whole, by their first sentences.
MAX_OVERVIEW = 15
# An answer is given where the evidence makes it at least this likely that there is one.
LIKELY = 0.5
# The reason for declining names the question's kind where that is at least this likely.
SURE = 0.5
# Refusing an honest story is worse than quoting a rule to somebody who asked badly.
REFUSE = 0.75
# A related case must lie at least this far above the floor.
CASE_ABOVE_FLOOR = 0.02
# … and reach this share of the best keyword score.
CASE_LEXICAL_SHARE = 0.5

ANY = "any document"
NO_BASIS = "知识库里没有依据，不能回答这个问题。"
_REFUSALS = {
    Intent.EVADE: "不能帮助规避监督、隐瞒事实或对抗审查。"
    "如果已经遇到问题，如实说明、主动上交、主动报告才是出路。",
    Intent.VERDICT: "不能对具体的人下结论，也不掌握任何人的案情。"
    "可以换成不带姓名的问法，例如：收受管理对象两万元，会怎么处分？",
}
_ELSEWHERE = {
    Intent.OTHER_LAW: "这像是其他法律领域的问题，知识库里没有依据。"
    "这里只答纪律和廉政规定，其他问题请查相应的法律法规。",
    Intent.OFF_TOPIC: "这和纪律、廉政规定无关，知识库里没有依据。",
    Intent.UNIT_FACTS: "这是本单位的具体情况，规定里没有写，知识库里没有依据。",
    Intent.INJECTION: "只按规定原文回答纪律和廉政问题，不执行其他指令。",
}
_SMALL_TALK = re.compile(
    r"(你好|您好|在吗|早上好|下午好|晚上好|早|嗨|哈喽|hi|hello|谢谢|多谢|感谢|辛苦了|好的|知道了"
    r"|明白了|再见|拜拜|你是谁|你叫什么|你能做什么|你会什么|怎么用)"
    r"(你|您|了|啦|呀|啊|哦|呢)?[!！。.?？~～ ]*",
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


QUOTES_ONLY = "以上仅为条文原文检索；"
"""How the contact line opens where nothing but quotes is shown."""


class Composer:
    """Puts an answer together. ``contact`` is where a binding opinion is given."""

    def __init__(self, contact: str) -> None:
        self.contact = f"{QUOTES_ONLY}个案如何认定和处理，请向{contact}咨询确认。"
        self._fallback = f"请换个说法再问，或直接咨询{contact}。"
        self._fallback_contact = f"有顾虑请直接找{contact}。"

    def compose(self, query: Query, findings: Findings) -> Answer:
        """The answer to a query, from what a search gave."""
        resolved, ranking = findings.resolved, findings.ranking
        for each in resolved:
            missing = _missing(each)
            if missing:
                return self._no_basis(missing, ranking, of=each.document)
        overview = _overview(query, resolved, findings.contents)
        if overview:
            return self._answer(*overview, resolved, ranking)
        named_place = bool(ranking) and ranking[0].explicit
        for kind, text in _REFUSALS.items():
            if findings.intents.get(kind, 0.0) >= REFUSE and not named_place:
                return self._refused(text, ranking)
        if not named_place and (not ranking or probability(findings.evidence) < LIKELY):
            return self._no_basis(_elsewhere(findings), ranking, suggestions=findings.suggestions)
        chosen = _choose(ranking, wants_case=query.wants_case)
        named = {each.clause.id: each for each in resolved if each.clause}
        citations = tuple(
            cite(
                ranked.document,
                ranked.clause,
                _quote(ranked.clause, query.search_text, named.get(ranked.clause.id)),
            )
            for ranked in chosen
        )
        cases = tuple(_case(findings, chosen, query))
        line = _line(chosen[0], query, named.get(chosen[0].clause.id))
        return self._answer(line, citations, resolved, ranking, cases, query.as_of)

    def _answer(
        self,
        text: str,
        citations: tuple[Citation, ...],
        resolved: Sequence[Resolved],
        ranking: Sequence[Ranked],
        cases: tuple[Citation, ...] = (),
        as_of: dt.date | None = None,
    ) -> Answer:
        return Answer(
            outcome=Outcome.ANSWERED,
            text=text,
            citations=citations,
            cases=cases,
            notes=tuple(_notes((*citations, *cases), resolved, as_of)),
            contact=self.contact,
            passages=tuple(ranking),
        )

    def _refused(self, text: str, ranking: Sequence[Ranked]) -> Answer:
        return Answer(
            Outcome.REFUSED, text, contact=self._fallback_contact, passages=tuple(ranking)
        )

    def _no_basis(
        self,
        text: str,
        ranking: Sequence[Ranked],
        *,
        of: Document | str | None = ANY,
        suggestions: tuple[str, ...] = (),
    ) -> Answer:
        """No basis, with the headings nearest to the question ``of`` a document, or of any."""
        nearest: list[str] = []
        for ranked in ranking:
            heading = _heading(ranked.document, ranked.clause)
            if heading not in nearest and of in (ANY, ranked.document):
                nearest.append(heading)
        return Answer(
            Outcome.NO_BASIS,
            text,
            nearest=tuple(nearest[:MAX_NEAREST]),
            suggestions=suggestions,
            contact=self._fallback,
            passages=tuple(ranking),
        )


def _quote(clause: Clause, question: str, asked: Resolved | None) -> str:
    if asked and asked.line:
        return asked.line
    return quote_of(clause, question, asked.reference.paragraph if asked else None)


def _line(top: Ranked, query: Query, asked: Resolved | None) -> str:
    """The line that decides; every part of it is checked like a quote."""
    paragraph = asked.reference.paragraph if asked else None
    if asked and asked.line:
        line = asked.line
    elif paragraph and paragraph <= len(top.clause.paragraphs):
        line = top.clause.paragraphs[paragraph - 1].text
    else:
        line = decisive_line(top.clause, query.search_text)
    for part in line.split("\n"):
        cite(top.document, top.clause, part)
    return line.replace("\n", "" if line in top.clause.text else "……")


def _missing(each: Resolved) -> str:
    """What a reference names and the knowledge base lacks, in a sentence; "" if nothing."""
    article = each.reference.article
    if not article or each.clause:
        return ""
    if each.reference.unknown:
        return f"知识库里没有{bracketed(each.reference.unknown)}，不能引用它的{article}。"
    if each.document:
        title = bracketed(each.document.title)
        if not each.has_articles:
            return f"{title}不分条，没有{article}。请直接问其中的内容。"
        return f"知识库所收的{title}里没有{article}（也可能只收了其中几章）。请核对条号。"
    if each.reference.family:
        title = bracketed(each.reference.family)
        return f"知识库里没有{title}的这个版本，不能引用它的{article}。"
    return ""


def _overview(
    query: Query, resolved: Sequence[Resolved], contents: Sequence[Clause]
) -> tuple[str, tuple[Citation, ...]] | None:
    """A short document asked for as a whole: how many articles, and how each opens."""
    named = [each.document for each in resolved if each.document]
    articles = [clause for clause in contents if clause.article]
    if not (query.wants_overview and len(named) == 1 and named[0]):
        return None
    if not 0 < len(articles) <= MAX_OVERVIEW:
        return None
    citations = tuple(
        # An opening stands for its whole article, not for its first 款.
        replace(cite(named[0], clause, opening_of(clause)), paragraph=None)
        for clause in articles
    )
    return f"{bracketed(named[0].title)}共{len(articles)}条，各条开头如下。", citations


def _elsewhere(findings: Findings) -> str:
    """Why there is no basis, by the kind of question where that is plain."""
    kind, share = max(findings.intents.items(), key=lambda each: each[1], default=(None, 0.0))
    return _ELSEWHERE.get(kind, NO_BASIS) if kind and share >= SURE else NO_BASIS


def _choose(ranking: Sequence[Ranked], *, wants_case: bool) -> list[Ranked]:
    """Up to three clauses to quote: the best, and others near it.

    A case is what is quoted only where one is asked for, or where no rule
    comes near it: what others were punished for is not a 依据. Of one document at
    most two, so that 党纪 and 政务 rules on the same conduct both appear; more where
    they are level with the first, as the best for each act of a story are.
    """
    if ranking[0].explicit:
        return [ranked for ranked in ranking if ranked.explicit][:MAX_CITATIONS]
    margin = weights().margin
    near = [ranked for ranked in ranking if ranked.score >= ranking[0].score - margin]
    rules = [ranked for ranked in near if ranked.document.kind is not Kind.CASE]
    chosen: list[Ranked] = []
    for ranked in near if wants_case or not rules else rules:
        same = sum(each.document.id == ranked.document.id for each in chosen)
        room = same < MAX_OF_DOCUMENT or ranked.score >= ranking[0].score
        if room and len(chosen) < MAX_CITATIONS:
            chosen.append(ranked)
    return chosen


def _case(findings: Findings, chosen: Sequence[Ranked], query: Query) -> Iterator[Citation]:
    """The case that fits best, where one fits and none is quoted already.

    It must be near by meaning and share the question's words as well: an
    unfitting case beside a rule misleads more than none.
    """
    if chosen[0].explicit or any(ranked.document.kind is Kind.CASE for ranked in chosen):
        return
    near = findings.floor + CASE_ABOVE_FLOOR
    worded = CASE_LEXICAL_SHARE * max(ranked.lexical for ranked in findings.ranking)
    for ranked in findings.ranking:
        fits = ranked.similarity >= near and ranked.lexical >= worded > 0
        if ranked.document.kind is Kind.CASE and fits:
            line = decisive_line(ranked.clause, query.search_text).split("\n")[-1]
            yield cite(ranked.document, ranked.clause, line)
            return


def _notes(
    citations: Sequence[Citation], resolved: Sequence[Resolved], as_of: dt.date | None
) -> Iterator[str]:
    seen: set[str] = set()
    for citation in citations:
        document = citation.document
        if document.id in seen:
            continue
        seen.add(document.id)
        title = bracketed(document.title)
        if not document.in_force:
            since = document.superseded_on
            day = f"，自{since.year}年{since.month}月{since.day}日起不再适用" if since else ""
            yield f"注意：所引{title}已被{bracketed(document.superseded_by)}取代{day}。"
        if document.effective and not has_begun(document, as_of):
            begins = document.effective
            when = "所问之时" if as_of else "现在"
            yield (
                f"注意：所引{title}自{begins.year}年{begins.month}月{begins.day}日起施行，"
                f"{when}尚未施行。"
            )
        yield from caveats(document)
    for each in resolved:
        wanted = each.reference.paragraph
        if each.clause and wanted and wanted > len(each.clause.paragraphs):
            yield f"{each.clause.article}只有{len(each.clause.paragraphs)}款，没有第{wanted}款。"


def _heading(document: Document, clause: Clause) -> str:
    parts = [f"{bracketed(document.title)}{clause.article}"]
    if clause.path:
        parts.append(clause.path[-1])
    return " ".join(parts)
