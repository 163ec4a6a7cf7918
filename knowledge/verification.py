"""Every quote and every sentence of a model's against the stored text, before it is sent."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from knowledge.errors import UnfaithfulQuoteError
from knowledge.grounding.sentences import Judge
from knowledge.library import Library
from knowledge.model import Citation, Clause, Document
from knowledge.writing.model import Given, Sentence, Verdict


def cite(document: Document, clause: Clause, quote: str) -> Citation:
    """Make a citation, the only way there is to make one.

    :raises UnfaithfulQuoteError: ``quote`` is empty or not a verbatim substring
        of the stored clause, or the clause is not the document's.
    """
    if clause.document_id != document.id:
        raise UnfaithfulQuoteError("引文与文件对不上，答案已拦下。请重建知识库：lianwen ingest。")
    if not quote.strip() or quote not in clause.text:
        raise UnfaithfulQuoteError(
            "引文与知识库原文不一致，答案已拦下。请把问题转给管理员查看日志。"
        )
    return Citation(document, clause, quote, _paragraph_of(clause, quote))


def verify(
    sentences: Sequence[Sentence],
    given: Sequence[Given],
    question: str,
    *,
    library: Library | None = None,
    day: dt.date | None = None,
) -> tuple[Verdict, ...]:
    """What is wrong with each sentence, in their order. Deterministic: no model is asked.

    A sentence stands where each thing that it says is what one clause that it cites says, with
    the same numbers, sanctions, conditions and permissions. In doubt it does not stand: the
    quoting answer is always there to fall back on.

    :param given: the passages that the model was given; nothing else may be cited.
    :param question: what was asked; its words and sums may be repeated as the person's own.
    :param library: knows by what names documents are called and which have been replaced.
    :param day: the civil day asked about; today where it is None.
    """
    judge = Judge(given, question, library, day)
    return tuple(Verdict(each, judge.faults(each)) for each in sentences)


def _paragraph_of(clause: Clause, quote: str) -> int | None:
    """The 1-based 款 that alone holds ``quote``; None where several are quoted."""
    holding = [part.ordinal for part in clause.paragraphs if quote in part.full_text]
    return holding[0] if len(holding) == 1 else None
