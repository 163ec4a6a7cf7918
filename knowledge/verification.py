"""Every quote against the stored text, before anything is sent."""

from __future__ import annotations

from knowledge.errors import UnfaithfulQuoteError
from knowledge.model import Citation, Clause, Document


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


def _paragraph_of(clause: Clause, quote: str) -> int | None:
    """The 1-based 款 that alone holds ``quote``; None where several are quoted."""
    holding = [part.ordinal for part in clause.paragraphs if quote in part.full_text]
    return holding[0] if len(holding) == 1 else None
