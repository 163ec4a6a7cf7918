"""Text files, Markdown among them: decoded, and told from what is no text at all."""

from __future__ import annotations

from ingest.reading.contents import Contents, Told
from ingest.reading.decoding import CONTROL, decoded
from ingest.reading.kinds import readable
from knowledge.errors import UnreadableError


def read_plain(raw: bytes, name: str, told: Told) -> Contents:
    """Read a text file: its lines as they are, front matter and Markdown included.

    :raises UnreadableError: where it is empty, binary, or in an unknown encoding.
    """
    del told  # Decoding is quick.
    text = decoded(raw, name)
    if CONTROL.search(text):
        raise UnreadableError(
            f"「{name}」不是文本文件（内容像图片、压缩包或办公文档），也不是能读的格式。"
            f"请用原来的软件另存为可读的格式再导入：{readable()}。"
        )
    if not text.strip().strip("\ufeff"):
        raise UnreadableError(f"「{name}」是空的。请检查文件，或者把它移出导入的范围。")
    return Contents(text)
