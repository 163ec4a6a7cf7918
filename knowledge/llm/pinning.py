"""Holds a request to addresses inside, whatever a name resolves to when it is made."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from typing import Any

from knowledge.llm.addresses import is_inside
from knowledge.llm.failing import OUTSIDE, UNREACHABLE, TryFailedError


async def pin(request: Any) -> None:
    """Send a request of httpx to an address that was looked at, and by no later look-up.

    :raises TryFailedError: its host has no address, or one that is not inside.
    """
    host = request.url.host
    if _is_address(host):
        return
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, request.url.port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise TryFailedError(UNREACHABLE, type(error).__name__) from None
    addresses = [str(each[4][0]) for each in found]
    if not addresses or not all(map(is_inside, addresses)):
        raise TryFailedError(OUTSIDE, "DNS", again=False)
    # The server is still told its name, and its certificate is checked against it.
    request.extensions["sni_hostname"] = host
    request.url = request.url.copy_with(host=addresses[0])


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True
