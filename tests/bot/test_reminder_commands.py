"""`lianwen reminders` as an operator uses it."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from icalendar import Calendar
from rich.console import Console

from bot.cli import main
from bot.previewing_reminders import Wanted, preview
from bot.wiring import make_planner
from knowledge.errors import ReminderError
from knowledge.holidays.computed import computed_year
from knowledge.keys import load_key
from knowledge.library import Library, today
from knowledge.reminding.model import Moment
from knowledge.settings import Settings, load_settings
from knowledge.store import Records, Store
from tests.bot.reminding import Shelf, china

pytestmark = pytest.mark.any_database

YEAR = today().year + 1


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A data directory of one's own, and nothing else set; always SQLite."""
    for field in Settings.model_fields.values():
        monkeypatch.delenv(str(field.alias), raising=False)
    monkeypatch.setenv("LIANWEN_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield tmp_path / "data"
    root.handlers[:], root.level = handlers, level


def records(data: Path) -> Records:
    return Records.over(Store(data, create=True).database, load_key(data))


def printed(shelf: Shelf, wanted: Wanted) -> str:
    """What a preview over this knowledge base prints."""
    out = io.StringIO()
    preview(load_settings(_env_file=None), wanted, Console(file=out, width=200), shelf)
    return out.getvalue()


def wanted(
    year: int | None = 2026, holiday: str = "", moment: Moment | None = None, *, brief: bool = False
) -> Wanted:
    return Wanted(year, holiday, moment, brief=brief)


def write(folder: Path, year: int, **changes: object) -> Path:
    """A file as holiday-cn has them."""
    days = [
        {"name": each.name, "date": str(each.date), "isOffDay": each.off}
        for each in computed_year(year).days
    ]
    file = folder / f"{year}.json"
    file.write_text(json.dumps({"year": year, "days": days} | changes), encoding="utf-8")
    return file


def test_the_dates_need_no_knowledge_base(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reminders", "preview", "2026", "--brief"]) == 0
    out = capsys.readouterr().out
    assert "端午节：6月19日（周五）至6月21日（周日），共3天（国务院办公厅通知）" in out
    assert "  2026-06-16（周二）09:30  节前" in out
    assert "  2026-06-18（周四）09:30  节日前夕" in out
    assert out.count("09:30") == 7 * 3


def test_this_year_is_meant_where_none_is_given(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reminders", "preview", "--brief", "--holiday", "国庆"]) == 0
    assert f"{today().year}-10-" in capsys.readouterr().out


def test_one_holiday_and_one_moment(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["2026", "--brief", "--holiday", "端午", "--moment", "eve"]
    assert main(["reminders", "preview", *arguments]) == 0
    assert capsys.readouterr().out.splitlines()[1:] == ["  2026-06-18（周四）09:30  节日前夕"]


def test_a_holiday_is_known_by_its_everyday_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reminders", "preview", "2026", "--brief", "--holiday", "五一"]) == 0
    assert capsys.readouterr().out.startswith("劳动节：")


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["2026"], 1, "知识库还没有建立"),
        (["2026", "--holiday", "端五"], 1, "有提醒的是：元旦、春节"),
        (["1999"], 1, "只能查2004年至2100年"),
        (["2026", "--moment", "noon"], 2, "用法有误"),
        (["端午"], 2, "用法有误"),
    ],
)
def test_what_goes_wrong_is_one_line_and_a_code(
    capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, words: str
) -> None:
    assert main(["reminders", "preview", *arguments]) == code
    said = capsys.readouterr()
    assert words in said.err
    assert said.err.count("\n") == 1
    assert not said.out


def test_the_texts_are_printed_and_nothing_is_kept(data: Path, shipped: Library) -> None:
    text = printed(Shelf(shipped), wanted(holiday="端午"))
    assert "── 端午节（节前），2026-06-16（周二）09:30 发 ──" in text
    assert "端午节廉洁提醒（6月19日至21日）" in text
    assert "第九十七条" in text
    assert "本单位纪检部门" in text
    assert text.count("──") == 2 * 3
    assert not records(data).reminders.list()


def test_no_case_is_told_twice_in_a_row_in_a_year(shipped: Library) -> None:
    lines = printed(Shelf(shipped), wanted(moment=Moment.BEFORE)).splitlines()
    cases = [lines[at + 1] for at, line in enumerate(lines) if line.strip() == "警示案例"]
    assert len(cases) == 7
    assert all(one != next_one for one, next_one in pairwise(cases))


def test_an_admins_words_are_shown_as_they_are(data: Path, shipped: Library) -> None:
    shelf = Shelf(shipped)
    kept = records(data)
    make_planner(load_settings(_env_file=None), kept, shelf).plan(china("2026-06-01 10:00"))
    key = "2026-端午节:before"
    planned = kept.reminders.get(key)
    assert planned
    words = {"opening": "本所自己的导语。", "watch": ["礼盒"]}
    assert kept.reminders.reword(key, planned.version, words, 1)
    text = printed(shelf, wanted(holiday="端午", moment=Moment.BEFORE))
    assert "本所自己的导语。" in text
    assert "文字由管理员改过" in text


def test_what_cannot_be_written_is_said_in_its_place(shipped: Library) -> None:
    nothing = Shelf(Library([]))
    with pytest.raises(ReminderError, match="3 次提醒拟不成"):
        printed(nothing, wanted(holiday="端午"))


def test_a_file_is_brought_in(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    worked = [{"name": "国庆节", "date": "2030-10-05", "isOffDay": False}]
    days = json.loads(write(tmp_path, 2030).read_text(encoding="utf-8"))["days"]
    days = [each for each in days if each["date"] != "2030-10-05"] + worked
    assert main(["reminders", "holidays", str(write(tmp_path, 2030, days=days))]) == 0
    out = capsys.readouterr().out
    assert "2030年放假安排" in out
    assert "上班（调休）：10月5日（周六）" in out
    assert "已导入2030年的放假安排" in out
    (kept,) = records(data).holidays.years()
    assert kept.number == 2030
    assert records(data).audit.recent()[-1].actor is None


@pytest.mark.parametrize(
    ("content", "words"),
    [(None, "读不了"), ("{}", "year"), ("{", "JSON"), ("x" * 1_000_001, "超过1MB")],
)
def test_a_file_that_is_wrong_is_refused(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str | None, words: str
) -> None:
    file = tmp_path / "x.json"
    if content is not None:
        file.write_text(content, encoding="utf-8")
    assert main(["reminders", "holidays", str(file)]) == 1
    assert words in capsys.readouterr().err
    assert not records(data).holidays.years()


def test_days_are_added_listed_and_removed(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reminders", "days"]) == 0
    assert "还没有加过" in capsys.readouterr().out
    assert main(["reminders", "add", "618促销", f"{YEAR}-06-10", "6月18日"]) == 0
    assert f"提醒在 {YEAR}-06-07" in capsys.readouterr().out
    assert main(["reminders", "days"]) == 0
    assert f"1  618促销：{YEAR}年6月10日" in capsys.readouterr().out
    assert main(["reminders", "preview", str(YEAR), "--brief"]) == 0
    assert "618促销" in capsys.readouterr().out
    assert main(["reminders", "remove", "1"]) == 0
    assert not records(data).holidays.added()
    assert main(["reminders", "remove", "1"]) == 1
    assert "lianwen reminders days" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (["升学季", "六月", "2030-07-01"], "“六月”不是日期"),
        (["升学季", "2020-06-01", "2020-07-01"], "已经到了或者过去了"),
        (["升学季", f"{YEAR}-06-20", f"{YEAR}-06-10"], "之前"),
        (["——", f"{YEAR}-06-20", f"{YEAR}-06-21"], "没有看到名称"),
    ],
)
def test_days_that_make_no_sense_are_refused(
    data: Path, capsys: pytest.CaptureFixture[str], given: list[str], words: str
) -> None:
    assert main(["reminders", "add", *given]) == 1
    assert words in capsys.readouterr().err
    assert not records(data).holidays.added()


def test_the_calendar_file_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reminders", "ics", "2026"]) == 0
    file = tmp_path / "廉问-2026年放假与廉政提醒.ics"
    assert file.name in capsys.readouterr().out
    events = Calendar.from_ical(file.read_bytes()).walk("VEVENT")
    assert sum(str(each["summary"]).startswith("廉政提醒") for each in events) == 21
    assert main(["reminders", "ics", "2027", "--output", str(tmp_path / "y.ics")]) == 0
    assert (tmp_path / "y.ics").exists()
    assert main(["reminders", "ics", "2027", "-o", str(tmp_path / "no" / "y.ics")]) == 1
    assert "--output" in capsys.readouterr().err
