"""Adapters come back as they went in, to within four bits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from knowledge.embedding import adapter, variants
from knowledge.errors import ModelError


def test_differences_survive_packing(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    changes = {
        "encoder.layer.4.output.dense.weight": rng.normal(0, 0.01, (384, 1536)).astype(np.float32),
        "encoder.layer.4.output.dense.bias": rng.normal(0, 0.01, 384).astype(np.float32),
        "untouched.weight": np.zeros((2, 64), dtype=np.float32),
    }
    adapter.pack(changes, tmp_path / "a.safetensors")
    found = adapter.unpack(tmp_path / "a.safetensors")
    assert found.keys() == changes.keys()
    for name, change in changes.items():
        assert found[name].shape == change.shape
        # Half a step of the block's scale at most.
        np.testing.assert_allclose(found[name], change, atol=np.abs(change).max() / 13 + 1e-6)
    assert not found["untouched.weight"].any()


def test_a_broken_adapter_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "a.safetensors").write_bytes(b"nonsense")
    with pytest.raises(ModelError, match="重新安装"):
        adapter.unpack(tmp_path / "a.safetensors")


def test_shipped_adapters_are_small() -> None:
    sizes = [path.stat().st_size for path in variants.TUNED.glob("*.safetensors")]
    assert len(sizes) == 2
    assert sum(sizes) <= 30_000_000
