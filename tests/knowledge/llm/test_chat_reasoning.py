"""How a model thinks is nobody's business: neither the reply nor what is heard of it tells."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.llm.reasoning import begins_inside, without_reasoning
from tests.knowledge.llm.asking import PROMPT, SCHEMA, model_at
from tests.llm_server import Raw, Says, Scripted, event

THOUGHT = "嗯，用户问的是礼金，秘密"
REPLY = "不能收礼金。[1]"
JSON = '{"sentences": ["不能收礼金。"]}'
TAGGED = [
    f"<think>{THOUGHT}</think>\n\n{REPLY}",
    f"<think>\n{THOUGHT}\n</think>{REPLY}",
    f"<thinking>{THOUGHT}</thinking>{REPLY}",
    f"<THINK>{THOUGHT}</THINK>{REPLY}",
    f"<think>{THOUGHT}<think>{THOUGHT}</think>{THOUGHT}</think>{REPLY}",
    f"<think>{THOUGHT}</think>{REPLY}<think>{THOUGHT}</think>",
    f"{REPLY}<think>{THOUGHT}",
    f"[THINK]{THOUGHT}[/THINK]{REPLY}",
    f"◁think▷{THOUGHT}◁/think▷{REPLY}",
    f"<|channel|>analysis<|message|>{THOUGHT}<|end|>"
    f"<|start|>assistant<|channel|>final<|message|>{REPLY}<|return|>",
]


@pytest.fixture
def server():
    with Scripted() as started:
        yield started


@pytest.mark.parametrize("size", [1, 3, 7, 1000])
@pytest.mark.parametrize("said", TAGGED)
def test_what_is_between_tags_is_not_told_wherever_they_are_cut(server, said, size):
    server.script(Says(said, size=size))
    heard = []
    assert model_at(server).complete(PROMPT, heard=heard.append) == REPLY
    assert all(REPLY.startswith(each) for each in heard)


@pytest.mark.parametrize("said", TAGGED)
def test_at_no_moment_is_more_told_than_the_reply(said):
    for length in range(len(said)):
        assert REPLY.startswith(without_reasoning(said[:length], over=False))


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning", "thinking"])
def test_reasoning_in_a_field_of_its_own_is_not_read(server, field):
    server.script(Says(REPLY, reasoning=THOUGHT, reasoning_field=field))
    heard = []
    assert model_at(server).complete(PROMPT, heard=heard.append) == REPLY
    assert all(REPLY.startswith(each) for each in heard)


def test_reasoning_in_a_part_of_its_own_is_not_read(server):
    parts = [{"type": "thinking", "thinking": THOUGHT}, {"type": "text", "text": REPLY}]
    # A stream's chunk as Mistral's servers write it.
    line = event({"role": "assistant", "content": parts}) + event(finish="stop")
    server.answer = lambda _: Raw(line)
    assert model_at(server).complete(PROMPT) == REPLY


def test_reasoning_keeps_the_wait_going(server):
    server.script(Says(REPLY, reasoning="嗯" * 40, first=0.1, between=0.1))
    assert model_at(server, first=1, between=0.5).complete(PROMPT) == REPLY


@pytest.mark.parametrize("size", [1, 5, 1000])
def test_thinking_aloud_before_json_is_not_told_though_no_tag_opens_it(server, size):
    server.script(Says(f"{THOUGHT}\n</think>\n{JSON}", size=size))
    heard = []
    assert model_at(server).complete(PROMPT, schema=SCHEMA, heard=heard.append) == JSON
    assert all(JSON.startswith(each) for each in heard)


def test_a_server_that_once_left_out_the_opening_tag_is_not_trusted_to_open_it_again(server):
    server.answer = lambda _: Says(f"{THOUGHT}</think>{REPLY}")
    model = model_at(server)
    assert model.complete(PROMPT) == REPLY
    heard = []
    assert model.complete(PROMPT, heard=heard.append) == REPLY
    assert all(REPLY.startswith(each) for each in heard)


@pytest.mark.parametrize("text", ["额度<500元", "a [1] <b>", "<thin", "x<|y|>", "<think", "◁"])
def test_what_only_looks_like_a_tag_stays(text):
    assert without_reasoning(text, over=True) == text


def test_only_a_closing_tag_without_its_opening_one_tells_of_a_silent_beginning():
    assert begins_inside("嗯</think>不能")
    assert not begins_inside("<think>嗯</think>不能")
    assert not begins_inside("不能")


def test_a_character_in_two_halves_comes_out_whole_and_half_a_one_can_be_sent():
    assert without_reasoning("好\ud83d\ude00", over=True) == "好😀"
    assert without_reasoning("好\ud83d", over=True).encode() == "好\ufffd".encode()


PIECES = st.sampled_from(["<think>", "</think>", "<", "[", "甲", "[THINK]", "[/THINK]"])


@given(st.lists(PIECES, max_size=12))
def test_what_is_told_on_the_way_is_kept_at_the_end_unless_it_turns_out_to_be_reasoning(pieces):
    raw = "".join(pieces)
    end = without_reasoning(raw, over=True)
    assert "<think>" not in end
    assert "</think>" not in end
    if begins_inside(raw):
        return
    for length in range(len(raw)):
        told = without_reasoning(raw[:length], over=False)
        assert end.startswith(told.strip())
