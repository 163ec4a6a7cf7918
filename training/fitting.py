"""Fits what weighs the evidence: the fusion of the channels, and whether there is an answer.

Both on asks of the articles that no model was trained on. Each is looked for
among its article's other asks, or as if nobody had written any.
"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from ingest.asks import asks_of, read_bank
from ingest.generation import build
from knowledge.calibration import Calibration
from knowledge.deciding import EVIDENCE
from knowledge.embedding import Encoder, Reranker
from knowledge.errors import LianwenError
from knowledge.intents import Intent, IntentModel, examples
from knowledge.intents import fit as fit_intents
from knowledge.lexical import LexicalIndex
from knowledge.library import Library
from knowledge.model import Ask, ParsedDocument, Question
from knowledge.ranking import FEATURES, Weights
from knowledge.retrieval import RERANKED, Retriever
from knowledge.store import Held, Store
from knowledge.vectors import VectorIndex
from knowledge.wording import load_lexicon
from training.data import ASIDE, FOLDS, Corpus

SEED = 5
ASKS = 300
# Searches whose candidates the reranker reads, to weigh it.
RERANKED_CASES = 150
# One in this many asks is looked for as if nobody had written any for its article.
BARE_EVERY = 3
# Share of the asks kept aside that may be declined wrongly.
FALSE_REFUSALS = 0.02
# Share of right clauses, not ranked first, that the margin for quoting lets in.
MARGIN_KEEPS = 0.8
_RIDGE = 1e-3
_ABSENT = (Intent.OTHER_LAW, Intent.OFF_TOPIC, Intent.UNIT_FACTS, Intent.INJECTION)


@dataclass(frozen=True, slots=True)
class Case:
    """An ask, the asks to look past, and whether its article is left without any."""

    ask: Ask
    exclude: frozenset[str]
    bare: bool


class Fitting:
    """One index over the corpus, and what is fitted on it."""

    def __init__(
        self, corpus: Corpus, encoder: Encoder, reranker: Reranker | None, folder: Path
    ) -> None:
        store = Store(folder, create=True)
        if store.live_generation() is None:
            held = [Held(each, "file") for each in corpus.parsed]
            build(held, store=store, encoder=encoder, replace_all=True)
        live = store.live_generation()
        if live is None:
            raise RuntimeError("nothing was built")
        place = store.folder(live.name)
        self._parsed = corpus.parsed
        self._encoder = encoder
        self._reranker = reranker
        self._library = Library(each.parsed for each in store.held(live.id))
        self._vectors = VectorIndex.open(place / "chroma", model=encoder.name)
        self._lexical = LexicalIndex(place / "lexical.sqlite3")
        self._calibration = Calibration.load(place)
        self._lexicon = load_lexicon()
        self._aside = [ask for ask in corpus.asks if corpus.folds[ask.clause_id] == ASIDE]

    def run(self, out: Path) -> dict[str, float]:
        """Fit, write ranking.json under ``out``, and say what was measured."""
        cases = self._cases(self._retriever(None, self._calibration))
        half = len(cases) // 2
        fusion, measured = self._fusion(cases)
        decision = self._decision(cases[:half], cases[half:], fusion)
        stored = {
            "features": dict(zip(FEATURES, fusion.features.round(4).tolist(), strict=True)),
            "reranked": round(fusion.reranked, 4),
            "margin": round(fusion.margin, 3),
            "decision": {name: round(value, 4) for name, value in decision.items()},
        }
        (out / "ranking.json").write_text(json.dumps(stored, indent=2) + "\n", encoding="utf-8")
        return measured

    def _retriever(self, fusion: Weights | None, calibration: Calibration) -> Retriever:
        return Retriever(
            self._library,
            self._vectors,
            self._lexical,
            self._encoder,
            calibration=calibration,
            # The order before reranking is what is fitted, and what runs by default.
            reranker=self._reranker if fusion is None else None,
            lexicon=self._lexicon,
            fusion=fusion,
        )

    def _cases(self, retriever: Retriever) -> list[Case]:
        rng = random.Random(SEED)  # noqa: S311  # for sampling
        chosen = rng.sample(self._aside, min(ASKS, len(self._aside)))
        apart = [Case(ask, frozenset(), False) for ask in _independent(self._parsed)]
        held = [
            Case(
                ask,
                frozenset(retriever.asks_of(ask.clause_id)) if bare else frozenset({ask.id}),
                bare,
            )
            for position, ask in enumerate(chosen)
            for bare in (position % BARE_EVERY == 0,)
        ]
        mixed = [*held, *apart]
        rng.shuffle(mixed)
        return mixed

    def _fusion(self, cases: Sequence[Case]) -> tuple[Weights, dict[str, float]]:
        retriever = self._retriever(None, self._calibration)
        searches = []
        for case in cases:
            query = retriever.understand(Question(case.ask.text))
            found = retriever.gather(retriever.read(query), case.exclude)
            if case.ask.clause_id in found:
                order = [case.ask.clause_id, *(k for k in found if k != case.ask.clause_id)]
                rows = np.array([found[k].signals.features(wants_case=False) for k in order])
                searches.append((case, query, [found[k] for k in order], rows))
        features = _softmax_fit([rows for *_, rows in searches])
        shortlists: list[NDArray[np.float64]] = []
        gaps: list[float] = []
        ranks: dict[str, list[int]] = {"before": [], "after": []}
        for _, query, candidates, rows in searches:
            scores = rows @ features
            order = np.argsort(-scores)[:RERANKED]
            ranks["before"].append(int((scores > scores[0]).sum()))
            gaps.append(float(scores.max() - scores[0]))
            if 0 not in order or not self._reranker or len(shortlists) == RERANKED_CASES:
                continue
            order = np.array([0, *(i for i in order if i != 0)])
            logits = retriever.rerank(query, [candidates[i] for i in order])
            shortlists.append(
                np.column_stack([scores[order], [logits[candidates[i].clause_id] for i in order]])
            )
        weight = 0.0
        if shortlists:
            pair = _softmax_fit(shortlists)
            weight = max(0.0, float(pair[1] / pair[0]))
            for rows in shortlists:
                final = rows[:, 0] + weight * rows[:, 1]
                ranks["after"].append(int((final > final[0]).sum()))
        missed = [gap for gap in gaps if gap > 0] or [0.6]
        margin = float(np.quantile(missed, MARGIN_KEEPS))
        measured = {"searches": float(len(cases)), "found": len(searches) / len(cases)}
        for name, each in ranks.items():
            for cutoff in (1, 5, 10):
                # Of those that the searches (before) or the shortlist (after) held.
                measured[f"{name} hit@{cutoff}"] = sum(r < cutoff for r in each) / max(len(each), 1)
        return Weights(features, weight, margin, {"bias": 0.0}), measured

    def _decision(
        self, train: Sequence[Case], test: Sequence[Case], fusion: Weights
    ) -> dict[str, float]:
        """Logistic weights by evidence. The intents are fitted without what they judge here."""
        rows, labels = [], []
        texts = [(text, intent) for intent in Intent for text in examples(intent)]
        for fold in range(FOLDS):
            told = [each for i, each in enumerate(texts) if i % FOLDS != fold]
            judged = [each for i, each in enumerate(texts) if i % FOLDS == fold][::2]
            intents = self._intents(told, train if fold % 2 else test)
            calibration = Calibration(self._calibration.passages, self._calibration.asks, intents)
            retriever = self._retriever(fusion, calibration)
            mine = (test if fold % 2 else train)[fold // 2 :: 2]
            for case in mine:
                query = retriever.understand(Question(case.ask.text))
                rows.append(retriever.search(query, case.exclude).evidence)
                labels.append(1)
            for text, intent in judged:
                if intent not in (*_ABSENT, Intent.ANSWERABLE):
                    continue
                try:
                    query = retriever.understand(Question(text))
                except LianwenError:
                    continue
                rows.append(retriever.search(query).evidence)
                labels.append(int(intent is Intent.ANSWERABLE))
        return _logistic(rows, np.array(labels))

    def _intents(self, told: Sequence[tuple[str, Intent]], cases: Sequence[Case]) -> IntentModel:
        given = [*told, *((case.ask.text, Intent.ANSWERABLE) for case in cases)]
        vectors = self._encoder.encode_queries([text for text, _ in given])
        return fit_intents([text for text, _ in given], vectors, [intent for _, intent in given])


def _independent(parsed: Sequence[ParsedDocument]) -> list[Ask]:
    """Questions written apart from the bank, by another hand, on articles that it covers."""
    lines = (Path(__file__).parent / "independent.jsonl").read_text(encoding="utf-8").splitlines()
    return list(asks_of(parsed, read_bank(lines)))


def _softmax_fit(searches: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Weights under which the first row of each search is likeliest the best (a listwise
    softmax, as in ListNet: Cao et al. 2007), lightly ridged.
    """
    rows = [torch.tensor(each) for each in searches]
    weights = torch.zeros(rows[0].shape[1], dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.LBFGS([weights], max_iter=200, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimiser.zero_grad()
        losses = [torch.logsumexp(each @ weights, 0) - each[0] @ weights for each in rows]
        loss = torch.stack(losses).mean() + _RIDGE * weights.square().sum()
        loss.backward()
        return loss

    optimiser.step(closure)
    found: NDArray[np.float64] = weights.detach().numpy()
    return found


def _logistic(rows: Sequence[Mapping[str, float]], labels: NDArray[np.int64]) -> dict[str, float]:
    """Weights by evidence and a bias that declines ``FALSE_REFUSALS`` of the answerable."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    matrix = np.array([[row[name] for name in EVIDENCE] for row in rows])
    scaler = StandardScaler().fit(matrix)
    model = LogisticRegression(C=1.0, class_weight="balanced", max_iter=1000)
    model.fit(scaler.transform(matrix), labels)
    weights = model.coef_[0] / scaler.scale_
    totals = matrix @ weights
    bias = -float(np.quantile(totals[labels == 1], FALSE_REFUSALS))
    declined = float((totals[labels == 0] + bias < 0).mean())
    print(f"decision: {declined:.3f} of the unanswerable declined at {FALSE_REFUSALS} of the rest")
    return {"bias": bias, **dict(zip(EVIDENCE, weights.tolist(), strict=True))}
