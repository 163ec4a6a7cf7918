"""The configured language model, put together; by default there is none."""

from __future__ import annotations

import datetime as dt

from knowledge.errors import ConfigurationError
from knowledge.llm.addresses import check
from knowledge.llm.chat import ChatModel, Server
from knowledge.llm.limits import Breaker, Budget, Patience, Places
from knowledge.llm.model import Model
from knowledge.reminding.schedule import CHINA
from knowledge.settings import Settings


def open_model(settings: Settings) -> Model | None:
    """The model that LLM_MODEL names; None where it names none. Nothing is asked of it yet.

    One is to serve a whole process: limits hold for what is asked through it.

    :raises ConfigurationError: the settings cannot be used, or the extra is not installed.
    """
    check(settings)
    if not settings.llm_model:
        return None
    try:
        return ChatModel(
            Server(
                settings.llm_model,
                settings.llm_base_url,
                settings.llm_api_key,
                settings.llm_private_only,
            ),
            Patience(
                settings.llm_first_seconds,
                settings.llm_between_seconds,
                settings.llm_total_seconds,
            ),
            Breaker(),
            Places(settings.llm_at_once),
            Budget(settings.llm_daily, lambda: dt.datetime.now(CHINA).date()),
            tokens=settings.llm_tokens,
        )
    except ImportError as error:
        raise ConfigurationError(
            "设置了 LLM_MODEL，但接模型的组件没有装好。请运行 pip install 'lianwen[llm]'，"
            "或把 LLM_MODEL 和 LLM_BASE_URL 清空。"
        ) from error
