"""Keeps the bot token out of every log line, tracebacks included."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass

MASK = "***"

_FORMATTER = logging.Formatter()


@dataclass(frozen=True)
class _Concealing:
    """A log record factory that masks secrets in what another factory makes."""

    make: Callable[..., logging.LogRecord]
    secrets: frozenset[str]

    def __call__(self, *args: object, **kwargs: object) -> logging.LogRecord:
        record = self.make(*args, **kwargs)
        try:
            message = record.getMessage()
        except Exception:  # noqa: BLE001  # a badly formed line of some library must not break it
            message = f"{record.msg} {record.args}"
            record.msg, record.args = message, None
        if masked := self._masked(message):
            record.msg, record.args = masked, None
        if record.exc_info and (
            masked := self._masked(_FORMATTER.formatException(record.exc_info))
        ):
            # The exception itself goes too: a handler may format it once more.
            record.exc_info, record.exc_text = None, masked
        if record.stack_info and (masked := self._masked(record.stack_info)):
            record.stack_info = masked
        return record

    def _masked(self, text: str) -> str | None:
        """Mask the secrets in a text; None where it holds none."""
        pattern = "|".join(map(re.escape, sorted(self.secrets)))
        masked, found = re.subn(pattern, MASK, text)
        return masked if found else None


def conceal(token: str) -> None:
    """Mask the secret half of ``token`` in every record logged from now on.

    A record factory, not a filter: filters of a logger are not asked about its
    children's records, and those of a handler miss handlers added later. The
    part before the colon is the bot's public id and may be shown.
    """
    # httpx writes whole request addresses at INFO, and PTB writes people's
    # messages at DEBUG.
    for name, level in (
        ("httpx", logging.WARNING),
        ("httpcore", logging.WARNING),
        ("telegram", logging.INFO),
    ):
        logging.getLogger(name).setLevel(level)
    secret = token.partition(":")[2] or token
    make = logging.getLogRecordFactory()
    if isinstance(make, _Concealing):
        logging.setLogRecordFactory(_Concealing(make.make, make.secrets | {secret}))
    else:
        logging.setLogRecordFactory(_Concealing(make, frozenset({secret})))
