"""Measures and cases, read with commands and buttons."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from bot.telegram.answers.article_view import prefix_of
from bot.telegram.browsing import cases as case_screens
from bot.telegram.browsing import measures as measure_screens
from bot.telegram.browsing import shelf
from knowledge.library import Library
from knowledge.model import Clause, Document, Kind, Paragraph, ParsedDocument
from knowledge.store import Records
from tests.bot.conftest import Serve
from tests.bot.samples import ADMIN, LIBRARY, MEMBERS, STRANGER
from tests.bot.shelves import Reader, copied, entries, over, titled
from tests.peer import Peer
from tests.peer.chats import BOT, Sent

MEMBER, _ = MEMBERS
GROUP = -100500
NUMBERS = "一二三四五六七八"
BIG = "9" * 19
FORGED = """
measure measure| measure|0123456789ab|1 measures|zz
case|abc case|0123456789ab|k|1|0|0 cases|k|BIG|0 cases|y|BIG|BIG cases|z|1|1
rules|99|0 rules|x|1 held|0123456789|1|1|0 held|||| clause|nothing|1|0|0 clause|
quiz|1|1 quiz|BIG|2 quiznext|BIG
""".replace("BIG", BIG).split()


def quotes(message: Sent) -> list[str]:
    return [message.parsed.slice(e) for e in message.parsed.entities if "quote" in e.type]


async def test_the_eight_measures_are_listed_and_marked_as_a_sample(
    peer: Peer, serve: Serve, shipped: Library
) -> None:
    await over(serve, shipped)
    message = await Reader(peer, MEMBER).send("/measures")
    assert "《廉政执法八条措施（示范文本）》" in message.text
    assert measure_screens.SAMPLE in message.text
    assert list(message.buttons) == [f"第{number}条" for number in NUMBERS]
    assert "第五条　严守办案“四不”" in message.text


async def test_the_measures_are_read_one_by_one_to_the_end_and_back(
    peer: Peer, serve: Serve, shipped: Library
) -> None:
    await over(serve, shipped)
    reader, sheet = Reader(peer, MEMBER), titled(shipped, "八条措施")
    message = await reader.press(await reader.send("/measures"), "第一条")
    for number in NUMBERS:
        article = shipped.article(sheet.id, f"第{number}条")
        assert article is not None
        assert quotes(message) == [article.text]
        assert ("上一条" in message.buttons) == (number != "一")
        assert ("下一条" in message.buttons) == (number != "八")
        assert measure_screens.SAMPLE in message.text
        if number != "八":
            message = await reader.press(message, "下一条")
    message = await reader.press(message, "上一条", "返回目录", "第三条", "上一条")
    assert "第二条" in message.text
    assert len(peer.messages(MEMBER)) == 1


async def test_the_units_own_measures_come_before_the_sample_which_is_named(
    peer: Peer, serve: Serve, shipped: Library
) -> None:
    sample = titled(shipped, "八条措施")
    own = copied(
        sample,
        shipped.clauses_of(sample.id)[1:],
        id="0" * 32,
        title="某局廉政执法八条措施",
        sample=False,
        effective=dt.date(2022, 3, 1),
    )
    await over(serve, Library([*entries(shipped), own]))
    reader = Reader(peer, MEMBER)
    message = await reader.send("/measures")
    assert "《某局廉政执法八条措施》" in message.text
    assert "现行有效" in message.text
    assert measure_screens.SAMPLE not in message.text
    message = await reader.press(message, "另有：廉政执法八条措施（示范文本）")
    assert measure_screens.SAMPLE in message.text


async def test_without_measures_or_cases_one_is_told_whom_to_ask(peer: Peer, serve: Serve) -> None:
    await over(serve, LIBRARY)
    reader = Reader(peer, MEMBER)
    assert (await reader.send("/measures")).text == measure_screens.NONE_HELD
    assert (await reader.send("/cases")).text == case_screens.NONE_HELD


async def test_cases_are_found_by_kind_and_shown_section_by_section(
    peer: Peer, serve: Serve, shipped: Library
) -> None:
    await over(serve, shipped)
    reader = Reader(peer, MEMBER)
    message = await reader.send("/cases")
    assert "共 14 件" in message.text
    message = await reader.press(message, "接受宴请 2")
    assert "王某组织公款吃喝并违规接受宴请案" in message.text
    assert "张某退休后违规接受宴请案" in message.text
    message = await reader.press(message, "2")
    case = titled(shipped, "张某退休后")
    assert "类型：接受宴请　年份：2021年" in message.text
    assert f"来源：{case.source}" in message.text
    assert quotes(message) == [clause.text for clause in shipped.clauses_of(case.id)]
    for heading in ("基本事实", "认定", "处分", "依据", "警示"):
        assert f"【{heading}】" in message.text
    message = await reader.press(message, "返回列表")
    assert "接受宴请（2 件）" in message.text
    assert "共 14 件" in (await reader.press(message, "返回分类")).text


async def test_cases_are_found_by_year(peer: Peer, serve: Serve, shipped: Library) -> None:
    await over(serve, shipped)
    reader = Reader(peer, MEMBER)
    message = await reader.send("/cases")
    years = [label for label in message.buttons if "年 " in label]
    assert years == ["2023年 3", "2022年 4", "2021年 7"]
    message = await reader.press(message, "2023年 3", "2")
    assert "湖北宜昌" in message.text


async def test_long_lists_and_long_cases_have_pages(
    peer: Peer, serve: Serve, shipped: Library
) -> None:
    template = titled(shipped, "张某退休后")
    many = [
        copied(
            template,
            [
                replace(each, paragraphs=(Paragraph(1, "情" * 1500 + "。"),))
                for each in shipped.clauses_of(template.id)
            ],
            id=f"{number:04x}".ljust(32, "0"),
            title=f"某某第{number}次违规接受宴请案",
        )
        for number in range(1, 13)
    ]
    await over(serve, Library(many))
    reader = Reader(peer, MEMBER)
    message = await reader.press(await reader.send("/cases"), "接受宴请 12", "下一页（1/2）")
    assert list(message.buttons) == ["9", "10", "11", "12", "上一页", "返回分类"]
    message = await reader.press(message, "10")
    seen, text = [], message.text
    while True:
        seen += quotes(message)
        label = next((each for each in message.buttons if each.startswith("下一页")), None)
        if label is None:
            break
        message = await reader.press(message, label)
        text += message.text
    assert "".join(seen).count("情") == 6 * 1500
    message = await reader.press(message, "返回列表")
    assert "上一页" in message.buttons


async def test_an_office_s_own_case_is_sorted_by_its_words(peer: Peer, serve: Serve) -> None:
    document = Document("f" * 32, "某所王某案", Kind.CASE, issued=dt.date(2025, 4, 1))
    facts = Clause(
        f"{document.id}-0001",
        document.id,
        1,
        "",
        ("基本事实",),
        (Paragraph(1, "王某酒驾被查，酒后驾驶执法车，并收受红包一个。"),),
    )
    plain = replace(document, id="e" * 32, title="李某一事", issued=None)
    other = replace(facts, id=f"{plain.id}-0001", document_id=plain.id)
    other = replace(other, paragraphs=(Paragraph(1, "李某迟到。"),))
    await over(
        serve, Library([ParsedDocument(document, (facts,)), ParsedDocument(plain, (other,))])
    )
    message = await Reader(peer, MEMBER).send("/cases")
    assert list(message.buttons) == ["赌博酒驾等违法 1", "其他 1", "2025年 1", "年份不详 1"]


async def test_stale_and_forged_buttons_are_told_and_change_nothing(
    peer: Peer, serve: Serve, shipped: Library
) -> None:
    await over(serve, shipped)
    reader = Reader(peer, MEMBER)
    message = await reader.send("/cases")
    for data in FORGED:
        answered = await reader.press_only(message, data)
        assert answered.get("text"), data
    assert reader.now(message) == message
    case = titled(shipped, "张某退休后")
    prefix = prefix_of(case)
    await reader.press_only(message, f"case|{prefix}|y|{BIG}|{BIG}|{BIG}")
    assert "张某退休后" in reader.now(message).text


async def test_two_documents_of_one_prefix_are_neither_of_them() -> None:
    first, second = (
        Document("a" * 12 + tail * 20, f"文件{tail}", Kind.RULE) for tail in ("b", "c")
    )
    library = Library([ParsedDocument(first, ()), ParsedDocument(second, ())])
    assert shelf.document_of(library, "a" * 12) is None
    assert shelf.document_of(library, "a" * 12 + "b") == first
    assert shelf.document_of(library, "a" * 9) is None
    assert shelf.document_of(library, first.id) == first


async def test_browsing_works_in_an_open_group(
    peer: Peer, serve: Serve, records: Records, shipped: Library
) -> None:
    await over(serve, shipped)
    records.groups.open(GROUP, ADMIN)
    reader = Reader(peer, MEMBER, GROUP)
    message = await reader.send(f"/measures@{BOT['username']}")
    assert "八条措施" in message.text
    message = await reader.press(message, "第一条")
    assert "上一条" not in message.buttons


async def test_a_stranger_presses_in_vain(peer: Peer, serve: Serve, shipped: Library) -> None:
    await over(serve, shipped)
    message = await Reader(peer, MEMBER).send("/measures")
    query = await peer.press(STRANGER, message.message_id, "第一条", chat_id=MEMBER)
    await peer.wait_until(
        lambda: any(each["callback_query_id"] == query for each in peer.answered_callbacks)
    )
    assert peer.messages(MEMBER) == [message]
