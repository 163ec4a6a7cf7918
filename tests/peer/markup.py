"""Telegram's HTML, read as strictly as Telegram reads it.

The rules are those of the Bot API's "HTML style" and of the parser behind it:
which tags, which attributes, which character references, which complaint.
Stricter in one thing: nested quotes are refused, where Telegram flattens them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NoReturn

KINDS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "span": "spoiler",
    "tg-spoiler": "spoiler",
    "tg-emoji": "custom_emoji",
    "a": "text_link",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
}
NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}

_SPACE = " \t\r\n\v\f\0"
_REFERENCE = re.compile(r"&(?:#x([0-9A-Fa-f]+)|#([0-9]+)|([A-Za-z]+));?")
_NAME = re.compile(r"[^\s\0>]*")
_ATTRIBUTE_NAME = re.compile(r"[^\s\0=>]*")
_NAME_TOKEN = re.compile(r"[A-Za-z0-9.\-]*")
_LONGEST_REFERENCE = 10


class MarkupError(ValueError):
    """What Telegram says after "can't parse entities: "."""


@dataclass(frozen=True, slots=True)
class Entity:
    """A styled run; offset and length in UTF-16 units."""

    type: str
    offset: int
    length: int
    argument: str = ""


@dataclass(frozen=True, slots=True)
class Parsed:
    """The text that a person sees, and how it is styled."""

    text: str
    entities: tuple[Entity, ...]

    def slice(self, entity: Entity) -> str:
        """The words under an entity."""
        units = self.text.encode("utf-16-le")
        return units[2 * entity.offset : 2 * (entity.offset + entity.length)].decode("utf-16-le")


@dataclass(frozen=True, slots=True)
class _Open:
    tag: str
    argument: str
    offset: int


def utf16_units(text: str) -> int:
    """Length as Telegram counts it."""
    return len(text.encode("utf-16-le")) // 2


def parse_html(source: str) -> Parsed:
    """Parse, or raise MarkupError with Telegram's own words."""
    return _Parser(source).parse()


class _Parser:
    def __init__(self, source: str) -> None:
        self.source = source
        self.at = 0
        self.text: list[str] = []
        self.units = 0
        self.open: list[_Open] = []
        self.entities: list[Entity] = []

    def parse(self) -> Parsed:
        while self.at < len(self.source):
            character = self.source[self.at]
            if character == "<":
                if self.source.startswith("</", self.at):
                    self._end_tag()
                else:
                    self._start_tag()
                continue
            literal, self.at = _decoded(self.source, self.at)
            self.text.append(literal)
            self.units += utf16_units(literal)
        if self.open:
            raise MarkupError(
                f'Can\'t find end tag corresponding to start tag "{self.open[-1].tag}"'
            )
        self.entities.sort(key=lambda entity: (entity.offset, -entity.length))
        return Parsed("".join(self.text), tuple(self.entities))

    def _start_tag(self) -> None:
        begin = self.at
        name = _NAME.match(self.source, begin + 1)
        assert name
        self.at = name.end()
        if self.at >= len(self.source):
            self._fail("Unclosed start tag", begin)
        tag = name.group().lower()
        if tag not in KINDS:
            self._fail(f'Unsupported start tag "{tag}"', begin)
        argument = ""
        while (attribute := self._attribute(tag, begin)) is not None:
            argument = _argument(tag, *attribute) or argument
        if tag == "span" and argument != "spoiler":
            self._fail('Tag "span" must have class "tg-spoiler"', begin)
        if tag == "tg-emoji" and not argument.isdecimal():
            self._fail("Invalid custom emoji identifier specified", begin)
        if tag == "blockquote" and any(outer.tag == "blockquote" for outer in self.open):
            self._fail("Nested blockquote", begin)
        self.open.append(_Open(tag, argument, self.units))

    def _attribute(self, tag: str, begin: int) -> tuple[str, str] | None:
        """The next attribute, or None after the tag's >."""
        self._skip_space(begin)
        if self.source[self.at] == ">":
            self.at += 1
            return None
        name = _ATTRIBUTE_NAME.match(self.source, self.at)
        assert name
        if not name.group():
            self._fail(f'Empty attribute name in the tag "{tag}"', begin)
        self.at = name.end()
        self._skip_space(begin)
        if self.source[self.at] != "=":
            if (tag, name.group()) == ("blockquote", "expandable"):
                return name.group(), ""
            self._fail(
                f'Expected equal sign in declaration of an attribute of the tag "{tag}"', begin
            )
        self.at += 1
        self._skip_space(begin)
        return name.group(), self._value(begin)

    def _value(self, begin: int) -> str:
        quote = self.source[self.at]
        if quote not in "'\"":
            token = _NAME_TOKEN.match(self.source, self.at)
            assert token
            self.at = token.end()
            if self.at >= len(self.source):
                self._fail("Unclosed start tag", begin)
            if self.source[self.at] not in _SPACE + ">":
                self._fail("Unexpected end of name token", begin)
            return token.group().lower()
        self.at += 1
        value = []
        while self.at < len(self.source) and self.source[self.at] != quote:
            literal, self.at = _decoded(self.source, self.at)
            value.append(literal)
        self.at += 1
        if self.at >= len(self.source):
            self._fail("Unclosed start tag", begin)
        return "".join(value)

    def _end_tag(self) -> None:
        begin = self.at
        if not self.open:
            self._fail("Unexpected end tag", begin)
        name = _NAME.match(self.source, begin + 2)
        assert name
        self.at = name.end()
        while self.at < len(self.source) and self.source[self.at] in _SPACE:
            self.at += 1
        if self.at >= len(self.source) or self.source[self.at] != ">":
            self._fail("Unclosed end tag", begin)
        self.at += 1
        opened = self.open.pop()
        found = name.group().lower()
        if found and found != opened.tag:
            self._fail(
                "Unmatched end tag",
                begin,
                f', expected "</{opened.tag}>", found "</{found}>"',
            )
        if self.units > opened.offset:
            self._close(opened)

    def _close(self, opened: _Open) -> None:
        kind, length = KINDS[opened.tag], self.units - opened.offset
        if kind == "blockquote" and opened.argument:
            kind = "expandable_blockquote"
        argument = opened.argument if kind in {"text_link", "code", "pre", "custom_emoji"} else ""
        if kind == "pre":
            # <pre><code class="language-x"> is one entity with a language.
            for inner in self.entities:
                if (inner.type, inner.offset, inner.length) == ("code", opened.offset, length):
                    self.entities.remove(inner)
                    argument = inner.argument
                    break
        self.entities.append(Entity(kind, opened.offset, length, argument))

    def _skip_space(self, begin: int) -> None:
        while self.at < len(self.source) and self.source[self.at] in _SPACE:
            self.at += 1
        if self.at >= len(self.source):
            self._fail("Unclosed start tag", begin)

    def _fail(self, complaint: str, begin: int, rest: str = "") -> NoReturn:
        offset = len(self.source[:begin].encode())
        raise MarkupError(f"{complaint} at byte offset {offset}{rest}")


def _argument(tag: str, name: str, value: str) -> str:
    """What an attribute says; attributes that Telegram does not know say nothing."""
    if (tag, name) in {("a", "href"), ("tg-emoji", "emoji-id")}:
        return value
    if (tag, name) == ("code", "class") and value.startswith("language-"):
        return value.removeprefix("language-")
    if (tag, name) == ("span", "class") and value.startswith("tg-"):
        return value.removeprefix("tg-")
    return "expandable" if (tag, name) == ("blockquote", "expandable") else ""


def _decoded(source: str, at: int) -> tuple[str, int]:
    """One character and where the next begins; unknown references stay as they are."""
    match = _REFERENCE.match(source, at)
    if match is None:
        return source[at], at + 1
    hexadecimal, decimal, name = match.groups()
    if name:
        character = NAMED.get(name)
    else:
        code = int(hexadecimal, 16) if hexadecimal else int(decimal)
        short = len(match.group().rstrip(";")) < _LONGEST_REFERENCE
        surrogate = 0xD800 <= code <= 0xDFFF
        character = chr(code) if short and 0 < code < 0x10FFFF and not surrogate else None
    return (source[at], at + 1) if character is None else (character, match.end())
