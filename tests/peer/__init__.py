"""A Bot API server for tests: real HTTP, Telegram's limits and refusals."""

from tests.peer.chats import Sent
from tests.peer.markup import MarkupError, Parsed, parse_html, utf16_units
from tests.peer.server import TOKEN, Peer

__all__ = ["TOKEN", "MarkupError", "Parsed", "Peer", "Sent", "parse_html", "utf16_units"]
