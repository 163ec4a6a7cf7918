"""The installation's own secret: what hashes of people and invites are keyed with."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from contextlib import suppress
from pathlib import Path

from knowledge.errors import StoreError

FILE = "secret.key"
_BYTES = 32


def load_key(data_dir: Path, given: str = "") -> bytes:
    """The secret given in the settings, else the one in ``data_dir``, made on first use.

    :raises StoreError: it can be neither read nor written.
    """
    if given:
        return hashlib.sha256(given.encode()).digest()
    path = data_dir / FILE
    try:
        if path.is_file():
            return bytes.fromhex(path.read_text(encoding="ascii"))
        data_dir.mkdir(parents=True, exist_ok=True)
        with suppress(FileExistsError):  # another process was first
            # Whole or not at all, and never readable by others, even for an instant.
            spare = data_dir / f".{FILE}.{os.getpid()}"
            descriptor = os.open(spare, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.write(secrets.token_hex(_BYTES))
            try:
                os.link(spare, path)
            finally:
                spare.unlink()
        return bytes.fromhex(path.read_text(encoding="ascii"))
    except (OSError, ValueError) as error:
        raise StoreError(
            f"密钥文件无法读写：{path}。请检查权限，或从备份恢复这个文件后重试。"
        ) from error


def keyed_hash(key: bytes, purpose: str, value: object) -> str:
    """64 hexadecimal digits that say nothing of ``value`` to anyone without the key (HMAC-SHA256).

    ``purpose`` keeps hashes of one kind from being compared with those of another.
    """
    return hmac.new(key, f"{purpose}:{value}".encode(), hashlib.sha256).hexdigest()
