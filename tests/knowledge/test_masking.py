"""Numbers that name a person are hidden, however they are written; all other text stays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.masking import CARD, IDENTITY, TELEPHONE, mask

ID, MOBILE, BANK = "11010519491231002X", "13812345678", "6222021234567890123"
WORDS = st.text(alphabet="甲收了老板的红包，怎么办？。 ", max_size=12)


def widened(text: str) -> str:
    return "".join(
        chr(ord(each) + 0xFEE0) if each.isascii() and each.isalnum() else each for each in text
    )


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        (ID, IDENTITY),
        (ID.lower(), IDENTITY),
        ("110105491231002", IDENTITY),
        ("110105 19491231 002X", IDENTITY),
        ("110105-19491231-0021", IDENTITY),
        (widened(ID), IDENTITY),
        (MOBILE, TELEPHONE),
        ("138 1234 5678", TELEPHONE),
        ("138-1234-5678", TELEPHONE),
        ("+86 13812345678", TELEPHONE),
        ("(010)62345678", TELEPHONE),
        ("0755-86543210", TELEPHONE),
        (widened(MOBILE), TELEPHONE),
        (BANK, CARD),
        ("6222 0212 3456 7890 123", CARD),
        ("4111-1111-1111-1111", CARD),
    ],
)
def test_a_number_that_names_a_person_is_replaced_by_what_it_was(written: str, shown: str) -> None:
    assert mask(f"他的号码是{written}，怎么办？") == f"他的号码是{shown}，怎么办？"


@pytest.mark.parametrize(
    "text",
    [
        "监察法第十五条、《条例》第97条",
        "收了5000元，另有1,234,567.89元",
        "2023-12-01收的，2024.1.1退的",
        "2023-12-01 2024-01-01",
        "2023.12.01-2024.01.01期间",
        "国家市场监督管理总局令第49号，国发〔2023〕12号",
        "20231201",
        "罚款 100000 元 300000 元",
        "统一社会信用代码91110105MA01ABCD2X",
    ],
)
def test_sums_dates_and_numbers_of_rules_stay(text: str) -> None:
    assert mask(text) == text


def test_several_numbers_in_a_row_are_told_apart() -> None:
    assert mask(f"{ID} {MOBILE}") == f"{IDENTITY} {TELEPHONE}"
    assert mask(f"{MOBILE}、{BANK}") == f"{TELEPHONE}、{CARD}"


@given(
    before=WORDS,
    after=WORDS,
    number=st.sampled_from([ID, MOBILE, BANK]),
    wide=st.booleans(),
    between=st.sampled_from(["", " ", "-", "—"]),
)
def test_no_digits_of_such_a_number_are_left_wherever_it_stands(
    before: str, after: str, number: str, wide: bool, between: str
) -> None:
    written = between.join([number[:3], number[3:7], number[7:]])
    masked = mask(before + (widened(written) if wide else written) + after)
    assert not any(each.isdigit() for each in masked)


@given(st.text())
def test_masking_twice_is_masking_once(text: str) -> None:
    assert mask(mask(text)) == mask(text)


@given(st.text(alphabet="甲乙第条款元收礼品，。？\n"))
def test_text_without_digits_is_untouched(text: str) -> None:
    assert mask(text) == text
