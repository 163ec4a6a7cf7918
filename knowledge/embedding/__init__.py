"""Texts to vectors, pairs of texts to scores: the only importer of sentence-transformers."""

import os

# Read once, when torch loads: its helper threads sleep between two calls instead of spinning.
# A question takes as long as before and a quarter less processor time.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

from knowledge.embedding.encoder import Encoder, SentenceEncoder, Vectors  # noqa: E402
from knowledge.embedding.reranker import CrossReranker, Reranker  # noqa: E402

__all__ = ["CrossReranker", "Encoder", "Reranker", "SentenceEncoder", "Vectors"]
