"""Asks that a language model made, as a generation keeps them: by the words of their clause, so
that they come along as long as those words do. Who makes them is left to ``proposing``.
"""

from __future__ import annotations

import hashlib
import json
import logging
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from knowledge.model import GENERATED, Ask, Clause, Document, ParsedDocument
from knowledge.naming import plain_title

log = logging.getLogger(__name__)

FILE = "generated_asks.json"

Kept = Mapping[str, Sequence[str]]
"""A clause's key (``key_of``) → the asks that a model made for it, and that found it again.

None of them says that it was asked in vain, and need not be asked again.
"""


def key_of(document: Document, clause: Clause) -> str:
    """The same (64 hexadecimal digits) for the same words in a document of the same title.

    Without the number: an article that only moves keeps its asks.
    """
    words = f"{plain_title(document.title)}\n{clause.text}"
    return hashlib.sha256(words.encode()).hexdigest()


def bare(text: str) -> str:
    """An ask as it is compared: letters and digits of one width, nothing between them."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text).lower()))


def read(folder: Path) -> Kept:
    """What the generation in ``folder`` keeps; nothing where that cannot be read."""
    try:
        kept = json.loads((folder / FILE).read_text(encoding="utf-8"))
        return {str(key): tuple(map(str, asks)) for key, asks in kept.items()}
    except FileNotFoundError:  # it has none, or an earlier version of the program built it
        return {}
    except (OSError, ValueError, TypeError, AttributeError):
        log.warning("generated asks cannot be taken over", exc_info=True)
        return {}


def write(folder: Path, kept: Kept) -> None:
    """Keep them in a generation's folder."""
    if kept:
        text = json.dumps({key: list(asks) for key, asks in kept.items()}, ensure_ascii=False)
        (folder / FILE).write_text(text, encoding="utf-8")


def still_held(kept: Kept, held: Sequence[ParsedDocument]) -> dict[str, Sequence[str]]:
    """What of it belongs to clauses that are held, in their order."""
    if not kept:
        return {}
    keys = [key_of(parsed.document, clause) for parsed in held for clause in parsed.clauses]
    return {key: kept[key] for key in keys if key in kept}


def asks_from(held: Iterable[ParsedDocument], kept: Kept, others: Iterable[Ask]) -> Iterator[Ask]:
    """The asks of every clause in force, marked as generated, each once, and none that ``others``
    ask too.
    """
    if not kept:
        return
    taken = {bare(each.text) for each in others}
    for parsed in held:
        if not parsed.document.in_force:
            continue
        for clause in parsed.clauses:
            for position, text in enumerate(kept.get(key_of(parsed.document, clause), ())):
                if bare(text) not in taken:
                    taken.add(bare(text))
                    yield Ask(f"{clause.id}{GENERATED}{position}", clause.id, text)
