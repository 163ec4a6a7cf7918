"""From a message in Telegram to an article quoted exactly, through the real core."""

import pytest

from ingest.generation import build
from knowledge.answering import Composer
from knowledge.assistant import Assistant
from knowledge.store import Store
from tests.bot.samples import MEMBERS
from tests.fakes import GIFTS, TinyEncoder, held

OFFICER = next(iter(MEMBERS))


@pytest.fixture
def assistant(store):
    build(held(GIFTS), store=store, encoder=TinyEncoder())
    return Assistant(store, TinyEncoder(), Composer("机关纪委"))


async def test_an_officer_gets_the_article_word_for_word(peer, serve, assistant):
    await serve(assistant)
    await peer.say(OFFICER, "礼品管理办法第三条怎么规定？")
    await peer.wait_for_messages(OFFICER, 1)
    (message,) = peer.messages(OFFICER)
    assert "《礼品管理办法》第三条" in message.text
    assert "应当自收到之日起十日内登记上交" in message.text
    assert "机关纪委" in message.text


async def test_a_follow_up_is_understood_from_the_turn_before(peer, serve, assistant):
    await serve(assistant)
    await peer.say(OFFICER, "礼品管理办法第二条")
    await peer.wait_for_messages(OFFICER, 1)
    await peer.say(OFFICER, "那第三条呢")
    await peer.wait_for_messages(OFFICER, 2)
    assert "《礼品管理办法》第三条" in peer.messages(OFFICER)[-1].text


async def test_before_anything_is_built_the_officer_is_told_what_is_missing(peer, serve, tmp_path):
    await serve(Assistant(Store(tmp_path / "none"), TinyEncoder(), Composer("机关纪委")))
    await peer.say(OFFICER, "礼品能收吗")
    await peer.wait_for_messages(OFFICER, 1)
    assert "知识库还没有建好" in peer.messages(OFFICER)[0].text


async def test_markup_in_a_question_or_a_rule_is_only_text(peer, serve, store):
    rule = GIFTS.replace("礼品、礼金和消费卡", "<b>礼品</b>、礼金 & <script>消费卡")
    build(held(rule), store=store, encoder=TinyEncoder())
    await serve(Assistant(store, TinyEncoder(), Composer("机关纪委")))
    await peer.say(OFFICER, "礼品管理办法第二条 <a href='x'>&lt;")
    await peer.wait_for_messages(OFFICER, 1)
    assert "<b>礼品</b>、礼金 & <script>消费卡" in peer.messages(OFFICER)[0].text
