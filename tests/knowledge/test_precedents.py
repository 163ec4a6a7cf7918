"""Cases that fit: near the question, in force, quoted exactly."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ingest.generation import build
from knowledge.answering import Composer
from knowledge.assistant import Assistant
from knowledge.embedding import Encoder, SentenceEncoder
from knowledge.errors import QuestionError
from knowledge.model import Kind
from knowledge.store import Held, Store
from tests.fakes import CARS, DINNER_CASE, GIFTS, TinyEncoder, parsed

CAR_CASE = """# 某乙公车私用案

## 基本情况

某乙驾驶公务用车接送子女上学，三个月行驶八百公里。

## 处理结果

某乙被责令退赔，受到批评教育。
"""
NOTE = """# 某丙占用公务用车案

某丙在节假日占用公务用车。
"""


def case(text: str, **changes: object) -> Held:
    read = parsed(text)
    changed = replace(read.document, kind=Kind.CASE, **changes)  # type: ignore[arg-type]
    return Held(replace(read, document=changed), "file")


def assistant(store: Store, *cases: Held, encoder: Encoder | None = None) -> Assistant:
    rules = [Held(parsed(text), "file") for text in (GIFTS, CARS)]
    encoder = encoder or TinyEncoder()
    build([*rules, *cases], store=store, encoder=encoder)
    return Assistant(store, encoder, Composer("机关纪委"))


def test_only_the_fitting_case_tells_the_deed_and_then_what_came_of_it(
    store: Store, real_encoder: SentenceEncoder
) -> None:
    core = assistant(store, case(DINNER_CASE), case(CAR_CASE), encoder=real_encoder)
    assert core.cases_for("股票账户开户手续") == ()
    deed, sanction = core.cases_for("公务用车接送子女")
    assert deed.document.title == "某乙公车私用案"
    assert deed.quote == "某乙驾驶公务用车接送子女上学，三个月行驶八百公里。"
    assert sanction.quote == "某乙被责令退赔，受到批评教育。"


def test_a_case_without_such_sections_is_quoted_where_it_is_nearest(store: Store) -> None:
    (told,) = assistant(store, case(NOTE)).cases_for("节假日占用公务用车")
    assert told.quote == "某丙在节假日占用公务用车。"


def test_rules_are_no_cases_and_superseded_cases_no_longer_fit(store: Store) -> None:
    core = assistant(store, case(CAR_CASE, superseded_by="另一案例"))
    assert core.cases_for("公务用车接送子女") == ()


def test_at_most_three_cases_are_told_of(store: Store) -> None:
    many = [case(CAR_CASE.replace("某乙", name)) for name in ("甲", "乙", "丙", "丁", "戊")]
    told = assistant(store, *many).cases_for("公务用车接送子女")
    assert len({each.document.id for each in told}) == 3


def test_an_empty_text_is_told_as_ask_would_tell_it(store: Store) -> None:
    with pytest.raises(QuestionError):
        assistant(store, case(NOTE)).cases_for("  ")
