"""Where refreshed facts are kept, and how they are replaced: all of a run's files, or none."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from policy_pack.catalog.places import project_facts, user_facts
from policy_pack.refresh.writing import write

_STAGING = ".staging-"


def facts_directory(start: Path, environment: Mapping[str, str]) -> Path:
    """The project's `.preflight/facts`, looking upwards to the repository's root, else the user's own."""
    return project_facts(start) or user_facts(environment)


@contextmanager
def locked(directory: Path) -> Iterator[None]:
    """Keep other refreshes out, and clear away what killed ones have left. The directory must exist."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        for left in directory.glob(f"{_STAGING}*"):
            shutil.rmtree(left)
        yield
    finally:
        os.close(handle)


def publish(directory: Path, texts: Mapping[str, str]) -> None:
    """Replace files by their paths below the directory, under the lock.

    All are written beside the old ones before the first is replaced: a full disk replaces none.
    """
    staging = Path(tempfile.mkdtemp(dir=directory, prefix=_STAGING))
    try:
        for name, text in texts.items():
            (staging / name).parent.mkdir(parents=True, exist_ok=True)
            (directory / name).parent.mkdir(parents=True, exist_ok=True)
            write(staging / name, text)
        for name in texts:
            (staging / name).replace(directory / name)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
