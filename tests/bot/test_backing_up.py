"""`lianwen backup` and `restore` as an operator sees them."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from rich.console import Console

from bot.backing_up import back_up, restore, settings_without_secrets
from knowledge.keys import load_key
from knowledge.settings import Settings, load_settings
from tests.knowledge.installations import make

TOKEN = "123456:the-token-of-the-bot"
SECRETS = {
    "TELEGRAM_BOT_TOKEN": TOKEN,
    "TELEGRAM_WEBHOOK_SECRET": "the-webhook-secret",
    "LIANWEN_KEY": "the-installation-key",
}


def settings(data_dir: Path, **given: str) -> Settings:
    return load_settings(_env_file=None, data_dir=data_dir, **given)


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for field in Settings.model_fields.values():
        monkeypatch.delenv(str(field.alias), raising=False)


@pytest.fixture
def data(tmp_path: Path, database_url: str) -> Path:
    store = make(tmp_path / "data", database_url)
    store.close()
    return tmp_path / "data"


@pytest.fixture
def console() -> Console:
    return Console(record=True, width=200)


def test_it_says_what_is_in_it_and_what_to_keep_elsewhere(
    tmp_path: Path, data: Path, database_url: str, console: Console
) -> None:
    given = settings(data, DATABASE_URL=database_url)
    back_up(given, tmp_path / "b.zip", force=False, console=console)
    said = console.export_text()
    assert "b.zip" in said
    assert "secret.key" in said
    assert "另外保管" in said
    restore(settings(tmp_path / "new"), tmp_path / "b.zip", force=False, console=console)
    said = console.export_text()
    assert "启动前请把另外保管的密钥放回来" in said
    assert "1 条消息不再重答" in said
    assert str(tmp_path / "new" / "settings.env") in said
    (tmp_path / "new" / "secret.key").write_text(load_key(data).hex(), encoding="ascii")
    restore(settings(tmp_path / "new"), tmp_path / "b.zip", force=True, console=console)
    assert "密钥与备份时相同" in console.export_text()
    other = settings(tmp_path / "new", LIANWEN_KEY="another")
    restore(other, tmp_path / "b.zip", force=True, console=console)
    assert "换回备份时的密钥" in console.export_text()


def test_no_secret_is_in_a_backup(
    tmp_path: Path, data: Path, database_url: str, console: Console
) -> None:
    file_key = load_key(data).hex()
    password = "the-database-password"
    url = database_url.replace("lianwen@", f"lianwen:{password}@")
    given = settings(
        data,
        DATABASE_URL=url,
        TELEGRAM_API_URL="https://user:the-proxy-password@example.org/api?token=the-url-token",
        **SECRETS,
    )
    back_up(given, tmp_path / "b.zip", force=False, console=console)
    hidden = [*SECRETS.values(), file_key, password, "the-proxy-password", "the-url-token"]
    with zipfile.ZipFile(tmp_path / "b.zip") as opened:
        for name in opened.namelist():
            content = opened.read(name)
            for each in hidden:
                assert each.encode() not in content, name
            assert bytes.fromhex(file_key) not in content
    assert not any(each in console.export_text() for each in hidden)


def test_settings_are_kept_as_lines_that_can_be_read_again(tmp_path: Path) -> None:
    given = {
        "ADMIN_IDS": "7,5",
        "RERANK": "1",
        "LIANWEN_CONTACT": "纪检组 010-1",
        "EMBEDDING_MODEL": "/opt/model",
        "TELEGRAM_API_URL": "https://user:word@example.org:8081/api",
        "DATABASE_URL": "postgresql+psycopg://me:word@host/db",
    }
    text = settings_without_secrets(settings(tmp_path, **given))
    (tmp_path / "kept.env").write_text(text, encoding="utf-8")
    again = load_settings(_env_file=tmp_path / "kept.env")
    assert again.admin_ids == {5, 7}
    assert (again.rerank, again.contact) == (True, "纪检组 010-1")
    assert again.embedding_model == "/opt/model"
    assert again.telegram_api_url == "https://example.org:8081/api"
    assert again.database_url.get_secret_value() == ""
    assert "# DATABASE_URL=\n" in text
    assert "word" not in text


def test_a_backup_makes_no_key_where_there_is_none(
    tmp_path: Path, data: Path, database_url: str, console: Console
) -> None:
    (data / "secret.key").unlink()
    given = settings(data, DATABASE_URL=database_url)
    back_up(given, tmp_path / "b.zip", force=False, console=console)
    assert not (data / "secret.key").exists()
    assert "另外保管" not in console.export_text()
