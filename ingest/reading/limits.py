"""Every limit on what is read, in one place; beyond it a file is refused, or stopped."""

from __future__ import annotations

from typing import Final

KIB: Final = 1024
MIB: Final = 1024 * KIB
GIB: Final = 1024 * MIB

LARGEST_TEXT: Final = 20 * MIB
"""Bytes of a text file or web page; no rule is longer, so what is must be something else."""

LARGEST_FILE: Final = 100 * MIB
"""Bytes of any file: a scan of some hundred pages fits."""

LONGEST_TEXT: Final = 10_000_000
"""Characters that a reader may hand on; a whole code of laws has a tenth of it."""

EXPANDED: Final = 400 * MIB
"""Bytes that a zip (an Office file is one) may expand to, all of it together."""

RATIO: Final = 200
"""How many times its size a zip may expand to, once that is over ``RATIO_FROM`` bytes."""

RATIO_FROM: Final = 20 * MIB

ARCHIVE_MEMBERS: Final = 500
"""Files that are read out of one zip, those of zips inside it counted in."""

ARCHIVE_ENTRIES: Final = 20_000
"""Entries a zip may list at all, folders and what is passed over included."""

ARCHIVE_DEPTH: Final = 1
"""Zips within a zip: so many levels down are opened."""

SHEET_XML: Final = 40 * MIB
"""Bytes of a sheet's XML, some half a million cells: openpyxl holds them all in memory."""

SHEET_ROWS: Final = 20_000
"""Rows that are read of one sheet."""

SHEET_COLUMNS: Final = 200
"""Columns that are read of one sheet."""

SHEET_CELLS: Final = 500_000
"""Cells, empty ones too, that are read of one workbook."""

SHEETS: Final = 100

CELL: Final = 10_000
"""Characters of one cell; Excel itself allows three times as many."""

PATIENCE: Final = 120.0
"""Seconds without a sign of life after which a file counts as hanging."""

PATIENCE_IN_ALL: Final = 30 * 60.0
"""Seconds that one document may take, signs of life or not."""

START: Final = 60.0
"""Seconds within which a worker must be up; half a second is usual."""

CRASHES: Final = 5
"""Members of one zip that may bring the worker down before the rest of it is given up."""

MEMORY: Final = 6 * GIB
"""Bytes of address space of the worker; recognising a scan maps some three."""

WRITTEN: Final = LARGEST_FILE
"""Bytes of the longest file that the worker may write: an old Word file on its way to a new one.

It must hold the longest ``.pyc`` too: before 3.12.8 Python keeps one that was cut short.
"""

OPEN_FILES: Final = 256

REPLY: Final = 256 * MIB
"""Bytes of one message from the worker, far above any document's."""
