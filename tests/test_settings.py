"""Settings come from the environment alone, and .env.example lists every one."""

import re
from pathlib import Path

import pytest

from knowledge.errors import ConfigurationError
from knowledge.settings import Settings, load_settings

ROOT = Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def _no_dotenv(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)


def test_the_example_file_lists_every_setting_and_no_other():
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    listed = set(re.findall(r"^([A-Z_]+)=", example, re.MULTILINE))
    assert listed == {field.alias for field in Settings.model_fields.values()}


def test_the_environment_is_read_nowhere_else():
    for package in ("bot", "ingest", "knowledge"):
        for module in (ROOT / package).rglob("*.py"):
            assert "os.environ" not in module.read_text(encoding="utf-8"), module
            assert "getenv" not in module.read_text(encoding="utf-8"), module


@pytest.mark.parametrize("form", ["1,2", "1 2", "1，2", " 1 , 2 "])
def test_ids_may_be_listed_in_any_form(monkeypatch, form):
    monkeypatch.setenv("ADMIN_IDS", form)
    assert load_settings().admin_ids == {1, 2}


def test_a_wrong_value_is_named_without_a_traceback(monkeypatch):
    monkeypatch.setenv("ADMIN_IDS", "张三")
    with pytest.raises(ConfigurationError, match="ADMIN_IDS"):
        load_settings()


def test_the_token_is_not_printed_with_the_settings(monkeypatch):
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", "12345:SECRET")
    assert "SECRET" not in repr(load_settings())


def test_a_command_line_value_wins_over_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("LIANWEN_DATA_DIR", "elsewhere")
    assert load_settings(data_dir=tmp_path).data_dir == tmp_path


def test_a_dotenv_in_another_encoding_is_told_what_to_do(tmp_path):
    Path(".env").write_bytes("ADMIN_IDS=1 # 党办".encode("gbk"))
    with pytest.raises(ConfigurationError, match="UTF-8"):
        load_settings()
