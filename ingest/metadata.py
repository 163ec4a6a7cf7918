"""What a text says of itself: title, kind, number, issuer, dates, what it repeals. Pure.

Only the header and the closing articles are read: the body speaks of other documents.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass

from ingest.dates import DATE, dates_in, first_date
from ingest.lines import Line, is_open
from ingest.marks import article_mark, is_date
from knowledge.model import Kind
from knowledge.naming import plain_title
from knowledge.numerals import NUMERAL

_TITLE_LINES = 10
_TITLE_LENGTHS = range(4, 61)
_TITLE_END = re.compile(
    r"(?:办法|条例|规定|准则|规则|细则|通知|意见|决定|方案|解释|纪要|法|案|清单|标准|要点|"
    r"章程|公告|指南|解答|制度|措施|规范|通报|批复|规程|守则|公约|要求|案例|\d+条)"
    r"(?:\s*[（(][^）)]{1,12}[）)])?》?$"
)
_NUMBER = re.compile(
    rf"[\u4e00-\u9fff]{{1,12}}\s*[〔\[（(【]\s*\d{{4}}\s*[〕\]）)】]\s*第?\s*{NUMERAL}+\s*号"
    rf"|[\u4e00-\u9fff]{{2,20}}(?:第\s*{NUMERAL}+\s*号令|令\s*第\s*{NUMERAL}+\s*号)"
)
_NUMBER_LINE = 60
_LABELLED = re.compile(r"【([^】]{2,8})】\s*(.+)")
_ORG = r"[\u4e00-\u9fff、 　]{2,60}?"
_ISSUED = re.compile(
    rf"(?P<date>{DATE})\s*(?:由|经)?(?P<org>{_ORG})?(?:令\s*第\s*{NUMERAL}+\s*号)?\s*"
    r"(?:发布|印发|公布|联合下发)(?!单位|部门|时间|日期|机关)"
)
_NOT_OF_ISSUE = re.compile(r"通过|批准|会议|施行|执行|修[订正]|决定")
_EFFECTIVE = re.compile(
    rf"(?:自|于|从)?\s*(?P<date>{DATE})\s*(?:起|开始)?\s*(?:正式)?(?:施行|执行|实施|生效)(?!的|实施|以?前)"
)
_ON_ISSUE = re.compile(
    r"自(?:发布|印发|公布|颁布|下发)之日(?:起)?\s*(?:(?P<days>\d{1,3})\s*日后)?\s*(?:起)?"
    r"(?:施行|执行|实施|生效)"
)
_REPEALS = re.compile(r"废止|停止执行|失效")
_NAMED = re.compile(
    rf"(?P<date>{DATE})?(?P<by>[^《》，；。]{{0,40}})《(?P<title>[^《》]+)》"
    r"\s*(?P<number>[（(][^（）()]*(?:[〔\[（(]\d{4}[〕\]）)])?[^（）()]*[）)])?"
)
_YEAR = re.compile(r"\d{4}")
_SOUND_TITLE = re.compile(r"[^`{}<>|\\]+")
_ISSUER_END = re.compile(r"(?:部|委|院|室|署|局|会|组|厅|中央|政府|纪委|军委|国管局)$")


@dataclass(frozen=True, slots=True)
class Said:
    """What was read; empty where the text does not say."""

    issuer: str = ""
    number: str = ""
    issued: dt.date | None = None
    effective: dt.date | None = None
    supersedes: tuple[str, ...] = ()


def read_title(lines: Sequence[Line], name: str) -> str:
    """Read the title: a heading of the first level, else a title-like line, else ``name``."""
    heading = next((line.text for line in lines if line.level == 1), "")
    if heading:
        return without_wrapping(heading)
    for line in lines[:_TITLE_LINES]:
        if article_mark(line) or line.text.startswith("【"):
            break
        title = " ".join(line.text.split())
        if len(title) in _TITLE_LENGTHS and _TITLE_END.search(title) and "。" not in title:
            return without_wrapping(title)
    return without_wrapping(" ".join(name.split()) or "未命名文件")


def without_wrapping(title: str) -> str:
    """《X》 → X, but 《X》要点 stays."""
    title = " ".join(title.split())
    inner = title[1:-1]
    wrapped = title.startswith("《") and title.endswith("》") and not set(inner) & set("《》")
    return inner.strip() if wrapped and inner.strip() else title


def guess_kind(title: str) -> Kind:
    """Guess what a document is from its title alone."""
    base = re.sub(r"[（(][^）)]*[）)]$", "", title.strip()).rstrip("》 ")
    if re.search(r"案例|案$|案[（(]", title) and not re.search(r"[方草议提预]案$", base):
        return Kind.CASE
    if base.endswith("法") and not base.endswith(("办法", "方法", "做法", "说法")):
        return Kind.LAW
    judicial = re.search(r"最高人民(?:法院|检察院)|监察法|刑事案件|审理.*案件", title)
    if judicial and not base.endswith("通知"):
        return Kind.LAW
    if base.endswith(("通知", "公告", "通报", "批复")):
        return Kind.NOTICE
    return Kind.MEASURE if base.endswith("措施") else Kind.RULE


def read_metadata(
    header: Sequence[Line], closing: Sequence[Line], signature: Sequence[Line], title: str
) -> Said:
    """Read number, issuer, dates and repeals.

    :param header: the lines before the text proper.
    :param closing: the last articles or paragraphs.
    :param signature: the last lines, where a notice is signed and dated.
    """
    labelled = {
        match[1]: match[2] for line in header if (match := _LABELLED.match(line.text)) is not None
    }
    note = "\n".join(line.text for line in header)
    issued, issuer = _issue(header, note)
    signed, signatory = _signature(header) if issued is None else (None, "")
    if issued is None and signed is None:
        signed, signatory = _signature(signature)
    issued = first_date(labelled.get("发布日期", "")) or issued or signed
    effective = _effect(closing, header, issued)
    return Said(
        issuer=labelled.get("发布部门", "").strip() or issuer or signatory,
        number=_number(header, labelled.get("发文字号", "")),
        issued=issued,
        effective=first_date(labelled.get("实施日期", "")) or effective,
        supersedes=_repealed([*closing, *header], title),
    )


def _number(header: Sequence[Line], labelled: str) -> str:
    for text in (labelled, *(line.text for line in header if len(line.text) <= _NUMBER_LINE)):
        match = _NUMBER.match(text.lstrip("（( "))
        if match:
            compact = "".join(match[0].split())
            return re.sub(r"[\[（(【](\d{4})[\]）)】]", r"〔\1〕", compact)
    return ""


def _issue(header: Sequence[Line], note: str) -> tuple[dt.date | None, str]:
    """Find the last date of issue that the note under the title gives, and by whom."""
    found = [(first_date(match["date"]), match) for match in _ISSUED.finditer(note)]
    dated = [(day, match) for day, match in found if day is not None]
    if dated:
        day, match = max(dated, key=lambda pair: pair[0])
        return day, "".join((match["org"] or "").split()).strip("、")
    for line in header:
        if line.text.startswith(("（", "(")) and not _NOT_OF_ISSUE.search(line.text):
            days = list(dates_in(line.text))
            if len(days) == 1:
                return days[0], ""
    return None, ""


def _signature(lines: Sequence[Line]) -> tuple[dt.date | None, str]:
    """Find a date that stands under, or beside, the name of who signs."""
    for index in range(len(lines) - 1, -1, -1):
        text = lines[index].text
        day = first_date(text)
        if day is None or not is_open(text.rstrip("）)")) or len(text) > _NUMBER_LINE:
            continue
        before = re.split(DATE, text)[0].strip(" （(")
        if is_date(text) and index:
            before = lines[index - 1].text
        name = before.strip()
        signed = len(name) <= _NUMBER_LINE and _ISSUER_END.search(name) is not None
        if signed or is_date(text):
            return day, _spaced(name) if signed else ""
    return None, ""


def _spaced(name: str) -> str:
    """财政部 for 财 政 部, but 中央办公厅 国务院办公厅 keeps its parts apart."""
    if all(len(part) == 1 for part in name.split()):
        return "、".join("".join(part.split()) for part in re.split(r"\s{2,}", name))
    return "、".join(name.split())


def _effect(
    closing: Sequence[Line], header: Sequence[Line], issued: dt.date | None
) -> dt.date | None:
    lines = (*reversed(closing), *header)
    for line in lines:
        if match := _EFFECTIVE.search(line.text):
            return first_date(match["date"])
    on_issue = next((match for line in lines if (match := _ON_ISSUE.search(line.text))), None)
    if on_issue is None or issued is None:
        return None
    try:
        return issued + dt.timedelta(days=int(on_issue["days"] or 0))
    except OverflowError:
        return None


def _repealed(lines: Sequence[Line], title: str) -> tuple[str, ...]:
    """List the titles repealed; an earlier version of this one is X（2018年）."""
    titles: list[str] = []
    for sentence in re.split(r"[。；;\n]", "\n".join(line.text for line in lines)):
        if not _REPEALS.search(sentence):
            continue
        # 「本办法自……起施行，《X》同时废止」: only what follows is repealed.
        named = re.split(r"(?:施行|执行|实施|生效)[，,]", sentence)[-1]
        for match in _NAMED.finditer(named):
            repealed = without_wrapping(match["title"])
            if not _SOUND_TITLE.fullmatch(repealed):
                continue
            if plain_title(repealed) == plain_title(title):
                year = _YEAR.search(match["date"] or match["number"] or "")
                repealed = f"{repealed}（{year[0]}年）" if year else ""
            if repealed and repealed not in titles:
                titles.append(repealed)
    return tuple(titles)
