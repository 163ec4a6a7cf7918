"""What can go wrong with a model's server, in words for people and by whose fault."""

from __future__ import annotations

from knowledge.llm.limits import ServerFailedError
from knowledge.llm.model import ModelUnavailableError

SILENT, BROKEN = "模型服务没有回应", "模型的答复中途断了"
UNREACHABLE, FAILED, GARBLED = "连不上模型服务", "模型服务出错", "模型服务的回应看不懂"
TOO_LONG = "模型的答复太长，没有写完"
OUTSIDE = "LLM_BASE_URL 的主机名指向了外网地址，而 LLM_PRIVATE_ONLY 不许"

_REASONS = {
    400: "模型服务不接受这次提问",
    401: "模型服务不认所设的密钥",
    403: "模型服务不许使用",
    404: "模型服务没有所设的模型或地址",
    413: "问题和条文太长，模型服务收不下",
    422: "模型服务不接受这次提问",
    429: "模型服务此刻太忙",
}
_OF_THIS_PROMPT = frozenset({400, 413, 422})
# llama.cpp's server stumbles over it where others decline.
_FORMAT_UNKNOWN = frozenset({400, 404, 422, 500})
_TOO_MANY, _SERVERS_OWN = 429, 500


class TryFailedError(Exception):
    """One try that came to nothing.

    :param detail: for the log; nothing of what was sent or received.
    :param again: asking once more may help.
    :param retry_after: the server's Retry-After, as it stands.
    """

    def __init__(
        self,
        reason: str,
        detail: str,
        *,
        status: int = 0,
        again: bool = True,
        retry_after: str = "",
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.detail = detail
        self.again = again
        self.retry_after = retry_after
        self._status = status

    @property
    def may_be_the_format(self) -> bool:
        """Whether a server says this to a response_format that it does not know."""
        return self._status in _FORMAT_UNKNOWN

    @property
    def may_pass(self) -> bool:
        """Whether the same request may succeed another time."""
        return self._status >= _SERVERS_OWN

    def final(self) -> ModelUnavailableError:
        """What it is to the caller when there is no other try."""
        if self._status in _OF_THIS_PROMPT:
            return ModelUnavailableError(self.reason)
        return ServerFailedError(self.reason)


def refused(status: int, retry_after: str) -> TryFailedError:
    """What an HTTP status other than success means."""
    return TryFailedError(
        _REASONS.get(status, FAILED),
        f"HTTP {status}",
        status=status,
        again=status == _TOO_MANY or status >= _SERVERS_OWN,
        retry_after=retry_after,
    )
