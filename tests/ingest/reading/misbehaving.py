"""A worker whose reader of text does what hostile files might make one do, at their word.

Run in place of ``ingest.reading.worker`` by the tests of isolation; all else of it is real.
"""

from __future__ import annotations

import os
import re
import time
from typing import BinaryIO

from ingest.reading import limits, plain, worker
from ingest.reading.contents import Contents, Told

_sound = plain.read_plain
_pipes = worker._private_pipes
_replies: list[BinaryIO] = []


def _remembered() -> tuple[BinaryIO, BinaryIO]:
    requests, replies = _pipes()
    _replies.append(replies)
    return requests, replies


def _read(raw: bytes, name: str, told: Told) -> Contents:
    text = raw.decode()
    if "崩溃" in text:
        os.abort()
    if "卡住" in text:
        # In C code, which lets no other thread of Python run.
        re.match("(a+)+$", "a" * 60 + "b")
    if "贪吃" in text:
        bytearray(limits.MEMORY)
    if "唠叨" in text:
        print("唠叨" * 1000, flush=True)  # noqa: T201  # as libraries do
        os.write(1, b"\xff\xff\xff\xff" * 100)
    if "慢慢" in text:
        for done in range(8):
            time.sleep(0.25)
            told(done, 8)
    if "胡说" in text:
        _replies[0].write(worker.LENGTH.pack(4) + b"{]}x")
        _replies[0].flush()
    if "无边" in text:
        _replies[0].write(b"\xff" * 1000)
        _replies[0].flush()
    if "冒名" in text:
        name = "别的文件.txt"
        _replies[0].write(_frame(f'{{"kind":"ended","refused":{{"name":"{name}","reason":"x"}}}}'))
        _replies[0].flush()
    return _sound(raw, name, told)


def _frame(body: str) -> bytes:
    return worker.LENGTH.pack(len(body.encode())) + body.encode()


if __name__ == "__main__":
    worker._private_pipes = _remembered
    plain.read_plain = _read
    worker.main()
