"""Connections that break off, as they do on the way to a server far away."""

from __future__ import annotations

from aiohttp import web


async def cut_short(request: web.Request, data: bytes) -> web.StreamResponse:
    """Half of what was announced, and then the connection is gone."""
    response = web.StreamResponse()
    response.content_length = len(data)
    await response.prepare(request)
    await response.write(data[: len(data) // 2])
    assert request.transport
    request.transport.close()
    return response
