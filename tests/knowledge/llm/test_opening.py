"""No model unless one is named; one that can be asked where it is."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from knowledge.errors import ConfigurationError
from knowledge.llm.opening import open_model
from knowledge.settings import Settings
from tests.knowledge.llm.asking import KEY, PROMPT
from tests.llm_server import Scripted

ROOT = Path(__file__).parents[3]


def settings(**given):
    return Settings(_env_file=None, **given)


def alone(code):
    """What a process of its own prints, since modules are imported once."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_by_default_there_is_none_and_langchain_is_not_even_imported():
    told = alone("""
import sys
from knowledge.llm.opening import open_model
from knowledge.settings import Settings

print(open_model(Settings(_env_file=None)), *{"langchain", "openai"} & sys.modules.keys())
""")
    assert told.split() == ["None"]


@pytest.mark.parametrize("name", ["scripted", "qwen2.5:7b", "openai:gpt", "Qwen/Qwen3-8B"])
def test_the_model_that_is_named_is_asked_by_that_name(name):
    with Scripted() as server:
        server.script("不能收。")
        model = open_model(settings(llm_model=name, llm_base_url=f"{server.url}/", llm_api_key=KEY))
        assert model
        assert model.complete(PROMPT) == "不能收。"
        assert server.requests[0]["model"] == name
        assert model.name.startswith(f"{name}@127.0.0.1:")


def test_a_server_that_needs_no_key_is_sent_none():
    with Scripted() as server:
        server.script("不能收。")
        model = open_model(settings(llm_model="scripted", llm_base_url=server.url))
        assert model
        model.complete(PROMPT)
        assert "authorization" not in server.headers[0]


@pytest.mark.parametrize("missing", ["langchain", "langchain_openai", "openai"])
def test_without_the_extra_it_is_told_how_to_install_it(missing):
    told = alone(f"""
import sys
sys.modules["{missing}"] = None
from knowledge.errors import ConfigurationError
from knowledge.llm.opening import open_model
from knowledge.settings import Settings

try:
    open_model(Settings(_env_file=None, llm_model="x", llm_base_url="http://127.0.0.1:9/v1"))
except ConfigurationError as error:
    print(error)
""")
    assert "pip install 'lianwen[llm]'" in told


def test_settings_that_cannot_be_used_open_nothing():
    with pytest.raises(ConfigurationError, match="LLM_PRIVATE_ONLY"):
        open_model(
            settings(
                llm_model="deepseek-chat",
                llm_base_url="https://api.deepseek.com/v1",
                llm_private_only=True,
            )
        )
