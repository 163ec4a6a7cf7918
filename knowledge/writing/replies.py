"""A model's reply as sentences with their numbers, however it was written down. Pure.

Whether any of it is true is left to verification.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from knowledge.errors import LianwenError
from knowledge.writing.model import Reply, Sentence
from knowledge.writing.shape import MOST_SENTENCES

MAX_CHARS = 12_000
# How many braces are tried for the beginning of an object.
_MAX_STARTS = 200
_LONGEST_NUMBER = 4
_TWO = 2

_NUMBERS = r"\d{1,2}(?:\s*[,，、\-–~至]\s*\d{1,2})*"
_BASIS = r"(?:依据|资料|见)"
# [1], [1,2], 【依据1】; round brackets only with that word, for they hold much else.
_MARK = re.compile(
    rf"[\[［【]\s*{_BASIS}?\s*({_NUMBERS})\s*[\]］】]"
    rf"|[（(]\s*{_BASIS}\s*[\[［【]?\s*({_NUMBERS})\s*[\]］】]?\s*[）)]"
)
_MARKED = re.compile(rf"\s*(?:{_MARK.pattern})")
_EMPTIED = re.compile(rf"[（(]\s*{_BASIS}?[：:、，,\s]*[）)]")
_RANGE = re.compile(r"(\d{1,2})\s*[\-–~至]\s*(\d{1,2})")
_SPOKEN = re.compile(rf"[^。！？]+[。！？]*[”』」）]*(?:\s*{_MARK.pattern})*")
_UNKNOWN = re.compile(r"(?:资料|原文|条文)[里中]?(?:没有|未)(?:说明|写明|写到)[：:]\s*(.*)")
# Left standing alone, such a word cites nothing; it belongs to the sentence that says why.
_VERDICT = re.compile(
    r"(?:结论[：:])?(?:不?可以|不?能|不?行|不?应当|不得|是的?|不是|否|要看(?:情形|情况))[。！，,.]?"
)
_NOTHING = re.compile(
    r"[（(\s]*(?:无|没有|暂无|未知|不详|none|null|n/?a|unknown|nil|[-—/.]+)[）)。.\s]*", re.I
)
_FENCE = re.compile(r"^\s*```\w*\s*$", re.MULTILINE)
_LIST = re.compile(r'\s*\[\s*"')
_BULLET = re.compile(r"^\s*(?:[-*•·]\s+|#{1,6}\s+|\d{1,2}[.、)）]\s*)")
_TRAILING = re.compile(r'("(?:[^"\\]|\\.)*(?:"|$))|,(?=\s*[}\]])', re.DOTALL)
_PARTIAL = re.compile(r'"text"\s*:\s*"((?:[^"\\]|\\.)*)', re.DOTALL)
_HALF_ESCAPE = re.compile(r"\\u[0-9a-fA-F]{0,3}$")
_UNSHOWABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]+")
_DECODER = json.JSONDecoder(strict=False)


class ReplyError(LianwenError):
    """A reply without a sentence in it."""


def read_reply(text: str) -> Reply:
    """Read an answer: JSON, whole, cut off or wrapped in other words; else plain sentences.

    A mere 「不可以。」 in front is joined to its reason.

    :raises ReplyError: it holds no sentence in either form.
    """
    reply = _read_reply(text)
    return Reply(_joined(reply.sentences), reply.unknown)


def read_sentences(text: str) -> tuple[Sentence, ...]:
    """Read sentences that were to be written anew, each for another; raises as ``read_reply``."""
    return _read_reply(text).sentences


def _read_reply(text: str) -> Reply:
    text = text[:MAX_CHARS]
    reply = _from_json(text)
    if reply is None and not _is_json(text):
        reply = _from_prose(text)
    if reply is None or not reply.sentences:
        raise ReplyError("语言模型的回复读不出句子，已直接引用原文。常常如此请换一个模型。")
    return reply


def readable(text: str) -> str:
    """What a person may read of a reply that is still coming in; "" while there is nothing."""
    text = text[:MAX_CHARS]
    if _is_json(text):
        parts = [_unescaped(found[1]) for found in _PARTIAL.finditer(text)]
    else:
        parts = _FENCE.sub("", text).split("\n")
    return "\n".join(filter(None, (_read("", part).text for part in parts)))


def _is_json(text: str) -> bool:
    return "{" in text or bool(_LIST.match(text))


def _unescaped(part: str) -> str:
    try:
        return str(json.loads(f'"{_HALF_ESCAPE.sub("", part)}"', strict=False))
    except ValueError:
        return part


def _from_json(text: str) -> Reply | None:
    """The object with the sentences; where that was cut off, those of them that are whole."""
    text = _TRAILING.sub(lambda found: found[1] or "", text)
    pieces: list[Any] = []
    at = -1
    for _ in range(_MAX_STARTS):
        at = text.find("{", at + 1)
        if at < 0:
            break
        try:
            value, end = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError):
            continue
        if "sentences" in value:
            return _reply(value["sentences"], value.get("unknown"))
        if "text" in value:
            pieces.append(value)
            at = end - 1
    return _reply(pieces, "") if pieces else None


def _reply(sentences: Any, unknown: Any) -> Reply:
    entries = sentences if isinstance(sentences, list) else [sentences]
    found: list[Sentence] = []
    for entry in entries:
        if isinstance(entry, dict):
            found.append(_read(_listed(entry.get("cites")), entry.get("text")))
        else:
            found.append(_read("", entry))
    if isinstance(unknown, list):
        unknown = "；".join(map(str, unknown))
    return Reply(_sound(found), _unknown(unknown))


def _unknown(told: Any) -> str:
    """What cannot be told; "" where a model says at length that there is nothing."""
    text = _read("", told).text
    return "" if _NOTHING.fullmatch(text) else text


def _listed(cites: Any) -> str:
    """Whatever stands for the numbers of a sentence, as text that holds them."""
    if isinstance(cites, list):
        return ",".join(str(each) for each in cites if not isinstance(each, bool | float))
    return str(cites) if isinstance(cites, int | str) and not isinstance(cites, bool) else ""


def _from_prose(text: str) -> Reply:
    found: list[Sentence] = []
    unknown: list[str] = []
    for written in _FENCE.sub("", text).replace("**", "").split("\n"):
        line = _BULLET.sub("", written).strip()
        told = _UNKNOWN.match(line)
        if told:
            unknown.append(told[1])
        else:
            found.extend(_read("", spoken[0]) for spoken in _SPOKEN.finditer(line))
    return Reply(_sound(found), _unknown(" ".join(unknown)))


def _read(numbers: str, text: Any) -> Sentence:
    """A sentence without its marks; ``numbers`` are those named beside it."""
    # Runs of spaces are what models fall into, and what the patterns below are slow on.
    written = " ".join(text.split()) if isinstance(text, str) else ""
    named = [numbers, *(found[1] or found[2] for found in _MARK.finditer(written))]
    plain = _EMPTIED.sub("", _MARKED.sub("", written))
    plain = " ".join(_UNSHOWABLE.sub(" ", plain).split())
    return Sentence(plain, tuple(dict.fromkeys(each for part in named for each in _counted(part))))


def _counted(numbers: str) -> Iterator[int]:
    """The numbers in such text, 1至3 and 1-3 among them."""
    for low, high in _RANGE.findall(numbers):
        yield from range(int(low), min(int(high), int(low) + MOST_SENTENCES) + 1)
    single = re.findall(r"\d+", _RANGE.sub(" ", numbers))
    yield from (int(each) for each in single if len(each) <= _LONGEST_NUMBER)


def _sound(found: Sequence[Sentence]) -> tuple[Sentence, ...]:
    """The sentences that say something."""
    sentences = [each for each in found if any(char.isalnum() for char in each.text)]
    return tuple(sentences[:MOST_SENTENCES])


def _joined(sentences: tuple[Sentence, ...]) -> tuple[Sentence, ...]:
    if len(sentences) < _TWO or sentences[0].cites or not _VERDICT.fullmatch(sentences[0].text):
        return sentences
    first, reason, *rest = sentences
    verdict = first.text.rstrip("。！，,.")
    return (Sentence(f"{verdict}，{reason.text}", reason.cites), *rest)
