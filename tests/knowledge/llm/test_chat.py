"""A whole reply or none: what a server does wrong ends the wait, and is told in a few words."""

import datetime as dt
import email.utils
import threading
import time
from itertools import pairwise

import pytest

from knowledge.llm.limits import ServerFailedError
from knowledge.llm.model import ModelUnavailableError
from tests.knowledge.llm.asking import PROMPT, SCHEMA, model_at
from tests.llm_server import Drops, Fails, Hangs, Raw, Says, Scripted, Whole, event

REPLY = "不能收。[1]收到的礼金应当上交。[2]"


@pytest.fixture
def server():
    with Scripted() as started:
        yield started


def test_what_is_asked_and_what_is_said(server):
    server.script(REPLY)
    model = model_at(server)
    assert model.complete(PROMPT) == REPLY
    asked = server.requests[0]
    assert asked["messages"] == [
        {"role": "system", "content": "只依据条文作答。"},
        {"role": "user", "content": "礼金能收吗"},
    ]
    assert (asked["model"], asked["temperature"], asked["stream"]) == ("scripted", 0, True)
    assert asked["max_tokens"] == 2000
    assert model.name == f"scripted@{server.url.removeprefix('http://').removesuffix('/v1')}"


def test_what_comes_in_is_told_as_it_grows(server):
    server.script(Says(REPLY, between=0.02))
    heard = []
    assert model_at(server).complete(PROMPT, heard=heard.append) == REPLY
    assert len(heard) > 2
    assert all(later.startswith(earlier) for earlier, later in pairwise(heard))
    assert heard[-1] == REPLY


def test_a_slow_listener_misses_steps_and_not_the_reply(server):
    server.script(Says(REPLY * 20, size=2))
    heard = []

    def slowly(text):
        heard.append(text)
        time.sleep(0.1)

    assert model_at(server, between=1).complete(PROMPT, heard=slowly) == REPLY * 20
    assert len(heard) < 20


def test_a_listener_that_fails_ends_the_request(server):
    server.script(Says(REPLY, between=0.2))

    def fails(_):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        model_at(server).complete(PROMPT, heard=fails)
    assert server.wait_until(lambda: server.hung_up == 1)


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (Hangs(), "没有回应"),
        (Says(REPLY, stalls=0), "没有回应"),
        (Says(REPLY, stalls=0, mid_line=True), "没有回应"),
        (Says(REPLY, role_first=True, stalls=0), "没有回应"),
        (Says(REPLY, stalls=2), "停住"),
        (Says(REPLY, stalls=2, mid_line=True), "停住"),
        (Says(REPLY, between=0.2), "限定时间"),
        (Says(REPLY, reasoning="嗯" * 100, between=0.2), "限定时间"),
        (Says(REPLY, cut=2), "断了"),
        (Says(REPLY, ends=2), "断了"),
        (Says('{"sentences": ["不能', done=False, ends=3), "断了"),
        (Says(REPLY, finish="length"), "没有写完"),
        (Says(REPLY, finish="content_filter"), "没有作答"),
        (Says(REPLY, finish="insufficient_system_resource"), "没有作答"),
        (Says(""), "没有写出"),
        (Says(" \n "), "没有写出"),
        (Says("<think>不能收</think>"), "没有写出"),
        (Says("", reasoning="不能收"), "没有写出"),
        (Says("字" * 100_000, size=500), "没有写完"),
        (Whole(REPLY), "断了"),
        (Raw("<html>404</html>", "text/html"), "断了"),
        (Raw("data: {half\n\n"), "看不懂"),
        (Raw('data: {"choices": [1]}\n\n'), "看不懂"),
        (Raw("data: 7\n\n"), "看不懂"),
        (Raw(b"data: \xff\xfe\n\n"), "看不懂"),
        (Raw("", status=302, headers={"Location": "http://127.0.0.1:1/v1"}), "出错"),
        (Fails(401), "密钥"),
        (Fails(403), "不许"),
        (Fails(404), "模型或地址"),
        (Fails(400, "maximum context length"), "不接受"),
        (Fails(413), "收不下"),
    ],
)
def test_anything_but_a_whole_reply_is_none_within_its_time(server, step, words):
    server.script(step)
    began = time.monotonic()
    with pytest.raises(ModelUnavailableError, match=words):
        model_at(server, first=0.3, between=0.3, total=0.6).complete(PROMPT)
    assert time.monotonic() - began < 2
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "step",
    [Hangs(), Says(REPLY, stalls=0), Says(REPLY, stalls=2, mid_line=True), Says(REPLY, between=1)],
)
def test_a_connection_that_nobody_waits_for_is_closed(server, step):
    server.script(step)
    with pytest.raises(ModelUnavailableError):
        model_at(server, first=0.3, between=0.3).complete(PROMPT)
    assert server.wait_until(lambda: server.hung_up == 1, seconds=2)


def test_the_role_alone_is_no_first_token(server):
    server.script(Says(REPLY, first=1, role_first=True))
    assert model_at(server, between=0.3).complete(PROMPT) == REPLY


def test_a_reply_without_its_last_line_is_whole(server):
    server.script(Says(REPLY, done=False))
    assert model_at(server).complete(PROMPT) == REPLY


def test_a_server_that_keeps_the_connection_after_its_last_word_is_not_waited_for(server):
    words = len(range(0, len(REPLY), 4))
    server.script(Says(REPLY, stalls=words + 1))
    began = time.monotonic()
    assert model_at(server).complete(PROMPT) == REPLY
    assert time.monotonic() - began < 3


def test_a_wrong_content_type_is_no_matter(server):
    body = event({"content": REPLY}) + event(finish="stop")
    server.script(Raw(body, "text/plain"))
    assert model_at(server).complete(PROMPT) == REPLY


@pytest.mark.parametrize(
    "step", [Fails(500), Fails(503), Fails(429), Fails(429, retry_after=0.1), Drops(), Fails(502)]
)
def test_before_the_first_token_it_is_asked_again(server, step):
    server.script(step, REPLY)
    assert model_at(server).complete(PROMPT) == REPLY
    assert len(server.requests) == 2


def test_an_error_in_the_stream_before_the_first_token_is_asked_again(server):
    server.script(Raw('data: {"error": {"message": "out of memory"}}\n\n'), REPLY)
    assert model_at(server).complete(PROMPT) == REPLY


def test_after_the_first_token_it_is_not_asked_again(server):
    server.script(Says(REPLY, cut=1), REPLY)
    with pytest.raises(ModelUnavailableError, match="断了"):
        model_at(server).complete(PROMPT)
    assert len(server.requests) == 1


def test_it_is_asked_again_only_so_often(server):
    server.answer = lambda _: Fails(500)
    with pytest.raises(ModelUnavailableError, match="出错"):
        model_at(server).complete(PROMPT)
    assert len(server.requests) == 3


def test_a_server_that_asks_for_a_moment_gets_it(server):
    server.script(Fails(429, retry_after=1), REPLY)
    assert model_at(server).complete(PROMPT) == REPLY
    assert server.arrived[1] - server.arrived[0] >= 1


@pytest.mark.parametrize(
    "later", ["60", email.utils.format_datetime(dt.datetime.now(dt.UTC) + dt.timedelta(hours=1))]
)
def test_a_server_that_asks_for_longer_than_people_wait_is_given_up_at_once(server, later):
    server.script(Fails(429, retry_after=later), REPLY)
    began = time.monotonic()
    with pytest.raises(ModelUnavailableError, match="太忙"):
        model_at(server).complete(PROMPT)
    assert time.monotonic() - began < 2
    assert len(server.requests) == 1


def test_nobody_at_the_address_is_told_so():
    with Scripted() as gone:
        pass
    with pytest.raises(ServerFailedError, match="连不上"):
        model_at(gone.url).complete(PROMPT)


def test_less_time_may_be_given_and_then_the_server_is_not_to_blame(server):
    server.answer = lambda _: Says(REPLY, first=3)
    model = model_at(server, failures=1)
    began = time.monotonic()
    for _ in range(2):
        with pytest.raises(ModelUnavailableError, match="没有回应"):
            model.complete(PROMPT, seconds=0.2)
    assert time.monotonic() - began < 2
    assert len(server.requests) == 2


def test_after_failures_in_a_row_the_server_is_left_alone(server):
    server.answer = lambda _: Fails(401)
    model = model_at(server, failures=2)
    for _ in range(2):
        with pytest.raises(ServerFailedError):
            model.complete(PROMPT)
    with pytest.raises(ModelUnavailableError, match="暂停"):
        model.complete(PROMPT)
    assert len(server.requests) == 2


def test_replies_that_are_not_whole_say_nothing_against_the_server(server):
    server.script(Says(REPLY, finish="length"), Fails(400), REPLY)
    model = model_at(server, failures=1)
    for _ in range(2):
        with pytest.raises(ModelUnavailableError):
            model.complete(PROMPT)
    assert model.complete(PROMPT) == REPLY


def test_no_more_are_asked_at_once_than_there_are_places(server):
    server.answer = lambda _: Says(REPLY, between=0.1)
    model = model_at(server, places=2)
    ends = []

    def ask():
        try:
            ends.append(model.complete(PROMPT))
        except ModelUnavailableError as error:
            ends.append(str(error))

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert ends.count(REPLY) == 2
    assert sum("太多" in each for each in ends) == 4
    assert server.most == 2


def test_a_person_s_day_has_so_many_questions(server):
    server.answer = lambda _: REPLY
    model = model_at(server, daily=1)
    model.complete(PROMPT, person="a")
    model.complete(PROMPT, person="b")
    model.complete(PROMPT)
    with pytest.raises(ModelUnavailableError, match="明天"):
        model.complete(PROMPT, person="a")
    assert len(server.requests) == 3


def test_a_schema_goes_along(server):
    server.script({"sentences": ["不能收。"]})
    assert "不能收" in model_at(server).complete(PROMPT, schema=SCHEMA)
    form = server.requests[0]["response_format"]
    assert form["type"] == "json_schema"
    assert form["json_schema"]["schema"] == SCHEMA
    assert form["json_schema"]["strict"] is False


def forms(server: Scripted) -> list[str]:
    return [each.get("response_format", {}).get("type", "") for each in server.requests]


@pytest.mark.parametrize("status", [400, 404, 422])
def test_a_server_that_knows_no_schema_is_asked_for_a_plain_object_from_then_on(server, status):
    server.declines = {"json_schema": status}
    server.answer = lambda _: {"sentences": []}
    # One failure that counted would keep the second question from being asked.
    model = model_at(server, failures=1)
    for _ in range(2):
        assert model.complete(PROMPT, schema=SCHEMA) == '{"sentences": []}'
    assert forms(server) == ["json_schema", "json_object", "json_object"]
    assert server.requests[1]["response_format"]["schema"] == SCHEMA


def test_a_server_that_stumbles_over_a_form_twice_is_not_asked_for_it_again(server):
    server.declines = {"json_schema": 500}
    server.answer = lambda _: {"sentences": []}
    model = model_at(server, failures=1)
    for _ in range(3):
        model.complete(PROMPT, schema=SCHEMA)
    assert forms(server) == ["json_schema", "json_object"] * 2 + ["json_object"]


def test_a_passing_trouble_costs_no_form(server):
    server.script(Fails(500), {"sentences": []}, {"sentences": []})
    model = model_at(server)
    for _ in range(2):
        model.complete(PROMPT, schema=SCHEMA)
    assert forms(server) == ["json_schema", "json_object", "json_schema"]


def test_a_server_that_knows_no_form_at_all_is_asked_without_one_from_then_on(server):
    server.declines = {"json_schema": 422, "json_object": 400}
    server.answer = lambda _: {"sentences": []}
    model = model_at(server, failures=1)
    for _ in range(2):
        assert model.complete(PROMPT, schema=SCHEMA) == '{"sentences": []}'
    assert forms(server) == ["json_schema", "json_object", "", ""]


def test_what_was_refused_without_a_form_as_well_is_not_the_form_s_fault(server):
    server.script(Fails(400), Fails(400), Fails(400), {"sentences": []})
    model = model_at(server)
    with pytest.raises(ModelUnavailableError):
        model.complete(PROMPT, schema=SCHEMA)
    model.complete(PROMPT, schema=SCHEMA)
    assert forms(server)[-1] == "json_schema"


def test_a_connection_is_used_again(server):
    server.answer = lambda _: REPLY
    model = model_at(server)
    for _ in range(3):
        assert model.complete(PROMPT) == REPLY
    assert len(set(server.ports)) == 1
