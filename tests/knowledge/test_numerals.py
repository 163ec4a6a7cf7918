import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.numerals import canonical_article, chinese_to_int, int_to_chinese


@given(st.integers(0, 9999))
def test_every_number_survives_the_round_trip(number: int) -> None:
    assert chinese_to_int(int_to_chinese(number)) == number


@pytest.mark.parametrize(
    ("numeral", "number"),
    [
        ("九十七", 97),
        ("十", 10),
        ("一百零七", 107),
        ("一百〇七", 107),
        ("一百七", 107),
        ("两百", 200),
        ("廿一", 21),
        ("一千二百六十", 1260),
        ("97", 97),
        ("９７", 97),
        ("九 十 七", 97),
        ("二〇二三", 2023),
        ("二0一0", 2010),
    ],
)
def test_numbers_are_read_in_the_forms_documents_print(numeral: str, number: int) -> None:
    assert chinese_to_int(numeral) == number


@pytest.mark.parametrize("nonsense", ["", "条", "九十x", "-3"])
def test_what_is_no_number_is_refused(nonsense: str) -> None:
    with pytest.raises(ValueError, match="不是数字"):
        chinese_to_int(nonsense)


@pytest.mark.parametrize(
    ("number", "name"), [(12, "十二"), (110, "一百一十"), (1010, "一千零一十")]
)
def test_numbers_are_written_as_articles_are_numbered(number: int, name: str) -> None:
    assert int_to_chinese(number) == name


@pytest.mark.parametrize("number", [-1, 10000])
def test_numbers_no_article_has_are_refused(number: int) -> None:
    with pytest.raises(ValueError, match="只支持"):
        int_to_chinese(number)


@pytest.mark.parametrize(
    ("label", "article"),
    [
        ("第97条", "第九十七条"),
        ("97条", "第九十七条"),
        ("第 九 十 七 条", "第九十七条"),
        ("第一百〇七条", "第一百零七条"),
        ("第一百二十条之一", "第一百二十条之一"),
        ("第120条之1", "第一百二十条之一"),
        ("第九十七条第二款", None),
        ("第零条", None),
        ("九十七", None),
        ("", None),
        ("第99999条", None),
    ],
)
def test_an_article_has_one_name(label: str, article: str | None) -> None:
    assert canonical_article(label) == article


@given(st.text(max_size=12))
def test_any_text_is_an_article_or_not(text: str) -> None:
    article = canonical_article(text)
    assert article is None or canonical_article(article) == article
