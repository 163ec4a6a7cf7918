"""What became of the answers that a language model wrote, for /stats."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # Without a language model nothing of it is loaded.
    from knowledge.writing.verdicts import Tally

_REASONS = 3


def told(tally: Tally) -> str:
    """The counts since the start in a line or two."""
    from knowledge.writing.wording import fallback_in_words, faults_in_words

    fallen = sum(tally.fallbacks.values())
    if not tally.written + fallen:
        return "语言模型：本次启动以来还没有执笔。"
    reasons = _listed({fallback_in_words(each): n for each, n in tally.fallbacks.items()})
    lines = [
        f"语言模型（本次启动以来）：写成 {tally.written} 次，改为直接引用 {fallen} 次{reasons}"
    ]
    sentences = tally.passed + tally.dropped
    if sentences:
        faults = _listed({faults_in_words([each]): n for each, n in tally.faults.items()})
        lines.append(
            f"所写 {sentences} 句：通过 {tally.passed} 句（其中改写后 {tally.rewritten} 句），"
            f"弃用 {tally.dropped} 句{faults}"
        )
    return "\n".join(lines)


def _listed(counts: Mapping[str, int]) -> str:
    """The most frequent ones in brackets; "" where there are none."""
    most = sorted(counts.items(), key=lambda pair: -pair[1])[:_REASONS]
    return f"（{'，'.join(f'{name} {count}' for name, count in most)}）" if most else ""
