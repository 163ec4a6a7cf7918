"""What an admin reads of asks that a model made: in a terminal and on the card in chat."""

from __future__ import annotations

import datetime as dt
import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from bot.ingesting import Wanted, ingest
from bot.previewing import UNCHANGED, overview
from bot.previewing_asks import PURPOSE, proposals
from bot.telegram.messages.rendering import html_of
from bot.telegram.refreshing.cards import card, doubts
from bot.wiring import make_proposer
from bot.wording import join, undressed
from ingest.preview import PREVIEW, Preview, ProposedAsk, ProposedAsks
from ingest.proposing import Proposer
from knowledge.answering import Composer
from knowledge.assistant import Assistant
from knowledge.errors import ConfigurationError
from knowledge.settings import Settings
from knowledge.store import Refresh, RefreshState, Store
from tests.fakes import CARS, TinyEncoder

EXAMPLE = ProposedAsk("公务用车办法", "第二条", "过节公车要停吗")
MADE = ProposedAsks(12, 38, 31, (EXAMPLE,))
HEAD = "模型为 12 条新条文拟了 38 个问法（经检索回验，采用 31 个）"
DEAD = "模型连续 3 次没有给出问法。请检查语言模型服务。"


class OneAsk:
    """Proposes one ask about the article on days off, and none about others."""

    name = "one@10.0.0.9:8000"

    def complete(self, messages, *, schema=None, heard=None, seconds=None, person=""):
        asks = ["节假日公务用车要封存停驶吗"] if "停驶" in messages[-1].text else []
        return json.dumps({"asks": asks})


def words(blocks) -> str:
    return join(blocks, undressed)


@pytest.fixture(autouse=True)
def certain(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every ask would be answered: of the tiny encoder's vectors nothing can be told."""
    monkeypatch.setattr("ingest.enriching.probability", lambda evidence: 1.0)


def told(store: Store, folder: Path, proposer: Proposer | None = None, **wanted) -> str:
    """What `lianwen ingest` says."""
    (folder / "车.md").write_text(CARS, encoding="utf-8")
    console, encoder = Console(file=io.StringIO(), width=100), TinyEncoder()
    given = {"paths": [folder / "车.md"], "replace": True} | wanted
    ingest(
        Wanted(**given),
        store=store,
        encoder=encoder,
        answering=lambda pinned: Assistant(store, encoder, Composer("纪检"), pinned=pinned),
        console=console,
        proposer=proposer or Proposer(OneAsk()),
    )
    return console.file.getvalue()


def on_the_card(preview: Preview) -> str:
    kept = {"preview": PREVIEW.dump_python(preview, mode="json")}
    now = dt.datetime.now(dt.UTC)
    refresh = Refresh(7, RefreshState.READY, 1, None, (), 3, kept, now)
    return html_of(card(refresh).blocks)


def test_a_preview_says_how_many_came_how_many_stay_and_what_they_are_for():
    shown = words(overview(Preview(proposed=MADE)))
    assert HEAD in shown
    assert "· 《公务用车办法》第二条：过节公车要停吗" in shown
    assert "……另有 30 个" in shown
    assert PURPOSE in shown
    assert "LLM_ASKS 设为 0" in shown


def test_the_card_in_chat_says_the_same_and_raises_no_doubt():
    preview = Preview(proposed=ProposedAsks(12, 38, 31, (EXAMPLE,), DEAD))
    shown = on_the_card(preview)
    assert HEAD in shown
    assert "过节公车要停吗" in shown
    assert DEAD in shown
    assert not doubts(preview)


def test_what_a_model_wrote_never_becomes_markup():
    nasty = ProposedAsk("<b>甲</b>", "第一条", "<a href='x'>能收吗</a>")
    shown = on_the_card(Preview(proposed=ProposedAsks(1, 1, 1, (nasty,))))
    assert "<a href" not in shown
    assert "<b>甲" not in shown


def test_asks_of_which_none_stay_are_counted_all_the_same():
    shown = words([proposals(ProposedAsks(2, 6, 0))])
    assert shown == "模型为 2 条新条文拟了 6 个问法（经检索回验，采用 0 个）。"


def test_a_dead_model_is_one_sentence_and_no_model_is_none():
    assert words([proposals(ProposedAsks(0, 0, 0, (), DEAD))]) == f"※ {DEAD}"
    assert proposals(None) == ()
    assert "问法" not in words(overview(Preview()))


def test_where_the_articles_went_is_told_also_where_nothing_came_of_it():
    shown = words([proposals(ProposedAsks(0, 0, 0, note=DEAD, server="m@1.2.3.4:80"))])
    assert "这些条文的原文（每条至多前 1500 字）发给了 m@1.2.3.4:80" in shown
    assert DEAD in shown
    assert "发给了" not in words(overview(Preview(proposed=MADE)))


def test_a_preview_that_an_earlier_version_kept_can_still_be_read():
    kept = PREVIEW.dump_python(Preview(asked=3), mode="json")
    del kept["proposed"]
    assert PREVIEW.validate_python(kept) == Preview(asked=3)


def test_a_dry_run_shows_the_asks_and_changes_nothing(store, tmp_path):
    shown = told(store, tmp_path, dry_run=True)
    assert "拟了 1 个问法（经检索回验，采用 1 个）" in shown
    assert "节假日公务用车要封存停驶吗" in shown
    assert store.staged() == []
    assert store.live_generation() is None


def test_who_is_not_asked_is_told_all_the_same(store, tmp_path):
    assert "拟了 1 个问法" in told(store, tmp_path)
    assert store.live_generation() is not None


def test_articles_held_before_get_asks_on_request(store, tmp_path):
    told(store, tmp_path, Proposer(None))
    shown = told(store, tmp_path, paths=[], replace=False, propose=True)
    assert "拟了 1 个问法（经检索回验，采用 1 个）" in shown
    assert "发给了 one@10.0.0.9:8000" in shown
    again = told(store, tmp_path, paths=[], replace=False, propose=True)
    assert "没有要拟问法的条文" in again
    assert UNCHANGED in again


def test_on_request_there_must_be_a_model(store, tmp_path):
    with pytest.raises(ConfigurationError, match="LLM_MODEL"):
        told(store, tmp_path, Proposer(None), propose=True)
    assert store.live_generation() is None


def test_with_the_setting_and_no_model_it_is_said(store, tmp_path):
    assert "LLM_ASKS=1，但没有配置语言模型" in told(store, tmp_path, Proposer(None))


def test_asks_are_made_only_where_both_settings_say_so():
    def proposer(**given):
        return make_proposer(Settings(_env_file=None, **given))  # type: ignore[call-arg]

    model = {"llm_model": "m", "llm_base_url": "http://127.0.0.1:9/v1"}
    assert proposer(**model) is None
    kept = proposer(llm_asks=True)
    assert kept is not None
    assert kept.is_idle
    made = proposer(llm_asks=True, **model)
    assert made is not None
    assert not made.is_idle
