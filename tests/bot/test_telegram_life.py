"""Starting, waiting for Telegram, stopping; and what the log must not hold."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.telegram.application import build_application, run
from bot.telegram.desk import Desk
from bot.telegram.traffic.concealing import conceal
from bot.telegram.traffic.memory import Throttle
from knowledge.errors import ConfigurationError
from knowledge.settings import Settings
from knowledge.store import Records
from tests.bot.conftest import KEY, Serve, settings_for
from tests.bot.samples import ADMIN, FakeAsker
from tests.peer import TOKEN, Peer

SECRET = TOKEN.partition(":")[2]
PROGRAM = """
import logging, sys
from bot.telegram.application import run
from bot.telegram.desk import Desk
from knowledge.errors import LianwenError
from knowledge.settings import load_settings
from knowledge.store import Database, Records
from tests.bot.samples import FakeAsker
logging.basicConfig(level=logging.DEBUG)
try:
    settings = load_settings(_env_file=None)
    records = Records.over(Database(settings.data_dir, create=True), b"key")
    run(Desk(settings, FakeAsker(), records, b"key"))
except LianwenError as error:
    sys.exit(f"EXPECTED {error}")
"""


@contextmanager
def records_restored() -> Iterator[None]:
    factory = logging.getLogRecordFactory()
    try:
        yield
    finally:
        logging.setLogRecordFactory(factory)


@pytest.fixture(autouse=True)
def _data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIANWEN_DATA_DIR", str(tmp_path / "data"))


async def started(url: str, token: str = TOKEN, **environment: str) -> asyncio.subprocess.Process:
    given = {"TELEGRAM_BOT_TOKEN": token, "TELEGRAM_API_URL": url, "NO_PROXY": "*"}
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        PROGRAM,
        stderr=asyncio.subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": ".", "PYTHONUTF8": "1"} | given | environment,
    )


async def stopped(program: asyncio.subprocess.Process) -> str:
    """End it as a service manager does; its log."""
    program.send_signal(signal.SIGTERM)
    _, log = await asyncio.wait_for(program.communicate(), 15)
    assert program.returncode == 0, log.decode()
    return log.decode()


async def test_a_run_serves_announces_its_commands_and_stops_cleanly(peer: Peer) -> None:
    program = await started(peer.url, ADMIN_IDS=str(ADMIN))
    await peer.wait_until(lambda: bool(peer.calls("getUpdates")), 20)
    await peer.say(ADMIN, "问题")
    await peer.wait_for_messages(ADMIN, 1)
    log = await stopped(program)
    assert peer.messages(ADMIN)[0].text == "答：问题"
    assert peer.calls("setMyCommands")
    assert SECRET not in log
    assert "问题" not in log
    assert "ADMIN_IDS" not in log


async def test_an_empty_list_is_pointed_out(peer: Peer) -> None:
    program = await started(peer.url, ADMIN_IDS="")
    await peer.wait_until(lambda: bool(peer.calls("getUpdates")), 20)
    assert "ADMIN_IDS 设为您的 Telegram 编号" in await stopped(program)


async def test_a_refused_token_ends_the_run_with_a_sentence(peer: Peer) -> None:
    wrong = "123456:WRONG-but_well_formed_token"
    program = await started(peer.url, token=wrong)
    _, log = await asyncio.wait_for(program.communicate(), 20)
    assert program.returncode == 1
    assert "EXPECTED Telegram 不接受这个 TELEGRAM_BOT_TOKEN" in log.decode()
    assert "WRONG" not in log.decode()


async def test_an_unreachable_telegram_is_waited_for_with_a_line(peer: Peer) -> None:
    peer.refuse("getMe", 502, "Bad Gateway", times=1)
    program = await started(peer.url)
    await peer.wait_until(lambda: bool(peer.calls("getUpdates")), 20)
    assert "秒后重试" in await stopped(program)


@pytest.mark.parametrize("token", [None, "", "  ", "没有冒号", "1:a b", "1:a\nb"])
def test_a_missing_or_malformed_token_is_a_sentence(token: str | None, records: Records) -> None:
    settings = Settings(_env_file=None, telegram_bot_token=token)  # type: ignore[call-arg]
    with pytest.raises(ConfigurationError, match="TELEGRAM_BOT_TOKEN"):
        run(Desk(settings, FakeAsker(), records, KEY))


async def test_building_the_application_contacts_nobody(peer: Peer, records: Records) -> None:
    with records_restored():
        build_application(Desk(settings_for(peer), FakeAsker(), records, KEY))
    assert not peer.requests


async def test_the_token_is_in_no_log_line_even_at_debug(
    peer: Peer, serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    with records_restored():
        caplog.set_level(logging.DEBUG)
        application = await serve(FakeAsker())
        await peer.say(ADMIN, "问题")
        await peer.wait_for_messages(ADMIN, 1)
        logging.getLogger("anywhere").error("%s %r", application.bot.base_url, application.bot)
        try:
            raise ValueError(f"GET {application.bot.base_url}/getMe")
        except ValueError:
            logging.getLogger("anywhere").exception("出错", stack_info=True)
        assert "ValueError: GET http" in caplog.text
        assert SECRET not in caplog.text
        assert "***" in caplog.text


def test_other_records_keep_their_arguments_and_exceptions() -> None:
    with records_restored():
        conceal(TOKEN)
        conceal("1:second-secret")
        make = logging.getLogRecordFactory()
        try:
            raise KeyError("x")
        except KeyError:
            record = make("n", logging.INFO, "p", 1, "值 %s", ("x",), sys.exc_info())
        assert (record.args, record.getMessage()) == (("x",), "值 x")
        assert record.exc_info
        for secret in (SECRET, "second-secret"):
            masked = make("n", logging.INFO, "p", 1, f"/bot1:{secret}/", (), None)
            assert masked.getMessage() == "/bot1:***/"


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_throttle_says_yes_once_an_hour_and_its_record_is_bounded() -> None:
    clock = Clock()
    throttle = Throttle(3600, capacity=2, clock=clock)
    assert throttle.allows(1)
    clock.now = 3599
    assert not throttle.allows(1)
    clock.now = 3600
    assert throttle.allows(1)
    assert throttle.allows(2)
    assert throttle.allows(3)
    assert not throttle.allows(2)
    assert throttle.allows(1)
