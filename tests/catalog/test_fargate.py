from __future__ import annotations

import pytest

from policy_pack.catalog import Catalogs

SIZES = Catalogs().fargate_sizes


@pytest.mark.parametrize(
    ("cpu", "memory"),
    [
        (256, (512, 1024, 2048)),
        (512, (1024, 2048, 3072, 4096)),
        (4096, tuple(range(8192, 30721, 1024))),
        (8192, tuple(range(16384, 61441, 4096))),
        (32768, (61440, 122880, 249856)),
        (300, ()),
        (0, ()),
    ],
)
def test_memory_for_a_cpu_size(cpu: int, memory: tuple[int, ...]) -> None:
    assert SIZES.memory_for(cpu) == memory


def test_cpu_sizes() -> None:
    assert SIZES.cpus == (256, 512, 1024, 2048, 4096, 8192, 16384, 32768)
    assert all(SIZES.memory_for(cpu) for cpu in SIZES.cpus)
