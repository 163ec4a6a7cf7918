"""Where a model's server is, judged by its address alone: on this machine, inside, or outside.

Names are not looked up here. What a name resolves to may change after it was judged, so
only names that cannot be public ones count as inside; any other is taken for outside. Where
only inner addresses are allowed, ``pinning`` looks again at each request.
"""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

from knowledge.errors import ConfigurationError
from knowledge.settings import Settings

# 0.0.0.0 and :: stand for this machine where they are connected to.
_INSIDE = tuple(
    ipaddress.ip_network(each)
    for each in (
        *("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16"),
        *("0.0.0.0/32", "::/128", "::1/128", "fe80::/10", "fc00::/7"),
    )
)
# Reserved, or in such use that nobody can register them (RFC 6762, 6761, 8375; ICANN on .internal).
_SUFFIXES = (".local", ".lan", ".internal", ".localhost", ".home.arpa")
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?")
# Libraries disagree on what these mean: 2130706433, 0177.0.0.1, 127.1 and the like.
_NUMBER = re.compile(r"\d+|0x[0-9a-f]*")
# Likewise what follows a backslash, and what is before an @ looks like a host to people.
_MISLEADING = re.compile(r"[\\@\s\x00-\x1f\x7f]")
_PORTS = {"http": 80, "https": 443}


def is_private(url: str) -> bool:
    """Whether an address is this machine's or an inner network's beyond doubt.

    Loopback, private, link-local and unique local IP addresses, names of one label and
    those under .local, .lan, .internal, .localhost, .home.arpa. Anything that is written
    so that two readers may understand two hosts is not.
    """
    parts = _split(url)
    if parts is None or not parts.hostname or _MISLEADING.search(url):
        return False
    return is_inside(parts.hostname) or _inner_name(parts.hostname)


def is_inside(host: str) -> bool:
    """Whether an IP address is this machine's or an inner network's; False for a name."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return any(address in network for network in _INSIDE)


def where(url: str) -> str:
    """Host and port as people are told them: nothing of a user name, a password or a path."""
    parts = _split(url)
    if parts is None or not parts.hostname:
        return "（地址无效）"
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{host}:{parts.port or _PORTS[parts.scheme]}"


def check(settings: Settings) -> None:
    """Whether the settings of the model's server can be used; none at all can.

    :raises ConfigurationError: only half is set, the address is no http(s) one or is not
        private although LLM_PRIVATE_ONLY asks for that, or the key cannot be sent.
    """
    model, url = settings.llm_model, settings.llm_base_url
    if not model and not url:
        return
    if not (model and url):
        missing = "LLM_BASE_URL" if model else "LLM_MODEL"
        raise ConfigurationError(
            f"LLM_MODEL 和 LLM_BASE_URL 要么都填，要么都留空。请补上 {missing}，或把另一项清空。"
        )
    if _split(url) is None or _MISLEADING.search(url):
        raise ConfigurationError(
            "LLM_BASE_URL 不是可用的地址。请写成 http://主机:端口/v1 的样子，"
            "不带用户名、密码和空格；密钥填在 LLM_API_KEY。"
        )
    if urlsplit(url).path.rstrip("/").endswith("/completions"):
        raise ConfigurationError("LLM_BASE_URL 只写到 /v1 为止，请去掉后面的 /chat/completions。")
    key = settings.llm_api_key.get_secret_value()
    if not (key.isascii() and (key + "-").isprintable()):
        raise ConfigurationError("LLM_API_KEY 里有不能用的字符。请重新复制密钥。")
    if settings.llm_private_only and not is_private(url):
        raise ConfigurationError(
            f"LLM_PRIVATE_ONLY 只许连本机和内网，而 {where(url)} 不能认定是内网地址。"
            "请改用内网 IP、本机名或 .local、.lan、.internal 结尾的域名，"
            "或把 LLM_PRIVATE_ONLY 改为 0。"
        )


def _split(url: str) -> SplitResult | None:
    """The parts of an http(s) address; None where it is none."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in _PORTS and parts.hostname and parts.port != 0
    except ValueError:  # a port that is no number, a bracket that is never closed
        return None
    return parts if usable else None


def _inner_name(host: str) -> bool:
    """Whether a host's name can only be known inside."""
    name = host.removesuffix(".")
    labels = name.split(".")
    if not all(map(_LABEL.fullmatch, labels)) or _NUMBER.fullmatch(labels[-1]):
        return False
    if len(labels) > 1:
        return name.endswith(_SUFFIXES)
    # "com." with its dot, and xn--…, are as likely a top-level domain as a machine in here.
    return name == "localhost" or not (host.endswith(".") or name.startswith("xn--"))
