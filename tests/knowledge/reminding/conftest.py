"""Everything that comes along, for tests of what reminders cite."""

from __future__ import annotations

import pytest

from ingest.content import shipped_documents
from ingest.laws import default_laws
from knowledge.library import Library


@pytest.fixture(scope="session")
def shipped() -> Library:
    """Everything that comes along, without indexes."""
    return Library([*shipped_documents(), *default_laws()])
