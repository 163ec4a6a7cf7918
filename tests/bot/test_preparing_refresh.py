"""The process that prepares a refresh for the bot, with a model that proposes asks."""

from __future__ import annotations

import json
import os
import signal

import pytest

from bot import preparing_refresh
from bot.preparing_refresh import prepare_refresh
from ingest.preview import PREVIEW
from ingest.proposing import Proposer
from ingest.reading import FileRead
from knowledge.answering import Composer
from knowledge.assistant import Assistant
from knowledge.store import Records, RefreshState, Source, Store
from knowledge.store.refreshes import FOLDER
from tests.bot.conftest import KEY
from tests.bot.samples import ADMIN
from tests.fakes import CARS, TinyEncoder, parsed

HASH = "a" * 64
ASK = "节假日公务用车要封存停驶吗"


class Model:
    """Proposes one ask about the article on days off; ``asked`` is called before each answer."""

    name = "m@127.0.0.1:9"

    def __init__(self, asked=lambda: None) -> None:
        self._asked = asked

    def complete(self, messages, *, schema=None, heard=None, seconds=None, person=""):
        self._asked()
        return json.dumps({"asks": [ASK] if "停驶" in messages[-1].text else []})


@pytest.fixture
def records(store: Store, monkeypatch: pytest.MonkeyPatch) -> Records:
    monkeypatch.setattr("ingest.enriching.probability", lambda evidence: 1.0)
    monkeypatch.setattr(preparing_refresh, "base_documents", list)
    monkeypatch.setattr(preparing_refresh, "NICENESS", 0)
    return Records.over(store.database, KEY)


@pytest.fixture
def number(store: Store, records: Records) -> int:
    """A refresh that is being built, of a file that was read before."""
    refresh = records.refreshes.begin(ADMIN)
    records.refreshes.add(refresh.id, Source("车.docx", HASH, 9))
    records.refreshes.move(refresh.id, [RefreshState.COLLECTING], RefreshState.BUILDING)
    folder = store.data_dir / FOLDER / str(refresh.id)
    folder.mkdir(parents=True)
    read = [FileRead("车.docx", HASH, "Word", parsed(CARS))]
    (folder / f"{HASH}.json").write_bytes(preparing_refresh._CACHED.dump_json(read))
    return refresh.id


def run(store: Store, records: Records, number: int, model: Model) -> None:
    encoder = TinyEncoder()
    prepare_refresh(
        number,
        store,
        records.refreshes,
        encoder,
        lambda pinned: Assistant(store, encoder, Composer("纪检"), pinned=pinned),
        Proposer(model),
    )


def test_the_preview_that_is_kept_tells_of_the_asks_and_each_step_is_told(
    store, records, number, capsys
) -> None:
    run(store, records, number, Model())
    refresh = records.refreshes.get(number)
    assert refresh.state is RefreshState.READY
    told = PREVIEW.validate_python(refresh.outcome["preview"]).proposed
    assert (told.kept, told.server) == (1, Model.name)
    assert [each.name for each in store.staged()] == [refresh.outcome["generation"]]
    steps = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {"读取文件", "建立索引", "拟问法", "回验问法"} <= {each["phase"] for each in steps}


def test_cancelled_while_the_model_is_asked_nothing_stays_staged(store, records, number) -> None:
    """Each is as large as the live one, and others' previews would have to go for it."""
    before = signal.getsignal(signal.SIGTERM)

    def cancelled() -> None:
        records.refreshes.move(number, [RefreshState.BUILDING], RefreshState.CANCELLED)
        assert store.staged()
        os.kill(os.getpid(), signal.SIGTERM)

    with pytest.raises(SystemExit) as ended:
        run(store, records, number, Model(cancelled))
    assert ended.value.code == 128 + signal.SIGTERM
    assert store.staged() == []
    assert list(store.generations_folder.iterdir()) == []
    assert records.refreshes.get(number).state is RefreshState.CANCELLED
    assert signal.getsignal(signal.SIGTERM) == before


def test_cancelled_without_a_signal_nothing_stays_staged_either(store, records, number) -> None:
    def cancelled() -> None:
        records.refreshes.move(number, [RefreshState.BUILDING], RefreshState.CANCELLED)

    run(store, records, number, Model(cancelled))
    assert store.staged() == []
