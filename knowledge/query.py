"""Question → what is asked: named places, a day, what kind of answer, and search text.

Reads the words only; which clauses answer is left to retrieval.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from knowledge.errors import QuestionError
from knowledge.model import Question
from knowledge.references import Reference, fold, inherit, read_references
from knowledge.wording import Lexicon, Speller, simplified

MAX_QUESTION_CHARS = 1000
# Earlier turns that a follow-up is read with.
_CONTEXT_TURNS = 2
_DATE = re.compile(r"((?:19|20)\d{2})年(?:(\d{1,2})月(?:(\d{1,2})[日号])?)?")
# A case is asked for by that word or by its number; 立案, 办案 and 备案 are not cases.
_CASE = re.compile(r"案例|典型案|例子|通报过|(?<![立办查方草备档图个])案[里中]|第\d+号")
_OVERVIEW = re.compile(
    r"(是什么|是啥|有哪些|有哪几条|有几条|讲[了的]?(什么|啥)|说[了的]?(什么|啥)|内容|全文|目录|都有啥)"
    r"[呢呀啊吗]?[?!。.]*$"
)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked. ``search_text`` is what is embedded and cut into words, its slips
    put right; ``terms`` are the rules' words for the everyday ones in it;
    ``wants_case`` whether a case, not a rule, is asked for.
    """

    text: str
    search_text: str
    terms: tuple[str, ...] = ()
    references: tuple[Reference, ...] = ()
    as_of: dt.date | None = None
    wants_case: bool = False
    wants_overview: bool = False


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
        references = inherit(references, context, names)
    as_of = _as_of(folded, references) or _as_of(" ".join(context), references)
    search_text = " ".join([*context, folded])
    # A day decides the version; as a word it would only find 施行 dates.
    search_text = (_DATE.sub(" ", search_text).strip() if as_of else "") or search_text
    if speller:
        search_text = speller.corrected(search_text)
    return Query(
        text=text,
        search_text=search_text,
        terms=tuple(lexicon.terms(search_text)) if lexicon else (),
        references=references,
        as_of=as_of,
        wants_case=bool(_CASE.search(folded)),
        wants_overview=bool(_OVERVIEW.search(folded)),
    )


def _as_of(text: str, references: Sequence[Reference]) -> dt.date | None:
    """The day that is spoken of; a bare year means its middle."""
    versions = {reference.year for reference in references}
    for match in _DATE.finditer(text):
        year = int(match[1])
        if year in versions:
            continue
        try:
            return dt.date(year, int(match[2] or 7), int(match[3] or 1))
        except ValueError:
            continue
    return None
