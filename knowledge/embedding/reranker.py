"""Pairs of (question, passage) → scores, by the small cross-encoder that comes along."""

from __future__ import annotations

import re
import threading
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from knowledge.embedding import packed_e5, variants
from knowledge.errors import ModelError

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder

# A question and a passage of usual length; what is beyond rarely decides.
MAX_TOKENS = 192
_BATCH = 8
_ATTENTION = re.compile(r"attention\.(self\.(query|key|value)|output\.dense)$")
_WORDS = "bert.embeddings.word_embeddings"


class Reranker(Protocol):
    """Says how well passages answer a question. Higher is better; the scale is its own."""

    def scores(self, question: str, passages: Sequence[str]) -> list[float]:
        """One score a passage, in their order."""


class CrossReranker:
    """The tuned cross-encoder, unpacked once under ``data_dir``; thread-safe."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._model: CrossEncoder | None = None
        self._lock = threading.Lock()

    def scores(self, question: str, passages: Sequence[str]) -> list[float]:
        """One score (a logit) a passage, in their order.

        :raises ModelError: the model cannot be unpacked or loaded.
        """
        if not passages:
            return []
        with self._lock:
            model = self._model = self._model or self._load()
            found = model.predict(
                [(question, passage) for passage in passages],
                batch_size=_BATCH,
                show_progress_bar=False,
            )
        return [float(score) for score in found]

    def _load(self) -> CrossEncoder:
        folder = self._data_dir / "models" / variants.RERANKER.name
        packed_e5.unpack(folder, variants.RERANKER)
        return load(folder)


def load(folder: Path) -> CrossEncoder:
    """Load an unpacked cross-encoder, in 8 bits where this PyTorch can.

    :raises ModelError: the folder cannot be loaded.
    """
    import torch
    from sentence_transformers import CrossEncoder

    try:
        model: CrossEncoder = CrossEncoder(
            str(folder),
            max_length=MAX_TOKENS,
            local_files_only=True,
            activation_fn=torch.nn.Identity(),
            model_kwargs={"dtype": torch.float32},
            device="cpu",
        )
    except Exception as error:  # tokenizers and safetensors raise bare Exceptions
        message = f"重排模型 {folder} 无法载入（{error}）。请删除它后重试，会重新生成。"
        raise ModelError(message) from error
    network: Any = model[0]
    network.model = _in_eight_bits(network.model)
    return model


def _in_eight_bits(network: Any) -> Any:
    """Attention and the table of words in 8 bits: half the time on two cores, a quarter of
    the table's memory.

    The feed-forward layers stay as they are. e5 has activations there hundreds of times
    larger than the rest, which one scale for all cannot hold: in 8 bits the fifth layer's
    alone moves every score by twice their spread.
    """
    from torch.ao import quantization

    names = [name for name, _ in network.named_modules() if _ATTENTION.search(name)]
    spec: dict[str, Any] = dict.fromkeys(names, quantization.per_channel_dynamic_qconfig)
    spec[_WORDS] = quantization.float_qparams_weight_only_qconfig
    quantise: Any = quantization.quantize_dynamic
    with warnings.catch_warnings():
        # Deprecated in favour of a package of its own; still the only 8-bit way within torch.
        warnings.simplefilter("ignore")
        return quantise(network, spec, inplace=True)
