"""Boxes that recognition found → a page whose lines run from left to right, straight.

The picture itself is never turned: recognition straightens every line it reads.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ingest.reading.pdf.page import Page, Piece, width_in_ems

Array = np.ndarray[Any, Any]

_UNITS_FOR_SIZE = 4
_LONG_LINE = 8.0
_ASKEW = 22.5


@dataclass(frozen=True, slots=True)
class Seen:
    """Recognised text and its box's corners, from the text's own top left clockwise; (4, 2)."""

    text: str
    confidence: float
    corners: Array


def sides(box: Array) -> tuple[float, float]:
    """Length along the text and across it."""
    along = max(math.dist(box[0], box[1]), math.dist(box[3], box[2]))
    return along, max(math.dist(box[0], box[3]), math.dist(box[1], box[2]))


def upright(seen: Sequence[Seen], number: int, width: float, height: float) -> Page:
    """Turn all boxes so that lines run from left to right, straight."""
    if not seen:
        return Page(number, width, height, ())
    angle = _angle(seen)
    quarter = round(angle / 90) % 4
    if quarter % 2:
        width, height = height, width
    turn = math.radians(-angle)
    matrix = np.array([[math.cos(turn), math.sin(turn)], [-math.sin(turn), math.cos(turn)]])
    centre = np.mean([each.corners.mean(axis=0) for each in seen], axis=0)
    turned = [(each, (each.corners - centre) @ matrix) for each in seen]
    # Where the sheet's corner lies matters little; its margins must hold what is on it.
    low = np.min([corners.min(axis=0) for _, corners in turned], axis=0)
    high = np.max([corners.max(axis=0) for _, corners in turned], axis=0)
    margins = (np.array([width, height]) - (high - low)) / 2
    shift = np.maximum(margins, 0) - low
    pieces = tuple(_piece(each, corners + shift) for each, corners in turned)
    return Page(number, width, height, pieces, loose=True)


def _angle(seen: Sequence[Seen]) -> float:
    """Degrees by which lines run down to the right, as the long ones have it."""
    angles = []
    for each in seen:
        along, across = sides(each.corners)
        right, down = each.corners[1] - each.corners[0] + each.corners[2] - each.corners[3]
        angles.append((along / max(across, 1.0), math.degrees(math.atan2(down, right)) % 360))
    long = [angle for ratio, angle in angles if ratio >= _LONG_LINE]
    main = statistics.mode(round(angle / 90) % 4 for angle in (long or [a for _, a in angles]))
    near = [(angle - 90 * main + 180) % 360 - 180 for angle in long]
    near = [angle for angle in near if abs(angle) < _ASKEW]
    return 90 * main + (statistics.median(near) if near else 0.0)


def _piece(seen: Seen, corners: Array) -> Piece:
    left, right = float(corners[[0, 3], 0].mean()), float(corners[[1, 2], 0].mean())
    top, bottom = float(corners[[0, 1], 1].mean()), float(corners[[2, 3], 1].mean())
    units = width_in_ems(seen.text)
    size = 0.75 * (bottom - top)
    if units >= _UNITS_FOR_SIZE:
        size = min((right - left) / units, 1.5 * size)
    return Piece(seen.text, left, top, right, bottom, max(size, 1.0), seen.confidence)
