"""Sizes of AWS Fargate tasks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from msgspec import Struct

from policy_pack.catalog.files import CatalogFile
from policy_pack.model import Evidence


class MemoryRange(Struct, frozen=True):
    """Memory sizes in MiB: from `lowest` up to and with `highest`, each `step` above the one before."""

    lowest: int
    highest: int
    step: int

    def __post_init__(self) -> None:
        if self.step < 1:
            raise ValueError("a step of at least 1 MiB is needed")


class FargateSizesFile(CatalogFile, frozen=True):
    """`fargate_sizes.json`: by CPU units (1024 to a vCPU) the memory that goes with them."""

    key_pattern: ClassVar[str] = r"[1-9][0-9]*"

    records: dict[str, list[MemoryRange]]


class FargateSizes:
    """The combinations of CPU and memory that Fargate offers."""

    def __init__(self, file: FargateSizesFile) -> None:
        self._file = file
        self._memory = {int(cpu): _sizes(ranges) for cpu, ranges in file.records.items()}

    def evidence(self, cpu: int) -> Evidence:
        """What a finding about a CPU size, in CPU units, refers to."""
        return self._file.evidence(str(cpu))

    @property
    def cpus(self) -> tuple[int, ...]:
        """The CPU sizes, in CPU units, smallest first."""
        return tuple(sorted(self._memory))

    def memory_for(self, cpu: int) -> tuple[int, ...]:
        """The memory sizes in MiB that go with a CPU size, smallest first; empty for no such CPU size."""
        return self._memory.get(cpu, ())


def _sizes(ranges: Sequence[MemoryRange]) -> tuple[int, ...]:
    return tuple(
        sorted({size for each in ranges for size in range(each.lowest, each.highest + 1, each.step)})
    )
