"""How updates come in: fetched by polling, or posted to a webhook behind a reverse proxy."""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from bot.telegram.visiting import Bots
from knowledge.errors import ConfigurationError
from knowledge.settings import Settings

LOGGER = logging.getLogger(__name__)

# Bot API, setWebhook: 1-256 characters of these.
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where Telegram posts to, where we listen for it, and the word by which we know it."""

    url: str
    host: str
    port: int
    secret: str

    @property
    def path(self) -> str:
        """The URL's path, as a pattern: PTB hands it to Tornado, which reads patterns."""
        return re.escape(urlsplit(self.url).path.lstrip("/").rstrip("/"))


def read_webhook(settings: Settings) -> Webhook | None:
    """The webhook that the settings ask for, or None for polling.

    :raises ConfigurationError: they ask for it in a form that cannot work.
    """
    url = settings.telegram_webhook_url.strip()
    if not url:
        return None
    try:
        found = urlsplit(url)
        sound = found.scheme in {"http", "https"} and bool(found.hostname)
    except ValueError:
        sound = False
    if not sound:
        raise ConfigurationError(
            "TELEGRAM_WEBHOOK_URL 写得不对，应当形如 https://bot.example.org/telegram。"
            "请改正，或留空改用轮询。"
        )
    host, _, port = settings.telegram_webhook_listen.strip().rpartition(":")
    if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 2**16:
        raise ConfigurationError(
            "TELEGRAM_WEBHOOK_LISTEN 写得不对，应当是“地址:端口”，例如 127.0.0.1:8443。"
        )
    given = settings.telegram_webhook_secret
    secret = given.get_secret_value().strip() if given else ""
    if secret and not _SECRET.fullmatch(secret):
        raise ConfigurationError(
            "TELEGRAM_WEBHOOK_SECRET 只能用字母、数字、下划线和连字符，最长 256 个；"
            "留空则每次启动随机生成。"
        )
    return Webhook(url, host.strip("[]"), int(port), secret or secrets.token_urlsafe(32))


def receive(application: Bots, webhook: Webhook | None, kinds: Sequence[str]) -> None:
    """Take updates of these kinds until stopped by a signal.

    :raises ConfigurationError: the webhook's address cannot be listened on.
    """
    if webhook is None:
        application.run_polling(allowed_updates=kinds, bootstrap_retries=-1)
        return
    try:
        application.run_webhook(
            webhook.host,
            webhook.port,
            webhook.path,
            webhook_url=webhook.url,
            secret_token=webhook.secret,
            allowed_updates=kinds,
            bootstrap_retries=-1,
        )
    except OSError as error:
        raise ConfigurationError(
            f"无法在 {webhook.host}:{webhook.port} 上接收消息（{error.strerror}）。"
            "请检查 TELEGRAM_WEBHOOK_LISTEN，或停掉占用这个端口的程序后重试。"
        ) from error
