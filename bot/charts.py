"""How the questions of the last days went, drawn as a picture."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from bot.chart_font import chart_font
from knowledge.usage import Tally, Usage

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ANSWERED, NO_BASIS, REFUSED = "有依据", "没有依据", "拒答"
MEDIAN, MOST = "中位", "95%的提问不超过"
QUESTIONS, USELESS, SECONDS = "提问（次）", "评为没用（次）", "用时（秒）"
NOTHING = "这段时间没有提问"
_TITLE = "{first}至{last}，共提问 {asked} 次"
_DAY, _LONG_DAY = "{day.month}月{day.day}日", "{day.year}年{day.month}月{day.day}日"
# Matplotlib measures lines by "lp".
_LABELS = (ANSWERED, NO_BASIS, REFUSED, MEDIAN, MOST, QUESTIONS, USELESS, SECONDS, NOTHING)
_CHARACTERS = "".join(("0123456789. lp", *_LABELS, _TITLE, _DAY, _LONG_DAY))

# Told apart by people who see no red or green, too (after Okabe and Ito).
_BLUE, _AMBER, _GREY, _RED, _DARK = "#2f6f9f", "#eda63a", "#a9b0b6", "#c8402f", "#2b2f33"
_SIZE_INCHES, _DPI = (9.0, 7.0), 144
_PANELS = (5, 1, 2.5)
_BAR = 0.75
_DATES_SHOWN = 10
_TICKS, _FEW_TICKS = 5, 2
_MARKED_UP_TO = 31
_SECOND = 1_000

# Matplotlib promises nothing to threads.
_DRAWING = Lock()


def usage_chart(usage: Usage, folder: Path) -> bytes:
    """A PNG of the period, day by day: how many questions, how they ended, how long they took.

    Blocks for some 0.5 s, the first time 2.

    :param folder: where the font made for it is kept.
    :raises OSError: the folder cannot be written.
    """
    with _DRAWING:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
        from matplotlib.font_manager import FontProperties

        path = chart_font(folder, _CHARACTERS)

        def font(size: float) -> Any:
            return FontProperties(fname=path, size=size)

        figure = Figure(figsize=_SIZE_INCHES, dpi=_DPI, layout="constrained")
        FigureCanvasAgg(figure)
        panels = figure.subplots(len(_PANELS), 1, sharex=True, height_ratios=_PANELS)
        figure.suptitle(_title(usage), fontproperties=font(16), color=_DARK)
        tallies = [tally for _, tally in usage.days]
        _draw_questions(panels[0], tallies)
        _draw_useless(panels[1], tallies)
        _draw_times(panels[2], tallies)
        _mark_days(panels[-1], [day for day, _ in usage.days])
        for axes in panels:
            _dress(axes, font)
        if not usage.total.asked:
            panels[0].text(
                0.5, 0.5, NOTHING, fontproperties=font(16), color=_DARK,
                ha="center", va="center", transform=panels[0].transAxes, backgroundcolor="white",
            )  # fmt: skip
        picture = io.BytesIO()
        figure.savefig(picture, format="png")
        return picture.getvalue()


def _title(usage: Usage) -> str:
    return _TITLE.format(
        first=_LONG_DAY.format(day=usage.first),
        last=_DAY.format(day=usage.last),
        asked=usage.total.asked,
    )


def _draw_questions(axes: Axes, tallies: Sequence[Tally]) -> None:
    """Bars by outcome, one on another."""
    kinds: tuple[tuple[str, str, Callable[[Tally], int]], ...] = (
        (ANSWERED, _BLUE, lambda tally: tally.answered),
        (NO_BASIS, _AMBER, lambda tally: tally.no_basis),
        (REFUSED, _GREY, lambda tally: tally.other),
    )
    foot = [0] * len(tallies)
    for label, colour, count in kinds:
        heights = [count(tally) for tally in tallies]
        axes.bar(range(len(tallies)), heights, _BAR, bottom=foot, color=colour, label=label)
        foot = [low + high for low, high in zip(foot, heights, strict=True)]
    axes.set_ylim(0, max(*foot, 4) * 1.05)
    axes.set_title(QUESTIONS, loc="left")


def _draw_useless(axes: Axes, tallies: Sequence[Tally]) -> None:
    counts = [tally.useless for tally in tallies]
    axes.bar(range(len(tallies)), counts, _BAR, color=_RED)
    axes.set_ylim(0, max(*counts, 2) * 1.05)
    axes.set_title(USELESS, loc="left")


def _draw_times(axes: Axes, tallies: Sequence[Tally]) -> None:
    """Lines that break where nothing was asked."""
    marker = "o" if len(tallies) <= _MARKED_UP_TO else "."
    for label, colour, times in (
        (MEDIAN, _BLUE, [_seconds(tally.median_ms) for tally in tallies]),
        (MOST, _AMBER, [_seconds(tally.p95_ms) for tally in tallies]),
    ):
        # The median lies above, where both are the same.
        order = 3 if label == MEDIAN else 2
        axes.plot(times, marker=marker, color=colour, linewidth=1.5, label=label, zorder=order)
    longest = max([tally.p95_ms or 0 for tally in tallies] + [_SECOND]) / _SECOND
    axes.set_ylim(0, longest * 1.1)
    axes.set_title(SECONDS, loc="left")


def _seconds(milliseconds: float | None) -> float:
    return float("nan") if milliseconds is None else milliseconds / _SECOND


def _mark_days(axes: Axes, days: Sequence[dt.date]) -> None:
    """Name the last day and, going back at even steps, as many others as there is room for."""
    step = -(-len(days) // _DATES_SHOWN)
    places = list(range(len(days) - 1, -1, -step))
    axes.set_xlim(-0.6, len(days) - 0.4)
    axes.set_xticks(places, [_DAY.format(day=days[place]) for place in places])


def _dress(axes: Axes, font: Callable[[float], Any]) -> None:
    """The same looks for every panel; a legend where there is more than one thing to tell."""
    from matplotlib.ticker import MaxNLocator

    counting = axes.get_title(loc="left") != SECONDS
    bins = _TICKS if axes.get_legend_handles_labels()[1] else _FEW_TICKS
    axes.yaxis.set_major_locator(MaxNLocator(nbins=bins, integer=counting))
    axes.grid(axis="y", color="#e3e6e8", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(_GREY)
    axes.tick_params(colors=_DARK, length=0)
    for text in (*axes.get_xticklabels(), *axes.get_yticklabels()):
        text.set_fontproperties(font(11))
    axes.set_title(axes.get_title(loc="left"), loc="left", fontproperties=font(12), color=_DARK)
    if axes.get_legend_handles_labels()[1]:
        axes.legend(
            prop=font(11), ncols=3, frameon=False, loc="lower right", bbox_to_anchor=(1, 1),
            borderaxespad=0, handlelength=1.2, columnspacing=1.2, labelcolor=_DARK,
        )  # fmt: skip
