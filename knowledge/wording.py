"""Everyday words → the words of rules, and writing slips → the words meant.

Both only help to find: what is shown to people is never taken from here.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from knowledge.errors import ConfigurationError
from knowledge.lexical import segments, stop_words

FILE = "lexicon.yaml"
_LONGEST = 4  # syllables of a word that a slip is looked up for
_LATIN = re.compile(r"[a-z]+")
_HANZI = re.compile(r"[\u4e00-\u9fff]")
# Two initials mean too many words; as an abbreviation they are guessed at only
# where one word is this many times as common as the next.
_CLEAR = 2.0
_SHORT = 2
# Texts in which a lone character must occur to count as a word of its own.
_COMMON = 12


@cache
def _simplifier() -> Any:
    import opencc

    return opencc.OpenCC("t2s")


def simplified(text: str) -> str:
    """Traditional characters as simplified ones."""
    converted: str = _simplifier().convert(text)
    return converted


class Lexicon:
    """Everyday word → words of rules."""

    def __init__(self, table: Mapping[str, Sequence[str]]) -> None:
        self._table = {word: tuple(terms) for word, terms in table.items()}

    @property
    def words(self) -> Collection[str]:
        """The everyday words."""
        return self._table.keys()

    def terms(self, text: str) -> list[str]:
        """The rules' words for every everyday word in ``text``, each once."""
        found = (term for word, terms in self._table.items() if word in text for term in terms)
        return list(dict.fromkeys(found))


def load_lexicon(data_dir: Path | None = None) -> Lexicon:
    """The shipped lexicon and, where there is one, the office's own.

    :raises ConfigurationError: the office's file is not a table of words.
    """
    shipped = (files("knowledge") / "lexicon" / "colloquial.yaml").read_text(encoding="utf-8")
    table = _table(shipped)
    own = data_dir / FILE if data_dir else None
    if own and own.is_file():
        try:
            added = _table(own.read_text(encoding="utf-8"))
        except (OSError, ValueError, yaml.YAMLError) as error:
            raise ConfigurationError(
                f"词表 {own} 读不了。每行应写成“口语: [规定用语, 规定用语]”，请改正后重试。"
            ) from error
        for word, terms in added.items():
            table[word] = [*table.get(word, []), *terms]
    return Lexicon(table)


def _table(text: str) -> dict[str, list[str]]:
    loaded = yaml.safe_load(text) or {}
    if not isinstance(loaded, dict):
        raise ValueError("not a table")  # one kind of complaint for the caller
    return {
        str(word): [str(term) for term in (terms if isinstance(terms, list) else [terms])]
        for word, terms in loaded.items()
    }


class Speller:
    """Puts right homophones, pinyin and initials, by the words that the knowledge base uses.

    Only what is no word as it stands is touched: Latin letters, and characters
    that the segmenter leaves alone.
    """

    def __init__(self, vocabulary: Mapping[str, int]) -> None:
        """:param vocabulary: word → in how many passages and asks it occurs."""
        from pypinyin import lazy_pinyin

        self._by_sound: dict[tuple[str, ...], str] = {}
        self._by_initials: dict[str, list[str]] = {}
        self._syllables: set[str] = set()
        self._counts = vocabulary
        for word in sorted(vocabulary, key=lambda each: -vocabulary[each]):
            if not 1 < len(word) <= _LONGEST or not all(map(_HANZI.fullmatch, word)):
                continue
            sounds = tuple(lazy_pinyin(word))
            self._syllables.update(sounds)
            self._by_sound.setdefault(sounds, word)
            self._by_initials.setdefault("".join(each[0] for each in sounds), []).append(word)

    def corrected(self, text: str) -> str:
        """The text with slips replaced by the words they most likely stand for."""
        units = list(self._units(text))
        written = []
        position = 0
        while position < len(units):
            for size in range(min(_LONGEST, len(units) - position), 1, -1):
                window = units[position : position + size]
                word = self._heard(window)
                if word:
                    written.append(word)
                    position += size
                    break
            else:
                raw, sound, _ = units[position]
                written.append(raw if sound else self._abbreviated(raw))
                position += 1
        return "".join(written)

    def _heard(self, window: Sequence[tuple[str, str, bool]]) -> str | None:
        if not all(sound and loose for _, sound, loose in window):
            return None
        word = self._by_sound.get(tuple(sound for _, sound, _ in window))
        return None if word == "".join(raw for raw, _, _ in window) else word

    def _abbreviated(self, raw: str) -> str:
        words = self._by_initials.get(raw.lower(), []) if _LATIN.fullmatch(raw.lower()) else []
        if not words:
            return raw
        counts = [self._counts[word] for word in words[:2]]
        clear = len(words) == 1 or counts[0] >= _CLEAR * counts[1]
        return words[0] if len(raw) > _SHORT or clear else raw

    def _units(self, text: str) -> Iterator[tuple[str, str, bool]]:
        """(as written, syllable or "", whether it is no word by itself), in order."""
        from pypinyin import lazy_pinyin

        for segment in segments(text):
            if _LATIN.fullmatch(segment.lower()):
                syllables = self._split(segment.lower())
                if syllables:
                    yield from ((each, each, True) for each in syllables)
                else:
                    yield segment, "", False
            elif len(segment) == 1 and _HANZI.fullmatch(segment):
                # A character in common use by itself (接, 钱, 没) is meant as it stands.
                alone = segment in stop_words() or self._counts.get(segment, 0) >= _COMMON
                yield segment, lazy_pinyin(segment)[0], not alone
            elif segment.isspace():
                # A gap between syllables typed as pinyin.
                continue
            else:
                yield from ((char, "", False) for char in segment)

    def _split(self, letters: str) -> list[str]:
        """Letters as whole syllables, longest first; empty where they are none."""
        if not letters:
            return []
        for size in range(min(6, len(letters)), 0, -1):
            if letters[:size] in self._syllables:
                rest = self._split(letters[size:])
                if rest or size == len(letters):
                    return [letters[:size], *rest]
        return []


def vocabulary(counts: Iterable[tuple[str, int]], least: int = 3) -> dict[str, int]:
    """Words that occur often enough to be what somebody meant."""
    return {word: count for word, count in counts if count >= least}
