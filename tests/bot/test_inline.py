"""@bot and a few words in any chat: articles to quote, for members only."""

from __future__ import annotations

import json

import pytest

from bot.telegram import phrases
from bot.telegram.browsing import inline
from ingest.generation import build
from knowledge.answering import Composer
from knowledge.assistant import Assistant
from knowledge.library import Library
from knowledge.model import Clause, Document, Kind, Paragraph, ParsedDocument
from knowledge.store import Records, Store
from tests.bot.conftest import Serve, all_handled
from tests.bot.samples import MEMBERS, STRANGER
from tests.bot.shelves import over, titled
from tests.fakes import CARS, DINNER_CASE, GIFTS, TinyEncoder, held
from tests.peer import Peer
from tests.peer.markup import parse_html, utf16_units
from tests.peer.reading import Params

MEMBER, _ = MEMBERS


async def offered(peer: Peer, text: str, person: int = MEMBER) -> list[Params]:
    """What the bot offers for these words."""
    query = await peer.type_inline(person, text)
    await peer.wait_until(lambda: query in peer.inline_answers)
    return peer.inline_answers[query]


def sent(result: Params) -> str:
    """The message that choosing a result sends, as people read it."""
    return parse_html(result["input_message_content"]["message_text"]).text


def hint(peer: Peer) -> str:
    """The line above the results that were offered last."""
    button = peer.calls("answerInlineQuery")[-1].params.get("button")
    return str((json.loads(button) if isinstance(button, str) else button or {}).get("text", ""))


@pytest.mark.parametrize(
    ("text", "title", "article"),
    [
        ("97条", "纪律处分条例", "第九十七条"),
        ("97", "纪律处分条例", "第九十七条"),
        ("第九十七条", "纪律处分条例", "第九十七条"),
        ("监察法第十五条", "共和国监察法", "第十五条"),
        ("政务处分法 34条", "政务处分法", "第三十四条"),
    ],
)
async def test_a_named_article_is_quoted_whole_with_its_place(
    peer: Peer, serve: Serve, shipped: Library, text: str, title: str, article: str
) -> None:
    await over(serve, shipped)
    (result,) = await offered(peer, text)
    document = titled(shipped, title)
    clause = shipped.article(document.id, article)
    assert clause is not None
    assert result["id"] == clause.id
    message = parse_html(result["input_message_content"]["message_text"])
    (quote,) = [each for each in message.entities if each.type == "expandable_blockquote"]
    assert message.slice(quote) == clause.text
    assert article in message.text.split("\n")[0]
    assert clause.path[-1] in message.text
    assert "现行有效" in message.text
    assert f"来源：{document.source}" in message.text
    assert not hint(peer)


async def test_words_find_rules_and_never_cases(peer: Peer, serve: Serve, shipped: Library) -> None:
    await over(serve, shipped)
    results = await offered(peer, "礼品")
    assert 1 < len(results) <= 10
    kinds = {shipped.documents[shipped.clauses[each["id"]].document_id].kind for each in results}
    assert Kind.CASE not in kinds
    assert all("礼品" in sent(each) for each in results)


async def test_a_digest_is_quoted_with_its_caveat(
    peer: Peer, serve: Serve, shipped: Library
) -> None:
    await over(serve, shipped)
    (result,) = await offered(peer, "97条")
    assert "要点归纳，不是条文原文" in sent(result)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", inline.USAGE),
        ("  ", inline.USAGE),
        ("？！", inline.USAGE),
        ("礼" * 1001, inline.USAGE),
        ("监察法第九百条", inline.NOTHING_FOUND),
        ("不存在的词语甲乙丙", inline.NOTHING_FOUND),
    ],
)
async def test_where_there_is_nothing_a_line_says_what_to_type(
    peer: Peer, serve: Serve, shipped: Library, text: str, line: str
) -> None:
    await over(serve, shipped)
    assert await offered(peer, text) == []
    assert hint(peer) == line


async def test_strangers_are_offered_nothing(peer: Peer, serve: Serve, shipped: Library) -> None:
    await over(serve, shipped)
    assert await offered(peer, "97条", STRANGER) == []
    assert not hint(peer)


async def test_what_is_offered_is_kept_for_nobody_else(
    peer: Peer, serve: Serve, shipped: Library
) -> None:
    await over(serve, shipped)
    await offered(peer, "礼品")
    params = peer.calls("answerInlineQuery")[-1].params
    assert str(params["is_personal"]).lower() == "true"
    assert int(params["cache_time"]) <= 10


async def test_a_query_that_has_grown_old_does_no_harm(
    peer: Peer, serve: Serve, shipped: Library
) -> None:
    await over(serve, shipped)
    peer.refuse("answerInlineQuery", 400, "Bad Request: query is too old")
    await peer.type_inline(MEMBER, "97条")
    await peer.wait_until(lambda: "answerInlineQuery" in dict(peer.refused))
    assert len(await offered(peer, "97条")) == 1
    assert not peer.messages(MEMBER)


async def test_a_long_article_is_cut_to_one_message_and_says_so(peer: Peer, serve: Serve) -> None:
    rule = Document("d" * 32, "<很长>&办法", Kind.RULE, source="测试")
    texts = tuple(Paragraph(n, "条" * 120 + "𠮷<b>。") for n in range(1, 60))
    clause = Clause(f"{rule.id}-0001", rule.id, 1, "第一条", ("第一章",), texts)
    await over(serve, Library([ParsedDocument(rule, (clause,))]))
    (result,) = await offered(peer, "条条")
    text = sent(result)
    assert utf16_units(text) <= 4096
    assert inline.CUT_SHORT in text
    quote = text.split("\n\n")[1]
    assert clause.text.startswith(quote)
    assert quote.endswith("。")
    assert len(quote) > 2000


def test_the_search_itself_finds_by_words_among_what_is_in_force(store: Store) -> None:
    encoder = TinyEncoder()
    build(held(GIFTS, CARS, DINNER_CASE), store=store, encoder=encoder)
    assistant = Assistant(store, encoder, Composer("纪检组"))
    found = assistant.find("礼品", 3)
    assert found[0].article in {"第一条", "第二条", "第三条"}
    assert len(found) == 3
    (named,) = assistant.find("公务用车办法第二条", 3)
    assert "封存停驶" in named.text
    assert assistant.find("公务用车办法第九条", 3) == []
    kinds = {
        assistant.library().documents[each.document_id].kind for each in assistant.find("宴请", 10)
    }
    assert Kind.CASE not in kinds


async def test_the_button_above_the_results_leads_to_the_welcome_not_to_an_invite(
    peer: Peer, serve: Serve, shipped: Library, records: Records
) -> None:
    await over(serve, shipped)
    await peer.say(MEMBER, "/start inline")
    await all_handled(peer, records)
    assert phrases.START in peer.messages(MEMBER)[-1].text
    assert not [each for each in records.audit.recent() if each.action == "invite.wrong"]
