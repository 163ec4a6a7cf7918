"""Web pages: the text between the menus and the footer, complete, tables as rows.

Extractors made for news (trafilatura) were tried: of pages laid out in tables they keep the
menus and glue a text into one cell, and what Word saves they break at its source's line ends.
A rule's last short article must not be lost, so in doubt more is kept here.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from lxml import etree, html

from ingest.lines import Line
from ingest.metadata import read_title
from ingest.reading.contents import Contents, Told
from ingest.reading.decoding import decoded, decoded_as_stated
from ingest.reading.web.lines import Element, WebLine, flat, lines_of
from knowledge.errors import UnreadableError

_CHARSET = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?\s*([\w-]{3,20})""", re.IGNORECASE)
_CHARSET_WITHIN = 4096
_SHARE = 0.95
"""Of the sentences, that a box must hold to be the text's."""

_FRAMES = frozenset(
    str.split("html body div section article main center form table tbody tr td th dl dd span font")
)
_SENTENCE = re.compile(r"[，。；]")
_OF_TEXT = re.compile(
    r"第[一二三四五六七八九十百千零〇\d]+[编章节条]|[（(][一二三四五六七八九十\d]+[）)]|"
    r"[一二三四五六七八九十]+、|附(?:件|表|录)"
)
_FULL_LENGTH = 10
_OF_SITE = re.compile(
    r"版权|备\d{6,}|转载|主办|承办|技术支持|网站标识码|浏览器|分辨率|ICP|邮编|联系电话|访问量"
)
_NOISE = re.compile(
    r"(?:当前|您的|您现在的|所在)+位置\s*[：:].*|(?:【|\[)?(?:打印|关闭|返回|收藏|分享|字体|字号|大|中|小|"
    r"纠错|下载|复制链接|TOP|本页|窗口|顶部|到|：|:|[\s|/　【】\[\]])+|"
    r"(?:发布时间|发布日期|来源|信息来源|时间|日期|浏览次数|点击数?|阅读次数)\s*[：:].{0,80}"
    r"(?:浏览|点击|阅读|字体|字号|【大】|来源).{0,60}|"
    r"(?:上一篇|下一篇|上一条|下一条|责任编辑|扫一扫.*|分享到|相关链接|浏览次数|字体大小)\s*[：:]?.{0,60}|"
    r"(?:打印本页|关闭窗口|返回顶部|加入收藏)"
)
_SELDOM = 50
"""Characters, of which one may be damaged in a page that is still read."""

_LINKED = 0.6
_GENERIC = frozenset(("无标题文档", "正文", "首页", "新建网页", "untitled document"))
_TITLE_PARTS = re.compile(r"\s*[_|｜]\s*|\s+[-–—]+\s+|[-–—]+(?=[^-–—]*(?:网|政府|门户|委员会)$)")
_TITLE_WITHIN = 12
_ENOUGH = 4
_WINDOW = 200
"""Characters of a window's title that are looked at."""


def read_web(raw: bytes, name: str, told: Told) -> Contents:
    """Read a web page.

    :raises UnreadableError: where it shows no text, or its encoding is unknown.
    """
    del told  # Quick, however long the page.
    stated = _CHARSET.search(raw[:_CHARSET_WITHIN])
    text = _decoded(raw, name, stated[1].decode("ascii") if stated else "")
    root = _tree(text)
    lines = _text_of(root) if root is not None else []
    if root is None or not lines:
        raise UnreadableError(
            f"「{name}」这个网页里没有文字，可能要在浏览器里打开才显示。"
            "请用浏览器打开，打印成 PDF 再导入。"
        )
    return Contents("\n".join(line.marked for line in _titled(lines, root)))


def _decoded(raw: bytes, name: str, stated: str) -> str:
    """Decode a page; where it states its encoding, a few bytes may be wrong, as in browsers."""
    try:
        return decoded(raw, name, stated)
    except UnreadableError:
        text = decoded_as_stated(raw, stated)
        if text is None or text.count("\ufffd") * _SELDOM > len(text):
            raise
        return text


def _tree(text: str) -> Element | None:
    """Parse leniently, as browsers do; as bytes, for a declared encoding no longer holds."""
    parser = html.HTMLParser(encoding="utf-8", remove_blank_text=False, no_network=True)
    try:
        return html.document_fromstring(text.replace("\0", "").encode("utf-8", "replace"), parser)
    except etree.ParserError:
        # Nothing but comments or blanks.
        return None


def _text_of(root: Element) -> list[WebLine]:
    lines = lines_of(root)
    if not any(map(_weight, lines)):
        # What there is may be in what is hidden at first, or called a menu.
        every = lines_of(root, everything=True)
        lines = every if any(map(_weight, every)) or not lines else lines
    box = _box(root, lines)
    kept = [line for line in lines if _within(line.element, box)] if box is not None else lines
    first = next((at for at, line in enumerate(kept) if _is_of_text(line)), 0)
    # What is left of menus stands above the text; links below it are its annexes.
    kept = [line for at, line in enumerate(kept) if at >= first or not _is_linked(line)]
    return [line for line in kept if not _is_noise(line)] or kept


def _box(root: Element, lines: Sequence[WebLine]) -> Element | None:
    """Find the innermost frame that holds the text: nearly all sentences, every article."""
    prose: Counter[Element] = Counter()
    needed: Counter[Element] = Counter()
    for line in lines:
        weight, is_needed = _weight(line), _is_of_text(line)
        for above in (line.element, *line.element.iterancestors()):
            prose[above] += weight
            needed[above] += is_needed
    box = root
    while prose[box]:
        best = max(
            (child for child in box if child in prose), key=lambda child: prose[child], default=None
        )
        if best is None or best.tag not in _FRAMES or prose[best] < _SHARE * prose[box]:
            break
        if needed[best] < needed[box]:
            break
        box = best
    return box if prose[box] else None


def _within(element: Element, box: Element) -> bool:
    return element is box or any(above is box for above in element.iterancestors())


def _weight(line: WebLine) -> int:
    """Characters of sentences; menus and footers have none."""
    prose = line.row or _SENTENCE.search(line.text) is not None or _OF_TEXT.match(line.text)
    if not prose or _is_linked(line) or _OF_SITE.search(line.text):
        return 0
    return len(line.text)


def _is_linked(line: WebLine) -> bool:
    return line.linked > _LINKED * len(line.text)


def _is_of_text(line: WebLine) -> bool:
    """Tell a line that must not be left outside of the text."""
    if _OF_SITE.search(line.text):
        return False
    opens = _OF_TEXT.match(line.text) is not None
    # No regular expression from the end: a line may have a million characters.
    full = line.text.endswith(("。", "；")) and len(line.text) > _FULL_LENGTH
    return opens or (not _is_linked(line) and (line.row or full))


def _is_noise(line: WebLine) -> bool:
    if line.row or _OF_TEXT.match(line.text):
        return False
    return _NOISE.fullmatch(line.text) is not None


def _titled(lines: Sequence[WebLine], root: Element) -> list[WebLine]:
    """Have the title be the heading of the first level, wherever the page says it."""
    if any(line.level == 1 for line in lines):
        return list(lines)
    title = _title(lines, root)
    if not title:
        top = lines[0].level
        alone = top > 0 and sum(line.level == top for line in lines) == 1
        return [replace(lines[0], level=1), *lines[1:]] if alone else list(lines)
    same = "".join(title.split())
    for index, line in enumerate(lines[:_TITLE_WITHIN]):
        if "".join(line.text.split()) == same:
            heading = WebLine(title, line.element, level=1)
            return [*lines[:index], heading, *lines[index + 1 :]]
    return [WebLine(title, root, level=1), *lines]


def _title(lines: Sequence[WebLine], root: Element) -> str:
    """Find the title: as stated, as a heading outside of the text, as the window's."""
    for meta in root.iter("meta"):
        if (meta.get("name") or "").lower() == "articletitle" and meta.get("content"):
            return flat(meta.get("content") or "")
    headings = [flat(str(heading.text_content())) for heading in root.iter("h1")]
    for heading in headings:
        if len(heading) >= _ENOUGH and not _OF_TEXT.match(heading):
            return heading
    first = [Line(line.text) for line in lines[:_TITLE_WITHIN]]
    window = flat(root.findtext(".//title") or "")[:_WINDOW]
    part = _TITLE_PARTS.split(window)[0].strip()
    if len(part) < _ENOUGH or part.lower() in _GENERIC:
        return ""
    if part in [line.text for line in first]:
        return part
    # A window's title may be the site's, or a file's; only one that names a rule is taken.
    return (
        part if read_title([Line(part)], "？") == part and read_title(first, "？") == "？" else ""
    )
