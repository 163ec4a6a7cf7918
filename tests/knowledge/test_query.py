"""Questions as people put them, and the places, versions and days that they name."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.errors import QuestionError
from knowledge.model import Question
from knowledge.query import MAX_QUESTION_CHARS, clean, understand

NAMES = {
    "中国共产党纪律处分条例": "中国共产党纪律处分条例",
    "纪律处分条例": "中国共产党纪律处分条例",
    "条例": "中国共产党纪律处分条例",
    "政务处分法": "中华人民共和国公职人员政务处分法",
    "刑法": "中华人民共和国刑法",
    "监察法": "中华人民共和国监察法",
    "监察法实施条例": "中华人民共和国监察法实施条例",
    "80条清单": "中央列出违反八项规定清单80条",
    "八条措施": "廉政执法八条措施",
}


def read(text, *turns):
    return understand(Question(text, turns), NAMES)


@pytest.mark.parametrize(
    ("text", "family", "article", "paragraph"),
    [
        ("《条例》第97条", "中国共产党纪律处分条例", "第九十七条", None),
        ("条例九十七条怎么说", "中国共产党纪律处分条例", "第九十七条", None),
        ("纪律处分条例第 97 条", "中国共产党纪律处分条例", "第九十七条", None),
        ("条例第９７条", "中国共产党纪律处分条例", "第九十七条", None),
        ("政务处分法第33条第1款", "中华人民共和国公职人员政务处分法", "第三十三条", 1),
        ("刑法第一百二十条之一", "中华人民共和国刑法", "第一百二十条之一", None),
        ("刑法388条之一讲什么", "中华人民共和国刑法", "第三百八十八条之一", None),
        ("监察法实施条例第二百条", "中华人民共和国监察法实施条例", "第二百条", None),
        ("第一百零一条", "", "第一百零一条", None),
        ("97条", "", "第九十七条", None),
    ],
)
def test_an_explicit_citation_is_read_in_every_form(text, family, article, paragraph):
    reference = read(text).references[0]
    assert (reference.family, reference.article, reference.paragraph) == (
        family,
        article,
        paragraph,
    )


@pytest.mark.parametrize(
    "text",
    [
        "群众给了三条线索",
        "我发了一条微信",
        "80条清单里有没有这个",
        "八条措施是什么",
        "收了两条烟",
        "收了10条香烟",
        "老板送来3到5条烟怎么办",
        "6条线是哪六条",
    ],
)
def test_counting_things_is_not_citing_an_article(text):
    assert not any(reference.article for reference in read(text).references)


def test_a_document_named_without_an_article_is_noticed():
    assert [r.family for r in read("政务处分法里怎么规定的").references] == [
        "中华人民共和国公职人员政务处分法"
    ]


def test_a_short_name_inside_another_word_is_not_a_document():
    assert read("食品安全法实施条例里怎么说").references == ()


def test_the_longest_name_wins():
    assert [r.family for r in read("监察法实施条例的规定").references] == [
        "中华人民共和国监察法实施条例"
    ]


def test_a_title_that_is_not_held_is_kept_as_unknown():
    assert read("《不存在的规定》第三条").references[0].unknown == "不存在的规定"


def test_two_citations_keep_their_own_documents():
    found = read("条例第97条和政务处分法第34条有什么区别").references
    assert [(r.family, r.article) for r in found] == [
        ("中国共产党纪律处分条例", "第九十七条"),
        ("中华人民共和国公职人员政务处分法", "第三十四条"),
    ]


@pytest.mark.parametrize(
    ("text", "unknown"),
    [
        ("信访条例第三条", "信访条例"),
        ("食品安全法实施条例第十条", "食品安全法实施条例"),
        ("按治安管理处罚法第42条怎么办", "治安管理处罚法"),
        ("请问劳动法的第三十九条", "劳动法"),
        ("民法典第1165条", "民法典"),
        ("刑法修正案（十二）第三条", "刑法修正案(十二)"),
        ("党章第三十八条", "党章"),
        ("按劳动合同第七条", "劳动合同"),
    ],
)
def test_an_article_of_a_document_not_held_is_never_given_to_another(text, unknown):
    (reference,) = read(text).references
    assert (reference.family, reference.unknown) == ("", unknown)


def test_a_name_that_leaves_words_out_is_taken_for_the_one_title_it_fits():
    names = {**NAMES, "事业单位工作人员处分暂行规定": "事业单位工作人员处分暂行规定"}
    query = understand(Question("事业单位处分暂行规定第十条"), names)
    assert query.references[0].family == "事业单位工作人员处分暂行规定"


@pytest.mark.parametrize(
    "text", ["政务处分法33、34条", "政务处分法第33条和第34条", "政务处分法第三十三、三十四条"]
)
def test_several_numbers_before_one_word_are_several_articles(text):
    found = read(text).references
    assert [r.article for r in found] == ["第三十三条", "第三十四条"]
    assert {r.family for r in found} == {"中华人民共和国公职人员政务处分法"}


@pytest.mark.parametrize("text", ["政务处分法第33-35条", "政务处分法第三十三条至第三十五条"])
def test_a_range_names_every_article_in_it(text):
    assert [r.article for r in read(text).references] == [
        "第三十三条",
        "第三十四条",
        "第三十五条",
    ]


@pytest.mark.parametrize("text", ["刑法388条之1", "刑法第三百八十八条之一"])
def test_an_inserted_article_is_found_in_digits_too(text):
    assert read(text).references[0].article == "第三百八十八条之一"


@pytest.mark.parametrize("text", ["最新条例第97条", "现行条例第97条", "看下条例第97条"])
def test_words_before_a_short_name_are_not_part_of_it(text):
    (reference,) = read(text).references
    assert (reference.family, reference.unknown) == ("中国共产党纪律处分条例", "")


def test_a_year_after_the_title_names_the_version():
    assert read("《中国共产党纪律处分条例》（2018年修订）第88条").references[0].year == 2018


def test_a_number_that_is_none_names_nothing_that_exists():
    assert read("条例第0条").references[0].article == "第0条"


def test_a_day_is_not_searched_for_as_a_word():
    assert "2019" not in read("2019年6月收的购物卡").search_text


def test_a_version_year_is_told_from_a_day():
    version = read("2018年的条例第88条")
    assert version.references[0].year == 2018
    assert version.as_of is None
    assert read("2019年的事，收了礼怎么处理").as_of == dt.date(2019, 7, 1)
    assert read("2023年12月31日收的礼").as_of == dt.date(2023, 12, 31)


def test_an_impossible_date_is_not_a_day():
    assert read("2019年13月45日的事").as_of is None


def test_the_old_version_can_be_asked_for_by_that_word():
    assert read("旧条例第88条").references[0].old


def test_a_bare_number_means_the_document_spoken_of_before():
    query = read("那第三十四条呢", "政务处分法第33条说什么")
    assert query.references[0].family == "中华人民共和国公职人员政务处分法"


@pytest.mark.parametrize(
    ("text", "article", "paragraph"),
    [
        ("下一条呢", "第九十八条", None),
        ("那上一条呢？", "第九十六条", None),
        ("第二款呢", "第九十七条", 2),
        ("那情节严重的呢", "第九十七条", None),
    ],
)
def test_a_follow_up_may_name_its_place_by_the_article_before(text, article, paragraph):
    (reference,) = read(text, "条例第97条怎么说").references
    assert (reference.family, reference.article, reference.paragraph) == (
        "中国共产党纪律处分条例",
        article,
        paragraph,
    )


@pytest.mark.parametrize("text", ["那开公车回老家呢", "下一条微信该怎么回他", "明天天气怎么样"])
def test_a_new_matter_does_not_stay_at_the_article_before(text):
    assert read(text, "条例第97条怎么说").references == ()


def test_there_is_no_article_before_the_first():
    assert read("上一条呢", "条例第一条").references == ()


def test_a_question_that_stands_alone_keeps_its_own_text():
    alone = read("明天下雨吗", "购物卡能收吗").alone
    assert alone is not None
    assert alone.search_text == "明天下雨吗"
    assert read("那电子的呢", "购物卡能收吗").alone is None
    assert read("明天下雨吗").alone is None


def test_the_day_of_an_earlier_turn_holds_only_for_what_leans_on_it():
    turn = "2019年6月收的购物卡"
    assert read("那情节严重的呢", turn).as_of == dt.date(2019, 6, 1)
    assert read("公车能不能接孩子", turn).as_of is None


@pytest.mark.parametrize("text", ["我2008年入党，收了礼怎么办", "他1999年参加工作"])
def test_a_year_of_a_life_is_not_when_the_matter_happened(text):
    assert read(text).as_of is None


@pytest.mark.parametrize("text", ["", "   ", "\x00\x07", "？！", "\u202e\u200b", "🙂🙂"])
def test_a_question_without_words_is_turned_away_with_an_example(text):
    with pytest.raises(QuestionError, match="例如"):
        clean(text)


def test_a_question_of_ten_thousand_characters_is_turned_away_with_the_limit():
    with pytest.raises(QuestionError, match=str(MAX_QUESTION_CHARS)):
        clean("问" * 10_000)


def test_control_characters_and_bidi_marks_are_taken_out():
    assert clean("能\x00收\u202e礼\n吗") == "能 收 礼 吗"


@given(st.text(alphabet="第条款之百十一二0123、和《》条例刑法 ", max_size=40))
def test_any_heap_of_numerals_is_read_without_a_fault(text):
    if any(char.isalnum() for char in text):
        understand(Question(text), NAMES)


@given(st.text(max_size=200), st.lists(st.text(max_size=50), max_size=3))
def test_any_text_is_either_understood_or_politely_turned_away(text, turns):
    try:
        query = understand(Question(text, tuple(turns)), NAMES)
    except QuestionError:
        return
    assert query.search_text.strip()
