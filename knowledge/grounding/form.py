"""Whether a sentence is plain Chinese of a bearable length, with nothing hidden in it. Pure."""

from __future__ import annotations

import re

LONGEST = 200
"""Characters of one sentence; more is no sentence."""

# Everything that a plain sentence may be written with. Not here: what nobody sees, letters of
# other scripts that look like these, markup, marks that a chat would turn into something, and
# the question mark, for a sentence asks nothing.
_PLAIN = re.compile(
    r"[\u4e00-\u9fff〇0-9０-９A-Za-z，。、；：！,.;:!%％"
    r"“”‘’「」『』（）()《》〈〉〔〕…—－\-·~～ \u3000]+"
)
_HANZI = re.compile(r"[\u4e00-\u9fff]")
_LETTERS = re.compile(r"[A-Za-z]")
_MOST_LETTERS = 0.2
# Characters that look like others, where they stand for them.
_LOOKALIKE = re.compile(
    r"[曰](?=[内起前后之])|(?<=[一二三四五六七八九十百\d])[曰]|(?<=[\d一二三四五六七八九十])[夭兀]"
)


def is_plain(text: str) -> bool:
    """Whether it may be shown as it is."""
    if not len(text.strip()) > 0 or len(text) > LONGEST or not _PLAIN.fullmatch(text):
        return False
    letters = len(_LETTERS.findall(text))
    return (
        bool(_HANZI.search(text))
        and letters <= _MOST_LETTERS * len(text)
        and not (_LOOKALIKE.search(text))
    )
