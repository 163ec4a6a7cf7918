"""The composition root: chooses the concrete classes and puts them together."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from knowledge.answering import Composer
from knowledge.assistant import Assistant
from knowledge.embedding import CrossReranker, Encoder, Reranker, SentenceEncoder
from knowledge.keys import load_key
from knowledge.reminding.composing import Shelf
from knowledge.reminding.planning import Planner
from knowledge.reminding.schedule import Timing
from knowledge.restoring import finish
from knowledge.settings import Settings
from knowledge.store import Generation, Records, Store, WrittenAnswers

if TYPE_CHECKING:
    # Without a language model nothing of it is loaded.
    from ingest.proposing import Proposer
    from knowledge.writing.drafts import Draft
    from knowledge.writing.scribe import Scribe


def open_store(settings: Settings, *, create: bool = False) -> Store:
    """The store under the data directory; ``create`` makes it where there is none."""
    store = Store(_data_dir(settings), create=create, url=settings.database_url.get_secret_value())
    # A restore that was cut off just past its commit has a few files left to put in place.
    finish(store.database)
    return store


def open_records(settings: Settings, store: Store) -> Records:
    """What is kept about people, in the store's database."""
    return Records.over(store.database, key_of(settings))


def key_of(settings: Settings) -> bytes:
    """The installation's secret."""
    return load_key(_data_dir(settings), settings.key.get_secret_value())


def make_planner(settings: Settings, records: Records, shelf: Shelf) -> Planner:
    """The plan of reminders, by the unit's settings.

    :param shelf: where articles and cases are found.
    """
    timing = Timing(
        at=settings.reminder_time,
        days_before=settings.reminder_days,
        quiet_from=settings.reminder_quiet[0],
        quiet_to=settings.reminder_quiet[1],
        moments=settings.reminder_moments,
    )
    return Planner(records, shelf, timing, settings.contact)


def make_encoder(settings: Settings, *, threads: int | None = None) -> Encoder:
    """The configured embedding model; loaded when first used.

    :param threads: how many threads compute; None for as many as seem best.
    """
    return SentenceEncoder(settings.embedding_model, _data_dir(settings), threads=threads)


def make_reranker(settings: Settings) -> Reranker | None:
    """The cross-encoder that comes along, unless RERANK switches it off."""
    return CrossReranker(_data_dir(settings)) if settings.rerank else None


def make_proposer(settings: Settings) -> Proposer | None:
    """What asks the configured model for asks at a refresh; None unless LLM_ASKS is on.

    :raises ConfigurationError: as ``make_scribe``.
    """
    if not settings.llm_asks:
        return None
    from ingest.proposing import Proposer
    from knowledge.llm.opening import open_model

    return Proposer(open_model(settings))


def make_scribe(settings: Settings, watch: Callable[[Draft], None] | None = None) -> Scribe | None:
    """What has the configured model help with answers; None where none is configured.

    :param watch: told how each answer came about (see ``Writer``).
    :raises ConfigurationError: the model's settings cannot be used, or its library is missing.
    """
    if not (settings.llm_model or settings.llm_base_url):
        return None
    from knowledge.llm.opening import open_model
    from knowledge.writing.scribe import Scribe

    model = open_model(settings)
    if model is None:
        return None
    return Scribe.of(model, settings.llm_total_seconds, watch)


def make_assistant(
    settings: Settings, scribe: Scribe | None = None, *, patient: bool = True
) -> Assistant:
    """The core, over the data directory's live generation.

    :param scribe: helps with its answers (see :func:`make_scribe`); None for quotes alone.
    :param patient: let the first to ask after a refresh wait for it (see ``Following``).
    """
    store, encoder = open_store(settings), make_encoder(settings)
    return _assistant(settings, store, encoder, scribe, patient=patient)


def make_answering(
    settings: Settings, store: Store, encoder: Encoder
) -> Callable[[Generation | None], Assistant]:
    """What makes a core that answers from one generation; from the live one for None."""

    def answering(generation: Generation | None) -> Assistant:
        return _assistant(settings, store, encoder, pinned=generation)

    return answering


def _assistant(
    settings: Settings,
    store: Store,
    encoder: Encoder,
    scribe: Scribe | None = None,
    *,
    pinned: Generation | None = None,
    patient: bool = True,
) -> Assistant:
    return Assistant(
        store,
        encoder,
        Composer(settings.contact),
        make_reranker(settings),
        faq=WrittenAnswers(store.database),
        scribe=scribe,
        pinned=pinned,
        patient=patient,
    )


def set_up_logging(settings: Settings) -> None:
    """Log to standard error; the data directory may be read-only."""
    logging.basicConfig(
        level=settings.log_level,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        handlers=[_StandardError()],
        force=True,
    )
    # These tell at INFO what only their own developers need.
    for noisy in ("httpx", "chromadb", "sentence_transformers", "transformers"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


class _StandardError(logging.StreamHandler[TextIO]):
    """Writes to what is standard error now: a window that shows a draft puts itself between."""

    @property
    def stream(self) -> TextIO:
        """Where a line goes."""
        return sys.stderr

    @stream.setter
    def stream(self, _: TextIO) -> None:
        pass


def _data_dir(settings: Settings) -> Path:
    return settings.data_dir.expanduser()
