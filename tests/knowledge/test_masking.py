"""Numbers that name a person are hidden, however they are written; all other text stays."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.masking import CARD, IDENTITY, TELEPHONE, mask

ID, MOBILE, BANK = "11010519491231002X", "13812345678", "6222021234567890123"
# Invisible ones cannot part two numbers, only stand within one.
BETWEEN = [" ", "-", "—", ".", "/", "_", "*", "·", " - "]
DATES = ["2023-12-01", "2024.1.1", "2023/12/31", "20231201", "1999-09-09"]
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
        ("110105 19491231 002 X", IDENTITY),
        ("138/1234/5678", TELEPHONE),
        ("138_1234_5678", TELEPHONE),
        ("138*1234*5678", TELEPHONE),
        ("138 - 1234 - 5678", TELEPHONE),
        ("138\u200b1234\u200b5678", TELEPHONE),
        ("1\ufe0f\u20e33812345678", TELEPHONE),
        ("（+86）13812345678", TELEPHONE),
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
        "罚款1000000-3000000元",
        "分别收了1000 2000 3000 5000 8000元",
        "1. 2023-12-01 2024-01-01",
        "20231201-20240101",
        "2023/12/01-2024/01/01",
        "10000/20000/30000",
        "第1 3 5 7 9 11 13 15 17 19 21 23 25条",
        "合同编号HT202312010000001",
        "统一社会信用代码91110105MA01ABCD2X",
        "统一社会信用代码91440300708461136T",
        "统一社会信用代码91440300708461136X",
    ],
)
def test_sums_dates_and_numbers_of_rules_stay(text: str) -> None:
    assert mask(text) == text


def test_several_numbers_in_a_row_are_told_apart() -> None:
    assert mask(f"{ID} {MOBILE}") == f"{IDENTITY} {TELEPHONE}"
    assert mask(f"{MOBILE}、{BANK}") == f"{TELEPHONE}、{CARD}"
    assert mask("138 12345678 139 12345678") == f"{TELEPHONE} {TELEPHONE}"
    assert mask(f"{MOBILE} (010)62345678") == f"{TELEPHONE} {TELEPHONE}"
    assert mask(f"6222 0212 3456 7890 123 {MOBILE}") == f"{CARD} {TELEPHONE}"
    assert mask(f"{ID}{MOBILE}") == f"{IDENTITY}{TELEPHONE}"


def test_what_stands_beside_a_number_stays() -> None:
    assert mask(f"2023-12-01 {MOBILE}") == f"2023-12-01 {TELEPHONE}"
    assert mask("2023.12-2024.01 138 1234 5678") == f"2023.12-2024.01 {TELEPHONE}"
    assert mask(f"5000 {MOBILE}") == f"5000 {TELEPHONE}"
    assert mask(f"({MOBILE})") == f"({TELEPHONE})"
    assert mask(f"{MOBILE}xyz") == f"{TELEPHONE}xyz"


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("wx13812345678", f"wx{TELEPHONE}"),
        ("tel13812345678", f"tel{TELEPHONE}"),
        ("wx138-1234-5678", f"wx{TELEPHONE}"),
        ("ID110105194912310021", f"ID{IDENTITY}"),
        ("ICBC6222021234567890123", f"ICBC{CARD}"),
    ],
)
def test_letters_directly_before_a_number_stay(written: str, shown: str) -> None:
    assert mask(f"他的{written}，怎么办？") == f"他的{shown}，怎么办？"


def test_a_long_row_of_digits_takes_no_time() -> None:
    began = time.perf_counter()
    for written in ("1 " * 2048, "1" * 4096, f"{MOBILE} " * 340, "1\u200b" * 2048, "(" * 4096):
        mask(written)
    assert time.perf_counter() - began < 2


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


@given(
    numbers=st.lists(st.sampled_from([ID[:-1] + "1", MOBILE, BANK]), min_size=1, max_size=4),
    prefix=st.sampled_from(["", "wx", "tel", "ICBC", "号", "V"]),
    within=st.sampled_from(["", *BETWEEN]),
    around=st.sampled_from(BETWEEN),
)
def test_no_digits_are_left_of_numbers_in_a_row_however_joined(
    numbers: list[str], prefix: str, within: str, around: str
) -> None:
    written = around.join(within.join([each[:3], each[3:7], each[7:]]) for each in numbers)
    masked = mask(prefix + written)
    assert masked.startswith(prefix)
    assert not any(each.isdigit() for each in masked)


@given(
    st.lists(st.sampled_from(DATES), min_size=1, max_size=4),
    st.sampled_from([" ", "-", "—", "至", " - ", "、"]),
)
def test_dates_in_a_row_stay(dates: list[str], between: str) -> None:
    assert mask(between.join(dates)) == between.join(dates)


@given(st.text(alphabet="0123456789 -./_*()+Xx年元\u200b") | st.text())
def test_masking_twice_is_masking_once(text: str) -> None:
    assert mask(mask(text)) == mask(text)


@given(st.text(alphabet="甲乙第条款元收礼品，。？\n"))
def test_text_without_digits_is_untouched(text: str) -> None:
    assert mask(text) == text
