"""What one generation's model and content make of numbers: where similarities begin to
mean something, and which questions rules may answer. Fitted when it is built.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from knowledge.errors import StoreError
from knowledge.intents import IntentModel

FILE = "calibration.npz"


@dataclass(frozen=True, slots=True)
class Scale:
    """Similarities that off-topic questions reach: far down their ranking, and at its top."""

    low: float = 0.0
    high: float = 1.0

    def __call__(self, similarity: float) -> float:
        """The similarity with ``low`` at 0 and ``high`` at 1, whatever the model."""
        return (similarity - self.low) / max(self.high - self.low, 1e-6)


@dataclass(frozen=True, slots=True)
class Calibration:
    """The scales of both kinds of vectors, and the model of intents (None: not fitted).

    ``fitted_on`` is a hash of what the model of intents was fitted on.
    """

    passages: Scale = Scale()
    asks: Scale = Scale()
    intents: IntentModel | None = None
    fitted_on: str = ""

    def save(self, folder: Path) -> None:
        """Write into a generation's folder."""
        scales = [[each.low, each.high] for each in (self.passages, self.asks)]
        arrays: dict[str, Any] = {"scales": np.array(scales, dtype=np.float64)}
        if self.intents:
            arrays |= {"weights": self.intents.weights, "bias": self.intents.bias}
            arrays["fitted_on"] = np.array(self.fitted_on)
        np.savez_compressed(folder / FILE, **arrays)

    @classmethod
    def load(cls, folder: Path) -> Calibration:
        """Read from a generation's folder; a generation built before this has none.

        :raises StoreError: it is damaged.
        """
        path = folder / FILE
        if not path.is_file():
            return cls()
        try:
            return cls._read(path)
        except (OSError, ValueError, KeyError, BadZipFile) as error:
            raise StoreError(
                "知识库的校准数据已损坏。请运行 lianwen ingest --rebuild 重建，"
                "或 lianwen rollback 退回上一版。"
            ) from error

    @classmethod
    def _read(cls, path: Path) -> Calibration:
        with np.load(path, allow_pickle=False) as stored:
            passages, asks = (Scale(*map(float, row)) for row in stored["scales"])
            intents = (
                IntentModel(stored["weights"], stored["bias"]) if "weights" in stored else None
            )
            fitted_on = str(stored["fitted_on"]) if "fitted_on" in stored else ""
        return cls(passages, asks, intents, fitted_on)
