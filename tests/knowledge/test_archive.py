"""Damaged, forged and foreign archives: refused in a sentence, with nothing changed."""

from __future__ import annotations

import hashlib
import json
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from knowledge.archive import BackupError, Reader
from knowledge.backup import back_up
from knowledge.restoring import restore
from knowledge.store import Store
from knowledge.store.copying import opened
from knowledge.store.database import FILE
from knowledge.store.snapshot import read
from tests.knowledge.installations import files, make, rows

KEY = b"the key of the tests"
Contents = dict[str, bytes]


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("saved")
    store = make(folder / "data")
    back_up(store, folder / "saved.zip", key=KEY)
    store.close()
    return folder / "saved.zip"


@pytest.fixture
def contents(saved: Path) -> Contents:
    with zipfile.ZipFile(saved) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


@pytest.fixture
def write(tmp_path: Path) -> Callable[[Contents], Path]:
    """Packs contents, whatever they are."""

    def pack(contents: Contents) -> Path:
        with zipfile.ZipFile(tmp_path / "forged.zip", "w", zipfile.ZIP_DEFLATED) as target:
            for name, content in contents.items():
                target.writestr(name, content)
        return tmp_path / "forged.zip"

    return pack


def stating(contents: Contents, **changed: Any) -> Contents:
    """The same with another manifest: members as they are now, and whatever is changed."""
    manifest = json.loads(contents["manifest.json"])
    manifest["members"] = [
        {"name": name, "size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for name, content in contents.items()
        if name != "manifest.json"
    ]
    return {**contents, "manifest.json": json.dumps({**manifest, **changed}).encode()}


def refused(file: Path, folder: Path, match: str, key: bytes | None = None) -> None:
    """Into a new folder it makes nothing, and in a used one it changes nothing."""
    with pytest.raises(BackupError, match=match) as caught:
        restore(file, folder / "new", key=key)
    assert "\n" not in str(caught.value)
    assert not (folder / "new").exists() or files(folder / "new") == {}
    store = make(folder / "used")
    before = state(store)
    with pytest.raises(BackupError, match=match):
        restore(file, folder / "used", key=key, force=True)
    assert state(store) == before


def state(store: Store) -> tuple[object, ...]:
    """Everything that is kept; SQLite may keep it in one file or several."""
    kept = rows(store.database)
    store.close()
    held = {name: each for name, each in files(store.data_dir).items() if FILE not in name}
    return kept, held


def test_an_archive_packed_again_as_it_was_is_taken(
    tmp_path: Path, contents: Contents, write: Callable[[Contents], Path]
) -> None:
    """What the refusals below are measured against."""
    restore(write(stating(contents)), tmp_path / "new")
    assert (tmp_path / "new" / "lexicon.yaml").read_bytes() == contents["lexicon.yaml"]


def test_whatever_byte_is_flipped_it_is_refused_or_holds_the_same(
    tmp_path: Path, saved: Path, contents: Contents
) -> None:
    content = saved.read_bytes()
    refusals = 0
    spots = {*range(0, len(content), len(content) // 150), *range(len(content) - 60, len(content))}
    for spot in sorted(spots):
        flipped = bytearray(content)
        flipped[spot] ^= 0x10
        (tmp_path / "flipped.zip").write_bytes(flipped)
        with (tmp_path / "flipped.zip").open("rb") as opened:
            try:
                reader = Reader(opened)
                for number, member in enumerate(reader.manifest.members):
                    reader.extract(member, tmp_path / f"{spot}" / f"{number}", lambda _: None)
                    held = (tmp_path / f"{spot}" / f"{number}").read_bytes()
                    assert held == contents[member.name]
            except BackupError:
                refusals += 1
    assert refusals > len(spots) // 2


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9, 0.999])
def test_an_archive_cut_short_is_refused(tmp_path: Path, saved: Path, share: float) -> None:
    content = saved.read_bytes()
    (tmp_path / "cut.zip").write_bytes(content[: int(len(content) * share)])
    refused(tmp_path / "cut.zip", tmp_path, "不完整")


def test_a_flipped_byte_of_the_database_is_refused(tmp_path: Path, saved: Path) -> None:
    content = bytearray(saved.read_bytes())
    content[2000] ^= 0x10
    (tmp_path / "flipped.zip").write_bytes(content)
    refused(tmp_path / "flipped.zip", tmp_path, r"不完整.*lianwen\.sqlite3|读不出")


@pytest.mark.parametrize("missing", ["lexicon.yaml", "lianwen.sqlite3"])
def test_a_missing_member_is_refused(
    tmp_path: Path, contents: Contents, write: Callable[[Contents], Path], missing: str
) -> None:
    del contents[missing]
    refused(write(contents), tmp_path, "与清单不符")


@pytest.mark.parametrize(
    "name",
    [
        "extra.txt",
        "../outside.txt",
        "/tmp/outside.txt",
        "generations/../../outside.txt",
        "generations\\..\\outside.txt",
        "C:outside.txt",
        "./lexicon.yaml",
        "refreshes//1",
    ],
)
@pytest.mark.parametrize("stated", [False, True])
def test_an_extra_member_and_a_name_that_leads_elsewhere_are_refused(
    tmp_path: Path, contents: Contents, write: Callable[[Contents], Path], name: str, stated: bool
) -> None:
    contents[name] = b"not ours"
    refused(write(stating(contents) if stated else contents), tmp_path, "请换一份")
    assert not list(tmp_path.rglob("outside.txt"))
    assert not Path("/tmp/outside.txt").exists()


def test_a_symbolic_link_is_refused(tmp_path: Path, contents: Contents) -> None:
    contents["refreshes/link"] = b"/etc/passwd"
    with zipfile.ZipFile(tmp_path / "forged.zip", "w") as target:
        for name, content in stating(contents).items():
            info = zipfile.ZipInfo(name)
            if name.endswith("link"):
                info.external_attr = (stat.S_IFLNK | 0o777) << 16
            target.writestr(info, content)
    refused(tmp_path / "forged.zip", tmp_path, "不该有")


def test_the_same_name_twice_is_refused(tmp_path: Path, contents: Contents) -> None:
    with zipfile.ZipFile(tmp_path / "forged.zip", "w") as target:
        for name, content in contents.items():
            target.writestr(name, content)
        with pytest.warns(UserWarning, match="Duplicate"):
            target.writestr("lexicon.yaml", b"another: [one]")
    refused(tmp_path / "forged.zip", tmp_path, "不该有")


@pytest.mark.parametrize("announced", [10, 10**13])
def test_a_member_that_unpacks_to_something_else_than_announced_is_refused(
    tmp_path: Path, contents: Contents, announced: int
) -> None:
    bomb = b"\0" * 5_000_000
    contents["refreshes/bomb"] = bomb
    forged = stating(contents)
    manifest = json.loads(forged["manifest.json"])
    manifest["members"][-1]["size"] = announced
    manifest["members"].sort(key=lambda each: each["name"] != "refreshes/bomb")
    for each in manifest["members"]:
        if each["name"] == "refreshes/bomb":
            each["size"] = announced
        else:
            each["size"] = len(contents[each["name"]])
    forged["manifest.json"] = json.dumps(manifest).encode()
    with zipfile.ZipFile(tmp_path / "forged.zip", "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in forged.items():
            target.writestr(name, content)
        target.getinfo("refreshes/bomb").file_size = announced
    refused(tmp_path / "forged.zip", tmp_path, "不完整")


def test_a_newer_format_and_newer_tables_are_told_apart_from_damage(
    tmp_path: Path, contents: Contents, write: Callable[[Contents], Path]
) -> None:
    refused(write(stating(contents, format=2, members="what comes later")), tmp_path, "升级")
    (tmp_path / "again").mkdir()
    refused(write(stating(contents, revision="9999")), tmp_path / "again", "升级")


@pytest.mark.parametrize(
    "changed",
    [
        b"",
        b"{",
        b"[]",
        b'{"format": 1}',
        b"[" * 100_000,
        "{“format”: 1}".encode(),
        b"\xff\xfe",
    ],
)
def test_a_manifest_that_is_none_is_refused(
    tmp_path: Path, contents: Contents, write: Callable[[Contents], Path], changed: bytes
) -> None:
    file = write({**contents, "manifest.json": changed})
    with pytest.raises(BackupError):
        restore(file, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_some_other_zip_and_some_other_file_are_no_backup(
    tmp_path: Path, write: Callable[[Contents], Path]
) -> None:
    refused(write({"readme.txt": b"hello"}), tmp_path, "lianwen backup")
    (tmp_path / "note.txt").write_text("不是备份", encoding="utf-8")
    with pytest.raises(BackupError, match="不完整"):
        restore(tmp_path / "note.txt", tmp_path / "new")
    with pytest.raises(BackupError, match="找不到"):
        restore(tmp_path / "none.zip", tmp_path / "new")


def test_whoever_lacks_the_key_can_forge_nothing_for_those_who_have_it(
    tmp_path: Path, contents: Contents, write: Callable[[Contents], Path]
) -> None:
    contents["lexicon.yaml"] = "别的: [词]\n".encode()
    file = write(stating(contents))
    refused(file, tmp_path, "与密钥对不上|密钥", KEY)


def test_a_database_and_indexes_of_different_backups_are_refused(
    tmp_path: Path, contents: Contents, write: Callable[[Contents], Path]
) -> None:
    one = next(name.split("/")[1] for name in contents if name.startswith("generations/"))
    renamed = {
        name.replace(f"generations/{one}/", "generations/gother/"): content
        for name, content in contents.items()
    }
    refused(write(stating(renamed)), tmp_path, "对不上")


def test_indexes_that_do_not_open_are_refused(
    tmp_path: Path, contents: Contents, write: Callable[[Contents], Path]
) -> None:
    for name in contents:
        if name.endswith("lexical.sqlite3"):
            contents[name] = b"no index"
    refused(write(stating(contents)), tmp_path, "打不开")


def test_a_backup_with_older_tables_loses_nothing_when_they_are_brought_up_to_date(
    tmp_path: Path, contents: Contents, write: Callable[[Contents], Path]
) -> None:
    (tmp_path / "db").write_bytes(contents["lianwen.sqlite3"])
    with opened(tmp_path / "db") as connection:
        downgrade(connection, "0002")
    before = read(tmp_path / "db")
    contents["lianwen.sqlite3"] = (tmp_path / "db").read_bytes()
    restore(write(stating(contents, revision="0002")), tmp_path / "new")
    after = read(tmp_path / "new" / FILE)
    assert [each.documents for each in after.generations] == [1, 1]
    assert [(e.passages, e.documents, e.live) for e in before.generations] == [
        (e.passages, e.documents, e.live) for e in after.generations
    ]


def downgrade(connection: sa.Connection, revision: str) -> None:
    """As the tables were before; what refers to a generation stays."""
    for column in ("staged", "base_id", "fingerprint"):
        connection.exec_driver_sql(f"ALTER TABLE generation DROP COLUMN {column}")
    refreshes = ("amendment", "muted", "refresh")
    days = ("added_days", "holiday_year")
    reminders = ("reminder", "reminder_delivery", "reminder_worker")
    for table in (*refreshes, *days, *reminders):
        connection.exec_driver_sql(f"DROP TABLE {table}")
    connection.exec_driver_sql("UPDATE alembic_version SET version_num = ?", (revision,))
    connection.commit()
