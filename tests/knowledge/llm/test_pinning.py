"""Where only inner addresses are allowed, a name that leads outside is not gone to."""

import socket

import pytest

from knowledge.llm.model import ModelUnavailableError
from knowledge.llm.opening import open_model
from knowledge.settings import Settings
from tests.knowledge.llm.asking import PROMPT
from tests.llm_server import NAME, Scripted


@pytest.fixture
def resolving(monkeypatch):
    """Names and their addresses as a resolver would have them; any other is left alone."""
    told: dict[str, list[str]] = {}
    real = socket.getaddrinfo

    def resolve(host, port, *more, **named):
        if host not in told:
            return real(host, port, *more, **named)
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port or 0)) for each in told[host]
        ]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return told


def model_named(host, server):
    url = server.url.replace("127.0.0.1", host)
    settings = Settings(
        _env_file=None,
        llm_model=NAME,
        llm_base_url=url,
        llm_private_only=True,
        llm_first_seconds=2.0,
    )
    return open_model(settings)


def test_an_inner_name_is_gone_to_under_its_own_name(resolving):
    resolving["gpu.internal"] = ["127.0.0.1"]
    with Scripted() as server:
        server.answer = lambda _: "好"
        assert model_named("gpu.internal", server).complete(PROMPT) == "好"
        assert server.hosts[0].startswith("gpu.internal:")


@pytest.mark.parametrize("addresses", [["203.0.113.5"], ["127.0.0.1", "203.0.113.5"]])
def test_a_name_that_leads_outside_is_told_and_not_gone_to(resolving, addresses):
    resolving["gpu.internal"] = addresses
    with Scripted() as server:
        server.answer = lambda _: "好"
        model = model_named("gpu.internal", server)
        with pytest.raises(ModelUnavailableError, match="LLM_PRIVATE_ONLY"):
            model.complete(PROMPT)
        assert not server.requests
