"""A font with the Chinese characters of a chart, made from the one that comes as a package.

Servers have no Chinese fonts. The packaged one holds every weight and 65,000 glyphs in one file,
of which matplotlib would draw the thinnest; so the few characters needed are taken out of it once,
at regular weight.
"""

from __future__ import annotations

import hashlib
import io
import os
from importlib.metadata import version
from importlib.resources import as_file, files
from pathlib import Path

PACKAGE = "manimgx_fonts_cjk"
_FILE = "NotoSansCJK-VF.otf.ttc"
_SIMPLIFIED = 2  # the third font of the file: Noto Sans CJK SC
_REGULAR = 400
# For vertical setting, ligatures and other scripts.
_UNUSED = ("GSUB", "GPOS", "BASE", "VORG", "VVAR", "vhea", "vmtx")


def chart_font(folder: Path, characters: str) -> Path:
    """A font file that holds these characters, kept in ``folder`` and made where it is missing.

    Takes about 0.7 s and leaves some 10 KB. Safe to call from several processes.

    :raises OSError: the folder cannot be written.
    """
    wanted = "".join(sorted(set(characters)))
    mark = hashlib.sha256(f"{version(PACKAGE)} {wanted}".encode()).hexdigest()[:12]
    path = folder / f"chart-font-{mark}.otf"
    if not path.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        spare = folder / f".{path.name}.{os.getpid()}"
        spare.write_bytes(_made(wanted))
        spare.replace(path)
    return path


def _made(characters: str) -> bytes:
    from fontTools.subset import Options, Subsetter
    from fontTools.ttLib import TTFont
    from fontTools.varLib.instancer import instantiateVariableFont

    subset, regular = io.BytesIO(), io.BytesIO()
    with (
        as_file(files(PACKAGE) / _FILE) as packaged,
        TTFont(packaged, fontNumber=_SIMPLIFIED, lazy=True) as font,
    ):
        for table in _UNUSED:
            if table in font:
                del font[table]
        subsetter = Subsetter(Options(layout_features=[], notdef_outline=True))
        subsetter.populate(text=characters)
        subsetter.subset(font)
        font.save(subset)
    # Read anew: the instancer knows only fonts as they are in a file.
    with TTFont(subset) as font:
        instantiateVariableFont(font, {"wght": _REGULAR}, inplace=True)
        font.save(regular)
    return regular.getvalue()
