"""「原文」: the whole article, its place and standing, its pages and its neighbours."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from bot.telegram.answers.article_view import STALE, article_screen
from bot.telegram.messages.rendering import html_of
from bot.wording import clean
from knowledge.library import Library
from knowledge.model import (
    Answer,
    Citation,
    Clause,
    Document,
    Kind,
    Outcome,
    Paragraph,
    ParsedDocument,
)
from tests.bot.conftest import Serve
from tests.bot.samples import CARDS, GUIDE, MEMBERS, RULE, FakeAsker
from tests.peer import Parsed, Peer, Sent, parse_html, utf16_units

MEMBER = MEMBERS[0]
CHAPTER = ("第二编 分则", "第八章 对违反廉洁纪律行为的处分")


def clause(number: int, *texts: str) -> Clause:
    paragraphs = tuple(Paragraph(place, text) for place, text in enumerate(texts, 1))
    return Clause(f"rule-{number}", "rule", number, f"第{number}条", CHAPTER, paragraphs)


SHORT, LAST = clause(1, "第一款。", "第二款 <b>&。"), clause(3, "末条。")
LONG = clause(2, *(f"第{n}款" + "规" * 300 + "。" for n in range(1, 40)))
SECOND = replace(CARDS, id="guide-5", ordinal=5, path=("五、礼金",))
DIGEST = replace(GUIDE, stands_in_for="示例纪律处分条例", caveat="以公报文本为准。")
HELD = Library([ParsedDocument(RULE, (SHORT, LONG, LAST)), ParsedDocument(DIGEST, (CARDS, SECOND))])


def seen(library: Library, clause_id: str, page: int = 0) -> tuple[Parsed, list[str]]:
    screen = article_screen(library, clause_id, page)
    rows = screen.keyboard.inline_keyboard if screen.keyboard else ()
    return parse_html(html_of(screen.blocks)), [each.text for row in rows for each in row]


def test_an_article_is_shown_whole_and_open_under_its_place_and_standing() -> None:
    shown, buttons = seen(HELD, SHORT.id)
    bold, body = shown.entities
    assert (bold.type, shown.slice(bold)) == ("bold", "《示例纪律处分条例》第1条")
    assert (body.type, shown.slice(body)) == ("blockquote", SHORT.text)
    assert "第二编 分则 › 第八章 对违反廉洁纪律行为的处分" in shown.text
    assert "现行有效，2024年1月1日起施行" in shown.text
    assert buttons == ["下一条", "目录"]


def test_the_caveats_of_its_document_are_told() -> None:
    shown, buttons = seen(HELD, CARDS.id)
    assert "《〈示例纪律处分条例〉要点》· （二）怎么办" in shown.text
    assert "不是条文原文" in shown.text
    assert "※ 以公报文本为准。" in shown.text
    assert buttons == ["下一节", "目录"]


def test_what_is_replaced_or_has_not_begun_says_so() -> None:
    old = replace(RULE, superseded_by="新条例", superseded_on=dt.date(2025, 1, 1))
    future = replace(RULE, effective=dt.date(2999, 1, 1))
    for document, said in (
        (old, "已被《新条例》取代，2025年1月1日起不再适用"),
        (future, "尚未施行，2999年1月1日起施行"),
    ):
        assert said in seen(Library([ParsedDocument(document, (SHORT,))]), SHORT.id)[0].text


def test_a_long_article_is_paged_without_losing_a_word() -> None:
    pages = []
    while not pages or f"下一页（{len(pages)}/" in "".join(pages[-1][1]):
        pages.append(seen(HELD, LONG.id, len(pages)))
    assert len(pages) > 2
    bodies = []
    for shown, _ in pages:
        assert utf16_units(shown.text) <= 4096
        assert shown.text.startswith("《示例纪律处分条例》第2条\n")
        bodies += [shown.slice(each) for each in shown.entities if each.type == "blockquote"]
    assert "\n".join(bodies) == LONG.text
    assert pages[0][1] == [f"下一页（1/{len(pages)}）", "上一条", "下一条", "目录"]
    assert pages[1][1][:2] == ["上一页", f"下一页（2/{len(pages)}）"]
    assert pages[-1][1] == ["上一页", "上一条", "下一条", "目录"]


def test_a_page_beyond_the_last_is_the_last_and_an_unknown_clause_a_line() -> None:
    assert seen(HELD, LONG.id, 10**9) == seen(HELD, LONG.id, 3)
    assert seen(HELD, "gone", 0) == (Parsed(STALE, ()), [])


def test_titles_and_texts_of_any_kind_are_shown_as_text() -> None:
    nasty = Document("rule", "<b>&" + "长" * 400 + "\u202e", Kind.RULE)
    library = Library([ParsedDocument(nasty, (replace(LONG, path=("<i>" + "章" * 300,)),))])
    for page in range(6):
        shown, _ = seen(library, LONG.id, page)
        assert utf16_units(shown.text) <= 4096
        assert "\u202e" not in shown.text
        assert clean(nasty.title) in shown.text


def answer() -> Answer:
    cited = (Citation(RULE, SHORT, "第一款。", 1), Citation(RULE, LONG, LONG.paragraphs[0].text))
    return Answer(Outcome.ANSWERED, "结论。", cited)


async def asked(peer: Peer, serve: Serve) -> tuple[FakeAsker, Sent]:
    asker = FakeAsker(lambda _: answer())
    asker.held = HELD
    await serve(asker)
    await peer.say(MEMBER, "问题")
    await peer.wait_until(lambda: any("原文1" in each.buttons for each in peer.messages(MEMBER)))
    return asker, next(each for each in peer.messages(MEMBER) if "原文1" in each.buttons)


async def turned(peer: Peer, words: str) -> Sent:
    await peer.wait_until(lambda: words in peer.messages(MEMBER)[-1].text)
    return peer.messages(MEMBER)[-1]


async def test_the_original_opens_below_and_its_neighbours_in_its_place(
    peer: Peer, serve: Serve
) -> None:
    _, message = await asked(peer, serve)
    before = len(peer.messages(MEMBER))
    await peer.press(MEMBER, message.message_id, "原文1")
    opened = await turned(peer, "《示例纪律处分条例》第1条\n")
    assert opened.reply_to == message.message_id
    assert "第一款。\n第二款 <b>&。" in opened.text
    await peer.press(MEMBER, opened.message_id, "下一条")
    long = await turned(peer, "《示例纪律处分条例》第2条\n")
    await peer.press(MEMBER, long.message_id, next(b for b in long.buttons if "下一页" in b))
    await turned(peer, "（接上文）")
    await peer.press(MEMBER, long.message_id, "上一页")
    await turned(peer, LONG.paragraphs[0].text)
    await peer.press(MEMBER, long.message_id, "下一条")
    last = await turned(peer, "末条。")
    assert list(last.buttons) == ["上一条", "目录"]
    assert last.message_id == opened.message_id
    assert len(peer.messages(MEMBER)) == before + 1


async def test_after_a_refresh_stale_buttons_get_a_friendly_line(peer: Peer, serve: Serve) -> None:
    asker, message = await asked(peer, serve)
    await peer.press(MEMBER, message.message_id, "原文1")
    opened = await turned(peer, "《示例纪律处分条例》第1条\n")
    asker.held = Library([ParsedDocument(DIGEST, (CARDS,))])
    await peer.press(MEMBER, message.message_id, "原文2")
    await peer.press(MEMBER, opened.message_id, "下一条")
    await peer.press(MEMBER, opened.message_id, "article")
    await peer.wait_until(lambda: len(peer.answered_callbacks) == 4)
    assert [each.get("text") for each in peer.answered_callbacks[1:]] == [STALE] * 3
    assert peer.messages(MEMBER)[-1].text == opened.text


async def test_an_article_that_can_no_longer_be_edited_is_shown_anew(
    peer: Peer, serve: Serve
) -> None:
    _, message = await asked(peer, serve)
    await peer.press(MEMBER, message.message_id, "原文1")
    opened = await turned(peer, "《示例纪律处分条例》第1条\n")
    peer.refuse("editMessageText", 400, "Bad Request: message can't be edited")
    await peer.press(MEMBER, opened.message_id, "下一条")
    anew = await turned(peer, "《示例纪律处分条例》第2条\n")
    assert anew.message_id != opened.message_id
