"""Trains the cross-encoder: the right passage above those that the search confuses it with.

Listwise softmax over one right and several mined passages a question.
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
from transformers import AutoTokenizer, BertForSequenceClassification

from knowledge.embedding import adapter, packed_e5, variants
from knowledge.lexical import words
from training.data import Corpus, Example, bank_examples, reply_examples, stard_examples
from training.encoder import device, encode, schedule

SEED = 11
QUESTIONS = 8  # a step
NEGATIVES = 5
RATE, HEAD_RATE = 8e-5, 4e-4
MAX_TOKENS = 176
STARD_SHARE = 0.5
_CHUNK = 24


@dataclass(frozen=True, slots=True)
class Row:
    """A question, the passage that answers it, and passages that do not."""

    question: str
    right: str
    wrong: tuple[str, ...]


def train(
    corpus: Corpus, stard: Path, replies: Path | None, tuned: Path, steps: int, out: Path
) -> None:
    """Train ``steps`` steps from the lower layers of the plain model; write the adapter.

    :param tuned: the folder of the tuned encoder, which finds the wrong passages.
    """
    torch.manual_seed(SEED)
    rng = random.Random(SEED)  # noqa: S311  # for sampling
    finder = SentenceTransformer(str(tuned), model_kwargs={"dtype": torch.float32}, device=device())
    rows = list(_bank_rows(corpus, replies, finder, steps * QUESTIONS, rng))
    rows += list(_stard_rows(stard, finder, rng))
    rng.shuffle(rows)
    start = tuned.parent / "reranker-start"
    plain = variants.Variant(
        "start", variants.ENCODER.adapter, layers=variants.RERANKER_LAYERS, scores=True
    )
    base = variants.Variant("start", layers=variants.RERANKER_LAYERS, scores=True)
    packed_e5.unpack(start, plain)
    packed_e5.unpack(tuned.parent / "reranker-base", base)
    model: Any = BertForSequenceClassification.from_pretrained(start, dtype=torch.float32)
    model.to(device())
    tokenizer = AutoTokenizer.from_pretrained(start)
    _fit(model, tokenizer, rows[: steps * QUESTIONS], steps)
    original = BertForSequenceClassification.from_pretrained(
        tuned.parent / "reranker-base", dtype=torch.float32
    ).state_dict()
    changes = {}
    for name, value in model.state_dict().items():
        if name.startswith("bert.embeddings."):
            continue
        head = name.startswith(("bert.pooler.", "classifier."))
        trained = value.detach().cpu()
        change = trained if head else trained - original[name]
        changes[name.removeprefix("bert.")] = change.numpy()
    adapter.pack(changes, out / "reranker.safetensors")


def _bank_rows(
    corpus: Corpus, replies: Path | None, finder: SentenceTransformer, most: int, rng: random.Random
) -> Iterator[Row]:
    examples = bank_examples(corpus) + (reply_examples(corpus, replies) if replies else [])
    examples = rng.sample(examples, min(most, len(examples)))
    passages = corpus.passages
    held = encode(finder, [each.text for each in passages], query=False)
    asked = encode(finder, [each.question for each in examples], query=True)
    bags = [frozenset(words(each.body)) for each in passages]
    for example, vector in zip(examples, asked, strict=True):
        terms = frozenset(words(example.question))
        shared = np.array([len(terms & bag) for bag in bags], dtype=np.float32)
        scores = held @ vector + 0.05 * shared / max(shared.max(), 1.0)
        order = [i for i in np.argsort(-scores)[:60] if passages[i].clause_id != example.clause_id]
        chosen = sorted(rng.sample(range(min(24, len(order))), NEGATIVES))
        wrong = tuple(passages[order[place]].text for place in chosen)
        yield Row(example.question, example.passage, wrong)


def _stard_rows(stard: Path, finder: SentenceTransformer, rng: random.Random) -> Iterator[Row]:
    examples = stard_examples(stard)
    texts = sorted({each.passage for each in examples})
    held = encode(finder, texts, query=False)
    right: dict[str, set[str]] = {}
    for example in examples:
        right.setdefault(example.question, set()).add(example.passage)
    chosen: list[Example] = rng.sample(examples, int(STARD_SHARE * len(examples)))
    asked = encode(finder, [each.question for each in chosen], query=True)
    for example, vector in zip(chosen, asked, strict=True):
        order = [texts[i] for i in np.argsort(-(held @ vector))[:40]]
        near = [text for text in order if text not in right[example.question]][:20]
        yield Row(example.question, example.passage, tuple(rng.sample(near, NEGATIVES)))


def _fit(model: Any, tokenizer: Any, rows: Sequence[Row], steps: int) -> None:
    model.eval()  # no dropout
    model.bert.embeddings.requires_grad_(False)
    head = [*model.bert.pooler.parameters(), *model.classifier.parameters()]
    body = list(model.bert.encoder.parameters())
    optimiser = torch.optim.AdamW([{"params": body}, {"params": head}], weight_decay=0.01)
    started = time.time()
    average = 0.0
    for step in range(min(steps, len(rows) // QUESTIONS)):
        for group, peak in zip(optimiser.param_groups, (RATE, HEAD_RATE), strict=True):
            group["lr"] = peak * schedule(step, steps)
        batch = rows[step * QUESTIONS : (step + 1) * QUESTIONS]
        pairs = [(row.question, text) for row in batch for text in (row.right, *row.wrong)]
        logits = _logits(model, tokenizer, pairs).view(len(batch), 1 + NEGATIVES)
        first = torch.zeros(len(batch), dtype=torch.long).to(logits.device)
        loss = torch.nn.functional.cross_entropy(logits, first)
        loss.backward()
        torch.nn.utils.clip_grad_norm_([*body, *head], 1.0)
        optimiser.step()
        optimiser.zero_grad()
        average = 0.97 * average + 0.03 * loss.item() if step else loss.item()
        if step % 20 == 0:
            print(
                f"reranker {step}/{steps} {average:.3f} {time.time() - started:.0f} s", flush=True
            )


def _logits(model: Any, tokenizer: Any, pairs: Sequence[tuple[str, str]]) -> torch.Tensor:
    order = sorted(range(len(pairs)), key=lambda i: sum(map(len, pairs[i])))
    logits: list[torch.Tensor | None] = [None] * len(pairs)
    for start in range(0, len(order), _CHUNK):
        chunk = order[start : start + _CHUNK]
        tokens = tokenizer(
            [pairs[i][0] for i in chunk],
            [pairs[i][1] for i in chunk],
            padding=True,
            truncation="only_second",
            max_length=MAX_TOKENS,
            return_tensors="pt",
        )
        found = model(
            input_ids=tokens["input_ids"].to(model.device),
            attention_mask=tokens["attention_mask"].to(model.device),
        )
        for logit, i in zip(found.logits[:, 0], chunk, strict=True):
            logits[i] = logit
    return torch.stack([each for each in logits if each is not None])
