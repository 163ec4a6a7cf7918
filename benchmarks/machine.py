"""The machine and the versions that figures belong to; without them figures say nothing."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

LIBRARIES = (
    "torch",
    "sentence-transformers",
    "transformers",
    "tokenizers",
    "chromadb",
    "langchain-huggingface",
    "langchain-chroma",
    "langchain-text-splitters",
    "numpy",
    "SQLAlchemy",
)


@dataclass(frozen=True, slots=True)
class Machine:
    """``load`` is the one-minute load average before and after the run."""

    cpu: str
    cores: int
    matrix_unit: bool
    device: str
    torch_threads: int
    memory_gib: float
    system: str
    python: str
    libraries: dict[str, str]
    load: tuple[float, float]

    def lines(self) -> Iterator[str]:
        """The same as a Markdown list."""
        yield (
            f"- {self.cpu}, {self.cores} cores for this process, {self.torch_threads} torch "
            f"threads, AMX: {'yes' if self.matrix_unit else 'no'}, device: {self.device}"
        )
        yield f"- {self.memory_gib} GiB, {self.system}, Python {self.python}"
        yield f"- {', '.join(f'{name} {number}' for name, number in self.libraries.items())}"
        before, after = self.load
        yield (
            f"- load average before and after: {before}, {after} "
            "(the run itself keeps every core busy)"
        )


def confine(cores: int) -> None:
    """Keep to ``cores`` of the CPU's cores. Comes before torch is imported, which counts them."""
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:cores])


def load() -> float:
    """One-minute load average."""
    return round(os.getloadavg()[0], 2)


def describe(load_before: float) -> Machine:
    """What this process runs on."""
    import torch

    return Machine(
        cpu=_cpu(),
        cores=len(os.sched_getaffinity(0)),
        matrix_unit=torch.cpu._is_amx_tile_supported(),
        device="cuda" if torch.cuda.is_available() else "cpu",
        torch_threads=torch.get_num_threads(),
        memory_gib=round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        system=platform.system(),
        python=platform.python_version(),
        libraries=dict(_installed()),
        load=(load_before, load()),
    )


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or "unknown"
    fields: dict[str, str] = {}
    for line in lines:
        key, _, value = line.partition(":")
        fields.setdefault(key.strip(), value.strip())
    model = fields.get("model name", platform.processor() or "unknown")
    # Virtual machines hide the name; family and model still tell the generation.
    return f"{model} (family {fields.get('cpu family', '?')}, model {fields.get('model', '?')})"


def _installed() -> Iterator[tuple[str, str]]:
    """Names and versions; those that only some comparisons need may be missing."""
    for name in LIBRARIES:
        with suppress(PackageNotFoundError):
            yield name, version(name)
