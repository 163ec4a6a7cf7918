"""The YAML block at a file's head: what its author states, which nothing overrides."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from knowledge.errors import UnreadableError
from knowledge.model import Kind

_BLOCK = re.compile(r"\A\ufeff?---[ \t]*\r?\n(.*?)^---[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE)
_WORDS = (
    "title",
    "issuer",
    "number",
    "superseded_by",
    "stands_in_for",
    "source",
    "caveat",
)
_DATES = ("issued", "effective", "superseded_on")


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """Fields of ``Document`` as stated; a key left empty states that there is none."""

    values: Mapping[str, Any] = field(default_factory=dict)

    def get(self, key: str, read: Any) -> Any:
        """Return the stated value, or ``read`` where the author says nothing."""
        return self.values.get(key, read)


def split_front_matter(text: str, *, name: str) -> tuple[FrontMatter, str]:
    """Part the front matter from the body.

    :raises UnreadableError: where the block is no YAML, or a key has the wrong type.
    """
    match = _BLOCK.match(text)
    if match is None:
        return FrontMatter(), text
    try:
        loaded = yaml.safe_load(match[1])
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise UnreadableError(
            f"「{name}」文首两行 --- 之间的内容不是正确的 YAML。请改正后重试，或者删去这一段。"
        ) from error
    # Two rules of dashes around prose are no front matter.
    if not isinstance(loaded, dict):
        return (FrontMatter(), text[match.end() :] if loaded is None else text)
    return FrontMatter(_checked(loaded, name)), text[match.end() :]


def stated(given: Mapping[str, Any], *, name: str) -> dict[str, Any]:
    """Fields of ``Document`` from what somebody says of one, keys and values as in front matter.

    :raises UnreadableError: a key that there is not, or a value of the wrong type.
    """
    unknown = given.keys() - {*_WORDS, *_DATES, "supersedes", "sample", "kind"}
    if unknown:
        known = "、".join(("kind", "supersedes", "sample", *_WORDS, *_DATES))
        raise UnreadableError(f"没有「{'、'.join(sorted(unknown))}」这一项。可以写的有：{known}。")
    return _checked(given, name)


def _checked(loaded: Mapping[Any, Any], name: str) -> dict[str, Any]:
    """Keep known keys with values of the right type; unknown keys are passed over."""
    values: dict[str, Any] = {}
    for key, value in loaded.items():
        if key in _WORDS:
            values[key] = _words(value, key, name)
        elif key in _DATES:
            values[key] = _date(value, key, name)
        elif key == "supersedes":
            values[key] = _titles(value, name)
        elif key == "sample":
            values[key] = _flag(value, name)
        elif key == "kind" and value is not None:
            values[key] = _kind(value, name)
    if not values.get("title", ""):
        values.pop("title", None)
    return values


def _wrong(name: str, key: str, expected: str) -> UnreadableError:
    return UnreadableError(f"「{name}」文首的 {key} 应当是{expected}。请改正后重试。")


def _words(value: object, key: str, name: str) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise _wrong(name, key, "一段文字（可加引号）")
    return " ".join(value.split())


def _date(value: object, key: str, name: str) -> dt.date | None:
    if value is None or value == "":
        return None
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    try:
        return dt.date.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        raise _wrong(name, key, "日期，写作 2024-01-31") from None


def _titles(value: object, name: str) -> tuple[str, ...]:
    listed: list[object] = [] if value is None else value if isinstance(value, list) else [value]
    titles = [title.strip() for title in listed if isinstance(title, str)]
    if len(titles) != len(listed):
        raise _wrong(name, "supersedes", "文件名称，或者文件名称的列表")
    return tuple(title.removeprefix("《").removesuffix("》") for title in titles if title)


def _flag(value: object, name: str) -> bool:
    if value is None:
        return False
    if not isinstance(value, bool):
        raise _wrong(name, "sample", " true 或者 false")
    return value


def _kind(value: object, name: str) -> Kind:
    try:
        return Kind(str(value))
    except ValueError:
        raise _wrong(name, "kind", "、".join(kind.value for kind in Kind) + " 之一") from None
