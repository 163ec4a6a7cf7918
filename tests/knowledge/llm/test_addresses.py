"""Only what is inside beyond doubt counts as inside."""

import pytest

from knowledge.errors import ConfigurationError
from knowledge.llm.addresses import check, is_private, where
from knowledge.settings import Settings


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.8.9.10:11434",
        "10.1.2.3",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1:8000",
        "169.254.1.1",
        "0.0.0.0:8000",
        "[::1]:8000",
        "[::]",
        "[fe80::1]",
        "[fe80::1%25eth0]",
        "[fd12:3456::1]",
        "[::ffff:10.0.0.1]",
        "localhost",
        "LOCALHOST.:8000",
        "gpu",
        "gpu-01:8000",
        "vllm_server",
        "nas.local",
        "model.office.lan",
        "host.docker.internal",
        "vllm.default.svc.cluster.local.",
        "box.home.arpa",
    ],
)
def test_inside(host):
    assert is_private(f"http://{host}/v1")
    assert is_private(f"https://{host}/v1")


@pytest.mark.parametrize(
    "url",
    [
        "https://api.deepseek.com/v1",
        "https://dashscope.aliyuncs.com/compatible-mode/v1",
        "http://8.8.8.8/v1",
        "http://172.32.0.1/v1",
        "http://172.15.0.1/v1",
        "http://100.64.0.1/v1",
        "http://192.169.0.1/v1",
        "http://[2001:4860:4860::8888]/v1",
        "http://[::ffff:8.8.8.8]/v1",
        "http://[64:ff9b::7f00:1]/v1",
        # One host to a reader, another to a library.
        "http://127.0.0.1@evil.com/v1",
        "http://evil.com@127.0.0.1/v1",
        "http://127.0.0.1:80@evil.com/v1",
        "http://127.0.0.1\\@evil.com/v1",
        "http://evil.com\\@127.0.0.1/v1",
        "http://127.0.0.1%2eevil.com/v1",
        "http://127.0.0.1 .evil.com/v1",
        "http://127.0.0.1\t.evil.com/v1",
        "http://127.0.0.1\n/v1",
        # Numbers that may or may not be an address.
        "http://2130706433/v1",
        "http://134744072/v1",
        "http://0177.0.0.1/v1",
        "http://127.1/v1",
        "http://0x7f000001/v1",
        "http://0x7f.0.0.1/v1",
        "http://127.0.0.01/v1",
        "http://10.0.0.1./v1",
        # Names that only look like one of ours.
        "http://localhost.evil.com/v1",
        "http://127.0.0.1.evil.com/v1",
        "http://evil.com/.local",
        "http://evil.com#.local",
        "http://evil.com?.local",
        "http://evil-local/v1.com@x.com",
        "http://notlocal.com/v1",
        "http://evil.com.localx/v1",
        "http://.local/v1",
        "http://a..local/v1",
        "http://com./v1",
        "http://xn--fiqs8s/v1",
        "http://１２７.0.0.1/v1",
        "http://127。0。0。1/v1",
        "http://ⓛocalhost/v1",
        "http://lоcalhost.com/v1",
        "http://模型/v1",
        # No address at all.
        "",
        "127.0.0.1:8000",
        "ftp://127.0.0.1/v1",
        "http:///v1",
        "http://127.0.0.1:port/v1",
        "http://127.0.0.1:99999/v1",
        "http://[::1/v1",
        "file:///etc/passwd",
    ],
)
def test_outside_or_in_doubt(url):
    assert not is_private(url)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://127.0.0.1:8000/v1", "127.0.0.1:8000"),
        ("https://api.deepseek.com/v1", "api.deepseek.com:443"),
        ("http://gpu/v1", "gpu:80"),
        ("http://[::1]:8000/v1", "[::1]:8000"),
        ("https://name:secret@api.example.com/v1?key=secret", "api.example.com:443"),
        ("nonsense", "（地址无效）"),
        ("http://[::1", "（地址无效）"),
    ],
)
def test_people_are_shown_host_and_port_and_nothing_secret(url, shown):
    assert where(url) == shown


def settings(**given):
    return Settings(_env_file=None, **given)


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"llm_private_only": True},
        {"llm_model": "qwen3", "llm_base_url": "https://api.deepseek.com/v1"},
        {"llm_model": "q", "llm_base_url": "http://10.0.0.1:8000/v1", "llm_private_only": True},
    ],
)
def test_settings_that_can_be_used(given):
    check(settings(**given))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"llm_model": "qwen3"}, "补上 LLM_BASE_URL"),
        ({"llm_base_url": "http://127.0.0.1/v1"}, "补上 LLM_MODEL"),
        ({"llm_base_url": "127.0.0.1:8000"}, "http://主机"),
        ({"llm_base_url": "ftp://127.0.0.1"}, "http://主机"),
        ({"llm_base_url": "http://127.0.0.1:port"}, "http://主机"),
        ({"llm_base_url": "http://u:p@127.0.0.1/v1"}, "LLM_API_KEY"),
        ({"llm_base_url": "http://10.0.0.1/v1/chat/completions"}, "只写到"),
        ({"llm_base_url": "http://10.0.0.1/v1", "llm_api_key": "密钥"}, "重新复制"),
        ({"llm_base_url": "http://10.0.0.1/v1", "llm_api_key": "a\nb"}, "重新复制"),
        ({"llm_base_url": "https://api.deepseek.com/v1", "llm_private_only": True}, "deepseek.com"),
    ],
)
def test_settings_that_cannot_say_what_to_do(given, words):
    alone = list(given) in (["llm_model"], ["llm_base_url"]) and "补上" in words
    with pytest.raises(ConfigurationError, match=words):
        check(settings(**given if alone else {"llm_model": "qwen3"} | given))


def test_a_password_in_the_address_is_not_repeated():
    with pytest.raises(ConfigurationError) as raised:
        check(settings(llm_model="q", llm_base_url="http://u:secret@10.0.0.1/v1"))
    assert "secret" not in str(raised.value)
