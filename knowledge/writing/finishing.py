"""Sentences that stood → the Answer that is sent: numbered by the quotes below them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from knowledge.answering import QUOTES_ONLY
from knowledge.model import Answer, Citation, Document
from knowledge.naming import bracketed
from knowledge.standing import caveats
from knowledge.verification import cite
from knowledge.writing.drafts import Fallback, Text
from knowledge.writing.model import Given, Sentence
from knowledge.writing.wording import fallback_in_words

WRITTEN = "说明文字由语言模型执笔，已逐句与条文核对；如有出入，以所引条文原文为准。"
MISSING = "所引条文没有写明{matter}。"
# In words of our own where the model's might claim something.
UNSURE = "问到的有些方面，所引条文里看不出来；补充情节再问，会更准确。"
EXCEPTION = "所引{place}另有例外：“{words}”，适用前请看原文。"
_FULL_STOPS = "。！？"
_BUT = re.compile(r"(?<=[。；，：\n])但(?!书)[^。；\n]{2,80}")
_TELLS_EXCEPTION = re.compile("但|例外|除外|以外")
_QUOTED = "{reason}，以上直接引用原文。"
_ENDS = "。！？；，、：.!?;,:"


def written(quoting: Answer, text: Text, given: Sequence[Given]) -> Answer | None:
    """The answer in the model's words, each sentence on a quote of what it was judged by.

    Cases, contact and ranking are the quoting answer's. None where no sentence cites anything.
    """
    by_number = {each.number: each for each in given}
    cited = dict.fromkeys(number for each in text.sentences for number in each.cites)
    used = [by_number[number] for number in cited if number in by_number]
    if not used:
        return None
    citations = tuple(cite(each.document, each.clause, each.text) for each in used)
    numbers = {each.number: place for place, each in enumerate(used, 1)}
    return replace(
        quoting,
        text="\n".join(_marked(each, numbers) for each in text.sentences),
        citations=citations,
        notes=(*_exceptions(used, text.sentences), *_notes(quoting, citations, text)),
        contact=quoting.contact.removeprefix(QUOTES_ONLY),
        written=True,
    )


def fallen_back(quoting: Answer, reason: Fallback) -> Answer:
    """The quoting answer, with a note that says why no model wrote it."""
    note = _QUOTED.format(reason=fallback_in_words(reason))
    return replace(quoting, notes=(*quoting.notes, note))


def _marked(sentence: Sentence, numbers: dict[int, int]) -> str:
    """A sentence with the numbers of its quotes before its full stop."""
    places = sorted(numbers[each] for each in sentence.cites if each in numbers)
    marks = "".join(f"[{place}]" for place in places)
    bare = sentence.text.rstrip(_ENDS)
    # What was cut out of a list ends like a sentence all the same.
    end = next((each for each in sentence.text[len(bare) :] if each in _FULL_STOPS), "。")
    return f"{bare}{marks}{end}"


def _exceptions(used: Sequence[Given], sentences: Sequence[Sentence]) -> Iterator[str]:
    """The 但书 of clauses that are told without it, in their own words."""
    for each in used:
        found = _BUT.search(each.text)
        told = (sentence.text for sentence in sentences if each.number in sentence.cites)
        if found and not any(map(_TELLS_EXCEPTION.search, told)):
            place = f"{bracketed(each.document.title)}{each.clause.article}"
            yield EXCEPTION.format(place=place, words=found[0])


def _notes(quoting: Answer, citations: Sequence[Citation], text: Text) -> Iterator[str]:
    """What is to be told of the documents now cited, and that a model wrote."""
    before = {each.document.id: each.document for each in quoting.citations}
    shown = {each.document.id: each.document for each in (*citations, *quoting.cases)}
    gone = [document for key, document in before.items() if key not in shown]
    told = dict.fromkeys(note for each in shown.values() for note in caveats(each))
    for note in quoting.notes:
        if note in told or not any(_is_about(note, each) for each in gone):
            yield note
    yield from (note for note in told if note not in quoting.notes)
    if text.missing:
        yield MISSING.format(matter="、".join(text.missing))
    elif text.unsure:
        yield UNSURE
    yield WRITTEN


def _is_about(note: str, document: Document) -> bool:
    return note in set(caveats(document)) or f"所引{bracketed(document.title)}" in note
