"""What training changed in the base model, in 4 bits: packed into one file, added back.

A difference is small beside what it is added to, so four bits a weight with one
scale a block lose less than the base's own four bits did.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowledge.errors import ModelError

Weights = dict[str, NDArray[np.float32]]

_BLOCK = 32  # weights that share one scale
_CODES, _SCALES = ".q4", ".scale"
_LEVELS = 7  # codes -7 … 7, kept as 1 … 15


def pack(changes: Mapping[str, NDArray[np.float32]], path: Path) -> None:
    """Write differences by tensor name; matrices in 4 bits, the rest in float16."""
    from safetensors.numpy import save_file

    tensors: dict[str, NDArray[np.generic]] = {}
    for name, change in changes.items():
        if change.ndim < 2 or change.shape[-1] % _BLOCK:  # noqa: PLR2004  # not a matrix
            tensors[name] = change.astype(np.float16)
            continue
        blocks = change.reshape(change.shape[0], -1, _BLOCK)
        scales = (np.abs(blocks).max(axis=-1, keepdims=True) / _LEVELS).astype(np.float16)
        steps = np.maximum(scales.astype(np.float32), np.finfo(np.float16).tiny)
        codes = (np.clip(np.rint(blocks / steps), -_LEVELS, _LEVELS) + _LEVELS + 1).astype(np.uint8)
        pairs = codes.reshape(change.shape[0], -1, 2)
        tensors[name + _CODES] = pairs[..., 0] | (pairs[..., 1] << 4)
        tensors[name + _SCALES] = scales[..., 0]
    save_file({name: np.ascontiguousarray(each) for name, each in tensors.items()}, path)


def unpack(path: Path) -> Weights:
    """The differences by tensor name.

    :raises ModelError: the file is missing or not one that ``pack`` wrote.
    """
    from safetensors.numpy import load_file

    try:
        stored = load_file(path)
        return {
            name.removesuffix(_CODES): _matrix(each, stored[name.removesuffix(_CODES) + _SCALES])
            if name.endswith(_CODES)
            else each.astype(np.float32)
            for name, each in stored.items()
            if not name.endswith(_SCALES)
        }
    except Exception as error:  # safetensors raises bare Exceptions
        message = f"模型增量文件 {path.name} 缺失或已损坏。请重新安装 lianwen。"
        raise ModelError(message) from error


def _matrix(packed: NDArray[np.uint8], scales: NDArray[np.float16]) -> NDArray[np.float32]:
    codes = np.stack([packed & 0x0F, packed >> 4], axis=-1).reshape(*scales.shape, _BLOCK)
    steps = codes.astype(np.float32) - np.float32(_LEVELS + 1)
    matrix: NDArray[np.float32] = steps * scales.astype(np.float32)[..., None]
    return matrix.reshape(scales.shape[0], -1)
