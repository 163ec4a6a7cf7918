"""Asks are an extra: whatever goes wrong with them, a refresh goes on, and nothing is left over."""

from __future__ import annotations

import pytest
from filelock import FileLock
from pydantic import SecretStr

from ingest import generation
from ingest.generation import go_live
from ingest.proposing import Proposer
from knowledge.errors import OvertakenError, StoreError
from knowledge.llm.chat import ChatModel, Server
from knowledge.llm.limits import Breaker, Budget, Patience, Places
from knowledge.running import INGEST_LOCK
from tests.fakes import CARS, GIFTS, GIFTS_REVISED
from tests.ingest.asking import CARS_LATER, Scripted, generated, prepared
from tests.llm_server import NAME, Drops, Fails, Hangs, Raw
from tests.llm_server import Scripted as LanguageServer

pytestmark = pytest.mark.usefixtures("certain")


def folders(store) -> set[str]:
    return {each.name for each in store.generations_folder.iterdir()}


def is_tidy(store, made) -> bool:
    """Whether nothing is kept but what is live and what is staged."""
    kept = {each.name for each in (*store.generations(), made.generation)}
    return [each.id for each in store.staged()] == [made.generation.id] and folders(store) <= kept


def once(call):
    """Does something before the second answer, the first time only."""
    left = [call]

    def before(count: int) -> None:
        if count == 1 and left:
            left.pop()()

    return before


# The model fails


def test_a_dead_model_lets_the_refresh_go_on_and_says_so(store) -> None:
    made = prepared(store, GIFTS, CARS, model=Scripted({}, ""))
    assert made.generation is not None
    assert made.report.documents == 2
    assert "连续 3 次" in made.preview.proposed.note
    assert made.preview.warnings == ()
    assert is_tidy(store, made)


def test_a_bug_in_the_models_client_lets_the_refresh_go_on_and_keeps_its_words_to_the_log(
    store, caplog
) -> None:
    model = Scripted()

    def breaks(_: int) -> None:
        raise TypeError("内部")

    model.before = breaks
    made = prepared(store, GIFTS, model=model)
    assert made.generation is not None
    assert "程序出错，详情见日志" in made.preview.proposed.note
    assert "内部" not in made.preview.proposed.note
    assert "TypeError" in caplog.text
    assert is_tidy(store, made)


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_who_ends_it_while_the_model_is_asked_leaves_nothing_behind(store, error) -> None:
    model = Scripted()

    def ends(_: int) -> None:
        raise error

    model.before = ends
    with pytest.raises(error):
        prepared(store, GIFTS, model=model)
    assert store.staged() == []
    assert folders(store) == set()


def served(server: LanguageServer, first: float = 1.0) -> Proposer:
    return Proposer(
        ChatModel(
            Server(NAME, server.url, SecretStr("")),
            Patience(first, 0.3, 5.0),
            Breaker(),
            Places(1),
            Budget(0, lambda: None),
            tokens=500,
        )
    )


def test_a_server_that_answers_gives_asks(store) -> None:
    with LanguageServer() as server:
        server.answer = lambda body: (
            {"asks": ["节假日公务用车要封存停驶吗"]} if "停驶" in str(body) else {"asks": []}
        )
        made = prepared(store, CARS, proposer=served(server))
        assert made.preview.proposed.server.startswith(f"{NAME}@127.0.0.1:")
    assert list(generated(store, made.generation)) == ["节假日公务用车要封存停驶吗"]


@pytest.mark.parametrize(
    ("step", "reason"),
    [
        (Fails(401), "不认所设的密钥"),
        (Fails(404), "没有所设的模型或地址"),
        (Fails(429, retry_after=60), "此刻太忙"),
        (Raw("<html>欢迎</html>", "text/html"), "模型"),
        (Hangs(5), "没有回应"),
        (Drops(), "连不上"),
        ("收到了。", "请换一个能输出 JSON 的模型"),
    ],
)
def test_what_a_server_fails_of_is_told_in_its_own_words(store, step, reason) -> None:
    with LanguageServer() as server:
        server.answer = lambda body: step
        made = prepared(store, GIFTS, proposer=served(server, first=0.2))
    told = made.preview.proposed
    assert "（最后一次：" in told.note
    assert reason in told.note
    assert "lianwen doctor" in told.note
    assert made.generation is not None


# Somebody else is at work meanwhile


def test_what_goes_live_meanwhile_does_not_take_the_refresh_along(store, monkeypatch) -> None:
    """What was staged is swept then, and the next search of it fails."""

    def gone(*given):
        raise StoreError("磁盘可能已满。请检查磁盘空间。")

    monkeypatch.setattr("ingest.enriching.returns", gone)
    go_live(store, prepared(store, CARS_LATER, on=False).generation)
    model = Scripted()
    model.before = once(lambda: go_live(store, prepared(store, CARS, on=False).generation))
    made = prepared(store, GIFTS, model=model)
    assert "知识库又更新过" in made.preview.proposed.note
    assert "--asks" in made.preview.proposed.note
    assert "磁盘" not in made.preview.proposed.note
    assert made.preview.proposed.kept == 0
    assert is_tidy(store, made)
    assert go_live(store, made.generation).live
    assert made.report.documents == 2  # the one meanwhile, and the one of this refresh


def test_asks_that_were_found_all_the_same_go_upon_what_went_live(store, monkeypatch) -> None:
    """What is open may still be searched though its files are gone."""
    monkeypatch.setattr("ingest.enriching.returns", lambda *given: True)
    go_live(store, prepared(store, CARS_LATER, on=False).generation)
    model = Scripted()
    model.before = once(lambda: go_live(store, prepared(store, CARS, on=False).generation))
    made = prepared(store, GIFTS, model=model)
    assert made.preview.proposed.kept == 3
    assert len(generated(store, made.generation)) == 3
    assert is_tidy(store, made)
    assert go_live(store, made.generation).live


def test_it_can_go_live_also_where_the_model_had_nothing_to_add(store) -> None:
    go_live(store, prepared(store, CARS_LATER, on=False).generation)
    model = Scripted({}, "没有")
    model.before = once(lambda: go_live(store, prepared(store, CARS, on=False).generation))
    made = prepared(store, GIFTS, model=model)
    assert go_live(store, made.generation).live


def test_the_same_going_live_meanwhile_leaves_nothing_to_do(store) -> None:
    go_live(store, prepared(store, CARS_LATER, on=False).generation)
    model = Scripted({}, "没有")
    model.before = once(lambda: go_live(store, prepared(store, GIFTS, model=None).generation))
    made = prepared(store, GIFTS, model=model)
    assert made.generation is None
    assert store.staged() == []
    assert made.preview.incoming[0].duplicate == "礼品管理办法"


def test_a_rollback_meanwhile_is_noticed(store) -> None:
    go_live(store, prepared(store, GIFTS, on=False).generation)
    go_live(store, prepared(store, GIFTS_REVISED, on=False).generation)
    model = Scripted()
    model.before = once(lambda: generation.roll_back(store))
    made = prepared(store, CARS, model=model)
    assert go_live(store, made.generation).live


def test_where_another_one_builds_for_long_the_refresh_goes_on_without_asks(
    store, monkeypatch
) -> None:
    monkeypatch.setattr("ingest.preparing._PATIENCE", 0.2)
    lock = FileLock(store.data_dir / INGEST_LOCK)
    model = Scripted()
    model.before = once(lock.acquire)
    try:
        made = prepared(store, GIFTS, model=model)
    finally:
        lock.release()
    told = made.preview.proposed
    assert (told.kept, told.examples) == (0, ())
    assert told.made == 3
    assert "没有用上：另一个进程正在更新这个知识库" in told.note
    assert generated(store, made.generation) == {}
    assert is_tidy(store, made)


# The disk fails


def test_a_disk_that_is_full_at_the_second_build_costs_the_asks_alone(store, monkeypatch) -> None:
    whole, written = generation.write, []

    def write(*given):
        written.append(given[0])
        if len(written) == 2:
            raise OSError(28, "No space left on device")
        return whole(*given)

    monkeypatch.setattr(generation, "write", write)
    made = prepared(store, GIFTS, model=Scripted())
    assert len(written) == 2
    assert "No space left" in made.preview.proposed.note
    assert made.preview.proposed.kept == 0
    assert is_tidy(store, made)
    go_live(store, made.generation)
    assert generated(store) == {}


def test_what_cannot_be_searched_costs_the_asks_alone(store, monkeypatch) -> None:
    def broken(*given):
        raise StoreError("坏了。请重试。")

    monkeypatch.setattr("ingest.enriching.returns", broken)
    made = prepared(store, GIFTS, model=Scripted())
    assert "没有用上：坏了。请重试" in made.preview.proposed.note
    assert is_tidy(store, made)


def test_what_cannot_be_given_up_does_not_take_the_refresh_along(store, monkeypatch) -> None:
    def broken(*given):
        raise StoreError("坏了。请重试。")

    monkeypatch.setattr("ingest.preparing.discard", broken)
    made = prepared(store, GIFTS, model=Scripted())
    assert made.preview.proposed.kept == 3
    assert made.generation in store.staged()


def test_what_fails_afterwards_leaves_neither_build_behind(store) -> None:
    def answering(_):
        raise OvertakenError("晚了。请再试。")

    with pytest.raises(OvertakenError):
        prepared(store, GIFTS, model=Scripted(), answering=answering)
    assert store.staged() == []
