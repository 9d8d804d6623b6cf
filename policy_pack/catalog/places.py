"""Where refreshed facts are kept."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path


def refreshed_facts(start: Path | None, environment: Mapping[str, str]) -> tuple[Path, ...]:
    """The directories that there are, the one that counts more last: the user's, then the project's."""
    places = (user_facts(environment), project_facts(start) if start else None)
    # Unlike `Path.is_dir` this never raises, which a home that is somebody else's would make it do.
    return tuple(place for place in places if place and os.path.isdir(place))  # noqa: PTH112


def user_facts(environment: Mapping[str, str]) -> Path:
    """`preflight/facts` in the user's data directory."""
    data = Path(environment.get("XDG_DATA_HOME") or "")
    # Unlike `Path.home` this never raises, which a container's nameless user would make it do.
    home = Path(os.path.expanduser("~"))  # noqa: PTH111
    return (data if data.is_absolute() else home / ".local" / "share") / "preflight" / "facts"


def project_facts(start: Path) -> Path | None:
    """The nearest `.preflight/facts`, looking upwards to the repository's root."""
    for directory in (start, *start.parents):
        own = directory / ".preflight" / "facts"
        if own.is_dir():
            return own
        if (directory / ".git").exists():
            break
    return None
