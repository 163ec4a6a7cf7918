"""Imported once by the process that those of ``faults`` are forked from: what takes them long."""

import opencc
import pypinyin
import sklearn.linear_model
from chromadb.api import rust
from chromadb.telemetry.product import posthog

from knowledge.lexical import words
from tests.ingest import faults

__all__ = ["faults", "opencc", "posthog", "pypinyin", "rust", "sklearn"]

# The dictionary of words, which takes a quarter of a second.
words("预热")
