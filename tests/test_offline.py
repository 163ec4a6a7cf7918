"""Nothing is fetched and nobody is called: unpacking, building and asking with no network."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fakes import GIFTS

# Raises at the first look-up or connection, whoever makes it.
SEALED = """
import sys

def seal(event, arguments):
    if event in {"socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"} or (
        event == "socket.connect" and not isinstance(arguments[1], (str, bytes))
    ):
        print("NETWORK", event, arguments, file=sys.stderr, flush=True)
        raise OSError("the network is sealed")

sys.addaudithook(seal)
from bot.cli import main

code = main(["ingest", sys.argv[1], "--replace"]) or main(["ask", "礼品管理办法第三条"])
sys.exit(code or main(["doctor"]))
"""


def _without_interfaces() -> list[str]:
    """A prefix that runs a command in a network namespace of its own, where allowed."""
    unshare = shutil.which("unshare")
    if unshare is None:
        return []
    prefix = [unshare, "--map-root-user", "--net"]
    tried = subprocess.run([*prefix, "true"], capture_output=True, check=False)
    return prefix if tried.returncode == 0 else []


@pytest.fixture
def rule(tmp_path):
    path = tmp_path / "礼品.md"
    path.write_text(GIFTS, encoding="utf-8")
    return path


def _run(prefix, rule, tmp_path):
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return subprocess.run(
        [*prefix, sys.executable, "-c", SEALED, str(rule)],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        # An empty cache folder too: nothing that an earlier download left may help.
        env={
            **kept,
            "PYTHONPATH": str(Path(__file__).parents[1]),
            "PYTHONUTF8": "1",
            "HF_HOME": str(tmp_path / "hub"),
            "LIANWEN_DATA_DIR": str(tmp_path / "data"),
        },
        cwd=tmp_path,
    )


def test_from_nothing_to_an_answer_no_connection_is_tried(rule, tmp_path):
    done = _run([], rule, tmp_path)
    assert done.returncode == 0, done.stderr
    assert "十日内登记上交" in done.stdout
    assert "NETWORK" not in done.stderr


def test_from_nothing_to_an_answer_on_a_machine_without_interfaces(rule, tmp_path):
    prefix = _without_interfaces()
    if not prefix:
        pytest.skip("network namespaces are not allowed here")
    done = _run(prefix, rule, tmp_path)
    assert done.returncode == 0, done.stderr
    assert "十日内登记上交" in done.stdout
