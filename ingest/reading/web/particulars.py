"""The table of particulars above a published text (索引号, 发文机关, 文号) → lines of metadata."""

from __future__ import annotations

from collections.abc import Sequence

_SAID_BY = {
    "发文机关": "发布部门",
    "发布机构": "发布部门",
    "发布机关": "发布部门",
    "制定机关": "发布部门",
    "发文字号": "发文字号",
    "文号": "发文字号",
    "文件编号": "发文字号",
    "发布日期": "发布日期",
    "印发日期": "发布日期",
    "成文日期": "发布日期",
    "实施日期": "实施日期",
    "生效日期": "实施日期",
    "施行日期": "实施日期",
}
"""What a site calls it → what ``ingest.metadata`` does, the last one counting."""

_OTHERS = frozenset(
    str.split(
        "索引号 信息索引号 主题分类 信息分类 组配分类 主题词 关键词 体裁 体裁分类 "
        "服务对象 标题 名称 信息名称 有效性 时效性 公开日期 生成日期 公开方式 "
        "公开形式 公开范围 效力状态 废止日期 统一编号"
    )
)
_LEAST = 2


def particulars(rows: Sequence[Sequence[str]]) -> list[str] | None:
    """Return 【发布部门】某机关 and the like; None for a table that is of something else."""
    pairs = [
        ("".join(label.split()).rstrip("：:"), value.strip())
        for row in rows
        for label, value in zip(row[::2], row[1::2], strict=False)
    ]
    named = [(label, value) for label, value in pairs if label]
    known = [pair for pair in named if pair[0] in _SAID_BY or pair[0] in _OTHERS]
    if len(known) < _LEAST or len(known) < len(named):
        return None
    order = list(_SAID_BY)
    said = [pair for pair in known if pair[0] in _SAID_BY and pair[1]]
    said.sort(key=lambda pair: order.index(pair[0]))
    return [f"【{_SAID_BY[label]}】{value}" for label, value in said]
