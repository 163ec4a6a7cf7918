"""Requests as the Bot API reads them: fields, files, markup, limits, refusals."""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web

from tests.peer.markup import MarkupError, Parsed, parse_html, utf16_units

MESSAGE_UNITS = 4096
CAPTION_UNITS = 1024
ENTITIES = 100
CALLBACK_BYTES = 64

Params = dict[str, Any]


class Refusal(Exception):  # noqa: N818  # Telegram's word would be "error", as is everything
    """An answer with ok=false."""

    def __init__(self, status: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.status = status
        self.description = description
        self.parameters = parameters

    def body(self) -> Params:
        found: Params = {"ok": False, "error_code": self.status, "description": self.description}
        return {**found, "parameters": self.parameters} if self.parameters else found


async def read_params(request: web.Request) -> Params:
    """Query, form, multipart or JSON; JSON inside form fields is opened, as Telegram does."""
    found: Params = dict(request.query)
    if request.content_type == "application/json":
        found.update(await request.json())
        return found
    for name, value in (await request.post()).items():
        if isinstance(value, web.FileField):
            found[name] = (value.filename, value.file.read())
        else:
            found[name] = _opened(str(value))
    # A file may be named by another field: attach://<name>.
    for name, value in list(found.items()):
        if isinstance(value, str) and value.startswith("attach://"):
            found[name] = found.pop(value.removeprefix("attach://"), value)
    return found


def _opened(value: str) -> Any:
    if value[:1] not in {"{", "["}:
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def read_text(params: Params, name: str, units: int, too_long: str) -> Parsed:
    """A text field as a person would see it, or Telegram's refusal."""
    source, mode = params.get(name, ""), params.get("parse_mode")
    source = source if isinstance(source, str) else json.dumps(source, ensure_ascii=False)
    if mode not in {None, "", "HTML"}:
        raise Refusal(400, "Bad Request: unsupported parse_mode")
    try:
        parsed = parse_html(source) if mode else Parsed(source, ())
    except MarkupError as error:
        raise Refusal(400, f"Bad Request: can't parse entities: {error}") from None
    if utf16_units(parsed.text.strip()) > units:
        raise Refusal(400, f"Bad Request: {too_long}")
    if len(parsed.entities) > ENTITIES:
        # Telegram would drop the rest without a word; a test should hear of it.
        raise Refusal(400, f"Bad Request: peer: {len(parsed.entities)} entities, 100 are kept")
    return parsed if parsed.text.strip() else Parsed("", ())


def read_buttons(params: Params) -> Any:
    markup = params.get("reply_markup")
    for row in (markup or {}).get("inline_keyboard", ()):
        for button in row:
            if len(str(button.get("callback_data", "")).encode()) > CALLBACK_BYTES:
                raise Refusal(400, "Bad Request: BUTTON_DATA_INVALID")
    return markup
