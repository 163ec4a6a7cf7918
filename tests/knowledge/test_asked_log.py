"""The question log: nobody is named in it, and everyone can take their own back."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa

from knowledge.asked import CitedClause
from knowledge.model import Outcome
from knowledge.store import Database, Records
from knowledge.store.asked import AskedRow
from knowledge.store.base import Base

KEY = b"k"
WHO, OTHER = 77_001_234, 77_009_999
CITED = [CitedClause("示例条例", "第九十七条", "rule-97")]
MOBILE = "13812345678"


def asks(records: Records, who: int = WHO, text: str = "可以收礼吗？") -> int:
    return records.asked.add(who, text, Outcome.ANSWERED, 120, CITED, False)


def everything(database: Database) -> str:
    """Every value of every row of the log's table."""
    with database.reading() as session:
        return repr(session.execute(sa.select(Base.metadata.tables["asked"])).all())


def test_neither_the_asker_nor_a_telephone_number_is_in_the_rows(database: Database) -> None:
    records = Records.over(database, KEY)
    number = asks(records, text=f"老板（{MOBILE}）送的购物卡能收吗？")
    kept = everything(database)
    assert "购物卡" in kept
    assert str(WHO) not in kept
    assert MOBILE not in kept
    records.asked.revise(number, f"他是{MOBILE}", Outcome.NO_BASIS, 5, [])
    assert MOBILE not in everything(database)


def test_another_key_makes_another_name_of_the_same_person(database: Database) -> None:
    one, other = Records.over(database, b"a"), Records.over(database, b"b")
    assert one.asked.person(WHO) == one.asked.person(WHO)
    assert one.asked.person(WHO) != other.asked.person(WHO)
    assert one.asked.person(WHO) != one.asked.person(OTHER)


def test_only_the_asker_votes_and_the_last_vote_counts(database: Database) -> None:
    log = Records.over(database, KEY).asked
    number = asks(Records.over(database, KEY))
    assert not log.vote(number, OTHER, True)
    assert log.vote(number, WHO, True)
    assert log.vote(number, WHO, False, "看不懂")
    kept = log.get(number)
    assert kept is not None
    assert (kept.vote, kept.reason) == ("useless", "看不懂")


def test_a_question_asked_anew_in_other_words_loses_its_vote(database: Database) -> None:
    records = Records.over(database, KEY)
    log, number = records.asked, asks(records)
    log.vote(number, WHO, True)
    log.revise(number, "可以收礼吗？", Outcome.ANSWERED, 90, CITED)
    assert log.get(number).vote == "useful"  # type: ignore[union-attr]  # it is there
    log.revise(number, "可以收购物卡吗？", Outcome.ANSWERED, 90, CITED)
    assert log.get(number).vote == ""  # type: ignore[union-attr]  # as above


def test_forgetting_takes_ones_own_questions_and_no_others(database: Database) -> None:
    records = Records.over(database, KEY)
    own, others = asks(records), asks(records, OTHER)
    asks(records)
    assert records.asked.forget(WHO) == 2
    assert records.asked.get(own) is None
    assert records.asked.get(others) is not None


def test_what_is_older_than_the_unit_keeps_goes(database: Database) -> None:
    records = Records.over(database, KEY)
    old, new = asks(records), asks(records)
    long_ago = dt.datetime.now(dt.UTC) - dt.timedelta(days=181)
    with database.writing() as session:
        session.execute(sa.update(AskedRow).where(AskedRow.id == old).values(at=long_ago))
    assert records.asked.purge(180) == 1
    assert records.asked.get(old) is None
    assert records.asked.get(new) is not None


def test_numbers_of_forgotten_questions_are_not_given_again(database: Database) -> None:
    records = Records.over(database, KEY)
    gone = asks(records)
    records.asked.forget(WHO)
    assert asks(records) > gone
