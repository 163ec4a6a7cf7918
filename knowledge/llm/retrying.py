"""How long to wait before a server is asked once more."""

from __future__ import annotations

import datetime as dt
import math
import random
from email.utils import parsedate_to_datetime

_FIRST_SECONDS = 0.25


def pause(tried: int, retry_after: str = "") -> float:
    """Seconds to wait after so many tries: twice as long each time, give or take a half.

    :param retry_after: the server's own word in a Retry-After header, seconds or a date;
        it is waited for at least as long.
    """
    # Many who failed together must not come back together.
    own = _FIRST_SECONDS * 2.0 ** (tried - 1) * random.uniform(0.5, 1.5)  # noqa: S311  # no secret
    return max(own, _wished(retry_after))


def _wished(retry_after: str) -> float:
    try:
        seconds = float(retry_after)
    except ValueError:
        return _until(retry_after)
    return seconds if math.isfinite(seconds) else 0.0


def _until(date: str) -> float:
    try:
        then = parsedate_to_datetime(date)
        if then.tzinfo is None:  # "-0000" is UTC as well
            then = then.replace(tzinfo=dt.UTC)
        return (then - dt.datetime.now(dt.UTC)).total_seconds()
    except (ValueError, OverflowError):  # none at all, or one beyond all calendars
        return 0.0
