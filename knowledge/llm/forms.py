"""The ways to hold a reply to a form, what holds best first; a server declines what it lacks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Form = Callable[[Mapping[str, Any]], Mapping[str, Any]]
"""JSON schema → the request's response_format."""


def _by_schema(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    held = {"name": "reply", "schema": dict(schema), "strict": False}
    return {"type": "json_schema", "json_schema": held}


def _as_object(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    # DeepSeek knows no more than the type; llama.cpp's Python server reads the schema here.
    return {"type": "json_object", "schema": dict(schema)}


FORMS: tuple[Form | None, ...] = (_by_schema, _as_object, None)
"""To be tried one after the other; None asks for no form, and leaves it to the prompt."""

_OFTEN = 2


class Forms:
    """What is known of a server: the forms that are left to try. For one thread."""

    def __init__(self) -> None:
        self._left = FORMS
        self._stumbled = 0

    def now(self) -> tuple[Form | None, ...]:
        """The forms to try, best first."""
        return self._left

    def took(self, forms: tuple[Form | None, ...], *, stumbled: bool) -> None:
        """Learn that a server answered to the first of these, and declined those before.

        :param stumbled: it failed over one of those, which may have been a passing trouble:
            that is believed when it has happened again.
        """
        self._stumbled = self._stumbled + 1 if stumbled else 0
        if not stumbled or self._stumbled >= _OFTEN:
            self._left = forms
