"""Whatever an answer holds, Telegram accepts its messages and no quote is lost."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.telegram.messages.rendering import answer_pages, html_of, plain_of
from bot.wording import Piece, Style, clean
from knowledge.model import Answer, Citation, Clause, Document, Kind, Outcome, Paragraph
from tests.bot.samples import ANSWER, GIFTS, GREETING, NO_BASIS, RULE, long_answer
from tests.peer import Parsed, parse_html, utf16_units

LIMIT = 4096
QUOTE = "expandable_blockquote"

nasty = st.text(
    alphabet=st.one_of(
        st.sampled_from('<>&"; /bia\n\r\t。；《》〈〉𠮷😀&lt\x1b\x00\u202e\u2066\u200b\ud800'),
        st.characters(),
    ),
    max_size=60,
)
lengthy = st.builds(lambda text, times: text * times, nasty, st.sampled_from([1, 1, 1, 30, 400]))
dates = st.none() | st.dates(dt.date(1949, 10, 1), dt.date(2099, 12, 31))
documents = st.builds(
    Document, id=nasty, title=nasty, kind=st.sampled_from(Kind), issued=dates, effective=dates
)
clauses = st.builds(
    Clause,
    id=nasty,
    document_id=nasty,
    ordinal=st.just(1),
    article=nasty,
    path=st.lists(nasty, max_size=3).map(tuple),
    paragraphs=st.lists(st.builds(Paragraph, st.just(1), nasty), max_size=3).map(tuple),
)
citations = st.builds(
    Citation,
    document=documents,
    clause=clauses,
    quote=lengthy,
    paragraph=st.none() | st.integers(1, 99),
)
plain_citations = st.builds(
    Citation,
    document=documents.map(lambda document: replace(document, title="条例")),
    clause=clauses.map(lambda clause: replace(clause, article="第一条")),
    quote=st.text("规定。\n𠮷<&", min_size=1, max_size=900).map(lambda text: f"甲{text}"),
)
answers = st.builds(
    Answer,
    outcome=st.sampled_from(Outcome),
    text=lengthy,
    citations=st.lists(citations, max_size=4).map(tuple),
    cases=st.lists(citations, max_size=2).map(tuple),
    notes=st.lists(lengthy, max_size=3).map(tuple),
    nearest=st.lists(lengthy, max_size=3).map(tuple),
    contact=nasty,
)


def render(answer: Answer) -> list[str]:
    return [html_of(page) for page in answer_pages(answer)]


def plain(answer: Answer) -> list[str]:
    return [plain_of(page) for page in answer_pages(answer)]


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def quoted(messages: list[Parsed]) -> str:
    return squeezed(
        "".join(
            message.slice(entity)
            for message in messages
            for entity in message.entities
            if entity.type == QUOTE
        )
    )


def accepted(messages: list[str]) -> list[Parsed]:
    """Parse as Telegram does, and hold to its limits."""
    parsed = [parse_html(message) for message in messages]
    for message in parsed:
        assert message.text.strip()
        assert utf16_units(message.text) <= LIMIT
        assert len(message.entities) <= 100
    return parsed


@settings(deadline=None, max_examples=150, suppress_health_check=list(HealthCheck))
@given(answers)
def test_any_answer_is_accepted_and_every_quote_survives(answer: Answer) -> None:
    messages = accepted(render(answer))
    quotes = [citation.quote for citation in (*answer.citations, *answer.cases)]
    assert quoted(messages) == squeezed("".join(map(clean, quotes)))
    bare = plain(answer)
    assert len(bare) == len(messages)
    assert all(0 < utf16_units(message.strip()) <= LIMIT for message in bare)


@settings(deadline=None, max_examples=100, suppress_health_check=list(HealthCheck))
@given(answers)
def test_nothing_that_drives_a_screen_is_sent(answer: Answer) -> None:
    for message in (*render(answer), *plain(answer)):
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", message)


def test_an_answer_reads_from_the_decision_to_the_contact() -> None:
    (message,) = accepted(render(ANSWER))
    bold, first, second = message.entities
    assert (bold.type, message.slice(bold)) == ("bold", ANSWER.text)
    assert message.slice(first) == ANSWER.citations[0].quote
    assert message.slice(second) == ANSWER.citations[1].quote
    lines = [line for line in message.text.split("\n") if line]
    assert lines[1::2][:2] == ["【1】第九十七条第一款", "【2】（二）怎么办"]
    assert lines[5:] == [
        "依据：",
        "1. 《示例纪律处分条例》第九十七条"
        "（第二编 分则 › 第八章 对违反廉洁纪律行为的处分），2024年1月1日起施行",
        "2. 《〈示例纪律处分条例〉要点》· 四、购物卡 › （二）怎么办，2025年3月2日发布",
        "※ 所引《示例纪律处分条例》是样例文本，仅供试用。",
        "以上内容供学习参考。需要正式认定或有约束力的答复，请咨询机关纪委。",
    ]


def test_without_a_basis_the_nearest_headings_are_offered() -> None:
    (message,) = accepted(render(NO_BASIS))
    assert NO_BASIS.text in message.text
    assert "· 《示例办法》第三条\n· 《示例办法》第四条" in message.text
    assert message.text.endswith(NO_BASIS.contact)


def test_small_talk_is_plain() -> None:
    assert render(GREETING) == [GREETING.text]


@settings(deadline=None, max_examples=100, suppress_health_check=list(HealthCheck))
@given(st.lists(plain_citations, min_size=1, max_size=20), st.lists(lengthy, max_size=2))
def test_every_quote_is_headed_by_its_number_and_every_number_is_among_the_sources(
    citations: list[Citation], notes: list[str]
) -> None:
    answer = Answer(Outcome.ANSWERED, "结论。", tuple(citations), notes=tuple(notes))
    shown = accepted(render(answer))
    text = "\n".join(message.text for message in shown)
    order = [text.index("结论。"), *(text.index(f"【{n}】") for n in range(1, len(citations) + 1))]
    order.append(text.index("\n依据：\n"))
    assert order == sorted(order)
    listed = text[order[-1] :]
    assert [int(number) for number in re.findall(r"^(\d+)\. 《", listed, re.MULTILINE)] == [
        *range(1, len(citations) + 1)
    ]
    for message in shown:
        for entity in message.entities:
            if entity.type == QUOTE:
                before = message.text.encode("utf-16-le")[: 2 * entity.offset].decode("utf-16-le")
                assert re.search(r"(【\d+】.*|（接上文）)\n$", before)


@settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
@given(st.lists(st.integers(1, 3_900), min_size=1, max_size=6))
def test_a_clause_that_fits_a_message_is_never_broken(lengths: list[int]) -> None:
    quotes = [f"{number}" + "𠮷" * (length // 2) for number, length in enumerate(lengths)]
    answer = Answer(
        Outcome.ANSWERED, "结论。", tuple(Citation(RULE, GIFTS, quote) for quote in quotes)
    )
    shown = accepted(render(answer))
    slices = [m.slice(entity) for m in shown for entity in m.entities if entity.type == QUOTE]
    assert slices == quotes


def test_a_document_shown_article_by_article_names_itself_once() -> None:
    clauses = [replace(GIFTS, id=f"c{n}", ordinal=n, article=f"第{n}条") for n in range(1, 6)]
    answer = Answer(
        Outcome.ANSWERED, "共5条。", tuple(Citation(RULE, each, "开头。") for each in clauses)
    )
    (message,) = accepted(render(answer))
    assert message.text.count("《") == 1
    assert "1–5. 《示例纪律处分条例》第1条至第5条，2024年1月1日起施行" in message.text


def test_a_clause_shown_whole_is_not_folded() -> None:
    message = parse_html(html_of([(Piece(Style.WHOLE, "全文"),)]))
    assert [entity.type for entity in message.entities] == ["blockquote"]
    assert plain_of([(Piece(Style.WHOLE, "全文"),)]) == "「全文」"


def test_a_quote_longer_than_a_message_is_cut_where_a_paragraph_ends() -> None:
    answer = long_answer()
    messages = accepted(render(answer))
    assert len(messages) > 2
    pieces = [
        message.slice(entity)
        for message in messages
        for entity in message.entities
        if entity.type == QUOTE
    ]
    assert len(pieces) == len(messages)
    assert "\n".join(pieces) == answer.citations[0].quote
    assert all(message.text.startswith("（接上文）") for message in messages[2:])


def test_messages_break_between_clauses_where_they_can() -> None:
    quotes = [f"第{number}次" + "文" * 1500 for number in range(5)]
    clause = Clause("c", "rule", 1, "第一条", (), ())
    answer = Answer(
        Outcome.ANSWERED, "结论。", tuple(Citation(RULE, clause, quote) for quote in quotes)
    )
    messages = accepted(render(answer))
    assert len(messages) == 3
    for quote in quotes:
        assert sum(quote in message.text for message in messages) == 1


def test_more_clauses_than_entities_go_into_several_messages() -> None:
    clause = Clause("c", "rule", 1, "第一条", (), ())
    answer = Answer(Outcome.ANSWERED, "结论。", (Citation(RULE, clause, "短"),) * 150)
    assert len(accepted(render(answer))) > 1


def test_an_empty_answer_still_says_something() -> None:
    for outcome in Outcome:
        (message,) = accepted(render(Answer(outcome, "\u200b \x07")))
        assert "换个说法" in message.text
