"""Tunes the encoder: questions near the passages that answer them, and near each other.

Contrastive with in-batch negatives and one mined negative each (Karpukhin et al.
2020, "Dense Passage Retrieval"). The loop is our own because two questions of one
article must not be each other's negatives, which the library's losses cannot be told.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sentence_transformers import SentenceTransformer

from knowledge.embedding import adapter
from knowledge.lexical import words
from training.data import Corpus, Example, bank_examples, reply_examples, stard_examples

SEED = 7
BATCH = 32
PEAK_RATE = 7e-5
WARM_UP = 0.1
TEMPERATURE = 0.02
MAX_TOKENS = 176
# The lower layers know the language; leaving them spares a third of the time.
FROZEN_LAYERS = 4
SHARE_ASK_PAIRS = 0.12
_CHUNK = 16


@dataclass(frozen=True, slots=True)
class Row:
    """One training row; ``negative`` is None for a pair of asks."""

    question: str
    positive: str
    negative: str | None
    group: str


def device() -> str:
    """Where to train: the GPU where there is one. The GPU path has not been run."""
    return "cuda" if torch.cuda.is_available() else "cpu"


def train(
    corpus: Corpus, stard: Path, replies: Path | None, base: Path, epochs: float, out: Path
) -> Path:
    """Tune the model in ``base`` and write the tuned folder and the adapter under ``out``."""
    torch.manual_seed(SEED)
    rng = random.Random(SEED)  # noqa: S311  # for shuffling
    model = SentenceTransformer(str(base), model_kwargs={"dtype": torch.float32}, device=device())
    rows = _rows(corpus, stard, replies, model, rng)
    before = {name: each.detach().clone() for name, each in model[0].auto_model.named_parameters()}
    _fit(model, rows, int(len(rows) * epochs / BATCH), rng)
    changes = {
        name: (each.detach() - before[name]).cpu().numpy()
        for name, each in model[0].auto_model.named_parameters()
        if each.requires_grad and "pooler" not in name
    }
    adapter.pack(changes, out / "encoder.safetensors")
    return out / "encoder.safetensors"


def _rows(
    corpus: Corpus,
    stard: Path,
    replies: Path | None,
    model: SentenceTransformer,
    rng: random.Random,
) -> list[Row]:
    examples = bank_examples(corpus) + (reply_examples(corpus, replies) if replies else [])
    rows = list(_with_negatives(corpus, examples, model, rng))
    statutes = stard_examples(stard)
    others = [each.passage for each in statutes]
    rows += [Row(e.question, e.passage, rng.choice(others), e.group) for e in statutes]
    by_group: dict[str, list[str]] = {}
    for example in examples:
        by_group.setdefault(example.group, []).append(example.question)
    for group, questions in by_group.items():
        rng.shuffle(questions)
        pairs = zip(questions[0:6:2], questions[1:6:2], strict=False)
        rows += [Row(first, second, None, group) for first, second in pairs]
    return rows


def _with_negatives(
    corpus: Corpus, examples: Sequence[Example], model: SentenceTransformer, rng: random.Random
) -> Iterator[Row]:
    """Each example with a passage that the untuned model or the words confuse with the right
    one; articles of the same document above all.
    """
    passages = corpus.passages
    held = encode(model, [each.text for each in passages], query=False)
    asked = encode(model, [each.question for each in examples], query=True)
    bags = [frozenset(words(each.body)) for each in passages]
    for example, vector in zip(examples, asked, strict=True):
        terms = frozenset(words(example.question))
        shared = np.array([len(terms & bag) for bag in bags], dtype=np.float32)
        near = held @ vector
        scores = (near - near.mean()) / near.std() + 2 * shared / max(shared.max(), 1.0)
        order = [i for i in np.argsort(-scores)[:40] if passages[i].clause_id != example.clause_id]
        document = example.clause_id.rsplit("-", 1)[0]
        siblings = [i for i in order if passages[i].document_id == document]
        # The very first of other documents may be equally right.
        pool = siblings[:6] + order[3:12]
        yield Row(example.question, example.passage, passages[rng.choice(pool)].text, example.group)


def _fit(model: SentenceTransformer, rows: Sequence[Row], steps: int, rng: random.Random) -> None:
    network = model[0].auto_model
    network.eval()  # no dropout: it is slow on CPUs, and one pass hardly overfits
    frozen = [network.embeddings, *network.encoder.layer[:FROZEN_LAYERS]]
    for part in frozen:
        part.requires_grad_(False)
    parameters = [each for each in network.parameters() if each.requires_grad]
    optimiser = torch.optim.AdamW(parameters, lr=PEAK_RATE, weight_decay=0.01)
    passages = _endless([row for row in rows if row.negative is not None], rng)
    pairs = _endless([row for row in rows if row.negative is None], rng)
    started = time.time()
    for step in range(steps):
        for group in optimiser.param_groups:
            group["lr"] = PEAK_RATE * schedule(step, steps)
        source = pairs if rng.random() < SHARE_ASK_PAIRS else passages
        loss = _loss(model, [next(source) for _ in range(BATCH)])
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimiser.step()
        optimiser.zero_grad()
        if step % 10 == 0:
            print(
                f"encoder {step}/{steps} loss {loss.item():.3f} {time.time() - started:.0f} s",
                flush=True,
            )


def schedule(step: int, steps: int) -> float:
    """Share of the peak rate: up over the warm-up, then down to a fiftieth."""
    return min(1.0, (step + 1) / (WARM_UP * steps)) * max(0.02, 1 - step / steps)


def _loss(model: SentenceTransformer, batch: Sequence[Row]) -> torch.Tensor:
    pairs = batch[0].negative is None
    questions = _embedded(model, [f"query: {row.question}" for row in batch])
    prompt = "query: " if pairs else "passage: "
    texts = [row.positive for row in batch]
    groups: list[str | None] = [row.group for row in batch]
    if not pairs:
        texts += [str(row.negative) for row in batch]
        groups += [None] * len(batch)
    candidates = _embedded(model, [prompt + text for text in texts])
    scores = questions @ candidates.T / TEMPERATURE
    same = torch.tensor(
        [
            [
                i != j and (groups[j] == row.group or texts[j] == row.positive)
                for j in range(len(texts))
            ]
            for i, row in enumerate(batch)
        ]
    ).to(scores.device)
    right = torch.arange(len(batch)).to(scores.device)
    return torch.nn.functional.cross_entropy(scores.masked_fill(same, -1e4), right)


def _embedded(model: SentenceTransformer, texts: Sequence[str]) -> torch.Tensor:
    """Unit vectors (n, d), with gradients; texts of like length go through together."""
    network = model[0].auto_model
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    vectors: list[torch.Tensor | None] = [None] * len(texts)
    for start in range(0, len(order), _CHUNK):
        chunk = order[start : start + _CHUNK]
        tokens = model.tokenizer(
            [texts[i] for i in chunk],
            padding=True,
            truncation=True,
            max_length=MAX_TOKENS,
            return_tensors="pt",
        )
        ids = tokens["input_ids"].to(network.device)
        mask = tokens["attention_mask"].to(network.device)
        states = network(input_ids=ids, attention_mask=mask).last_hidden_state
        weights = mask.unsqueeze(-1).float()
        pooled = (states * weights).sum(1) / weights.sum(1)
        for row, i in zip(torch.nn.functional.normalize(pooled, dim=-1), chunk, strict=True):
            vectors[i] = row
    return torch.stack([each for each in vectors if each is not None])


def encode(model: SentenceTransformer, texts: Sequence[str], *, query: bool) -> Any:
    """Unit vectors (n, d) float32, without gradients."""
    method = model.encode_query if query else model.encode_document
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    vectors = np.empty((len(texts), 384), dtype=np.float32)
    vectors[order] = method(
        [texts[i] for i in order], batch_size=16, show_progress_bar=False, convert_to_numpy=True
    )
    return vectors


def _endless(rows: Sequence[Row], rng: random.Random) -> Iterator[Row]:
    while True:
        shuffled = list(rows)
        rng.shuffle(shuffled)
        yield from shuffled
