"""Takes a model's reasoning out of its reply, also while the reply is still coming in.

Servers mostly send reasoning apart, and it is never read. Others leave it in the text,
between tags or in channels, and this is for them.
"""

from __future__ import annotations

import re

_NAMES = ("think", "thinking", "thought", "thoughts", "reasoning", "reason", "reflection")
_OPENERS = (*(f"<{name}>" for name in _NAMES), "[think]", "◁think▷", "<seed:think>")
_CLOSERS = (*(f"</{name}>" for name in _NAMES), "[/think]", "◁/think▷", "</seed:think>")
# gpt-oss: <|channel|>analysis<|message|>…<|end|><|start|>assistant<|channel|>final<|message|>…
_CHANNEL, _FINAL = "<|channel|>", re.compile(r"<\|channel\|>final[^<]*<\|message\|>")
_MARKS = (*_OPENERS, *_CLOSERS, _CHANNEL, "<|start|>")
_LONGEST = max(map(len, _MARKS))

_OPENER = re.compile("|".join(map(re.escape, _OPENERS)), re.IGNORECASE)
_CLOSER = re.compile("|".join(map(re.escape, _CLOSERS)), re.IGNORECASE)


def without_reasoning(raw: str, *, over: bool, begins_inside: bool = False) -> str:
    """What a reply says, without how it was thought out.

    Reasoning that was never closed goes to the end; with a closing tag alone (some
    templates open it in the prompt) it goes from the beginning.

    :param raw: the reply so far, reasoning and all.
    :param over: that is all of it. Else an end that may become a tag is held back.
    :param begins_inside: the server is known to leave out the opening tag, so that all
        is held back until a closing one comes.
    """
    text = _final_channel(raw)
    if begins_inside and not over and not _CLOSER.search(text):
        return ""
    said = _outside(text)
    # Closed, and opened by nobody here.
    said = said[max((each.end() for each in _CLOSER.finditer(said)), default=0) :]
    if over:
        return _whole_characters(said).strip()
    return _whole_characters(said[: len(said) - _promise(said)]).lstrip()


def begins_inside(raw: str) -> bool:
    """Whether a reply closes reasoning that it has not opened."""
    return _CLOSER.search(_outside(raw)) is not None


def _outside(text: str) -> str:
    """What is outside of opened reasoning; a tag that only its going makes is one as well."""
    while (said := _once_outside(text)) != text:
        text = said
    return text


def _once_outside(text: str) -> str:
    said, at = "", 0
    while opened := _OPENER.search(text, at):
        said += text[at : opened.start()]
        closed = _closing(text, opened.end())
        if closed is None:
            return said
        at = closed
    return said + text[at:]


def _closing(text: str, at: int) -> int | None:
    """Where the reasoning ends that has been opened before ``at``; None for never."""
    depth = 1
    while depth:
        closed = _CLOSER.search(text, at)
        if closed is None:
            return None
        depth += len(_OPENER.findall(text, at, closed.start())) - 1
        at = closed.end()
    return at


def _final_channel(raw: str) -> str:
    if _CHANNEL not in raw:
        return raw
    finals = list(_FINAL.finditer(raw))
    if not finals:
        return ""
    return raw[finals[-1].end() :].partition("<|")[0]


def _promise(text: str) -> int:
    """How many of the last characters may be the beginning of a tag."""
    tail = text[-_LONGEST:].lower()
    for start in range(len(tail)):
        if any(mark.startswith(tail[start:]) for mark in _MARKS):
            return len(tail) - start
    return 0


def _whole_characters(text: str) -> str:
    """The text with surrogates joined that came in two pieces; a lone one cannot be sent."""
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
