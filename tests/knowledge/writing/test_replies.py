"""A reply is read however it was written down, and while it is still coming in."""

import json
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.writing.model import Reply, Sentence
from knowledge.writing.replies import ReplyError, read_reply, read_sentences, readable
from knowledge.writing.shape import MOST_SENTENCES

TWO = Reply((Sentence("不得收受礼品。", (2,)), Sentence("五日内登记上交。", (1, 3))), "由谁估价")
WHOLE = (
    '{"sentences":[{"text":"不得收受礼品。","cites":[2]},'
    '{"text":"五日内登记上交。","cites":[1,3]}],"unknown":"由谁估价"}'
)


@pytest.mark.parametrize(
    "text",
    [
        WHOLE,
        f"好的，答复如下：\n```json\n{WHOLE}\n```\n希望有帮助。",
        WHOLE.replace("[1,3]", "[1,3,]").replace("}]", "},]").replace('估价"', '估价",\n'),
        WHOLE.replace("[1,3]", '["1","[3]"]').replace("[2]", '"2"'),
        WHOLE.replace("五日内登记上交。", "五日内登记上交[1]【3】。").replace("[1,3]", "[]"),
        '{"answer":' + WHOLE + "}",
        WHOLE.replace(",", "\n,\n").replace("登记", "登记\n").replace("登记\n", "登记"),
        "不得收受礼品[2]。五日内登记上交。[1][3]\n资料没有说明：由谁估价",
        "- **不得收受礼品**【依据2】。\n- 五日内登记上交（依据1、3）。\n原文未写明：由谁估价",
        "```\n1. 不得收受礼品。（见[2]）\n2. 五日内登记上交 [1, 3]。\n```\n条文没有说明：由谁估价",
    ],
)
def test_the_same_reply_is_read_from_every_form(text):
    assert read_reply(text) == TWO


@pytest.mark.parametrize("end", range(50, 80))
def test_of_json_that_was_cut_off_the_whole_sentences_are_kept(end):
    assert read_reply(WHOLE[:end]).sentences[0] == TWO.sentences[0]


def test_a_verdict_standing_alone_is_joined_to_its_reason():
    entries = [{"text": "不可以。", "cites": []}, {"text": "礼品应当上交。", "cites": [1]}]
    reply = read_reply(json.dumps({"sentences": entries}))
    assert reply.sentences == (Sentence("不可以，礼品应当上交。", (1,)),)


def test_sentences_written_anew_stay_as_many_as_they_are():
    entries = [{"text": "不可以。", "cites": []}, {"text": "礼品应当上交。", "cites": [1]}]
    texts = [each.text for each in read_sentences(json.dumps({"sentences": entries}))]
    assert texts == ["不可以。", "礼品应当上交。"]


@pytest.mark.parametrize("nothing", ["无", "（无）", "没有。", "暂无", "None", "null", "N/A", "—"])
def test_a_model_that_says_there_is_nothing_it_cannot_tell_says_nothing(nothing):
    entries = [{"text": "礼品应当上交。", "cites": [1]}]
    assert not read_reply(json.dumps({"sentences": entries, "unknown": nothing})).unknown


def test_numbers_from_one_to_another_are_all_meant():
    assert read_reply("应当上交[1-3]。").sentences[0].cites == (1, 2, 3)


def test_brackets_that_cite_nothing_stay():
    (sentence,) = read_reply("依〔2024〕12号文第（3）项上交[1]。").sentences
    assert sentence == Sentence("依〔2024〕12号文第（3）项上交。", (1,))


@pytest.mark.parametrize(
    "text",
    [
        *("", "  \n", "{}", "。。。", '{"sent', '{"a":' * 3000, "[" * 9000, '"' * 9000),
        *('{"sentences":[]}', '{"sentences":"","unknown":"甲"}'),
        '{"sentences":[{"text":17,"cites":[1]}]}',
    ],
)
def test_what_holds_no_sentence_is_refused(text):
    with pytest.raises(ReplyError):
        read_reply(text)


def test_there_is_an_end_to_what_is_read():
    assert len(read_reply("应当上交[1]。" * 3000).sentences) == MOST_SENTENCES
    with pytest.raises(ReplyError):
        read_reply('{"sentences":[{"text":"甲","cites":[' + "9" * 9000 + "]}]}")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["sentences", "text", "cites", "unknown"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@given(value=JSON, end=st.integers(0, 400))
@settings(max_examples=200, deadline=None)
def test_nothing_that_a_model_may_say_breaks_the_reading(value, end):
    text = json.dumps({"sentences": value})[:end]
    for each in (text, f"说明{text}", text.replace('"', "")):
        readable(each)
        try:
            reply = read_reply(each)
        except ReplyError:
            continue
        assert reply.sentences
        assert all(isinstance(n, int) for sentence in reply.sentences for n in sentence.cites)


def test_what_comes_in_reads_as_sentences_and_only_grows():
    text = WHOLE.replace("登记", "登\\u8bb0\\n")
    shown = [readable(text[:end]) for end in range(len(text) + 1)]
    assert shown[-1] == "不得收受礼品。\n五日内登记 上交。"
    assert not any(set(each) & set('{}"\\[]') for each in shown)
    assert all(len(before) <= len(after) for before, after in pairwise(shown))


def test_plain_words_that_come_in_are_shown_without_their_numbers():
    assert readable("```\n不得收受礼品[2]。\n五日内") == "不得收受礼品。\n五日内"
