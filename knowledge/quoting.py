"""Which words of a clause to quote: the sentence that decides, and the part to show. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from knowledge.lexical import words
from knowledge.model import Clause, Paragraph

# What a chat shows of one clause without becoming a wall of text.
QUOTE_CHARS = 420
LINE_CHARS = 160
_SENTENCE = re.compile(r"[^。！？\n]+[。！？]?")
# Words with which a rule commands, forbids, allows or sanctions.
_DECIDES = re.compile(
    r"处分|不得|不准|严禁|禁止|应当|必须|可以|给予|予以|免予|按照|是指|以.{1,6}论处|有期徒刑"
)


def decisive_line(clause: Clause, question: str) -> str:
    """The sentence of the clause that answers, verbatim.

    The one sharing most of its words with the question, those that command or
    sanction preferred; where it opens a list, its best item follows on a line
    of its own.
    """
    asked = frozenset(words(question))
    best = max(clause.paragraphs, key=lambda part: _overlap(part.full_text, asked))
    sentences = [found[0].strip() for found in _SENTENCE.finditer(best.text)]
    sentences = [sentence for sentence in sentences if sentence]
    if best.items and (not sentences or sentences[-1].endswith(("：", ":"))):
        lead = sentences[-1] if sentences else ""
        item = max(best.items, key=lambda entry: _overlap(entry.text, asked))
        return f"{lead}\n{item.text}" if lead else item.text
    # 「全文如下：」 announces; it decides nothing.
    sentences = [text for text in sentences if not text.endswith(("：", ":"))] or sentences
    if not sentences:
        return best.text
    return max(sentences, key=lambda text: _overlap(text, asked) + bool(_DECIDES.search(text)))


def opening_of(clause: Clause) -> str:
    """The clause's first sentence, verbatim."""
    first = clause.paragraphs[0].text
    sentence = _SENTENCE.match(first)
    return sentence[0] if sentence else first


def quote_of(clause: Clause, question: str, paragraph: int | None = None) -> str:
    """What to show of the clause: all of it, or a run of lines around what was asked.

    :param paragraph: the 1-based 款 asked for; it is shown, whatever its length allows.
    """
    if paragraph is not None and 1 <= paragraph <= len(clause.paragraphs):
        return _window(clause.paragraphs[paragraph - 1].full_text.split("\n"), frozenset())
    if len(clause.text) <= QUOTE_CHARS:
        return clause.text
    asked = frozenset(words(question))
    best = max(clause.paragraphs, key=lambda part: _overlap(part.full_text, asked))
    return _window(_lines_of(best), asked)


def _lines_of(paragraph: Paragraph) -> list[str]:
    return paragraph.full_text.split("\n")


def _window(lines: Sequence[str], asked: AbstractSet[str]) -> str:
    """Consecutive lines around the best one, as many as fit; a lone long line is cut
    at a sentence end. Joined as stored, so the result is verbatim.
    """
    centre = max(range(len(lines)), key=lambda i: (_overlap(lines[i], asked), -i))
    if not asked:
        centre = 0
    if len(lines[centre]) > QUOTE_CHARS:
        return _sentences_around(lines[centre], asked)
    start = end = centre
    size = len(lines[centre])
    while True:
        # Upwards first: the lead of a list makes its items readable.
        if start > 0 and size + len(lines[start - 1]) + 1 <= QUOTE_CHARS:
            start -= 1
            size += len(lines[start]) + 1
        elif end + 1 < len(lines) and size + len(lines[end + 1]) + 1 <= QUOTE_CHARS:
            end += 1
            size += len(lines[end]) + 1
        else:
            return "\n".join(lines[start : end + 1])


def _sentences_around(line: str, asked: AbstractSet[str]) -> str:
    spans = [found.span() for found in _SENTENCE.finditer(line)] or [(0, len(line))]
    centre = max(range(len(spans)), key=lambda i: (_overlap(line[slice(*spans[i])], asked), -i))
    start, end = spans[centre]
    for nxt in spans[centre + 1 :]:
        if nxt[1] - start > QUOTE_CHARS:
            break
        end = nxt[1]
    return line[start:end].strip()


def _overlap(text: str, asked: AbstractSet[str]) -> float:
    """How much of the question's words a text holds; longer words say more."""
    return float(sum(len(word) for word in asked & frozenset(words(text))))
