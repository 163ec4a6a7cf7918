"""Texts to vectors, pairs of texts to scores: the only importer of sentence-transformers."""

from knowledge.embedding.encoder import Encoder, SentenceEncoder, Vectors
from knowledge.embedding.reranker import CrossReranker, Reranker

__all__ = ["CrossReranker", "Encoder", "Reranker", "SentenceEncoder", "Vectors"]
