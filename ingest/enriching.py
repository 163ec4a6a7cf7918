"""Which clauses of a staged generation a model is asked about, and which of its asks are kept:
those by which a search finds their own clause again (round-trip filtering, as in Dai et al. 2022).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from ingest.asks import ask_bank
from ingest.generation import BuildReport
from ingest.laws import DEFAULT_LAWS
from ingest.preview import ProposedAsk, ProposedAsks, label
from ingest.proposals import Kept, asks_from, key_of, read
from ingest.proposing import AGAIN, Place, Proposal, Proposer
from knowledge.answering import LIKELY
from knowledge.deciding import probability
from knowledge.embedding import Encoder
from knowledge.errors import LianwenError
from knowledge.following import Following
from knowledge.intents import Intent
from knowledge.library import has_begun
from knowledge.model import Question
from knowledge.retrieval import Retriever
from knowledge.store import Generation, Held, Store

log = logging.getLogger(__name__)

Progress = Callable[[int, int], None]
"""Called with (how much is done, in all)."""
Build = Callable[[Kept, Generation | None], BuildReport]
"""Stages the same documents once more, with these asks besides those kept already, and with what
the generation given has of vectors; None for what is live."""

# Among so many first clauses an ask must find its own.
NEAR = 3
# What is shown in the preview, one a clause.
EXAMPLES = 12
# Fewer characters say when something begins, or that something was deleted.
_SHORTEST = 15
# From this share on an ask reads as an order to us. One honest ask in sixty does; one in ten
# reads as if it wanted to evade a rule, so that this share decides nothing.
_DOUBT = 0.5
_STATE = "中华人民共和国"

IDLE = (
    "LLM_ASKS=1，但没有配置语言模型：没有拟新的问法，以前拟的照旧沿用。"
    "要拟，请在 .env 里填 LLM_MODEL 和 LLM_BASE_URL；不要，请把 LLM_ASKS 设为 0。"
)
NONE = "没有要拟问法的条文：现行有效的都已经有问法，或者拟过一次、没有可用的。"
OVERTAKEN = "拟问法期间知识库又更新过，这次拟的问法没有用上"
_UNEXPECTED = "程序出错，详情见日志"


@dataclass(frozen=True, slots=True)
class Enriched:
    """Asks to build in, and what is told of them.

    ``kept`` has a clause that was asked about in vain as well, with no asks.
    """

    kept: Kept
    told: ProposedAsks | None


@dataclass(frozen=True, slots=True)
class Enriching:
    """Asks a model for asks once a generation is staged. It can only add to a refresh.

    :param everything: ask also about clauses that were held before, where they have no asks.
    :param proposing: told how many articles were asked about; ``checking``, how many of what
        came were tried.
    """

    proposer: Proposer
    store: Store
    encoder: Encoder
    everything: bool
    proposing: Progress
    checking: Progress

    def add(self, first: BuildReport, build: Build) -> tuple[BuildReport, ProposedAsks | None]:
        """What was staged first with the asks that a model makes for it. Blocks for minutes.

        Whatever goes wrong with them, the refresh goes on without. Where another one went live
        meanwhile, it is built anew upon that.

        :raises LianwenError: it has to be built anew, as ``generation.stage``.
        """
        told: ProposedAsks | None = None
        try:
            made = self.made(first.generation)
            told = made.told
            if made.kept:
                return self._built_again(first, made.kept, build), told
        except Exception as error:  # a server and its library may do anything
            log.warning("the refresh goes on without new asks", exc_info=True)
            told = self._given_up(told, error, first.generation)
        if self._is_current(first.generation):
            return first, told
        return self._built_again(first, {}, build), told

    def made(self, staged: Generation) -> Enriched:
        """Asks for the clauses that a staged generation brings. Changes nothing.

        :raises LianwenError: what was staged cannot be searched.
        """
        if self.proposer.is_idle:
            return Enriched({}, ProposedAsks(0, 0, 0, note=IDLE))
        retriever = Following(self.store, self.encoder, pinned=staged).retriever()
        held = self.store.held(staged.id)
        earlier = read(self.store.folder(staged.name))
        wanted = list(self._wanted(staged, held, earlier, retriever))
        if not wanted:
            return Enriched({}, ProposedAsks(0, 0, 0, note=NONE) if self.everything else None)
        proposed = self.proposer.propose(wanted, _known(held, earlier), self.proposing)
        # The staged generation holds no generated ask of these clauses, so that none helps itself.
        tried: list[Proposal] = []
        for each in proposed.proposals:
            self.checking(len(tried), len(proposed.proposals))
            found = tuple(ask for ask in each.asks if returns(ask, each.place, retriever))
            tried.append(replace(each, asks=found))
        self.checking(len(tried), len(tried))
        told = ProposedAsks(
            clauses=sum(bool(each.made) for each in tried),
            made=sum(each.made for each in tried),
            kept=sum(len(each.asks) for each in tried),
            examples=tuple(_example(each) for each in tried if each.asks)[:EXAMPLES],
            note=proposed.note,
            server=self.proposer.name,
        )
        return Enriched({key_of(p.place.document, p.place.clause): p.asks for p in tried}, told)

    def _wanted(
        self, staged: Generation, held: Sequence[Held], earlier: Kept, retriever: Retriever
    ) -> Iterator[Place]:
        """Clauses that are new, in force, and have no asks; those of the unit's own files first."""
        base = None if self.everything else staged.base_id
        before = self.store.held(base) if base is not None else []
        done = {key_of(e.parsed.document, each) for e in before for each in e.parsed.clauses}
        done |= set(earlier)
        for entry in sorted(held, key=lambda each: each.origin != "file"):
            document = entry.parsed.document
            if not document.in_force or _has_its_bank(entry, retriever):
                continue
            for clause in entry.parsed.clauses:
                key = key_of(document, clause)
                short = len(clause.text) < _SHORTEST
                if not (short or key in done or retriever.asks_of(clause.id)):
                    done.add(key)
                    yield Place(document, clause)

    def _built_again(self, first: BuildReport, kept: Kept, build: Build) -> BuildReport:
        """Staged once more beside ``first``, or upon what went live meanwhile."""
        current = self._is_current(first.generation)
        later = build(kept, first.generation if current else None)
        # What was new is no longer new to the second build.
        return replace(later, embedded=first.embedded, reused=first.reused) if current else later

    def _is_current(self, staged: Generation) -> bool:
        """Whether it can still go live: nothing else has, and it was not swept."""
        live = self.store.live_generation()
        upon = live.id if live else None
        return staged.base_id == upon and any(
            each.name == staged.name for each in self.store.staged()
        )

    def _given_up(
        self, told: ProposedAsks | None, error: Exception, staged: Generation
    ) -> ProposedAsks:
        """What is told of asks that are not used."""
        if not self._is_current(staged):
            why = OVERTAKEN  # what failed then failed of that
        else:
            why = str(error).rstrip("。") if isinstance(error, LianwenError) else _UNEXPECTED
            why = f"模型拟的问法没有用上：{why}"
        note = f"{why}。其余更新不受影响，可运行 {AGAIN} 补拟。"
        told = told or ProposedAsks(0, 0, 0, server=self.proposer.name)
        return replace(told, kept=0, examples=(), note=note)


def returns(text: str, place: Place, retriever: Retriever) -> bool:
    """Whether an ask finds its own clause among the first, would be answered, and gives no orders.

    Where little is held, anything finds something among the first.
    """
    query = retriever.understand(Question(text))
    if not has_begun(place.document):
        # It waits for its day: as of that day it must be found.
        query = replace(query, as_of=place.document.effective)
    findings = retriever.search(query)
    if findings.intents.get(Intent.INJECTION, 0.0) > _DOUBT:
        return False
    if probability(findings.evidence) < LIKELY:
        return False
    return any(each.clause.id == place.clause.id for each in findings.ranking[:NEAR])


def _has_its_bank(entry: Held, retriever: Retriever) -> bool:
    """Whether it is left to the bank: all that comes with the program, and laws that it knows."""
    if entry.origin == "file":
        return False
    clauses = entry.parsed.clauses
    return (
        entry.origin != "law"
        or entry.parsed.document.title.removeprefix(_STATE) in DEFAULT_LAWS
        or any(retriever.asks_of(each.id) for each in clauses)
    )


def _known(held: Sequence[Held], earlier: Kept) -> Iterator[str]:
    """What is asked already: by the bank, and by a model at an earlier refresh."""
    for entries in ask_bank().values():
        yield from (ask for entry in entries for ask in entry.asks)
    yield from (ask.text for ask in asks_from([each.parsed for each in held], earlier, ()))


def _example(proposal: Proposal) -> ProposedAsk:
    place = proposal.place
    return ProposedAsk(place.document.title, label(place.clause), proposal.asks[0])
