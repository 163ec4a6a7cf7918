"""Pictures of text → text. The only importer of rapidocr, whose models come in its package.

Nothing is downloaded: the models are named by their paths. Layout is that of PDF text, for which
boxes are turned upright and straight; the picture itself need not be.
"""

from __future__ import annotations

import io
import logging
import os
import re
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageOps, ImageSequence

from ingest.reading.contents import Contents, Told
from ingest.reading.pdf.boxes import Array, Seen, sides, upright
from ingest.reading.pdf.characters import plain
from ingest.reading.pdf.page import Page
from ingest.reading.pdf.text import contents_of
from knowledge.errors import UnreadableError

if TYPE_CHECKING:
    from rapidocr import RapidOCR

MOST_SCANNED = 100
"""Pages recognised of one file; at about 4 s each this takes 7 minutes."""
LARGEST_PICTURE = 50_000_000
"""Pixels; a page of A4 at 600 dpi has 35 million."""

_log = logging.getLogger(__name__)
_FORMATS = ("PNG", "JPEG", "TIFF", "BMP", "WEBP", "GIF")
_WIDEST = 2400
"""Pixels; letters of a page wider than this only cost time."""
_LONG = 2.0
"""A picture so much taller than wide is a screen scrolled and saved, and is cut into parts."""
_BORDER = 24
_A4_WIDTH = 595.0
_THREADS = 2
_SURE = 0.5
_FEW = 4
_SIDEWAYS = 1.5
_ASKED = 9
"""Of so many longest lines we ask which way is up."""
_CHINESE = "[\u3001-\u9fff\uff01-\uff5e]"
_BRACKETED = re.compile(rf"\(([^()]*{_CHINESE}[^()]*)\)")
_WIDE = {";": "；", ":": "："}


def read_picture(raw: bytes, name: str, told: Told) -> Contents:
    """Recognise the text of a picture, of all its pages where it is a TIFF.

    :raises UnreadableError: it is empty, broken, too large, or shows no text.
    """
    if not raw:
        raise UnreadableError(f"「{name}」是空的。请检查文件，重新导入。")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(raw), formats=_FORMATS) as picture:
                pages = _pages(picture, name, told)
    except UnreadableError:
        raise
    except Image.DecompressionBombError as error:
        _log.info("a picture is too large", exc_info=True)
        raise _too_large(name) from error
    except (OSError, ValueError, SyntaxError, ArithmeticError, LookupError, EOFError) as error:
        _log.info("a picture could not be read", exc_info=True)
        raise UnreadableError(
            f"「{name}」不是完整的图片，可能已损坏或没有传完。请在电脑上确认能打开，再重新导入。"
        ) from error
    contents = contents_of(pages, len(pages))
    if not contents.text.strip():
        raise UnreadableError(
            f"「{name}」里没有认出文字。请换一张更清楚、端正的图片，或者改用 Word、文本格式再导入。"
        )
    return contents


def page_of_picture(picture: Image.Image, number: int, unit: float = 0.0) -> Page:
    """Recognise one page; it takes about 4 s on two cores.

    :param unit: pixels that make a point; 0 for a sheet as wide as A4.
    """
    seen: list[Seen] = []
    top = 0
    scaled = _scaled(picture)
    unit = (unit or min(picture.size) / _A4_WIDTH) * scaled.width / picture.width
    for part in _parts(scaled):
        framed = ImageOps.expand(part, _BORDER, "white")
        offset = np.array([-_BORDER, top - _BORDER])
        found = _recognised(np.asarray(framed)[:, :, ::-1])
        seen += [Seen(each.text, each.confidence, each.corners + offset) for each in found]
        top += part.height
    seen = [replace(each, corners=each.corners / unit) for each in seen]
    return upright(seen, number, scaled.width / unit, scaled.height / unit)


def _pages(picture: Image.Image, name: str, told: Told) -> list[Page]:
    count = getattr(picture, "n_frames", 1) if picture.format == "TIFF" else 1
    if count > MOST_SCANNED:
        raise UnreadableError(
            f"「{name}」有 {count} 页，超过 {MOST_SCANNED} 页的上限。请拆分成几个文件再导入。"
        )
    pages = []
    for number, frame in enumerate(ImageSequence.Iterator(picture), start=1):
        if number > count:
            break
        if frame.width * frame.height > LARGEST_PICTURE:
            raise _too_large(name)
        pages.append(page_of_picture(_on_white(frame), number))
        told(number, count)
    return pages


def _too_large(name: str) -> UnreadableError:
    return UnreadableError(
        f"「{name}」超过 {LARGEST_PICTURE // 10_000} 万像素的上限。请缩小或者裁成几张再导入。"
    )


def _on_white(frame: Image.Image) -> Image.Image:
    """Upright as the camera noted it, in plain colours; what is transparent is paper."""
    upright = ImageOps.exif_transpose(frame)
    if upright.mode.startswith("I;16"):
        # Pillow would cut 16 bits off at 255 and leave a white sheet.
        upright = Image.fromarray((np.asarray(upright) >> 8).astype(np.uint8))
    if upright.has_transparency_data:
        drawn = upright.convert("RGBA")
        paper = Image.new("RGBA", drawn.size, "white")
        return Image.alpha_composite(paper, drawn).convert("RGB")
    return upright.convert("RGB")


def _scaled(picture: Image.Image) -> Image.Image:
    """A picture no wider than what recognition makes use of; a page on its side counts upright."""
    across = min(picture.size)
    if across <= _WIDEST:
        return picture
    factor = _WIDEST / across
    size = (max(round(picture.width * factor), 1), max(round(picture.height * factor), 1))
    return picture.resize(size, Image.Resampling.LANCZOS)


def _parts(picture: Image.Image) -> Iterator[Image.Image]:
    """Cut a long picture where it is blank, so that no part is much taller than wide."""
    height = picture.height
    if height <= _LONG * picture.width:
        yield picture
        return
    grey = np.asarray(picture.convert("L")).astype(np.int16)
    ink = grey.max(axis=1) - grey.min(axis=1)
    start, step = 0, int(1.4 * picture.width)
    while start < height:
        end = start + step
        if end >= height:
            end = height
        else:
            near = ink[end - step // 3 : end]
            end = end - step // 3 + len(near) - 1 - int(np.argmin(near[::-1]))
        yield picture.crop((0, start, picture.width, end))
        start = end


@cache
def _engine() -> RapidOCR:
    """The recogniser, loaded once a process: half a second and 300 MB."""
    logging.getLogger("RapidOCR").setLevel(logging.ERROR)
    from rapidocr import RapidOCR

    models = Path(str(files("rapidocr") / "models"))
    threads = max(1, min(_THREADS, os.cpu_count() or 1))
    return RapidOCR(
        params={
            "Global.log_level": "error",
            "Global.use_preprocess_img": False,
            "Global.use_vertical_padding": False,
            "EngineConfig.onnxruntime.intra_op_num_threads": threads,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            # Short last lines such as 一。 are seen faintly.
            "Det.box_thresh": 0.3,
            "Det.limit_type": "max",
            "Det.limit_side_len": 1600,
            # Named by path: by name alone they would be looked up, and downloaded where missing.
            "Det.model_path": str(models / "PP-OCRv6_det_small.onnx"),
            "Rec.model_path": str(models / "PP-OCRv6_rec_small.onnx"),
            "Cls.model_path": str(models / "ch_ppocr_mobile_v2.0_cls_mobile.onnx"),
        }
    )


def _recognised(pixels: Array) -> list[Seen]:
    """Find and read the lines of one picture, (height, width, 3) in blue, green, red."""
    from rapidocr.main import RapidOCRError

    engine = _engine()
    try:
        crops, found = engine.detect_and_crop(np.ascontiguousarray(pixels), {})
        found_boxes = [] if found.boxes is None else list(found.boxes)
        boxes: list[Array] = [np.asarray(box, dtype=float) for box in found_boxes]
        crops, boxes = _lying(list(crops), boxes)
        if _is_upside_down(engine, crops):
            crops = [np.ascontiguousarray(crop[::-1, ::-1]) for crop in crops]
            boxes = [np.roll(box, 2, axis=0) for box in boxes]
        read = engine.recognize_txt(crops)
    except RapidOCRError:
        return []  # a blank page
    return [
        Seen(text, float(score), box)
        for box, raw, score in zip(boxes, read.txts or (), read.scores or (), strict=True)
        if (text := _full_width(plain(raw).strip())) and (score >= _SURE or len(text) >= _FEW)
    ]


def _lying(crops: list[Array], boxes: list[Array]) -> tuple[list[Array], list[Array]]:
    """Crops and boxes with their lines level, as the page as a whole has them.

    rapidocr turns every crop that is higher than wide, even a lone narrow digit.
    """
    tall = [_is_tall(box) for box in boxes]
    lengths = [max(sides(box)) for box in boxes]
    upright = sum(n for n, is_tall in zip(lengths, tall, strict=True) if not is_tall)
    sideways = upright < sum(lengths) / 2
    turned = [
        np.ascontiguousarray(crop if is_tall == sideways else np.rot90(crop, 1 if sideways else -1))
        for crop, is_tall in zip(crops, tall, strict=True)
    ]
    return turned, [np.roll(box, -1, axis=0) if sideways else box for box in boxes]


def _is_tall(box: Array) -> bool:
    wide, high = sides(box)
    return high >= _SIDEWAYS * wide


def _full_width(text: str) -> str:
    """Punctuation of Chinese text made full-width: what recognition confuses most.

    On 4,600 characters of clean scans 4 of 6 errors were this one, all （ or ；; on 1,900 of a
    noisy one 22 of 23. A comma was never wrong, and a full stop is too much like a point.
    """
    text = _BRACKETED.sub(r"（\1）", text)
    text = re.sub(rf"(?<={_CHINESE})\(|\((?={_CHINESE})", "（", text)
    text = re.sub(rf"(?<={_CHINESE})\)|\)(?={_CHINESE})", "）", text)
    return re.sub(rf"(?<={_CHINESE})[;:](?={_CHINESE}|$)", lambda found: _WIDE[found[0]], text)


def _is_upside_down(engine: RapidOCR, crops: Sequence[Array]) -> bool:
    """Ask the longest lines which way is up: a page is turned as a whole."""
    longest = sorted(crops, key=lambda crop: crop.shape[1] / crop.shape[0])[-_ASKED:]
    _, said = engine.cls_and_rotate(list(longest))
    return sum("180" in label for label, _ in said.cls_res or ()) > len(longest) / 2
