"""Question → what is asked: named places, a day, what kind of answer, and search text.

Reads the words only; which clauses answer is left to retrieval.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from knowledge.errors import QuestionError
from knowledge.model import Question
from knowledge.references import Reference, fold, inherit, read_references
from knowledge.wording import Lexicon, Speller, simplified

MAX_QUESTION_CHARS = 1000
# Earlier turns that a follow-up is read with.
_CONTEXT_TURNS = 2
_DATE = re.compile(r"((?:19|20)\d{2})年(?:(\d{1,2})月(?:(\d{1,2})[日号])?)?")
# A case is asked for by that word or by its number; 立案, 办案 and 备案 are not cases.
_CASE = re.compile(
    r"案例|那[个起]案[子件]|典型案|例子|通报过|(?<![立办查方草备档图个])案[里中]|第\d+号"
)
_OVERVIEW = re.compile(
    r"(是什么|是啥|有哪些|有哪几条|有几条|讲[了的]?(什么|啥)|说[了的]?(什么|啥)|内容|全文|目录|都有啥)"
    r"[呢呀啊吗]?[?!。.]*$"
)
# Words that lean on what was said before.
_LEANS = re.compile(
    r"^(?:那|要是|如果|还有|另外|再|这|它|他|她|上述|反过来|[上下]一条)|呢[?!。]*$"
    r"|[这那][种个样]|[他她它]们|[上前]面|刚才"
)
# A year in which somebody joined or was born is not when the matter happened.
_BIOGRAPHY = re.compile(r"^.{0,4}?(?:入党|参加工作|出生|入职|毕业|参军|转业|提拔)")
_CONTROL = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ud800-\udfff]"
)


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked. ``search_text`` is what is embedded and cut into words, its slips
    put right, and ``terms`` are the rules' words for the everyday ones in it;
    ``wants_case`` whether a case, not a rule, is asked for. ``alone`` is the same question
    without the turns before it, None where there are none or it cannot stand without them.
    """

    text: str
    search_text: str
    terms: tuple[str, ...] = ()
    references: tuple[Reference, ...] = ()
    as_of: dt.date | None = None
    wants_case: bool = False
    wants_overview: bool = False
    alone: Query | None = None


def clean(text: str) -> str:
    """The question as one line of plain characters.

    :raises QuestionError: nothing is left, or it is far too long.
    """
    cleaned = " ".join(_CONTROL.sub(" ", text).split())
    if not any(char.isalnum() for char in cleaned):
        raise QuestionError("没有看到问题。请用一句话写下想问的事，例如：管理对象送的月饼能收吗？")
    if len(cleaned) > MAX_QUESTION_CHARS:
        raise QuestionError(
            f"问题太长（{len(cleaned)} 字）。请压缩到 {MAX_QUESTION_CHARS} 字以内，只写关键情节。"
        )
    return cleaned


def understand(
    question: Question,
    names: Mapping[str, str],
    *,
    lexicon: Lexicon | None = None,
    speller: Speller | None = None,
) -> Query:
    """Read a question.

    :param names: every name of a document → its base title (``Library.names``).
    :param lexicon: adds the rules' words to everyday ones.
    :param speller: puts right what is no word.
    :raises QuestionError: see :func:`clean`.
    """
    text = clean(question.text)
    folded = simplified(fold(text))
    turns = question.turns[-_CONTEXT_TURNS:]
    context = [simplified(fold(_CONTROL.sub(" ", turn))) for turn in turns]
    references = read_references(folded, names)
    if not any(reference.family for reference in references):
        references = inherit(folded, references, context, names)
    leans = bool(context) and bool(_LEANS.search(folded))
    as_of = _as_of(folded, references)
    if as_of is None and leans:
        as_of = _as_of(" ".join(context), references)
    query = Query(
        text=text,
        search_text=_searchable(" ".join([*context, folded]), as_of, speller),
        references=references,
        as_of=as_of,
        wants_case=bool(_CASE.search(folded)),
        wants_overview=bool(_OVERVIEW.search(folded)),
    )
    if context and not leans:
        own_text = _searchable(folded, as_of, speller)
        query = replace(query, alone=_worded(replace(query, search_text=own_text), lexicon))
    return _worded(query, lexicon)


def _worded(query: Query, lexicon: Lexicon | None) -> Query:
    terms = tuple(lexicon.terms(query.search_text)) if lexicon else ()
    return replace(query, terms=terms)


def _searchable(text: str, as_of: dt.date | None, speller: Speller | None) -> str:
    # A day decides the version; as a word it would only find 施行 dates.
    text = (_DATE.sub(" ", text).strip() if as_of else "") or text
    return speller.corrected(text) if speller else text


def _as_of(text: str, references: Sequence[Reference]) -> dt.date | None:
    """The day that is spoken of; a bare year means its middle."""
    versions = {reference.year for reference in references}
    for match in _DATE.finditer(text):
        year = int(match[1])
        if year in versions or _BIOGRAPHY.match(text[match.end() :]):
            continue
        try:
            return dt.date(year, int(match[2] or 7), int(match[3] or 1))
        except ValueError:
            continue
    return None
