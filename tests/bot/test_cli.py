"""The command line as scripts and people use it: output, exit codes, bad input."""

import json
import os
import shutil
import subprocess
import sys

import pytest
from filelock import FileLock

from bot.cli import main
from tests.fakes import CARS, GIFTS

OUTSIDE = ("TELEGRAM_BOT_TOKEN", "EMBEDDING_MODEL", "ADMIN_IDS", "DATABASE_URL")


@pytest.fixture
def env(encoder_home, tmp_path, monkeypatch):
    """A data directory with the unpacked model in it, as the only setting."""
    data = tmp_path / "data"
    data.mkdir()
    (data / "models").symlink_to(encoder_home / "models")
    for name in OUTSIDE:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LIANWEN_DATA_DIR", str(data))
    monkeypatch.chdir(tmp_path)
    return data


@pytest.fixture
def rules(tmp_path):
    return write_rules(tmp_path / "rules")


def write_rules(folder):
    folder.mkdir()
    (folder / "礼品.md").write_text(GIFTS, encoding="utf-8")
    (folder / "公车.txt").write_text(CARS, encoding="gb18030")
    return folder


@pytest.fixture(scope="module")
def ingested(tmp_path_factory, encoder_home, real_encoder):
    """A knowledge base of the two rules, built once: that takes the real model long."""
    home = tmp_path_factory.mktemp("ingested")
    (home / "data").mkdir()
    write_rules(home / "rules")
    real_encoder.encode_queries(["解包"])
    (home / "data" / "models").symlink_to(encoder_home / "models")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIANWEN_DATA_DIR", str(home / "data"))
        for name in OUTSIDE:
            patch.delenv(name, raising=False)
        patch.chdir(home)
        assert main(["ingest", str(home / "rules"), "--replace"]) == 0
    return home / "data"


@pytest.fixture
def built(env, ingested):
    skip = shutil.ignore_patterns("models")  # there already
    shutil.copytree(ingested, env, ignore=skip, dirs_exist_ok=True)
    return env


def test_an_answer_is_printed_with_its_source(built, capsys):
    assert main(["ask", "礼品管理办法第三条"]) == 0
    printed = capsys.readouterr().out
    assert "《礼品管理办法》第三条" in printed
    assert "十日内登记上交" in printed
    assert "\x1b[" not in printed


def test_json_holds_what_the_contract_promises(built, capsys):
    assert main(["ask", "公务用车能不能接送子女", "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert set(record) == {
        "id", "question", "outcome", "answer", "citations", "passages", "elapsed_ms"
    }  # fmt: skip
    assert record["outcome"] == "answered"
    first = record["citations"][0]
    assert (first["document"], first["article"]) == ("公务用车办法", "第一条")
    assert first["quote"] in CARS
    places = [(p["document"], p["article"]) for p in record["passages"]]
    assert len(places) == len(set(places))


def test_json_lines_are_answered_in_order_and_a_bad_question_ends_nothing(
    built, capsys, monkeypatch
):
    lines = [
        {"id": "a", "question": "礼品管理办法第二条"},
        {"id": "b", "question": "   "},
        {"id": "c", "question": "那第三条呢", "turns": ["礼品管理办法第二条"]},
    ]
    monkeypatch.setattr("sys.stdin", [json.dumps(line) for line in lines])
    assert main(["ask", "--jsonl"]) == 0
    records = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [record["id"] for record in records] == ["a", "b", "c"]
    assert records[1]["outcome"] == "refused"
    assert records[2]["citations"][0]["article"] == "第三条"


def test_a_broken_json_line_is_named(built, capsys, monkeypatch):
    monkeypatch.setattr("sys.stdin", ["{不是"])
    assert main(["ask", "--jsonl"]) == 1
    assert "第 1 行" in capsys.readouterr().err


@pytest.mark.parametrize("question", ["", "  ", "问" * 10_000, "\x00\x1b", "🙂"])
def test_a_question_that_cannot_be_asked_is_one_clear_line(built, capsys, question):
    assert main(["ask", question]) == 1
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "Traceback" not in error


def test_wrong_usage_is_exit_code_2_and_says_where_help_is(env, capsys):
    assert main(["ask"]) == 2
    assert main(["ask", "问", "--jsonl"]) == 2
    assert main(["nonsense"]) == 2
    assert main(["ask", "--nonsense", "问"]) == 2
    assert main(["ingest", "--replace"]) == 2
    assert "--help" in capsys.readouterr().err


def test_help_speaks_chinese(env, capsys):
    assert main(["--help"]) == 0
    printed = capsys.readouterr().out
    assert "用法：" in printed
    assert "Show this message" not in printed
    assert "Usage" not in printed


def test_asking_before_anything_is_built_says_what_to_run(env, capsys):
    assert main(["ask", "礼品能收吗"]) == 1
    assert "lianwen ingest" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "content"),
    [("图片.md", b"\x89PNG\r\n\x1a\n\x00\x00"), ("空.md", b""), ("空白.txt", b" \n ")],
)
def test_a_file_that_is_no_text_is_named_and_nothing_is_lost(
    built, tmp_path, capsys, name, content
):
    bad = tmp_path / name
    bad.write_bytes(content)
    assert main(["ingest", str(bad)]) == 1
    assert name in capsys.readouterr().err
    assert main(["ask", "礼品管理办法第三条"]) == 0


def test_a_bad_file_among_good_ones_does_not_stop_them(env, rules, capsys, real_encoder):
    (rules / "坏.md").write_bytes(b"\x00\x01\x02")
    assert main(["ingest", str(rules), "--replace"]) == 0
    assert "坏.md" in capsys.readouterr().err
    assert main(["ask", "公务用车办法第一条"]) == 0


def test_a_folder_without_rules_and_a_path_that_is_not_there_are_named(env, tmp_path, capsys):
    empty = tmp_path / "空文件夹"
    empty.mkdir()
    assert main(["ingest", str(empty), "--replace"]) == 1
    assert "空文件夹" in capsys.readouterr().err
    assert main(["ingest", str(tmp_path / "没有"), "--replace"]) == 1
    assert "没有" in capsys.readouterr().err


def test_a_second_ingest_on_the_same_data_is_told_to_wait(built, rules, capsys):
    with FileLock(built / "ingest.lock"):
        assert main(["ingest", str(rules)]) == 1
    assert "另一个进程" in capsys.readouterr().err


def test_generations_and_rollback_go_one_step_back(built, rules, capsys):
    (rules / "礼品.md").write_text(GIFTS.replace("十日内", "五日内"), encoding="utf-8")
    assert main(["ingest", str(rules), "--replace"]) == 0
    assert main(["generations"]) == 0
    assert "使用中" in capsys.readouterr().out
    assert main(["rollback"]) == 0
    capsys.readouterr()
    assert main(["ask", "礼品管理办法第三条"]) == 0
    assert "十日内" in capsys.readouterr().out


def test_evaluate_prints_figures_by_type(built, tmp_path, capsys):
    exam = tmp_path / "exam.jsonl"
    exam.write_text(
        json.dumps(
            {
                "id": "1",
                "type": "lookup",
                "question": "礼品管理办法第三条",
                "gold": [{"doc": "礼品管理办法", "article": "第三条"}],
            }
        )
        + "\n"
        + json.dumps({"id": "2", "type": "off", "question": "红烧肉怎么做好吃", "gold": []}),
        encoding="utf-8",
    )
    assert main(["evaluate", str(exam), "--json"]) == 0
    figures = {each["group"]: each for each in json.loads(capsys.readouterr().out)}
    assert figures["lookup"]["hits"][0] == 1.0
    assert figures["lookup"]["cited"] == 1.0
    assert main(["evaluate", str(tmp_path / "none.jsonl")]) == 1


def test_evaluate_writes_misses_and_compares_with_an_earlier_run(built, tmp_path, capsys):
    exam, misses, earlier = (tmp_path / name for name in ("exam.jsonl", "misses", "earlier.json"))
    exam.write_text(
        json.dumps(
            {
                "id": "1",
                "type": "direct",
                "question": "公务用车能不能接送子女",
                "gold": [{"doc": "礼品管理办法", "article": "第九条"}],
            }
        ),
        encoding="utf-8",
    )
    assert main(["evaluate", str(exam), "--json"]) == 0
    earlier.write_text(capsys.readouterr().out, encoding="utf-8")
    assert main(["evaluate", str(exam), "--misses", str(misses), "--against", str(earlier)]) == 0
    assert "+0.000" in capsys.readouterr().out
    (miss,) = map(json.loads, misses.read_text(encoding="utf-8").splitlines())
    assert miss["rank"] is None
    assert ["公务用车办法", "第一条"] in miss["ranked"]
    assert main(["evaluate", str(exam), "--against", str(exam)]) == 1
    assert "--json" in capsys.readouterr().err
    assert main(["evaluate", str(exam), "--misses", str(tmp_path / "no" / "x")]) == 1


def test_explain_shows_what_each_channel_said(built, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "160")
    assert main(["ask", "收了lipin能不上交吗", "--explain"]) == 0
    printed = capsys.readouterr().out
    assert "检索用语：收了礼品能不上交吗" in printed
    assert "重排" in printed
    assert "有依据的可能" in printed


def test_doctor_says_what_is_well_and_what_is_not(env, capsys, real_encoder):
    real_encoder.encode_queries(["解包"])
    assert main(["doctor"]) == 1
    printed = capsys.readouterr().out
    assert "✓ 向量模型可用" in printed
    assert "✗ 知识库还没有建立" in printed


def test_the_bot_without_a_token_says_what_to_set(env, capsys):
    assert main(["bot"]) == 1
    assert "TELEGRAM_BOT_TOKEN" in capsys.readouterr().err


def test_a_law_that_is_not_known_is_answered_with_near_names(env, capsys):
    assert main(["ingest", "--law", "行政处罚发", "--replace"]) == 1
    assert "行政处罚法" in capsys.readouterr().err


@pytest.mark.skipif(os.name != "posix", reason="directory rights are POSIX here")
def test_a_data_directory_that_cannot_be_written_is_named(tmp_path, rules):
    """As an ordinary user: root may write anywhere."""
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o555)
    for folder in (tmp_path, *tmp_path.parents):
        if folder.stat().st_uid == os.getuid() and folder.name.startswith("pytest"):
            folder.chmod(0o755)
    code = (
        "import os, sys\n"
        "import bot.ingesting\n"
        "from bot.cli import main\n"
        # What is loaded late must be so before: the code may lie where only its owner reads.
        "main(['ingest', '--help'])\n"
        "if os.getuid() == 0: os.setgid(65534); os.setuid(65534)\n"
        f"sys.exit(main(['ingest', {str(rules)!r}, '--replace', '--data-dir', {str(locked)!r}]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 1, done.stderr
    assert str(locked) in done.stderr
    assert "权限" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_pipe_of_questions_is_answered_and_ends_at_quit(built):
    done = subprocess.run(
        [sys.executable, "-m", "bot", "chat"],
        input="礼品管理办法第三条\n/quit\n公务用车办法第一条\n",
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
        env={**os.environ, "LIANWEN_DATA_DIR": str(built)},
    )
    assert "十日内登记上交" in done.stdout
    assert "接送子女" not in done.stdout


def test_a_second_process_may_ask_while_the_first_has_the_data_open(built):
    command = [sys.executable, "-m", "bot", "ask", "礼品管理办法第三条", "--data-dir", str(built)]
    running = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    for process in running:
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
        assert "十日内" in out
