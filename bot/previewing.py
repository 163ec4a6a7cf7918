"""A refresh's preview in words, shared by the terminal and Telegram. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from bot.previewing_asks import proposals
from bot.wording import Block, Piece, Style, clean, date
from ingest.comparing import Fate
from ingest.dates import first_date
from ingest.preview import Incoming, PlaceChange, Preview, TitleChange
from knowledge.errors import UnreadableError
from knowledge.model import Document, Kind
from knowledge.naming import bracketed
from knowledge.rehearsal import AnswerChange, Said

KINDS = {
    Kind.RULE: "党内法规和制度",
    Kind.LAW: "法律法规",
    Kind.MEASURE: "本单位措施",
    Kind.CASE: "案例",
    Kind.REQUIREMENT: "工作要求",
    Kind.GUIDE: "要点归纳",
    Kind.NOTICE: "通知",
}
UNCHANGED = "知识库不会有变化：给出的内容都已收录。"
NOTHING_READ = "没有一份文件读成，知识库不会有变化。"

_FATES = {
    Fate.ADDED: "新增",
    Fate.CHANGED: "修改",
    Fate.SUPERSEDED: "被新版取代",
    Fate.RESTORED: "恢复施行",
    Fate.RESTATED: "只改文件信息",
    Fate.REMOVED: "移出",
}
_PLACE_FATES = {
    Fate.ADDED: "新增",
    Fate.CHANGED: "修改",
    Fate.RENUMBERED: "条号变动",
    Fate.REMOVED: "删去",
}
# Of a long list the first say what it is about; the rest is counted.
_LISTED = 12
_WARNINGS = 20
_DOCUMENTS = 40
_LINES = re.compile(r"^\s*([^:：\s]{2,6})\s*[:：]\s*(.*?)\s*$")
_FIELDS = {
    "标题": "title",
    "类别": "kind",
    "文号": "number",
    "发文机关": "issuer",
    "发布日期": "issued",
    "施行日期": "effective",
    "废止": "supersedes",
}
_NONE = {"", "无", "没有", "—", "-"}
_TITLES = re.compile(r"《([^《》]+)》")


def overview(preview: Preview) -> list[Block]:
    """Everything that an admin should know before a refresh goes live, a block a matter."""
    found = [_headline(preview), *map(_file, preview.incoming), _refused(preview)]
    found += [_titles(preview.documents), _renumbered(preview.documents)]
    found += [proposals(preview.proposed), _answers(preview), _warnings(preview)]
    return [block for block in found if block]


def changed_places(change: TitleChange) -> list[Block]:
    """One document's articles, old and new, a block each."""
    return [_place(each) for each in change.places]


def counted(change: TitleChange) -> str:
    """新增6条，修改23条，删去1条；条号变动：第九十七条→第九十八条…"""
    parts = [
        f"{words}{count}条" for fate, words in _PLACE_FATES.items() if (count := change.count(fate))
    ]
    return "，".join(parts)


def said(document: Document) -> list[str]:
    """What a document says of itself, a labelled line each; ``read_statement`` takes them back."""
    repealed = "".join(bracketed(title) for title in document.supersedes)
    return [
        f"标题：{clean(document.title)}",
        f"类别：{KINDS[document.kind]}",
        f"文号：{clean(document.number) or '无'}",
        f"发文机关：{clean(document.issuer) or '无'}",
        f"发布日期：{date(document.issued) if document.issued else '无'}",
        f"施行日期：{date(document.effective) if document.effective else '无'}",
        f"废止：{clean(repealed) or '无'}",
    ]


def read_statement(text: str) -> dict[str, Any]:
    """Labelled lines → what they say, with the keys and values of front matter.

    :raises UnreadableError: a label that there is not, or a value that cannot be read.
    """
    given: dict[str, Any] = {}
    for line in filter(str.strip, text.splitlines()):
        match = _LINES.match(line)
        key = _FIELDS.get(match[1]) if match else None
        if match is None or key is None:
            labels = "、".join(_FIELDS)
            raise UnreadableError(
                f"「{line.strip()[:40]}」读不懂。请一行写一项，如「施行日期：2024年1月1日」；"
                f"可以写的有：{labels}。"
            )
        given[key] = _value(key, match[1], "" if match[2] in _NONE else match[2])
    if not given:
        raise UnreadableError("没有写要改的内容。请一行写一项，如「施行日期：2024年1月1日」。")
    return given


def _value(key: str, name: str, value: str) -> Any:
    if key == "title" and not value:
        raise UnreadableError("标题不能是空的。请写上文件的全称。")
    if key in {"issued", "effective"}:
        day = first_date(value)
        if value and day is None:
            raise UnreadableError(
                f"「{name}：{value}」不是日期。请写成 2024年1月1日，没有就写“无”。"
            )
        # Text, as in front matter: it is kept as JSON.
        return day.isoformat() if day else ""
    if key == "kind":
        kinds = {words: kind for kind, words in KINDS.items()}
        if value not in kinds:
            raise UnreadableError(f"没有「{value}」这个类别。可以写的有：{'、'.join(kinds)}。")
        return kinds[value].value
    if key == "supersedes":
        return _TITLES.findall(value) or ([value] if value else [])
    return _TITLES.sub(r"\1", value) if key == "title" and value.startswith("《") else value


def _headline(preview: Preview) -> Block:
    if preview.unchanged:
        nothing = preview.refused and not preview.incoming
        return (Piece(Style.DECISIVE, NOTHING_READ if nothing else UNCHANGED),)
    counts = [
        f"{words} {count} 份"
        for fate, words in _FATES.items()
        if (count := sum(each.fate is fate for each in preview.documents))
    ]
    built = f"新建向量 {preview.embedded} 个，沿用 {preview.reused} 个。"
    return (
        Piece(Style.DECISIVE, f"生效后：{'，'.join(counts) or '文件没有变化，只重建索引'}。"),
        Piece(Style.PLAIN, built),
    )


def _file(incoming: Incoming) -> Block:
    document = incoming.document
    size = f"{incoming.articles} 条" if incoming.articles else f"{incoming.clauses} 段"
    facts = [incoming.format, size]
    if incoming.page_count:
        facts.append(f"{incoming.page_count} 页")
    if incoming.confidence is not None:
        facts.append(f"识别把握 {incoming.confidence:.1%}")
    head = f"{clean(incoming.file)}（{'，'.join(facts)}）"
    if incoming.duplicate:
        return (Piece(Style.PLACE, head), Piece(Style.PLAIN, "内容已经收录，跳过。"))
    dates = [
        f"{date(day)}{words}"
        for day, words in ((document.issued, "发布"), (document.effective, "施行"))
        if day
    ]
    told = [f"{bracketed(clean(document.title))}，{KINDS[document.kind]}"]
    told += [clean(each) for each in (document.number, document.issuer) if each]
    told += dates or ["没有读出日期"]
    lines = [Piece(Style.PLAIN, "，".join(told))]
    if document.supersedes:
        repealed = "".join(bracketed(clean(title)) for title in document.supersedes)
        lines.append(Piece(Style.PLAIN, f"文中废止：{repealed}"))
    return (Piece(Style.PLACE, head), *lines)


def _refused(preview: Preview) -> Block:
    if not preview.refused:
        return ()
    lines = [Piece(Style.PLAIN, f"· {clean(each.reason)}") for each in preview.refused[:_LISTED]]
    lines += _more(len(preview.refused), _LISTED, "份")
    return (Piece(Style.DECISIVE, f"没有读成 {len(preview.refused)} 份："), *lines)


def _titles(documents: Sequence[TitleChange]) -> Block:
    lines = [Piece(Style.PLAIN, f"· {_title(each)}") for each in documents[:_DOCUMENTS]]
    return (*lines, *_more(len(documents), _DOCUMENTS, "份"))


def _title(change: TitleChange) -> str:
    title = bracketed(clean(change.title))
    words = _FATES[change.fate]
    if change.fate is Fate.CHANGED:
        return f"{words}{title}：{counted(change)}"
    if change.fate is Fate.SUPERSEDED:
        return f"{title}被{bracketed(clean(change.superseded_by))}取代，仍可查阅"
    if change.fate is Fate.REMOVED and change.superseded_by:
        return f"{words}{title}，改用正式文本"
    return f"{words}{title}（{change.clauses} 条）"


def _renumbered(documents: Sequence[TitleChange]) -> Block:
    moved = [
        f"{each.before_label}→{each.after_label}"
        for change in documents
        for each in change.places
        if each.before_label and each.after_label and each.before_label != each.after_label
    ]
    if not moved:
        return ()
    shown = "，".join(moved[:_LISTED])
    rest = f"……共 {len(moved)} 处" if len(moved) > _LISTED else ""
    return (Piece(Style.PLAIN, f"条号变动：{shown}{rest}"),)


def _answers(preview: Preview) -> Block:
    if not preview.asked:
        return ()
    if not preview.answers:
        return (Piece(Style.PLAIN, f"试问 {preview.asked} 个常用问题，答复都不变。"),)
    head = f"试问 {preview.asked} 个常用问题，{len(preview.answers)} 个的答复会变："
    changes = preview.answers[:_LISTED]
    lines = [Piece(Style.PLAIN, line) for each in changes for line in _answer(each)]
    return (Piece(Style.DECISIVE, head), *lines, *_more(len(preview.answers), _LISTED, "个"))


def _answer(change: AnswerChange) -> Iterator[str]:
    yield f"· {clean(change.question)}"
    before, after = change.before, change.after
    if before is None:
        yield f"　现：{_line(after)}"
        return
    if before.text != after.text or before.outcome != after.outcome:
        yield f"　原：{_line(before)}"
        yield f"　现：{_line(after)}"
    gone = [place for place in before.places if place not in after.places]
    come = [place for place in after.places if place not in before.places]
    if gone:
        yield f"　不再引用：{'、'.join(map(clean, gone))}"
    if come:
        yield f"　新引用：{'、'.join(map(clean, come))}"
    if not (gone or come) and before.text == after.text:
        yield "　引用的条文次序有变。"


def _line(answer: Said) -> str:
    first = clean(answer.text).split("\n", 1)[0]
    return first if len(first) <= 60 else f"{first[:60]}……"  # noqa: PLR2004  # one line of a phone


def _warnings(preview: Preview) -> Block:
    if not preview.warnings:
        return ()
    shown = preview.warnings[:_WARNINGS]
    lines = [Piece(Style.PLAIN, f"· {clean(each)}") for each in shown]
    head = f"需要核对 {len(preview.warnings)} 处："
    return (Piece(Style.DECISIVE, head), *lines, *_more(len(preview.warnings), _WARNINGS, "处"))


def _more(count: int, shown: int, unit: str) -> Iterable[Piece]:
    return [Piece(Style.PLAIN, f"……另有 {count - shown} {unit}")] if count > shown else []


def _place(change: PlaceChange) -> Block:
    label = change.after_label or change.before_label
    moved = change.before_label and change.after_label and change.before_label != change.after_label
    if moved:
        label = f"{change.before_label}→{change.after_label}"
    head = Piece(Style.DECISIVE, f"{clean(label)}（{_PLACE_FATES[change.fate]}）")
    if change.fate is Fate.RENUMBERED:
        return (head, Piece(Style.PLAIN, "文字未变。"))
    lines: list[Piece] = []
    for words, text in (("原", change.before), ("现", change.after)):
        if text:
            lines += [Piece(Style.PLAIN, f"{words}："), Piece(Style.QUOTE, clean(text))]
    return (head, *lines)
