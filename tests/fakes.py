"""Small stand-ins for plumbing tests: an encoder without a model, documents without files."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ingest import structure
from knowledge.model import ParsedDocument
from knowledge.store import Held


class TinyEncoder:
    """Deterministic vectors from character pairs: near for texts that share words.

    Good for plumbing, meaningless for ranking quality. ``encoded`` counts passages.
    """

    def __init__(self, name: str = "tiny", dimension: int = 128) -> None:
        self.name = name
        self.encoded = 0
        self._dimension = dimension

    def encode_queries(
        self, texts: Sequence[str], progress: Callable[[int], None] | None = None
    ) -> NDArray[np.float32]:
        if progress:
            progress(len(texts))
        return np.stack([self._vector(text) for text in texts])

    def encode_passages(
        self, texts: Sequence[str], progress: Callable[[int], None] | None = None
    ) -> NDArray[np.float32]:
        self.encoded += len(texts)
        if progress:
            progress(len(texts))
        return self.encode_queries(texts)

    def _vector(self, text: str) -> NDArray[np.float32]:
        vector = np.full(self._dimension, 1e-3, dtype=np.float32)
        for first, second in pairwise(text):
            vector[zlib.crc32(f"{first}{second}".encode()) % self._dimension] += 1
        return vector / np.linalg.norm(vector)


GIFTS = """# 礼品管理办法

第一章 总则

第一条 为了规范礼品管理，制定本办法。

第二章 收受

第二条 工作人员不得收受管理服务对象的礼品、礼金和消费卡。

第三条 因故未能拒收的礼品，应当自收到之日起十日内登记上交。
逾期不上交的，按照违规收受处理：
（一）价值不满一千元的，批评教育；
（二）价值一千元以上的，给予警告处分。

第四条 本办法自2020年5月1日起施行。
"""

GIFTS_REVISED = GIFTS.replace("十日内", "五日内").replace("2020年5月1日", "2024年1月1日")

CARS = """# 公务用车办法

第一条 公务用车不得用于接送子女、探亲访友等私人活动。

第二条 节假日期间公务用车应当封存停驶。

第三条 本办法自2021年1月1日起施行。
"""

DINNER_CASE = """# 某甲接受宴请案

## 基本事实

某甲检查饭店后接受老板宴请，饮用白酒两瓶。

## 处分

某甲受到警告处分。
"""


def parsed(text: str, name: str = "文件") -> ParsedDocument:
    """A document read from text, as from a file called ``name``."""
    return structure.parse(text, name=name)


def held(*texts: str, origin: str = "file") -> list[Held]:
    """Documents as a build takes them."""
    return [Held(parsed(text), origin) for text in texts]
