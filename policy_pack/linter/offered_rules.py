"""Finds the rules that installed packages offer by the entry point `preflight.rules`."""

from __future__ import annotations

import functools
import os
import sys
from pathlib import Path

GROUP = "preflight.rules"


def offered_modules() -> tuple[str, ...]:
    """The modules with rules that the packages of this interpreter offer."""
    return _offered(tuple(sys.path))


@functools.cache
def _offered(folders: tuple[str, ...]) -> tuple[str, ...]:
    # Mostly there are none, and a look takes a hundredth of what importing `importlib.metadata` does.
    if not any(map(_may_offer, folders)):
        return ()
    from importlib.metadata import entry_points

    return tuple(dict.fromkeys(point.module for point in entry_points(group=GROUP)))


def _may_offer(folder: str) -> bool:
    try:
        names = os.listdir(folder)  # noqa: PTH208 - most folders of a path need no more than names
    except OSError:
        return False
    packages = (name for name in names if name.endswith(("-info", ".egg")))
    return any(GROUP.encode() in _entries(Path(folder, name, "entry_points.txt")) for name in packages)


def _entries(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:
        return b""
