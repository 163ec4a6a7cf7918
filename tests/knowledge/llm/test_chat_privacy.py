"""What leaves the machine: the prompt, masked, to the address that is set, and nothing else."""

import ast
import gc
import logging
import os
import subprocess
import sys
import threading
import traceback
from pathlib import Path

import pytest

from knowledge.llm.model import Message, ModelUnavailableError, Speaker
from tests.knowledge.llm.asking import KEY, PROMPT, model_at
from tests.llm_server import Fails, Raw, Says, Scripted

REPLY = "不能收。[1]"
ELSEWHERE = "http://127.0.0.1:9"  # nobody listens there


@pytest.fixture
def server():
    with Scripted() as started:
        yield started


def test_numbers_that_name_a_person_are_masked_whoever_says_them(server):
    server.script(REPLY)
    told = "张某13912345678，身份证110101199003074578"
    model_at(server).complete([Message(Speaker.SYSTEM, told), Message(Speaker.USER, told)])
    assert "13912345678" not in server.prompt()
    assert "110101199003074578" not in server.prompt()
    assert server.prompt().count("〔电话〕") == 2


def test_the_key_goes_in_its_header_and_no_header_tells_of_us(server, monkeypatch):
    monkeypatch.setenv("OPENAI_ORG_ID", "org-ours")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "project-ours")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "X-Secret: ours")
    server.script(REPLY)
    model_at(server).complete(PROMPT)
    headers = server.headers[0]
    assert headers.pop("authorization") == f"Bearer {KEY}"
    assert set(headers) <= {
        *("host", "accept", "accept-encoding", "connection", "content-type", "content-length"),
        "user-agent",
    }
    assert headers["user-agent"] == "lianwen"


@pytest.mark.parametrize("step", [Fails(401, f"Incorrect API key: {KEY}"), Fails(500, KEY), REPLY])
def test_neither_key_nor_prompt_is_in_logs_errors_or_reprs(server, step, caplog, monkeypatch):
    monkeypatch.setenv("OPENAI_LOG", "debug")
    caplog.set_level(logging.DEBUG)
    server.answer = lambda _: step
    model = model_at(server, first=2)
    told = [repr(model), repr(vars(model)), repr(vars(model._line)), repr(model._line._chat)]
    try:
        model.complete(PROMPT)
    except ModelUnavailableError as error:
        told += [repr(error), "".join(traceback.format_exception(error))]
    told += [record.getMessage() for record in caplog.records]
    assert {each.name.split(".")[0] for each in caplog.records} <= {"asyncio", "knowledge"}
    assert not [each for each in told if KEY in each or "礼金" in each]


def test_what_a_server_said_is_in_no_error(server):
    server.answer = lambda _: Fails(500, "张某13912345678")
    with pytest.raises(ModelUnavailableError) as raised:
        model_at(server, first=2).complete(PROMPT)
    assert "张某" not in str(raised.value)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(server, status):
    with Scripted() as other:
        target = {"Location": f"{other.url}/chat/completions"}
        server.answer = lambda _: Raw("", status=status, headers=target)
        with pytest.raises(ModelUnavailableError):
            model_at(server).complete(PROMPT)
        assert not other.requests


def test_no_proxy_stands_between_us_and_a_private_address(server, monkeypatch):
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, ELSEWHERE)
        monkeypatch.setenv(name.lower(), ELSEWHERE)
    monkeypatch.delenv("NO_PROXY", raising=False)
    server.script(REPLY)
    assert model_at(server).complete(PROMPT) == REPLY


def test_a_public_address_is_reached_by_the_proxy_that_is_set(server, monkeypatch):
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.setenv("HTTP_PROXY", server.url)
    monkeypatch.setenv("http_proxy", server.url)
    server.script(REPLY)
    assert model_at("http://model.example.com/v1").complete(PROMPT) == REPLY
    assert server.headers[0]["host"] == "model.example.com"


# Asks in a process of its own, since what a library reads when it is imported counts as well.
ASKING = """
import sys

server, reached = sys.argv[1], []

def watch(event, arguments):
    if event in {"socket.getaddrinfo", "socket.gethostbyname"}:
        reached.append(arguments[0])
    elif event == "socket.connect" and not isinstance(arguments[1], (str, bytes)):
        reached.append(arguments[1][1])

sys.addaudithook(watch)
from tests.knowledge.llm.asking import PROMPT, model_at

print(model_at(server).complete(PROMPT))
import time, tiktoken.registry
# Whoever traces does it by and by.
time.sleep(1)
assert not tiktoken.registry.ENCODINGS, "a tokenizer was loaded"
print(set(map(str, reached)))
"""
TRACING = {
    **dict.fromkeys(("LANGSMITH_TRACING", "LANGSMITH_TRACING_V2", "LANGCHAIN_TRACING_V2"), "true"),
    **dict.fromkeys(("LANGCHAIN_TRACING", "LANGCHAIN_HANDLER", "LANGCHAIN_VERBOSE"), "true"),
    **dict.fromkeys(("LANGSMITH_API_KEY", "LANGCHAIN_API_KEY"), "lsv2_pt_nobody"),
    **dict.fromkeys(("OPENAI_API_KEY", "OPENAI_ADMIN_KEY"), "sk-of-somebody-else"),
    "LANGSMITH_GATEWAY": "true",
    "LC_OUTPUT_VERSION": "v1",
}


def test_whatever_the_environment_says_nothing_is_traced_or_fetched(server):
    with Scripted() as elsewhere:
        places = ("LANGSMITH_ENDPOINT", "LANGCHAIN_ENDPOINT", "LANGSMITH_GATEWAY_URL")
        bases = ("OPENAI_BASE_URL", "OPENAI_API_BASE")
        server.script(Says(REPLY))
        done = subprocess.run(
            [sys.executable, "-c", ASKING, server.url],
            env={
                "PATH": os.environ["PATH"],
                "PYTHONPATH": str(Path(__file__).parents[3]),
                "PYTHONUTF8": "1",
                **TRACING,
                **dict.fromkeys((*places, *bases), elsewhere.url),
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        said, reached = done.stdout.splitlines()
        host, port = server.url.removeprefix("http://").removesuffix("/v1").split(":")
        assert said == REPLY
        assert ast.literal_eval(reached) <= {host, port}
        assert not elsewhere.requests


def test_a_model_that_is_let_go_takes_its_thread_and_connections_along(server):
    server.answer = lambda _: REPLY
    for _ in range(3):
        model = model_at(server)
        model.complete(PROMPT)
    del model
    gc.collect()
    named = [each for each in threading.enumerate() if each.name == "llm"]
    for each in named:
        each.join(5)
    assert not [each for each in named if each.is_alive()]
