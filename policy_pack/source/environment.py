"""What a project's interpreter imports from, found without starting it."""

from __future__ import annotations

import functools
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# Standard modules that came after the oldest interpreter of ours.
_NEWER_STANDARD = frozenset({"annotationlib", "compression", "tomllib"})
# Lines of `.pth` files that are run, and bring no modules of their own.
_HARMLESS = re.compile(r"(distutils-precedence|_virtualenv|a1_coverage|.*-nspkg)\.pth$")
_VERSION = re.compile(r"^version(?:_info)?\s*=\s*(\d+)\.(\d+)", re.MULTILINE)
_SYSTEM_PACKAGES = re.compile(r"^include-system-site-packages\s*=\s*true", re.MULTILINE | re.IGNORECASE)


@dataclass(frozen=True)
class Environment:
    """The directories that an interpreter imports from, and its version.

    `certain` says that what is in none of them cannot be imported.
    """

    search_path: tuple[str, ...] = ()
    version: tuple[int, int] = (sys.version_info[0], sys.version_info[1])
    certain: bool = False

    @functools.cached_property
    def top_level(self) -> frozenset[str]:
        """The first parts of all names that can be imported from the search path."""
        return frozenset(name for directory in self.search_path for name in _modules(directory))

    def has(self, name: str) -> bool:
        """Whether a module is part of Python or installed; asks for the first part of its name only."""
        first = name.partition(".")[0]
        standard = first in sys.stdlib_module_names or first in _NEWER_STANDARD
        return standard or first in sys.builtin_module_names or first in self.top_level


def own_environment() -> Environment:
    """That of the interpreter that runs this."""
    return Environment(tuple(path for path in sys.path if path and os.path.isdir(path)))  # noqa: PTH112


def environment_of(interpreter: str | None) -> Environment:
    """That of a virtual environment's interpreter, else our own; a project that has none gives None."""
    prefix = Path(interpreter).parent.parent if interpreter else None
    if prefix is None or not (prefix / "pyvenv.cfg").is_file():
        return own_environment()
    settings = (prefix / "pyvenv.cfg").read_text(encoding="utf-8", errors="replace")
    libraries = [*sorted(prefix.glob("lib/python3.*/site-packages")), *prefix.glob("Lib/site-packages")]
    added: list[str] = []
    certain = bool(libraries) and not _SYSTEM_PACKAGES.search(settings)
    for directory in libraries:
        for line in _pth_lines(directory):
            if line is None:
                certain = False
            elif os.path.isdir(directory / line):  # noqa: PTH112
                added.append(os.path.normpath(directory / line))
    version = _VERSION.search(settings)
    found = (int(version[1]), int(version[2])) if version else Environment.version
    return Environment((*map(str, libraries), *added), found, certain)


def _pth_lines(directory: Path) -> Iterator[str | None]:
    """The directories that `.pth` files name; None for code that may bring modules from anywhere."""
    for file in sorted(directory.glob("*.pth")):
        try:
            lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            yield None
            continue
        for line in filter(None, map(str.strip, lines)):
            if line.startswith(("import ", "import\t")):
                if not _HARMLESS.match(file.name):
                    yield None
            elif not line.startswith("#"):
                yield line


def _modules(directory: str) -> Iterator[str]:
    try:
        entries = os.listdir(directory)  # noqa: PTH208
    except OSError:
        return
    for entry in entries:
        name, dot, rest = entry.partition(".")
        # A package's directory, a module, or a compiled one: `x`, `x.py`, `x.cpython-313-darwin.so`.
        if name.isidentifier() and (not dot or rest in ("py", "pyc") or rest.endswith(("so", "pyd"))):
            yield name
