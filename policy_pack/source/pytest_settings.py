"""Where a project's tests are, as its pytest configuration says, else by their names."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from fnmatch import fnmatch
from typing import Any

from msgspec import Struct

from policy_pack.source.files import Sources

NAMES = ("test_*.py", "*_test.py")
SUPPORT = "conftest.py"
# pytest's own list, and what holds installed packages.
SKIPPED = (".*", "*.egg", "__pycache__", "build", "dist", "node_modules", "site-packages", "venv", "{arch}")
_INI_SECTIONS = {"pytest.ini": "pytest", "tox.ini": "pytest", "setup.cfg": "tool:pytest"}


class PytestSettings(Struct, frozen=True):
    """`directory` holds the configuration; `places` are its `testpaths`, empty where it names none."""

    directory: str
    sources: Sources
    places: tuple[str, ...] = ()
    names: tuple[str, ...] = NAMES
    skipped: tuple[str, ...] = ()
    python_path: tuple[str, ...] = ()

    def is_test(self, path: str) -> bool:
        """Whether a file is a test or loaded with tests, by its name."""
        name = path.rpartition("/")[2]
        return name == SUPPORT or any(fnmatch(name, pattern) for pattern in self.names)

    def files(self, place: str, stops: Callable[[str], bool]) -> Iterator[str]:
        """The tests at or below a place; folders for which `stops` holds are not entered."""
        if not self.sources.is_directory(place):
            if place.endswith(".py") and self.sources.is_file(place):
                yield place
            return
        waiting = [place]
        while waiting:
            folder = waiting.pop()
            folders, files = self.sources.children(folder)
            if "pyvenv.cfg" in files or stops(folder):
                continue
            yield from (f"{folder}/{name}" for name in files if self.is_test(name))
            waiting += [f"{folder}/{name}" for name in reversed(folders) if not self._is_skipped(name)]

    def _is_skipped(self, name: str) -> bool:
        return is_skipped(name) or any(fnmatch(name, pattern) for pattern in self.skipped)


def is_skipped(name: str) -> bool:
    """Whether a folder holds no source of the user's: hidden ones, builds, installed packages."""
    return any(fnmatch(name, pattern) for pattern in SKIPPED)


def pytest_settings(directory: str, sources: Sources) -> PytestSettings:
    """The nearest settings from a directory upwards to the repository's root."""
    folder = directory
    while True:
        table = _table(folder, sources)
        if table is not None:
            return PytestSettings(
                folder,
                sources,
                tuple(path for place in _listed(table, "testpaths") for path in _globbed(folder, place)),
                tuple(_listed(table, "python_files")) or NAMES,
                tuple(_listed(table, "norecursedirs")),
                tuple(os.path.normpath(f"{folder}/{path}") for path in _listed(table, "pythonpath")),
            )
        above = os.path.dirname(folder)  # noqa: PTH120
        if sources.is_directory(f"{folder}/.git") or sources.is_file(f"{folder}/.git") or above == folder:
            return PytestSettings(directory, sources)
        folder = above


def _table(folder: str, sources: Sources) -> Mapping[str, Any] | None:
    """The options that a directory's files give pytest, None when they give none."""
    for name in ("pytest.ini", "pyproject.toml", "tox.ini", "setup.cfg"):
        path = f"{folder}/{name}"
        text = sources.text(path) if sources.is_file(path) else None
        if text is None or "pytest" not in text:
            continue
        table = _from_toml(text) if name == "pyproject.toml" else _from_ini(text, _INI_SECTIONS[name])
        if table is not None:
            return table
    return None


def _from_toml(text: str) -> Mapping[str, Any] | None:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        table = tomllib.loads(text).get("tool", {}).get("pytest", {})
    except (tomllib.TOMLDecodeError, AttributeError):
        return None
    options = table.get("ini_options", table) if isinstance(table, dict) else None
    return options if isinstance(options, dict) and options else None


def _from_ini(text: str, section: str) -> Mapping[str, Any] | None:
    import configparser

    parser = configparser.RawConfigParser()
    try:
        parser.read_string(text)
    except configparser.Error:
        return None
    return dict(parser[section]) if parser.has_section(section) else None


def _listed(table: Mapping[str, Any], key: str) -> Sequence[str]:
    given = table.get(key, ())
    return given.split() if isinstance(given, str) else [item for item in given if isinstance(item, str)]


def _globbed(folder: str, place: str) -> Sequence[str]:
    if not any(character in place for character in "*?["):
        return [os.path.normpath(f"{folder}/{place}")]
    import glob

    return [os.path.normpath(path) for path in sorted(glob.glob(f"{folder}/{place}", recursive=True))]  # noqa: PTH207
