"""What a project's interpreter imports from, found without starting it."""

from __future__ import annotations

import functools
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

# Standard modules that came after the oldest interpreter of ours.
_NEWER_STANDARD = frozenset({"annotationlib", "compression", "tomllib"})
# Lines of `.pth` files that are run, and bring no modules of their own.
_HARMLESS = re.compile(r"(distutils-precedence|_virtualenv|a1_coverage|.*-nspkg)\.pth$")
_VERSION = re.compile(r"^version(?:_info)?\s*=\s*(\d+)\.(\d+)", re.MULTILINE)
_REQUIRED = re.compile(r"""^requires-python\s*=\s*["'][^"']*>=\s*3\.(\d+)""", re.MULTILINE)
_SYSTEM_PACKAGES = re.compile(r"^include-system-site-packages\s*=\s*true", re.MULTILINE | re.IGNORECASE)


_OURS = (sys.version_info[0], sys.version_info[1])


class Environment(Struct, frozen=True, dict=True):
    """The directories that an interpreter imports from, and its version.

    `certain` says that what is in none of them cannot be imported.
    """

    search_path: tuple[str, ...] = ()
    version: tuple[int, int] = _OURS
    certain: bool = False

    @functools.cached_property
    def top_level(self) -> frozenset[str]:
        """The first parts of all names that can be imported from the search path."""
        return frozenset().union(*map(_modules, self.search_path))

    @property
    def is_newer(self) -> bool:
        """Whether this Python may understand what ours does not."""
        return self.version > sys.version_info[:2]

    def has(self, name: str) -> bool:
        """Whether a module is part of Python or installed; asks for the first part of its name only."""
        first = name.partition(".")[0]
        standard = first in sys.stdlib_module_names or first in _NEWER_STANDARD
        return standard or first in sys.builtin_module_names or first in self.top_level


def own_environment() -> Environment:
    """That of the interpreter that runs this."""
    return Environment(tuple(path for path in sys.path if path and os.path.isdir(path)))  # noqa: PTH112


def own_interpreter(directory: Path, named: str | None, environment: Mapping[str, str]) -> str | None:
    """The Python of a project's virtual environment, which may be `named`, else of the active one."""
    candidates = [directory / named] if named else []
    candidates += [
        base / folder for base in (directory, *directory.parents[:2]) for folder in (".venv", "venv")
    ]
    if environment.get("VIRTUAL_ENV"):
        candidates.append(Path(environment["VIRTUAL_ENV"]))
    for candidate in candidates:
        for python in (candidate / "bin" / "python", candidate / "Scripts" / "python.exe"):
            if python.is_file():
                return os.path.abspath(python)  # noqa: PTH100 - resolving would leave the environment
    return None


def project_environment(directory: Path, named: str | None, variables: Mapping[str, str]) -> Environment:
    """What a project in a directory runs in: its own virtual environment, else the active one, else ours."""
    interpreter = own_interpreter(directory, named, {})
    found = _virtual(Path(interpreter).parent.parent) if interpreter else None
    if found is not None:
        # An environment without the SDK is not the one that the program runs in, or not made up yet.
        found = replace(found, certain=found.certain and "pulumi" in found.top_level)
        return _with_python_path(found, variables)
    active = own_interpreter(directory, named, variables)
    found = (_virtual(Path(active).parent.parent) if active else None) or own_environment()
    version = max(found.version, _required_version(directory))
    return _with_python_path(replace(found, certain=False, version=version), variables)


def _with_python_path(environment: Environment, variables: Mapping[str, str]) -> Environment:
    added = tuple(path for path in variables.get("PYTHONPATH", "").split(os.pathsep) if path)
    return replace(environment, search_path=(*added, *environment.search_path))


def _required_version(directory: Path) -> tuple[int, int]:
    """The oldest Python that a project says it runs on."""
    for folder in (directory, *directory.parents):
        file = folder / "pyproject.toml"
        if file.is_file():
            found = _REQUIRED.search(file.read_text(encoding="utf-8", errors="replace"))
            return (3, int(found[1])) if found else (3, 0)
        if (folder / ".git").exists():
            break
    return (3, 0)


def _virtual(prefix: Path) -> Environment | None:
    """The environment in a directory, None when it is none."""
    if not (prefix / "pyvenv.cfg").is_file():
        return None
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
    found = (int(version[1]), int(version[2])) if version else _OURS
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


@functools.cache
def _modules(directory: str) -> frozenset[str]:
    try:
        return frozenset(_names(os.listdir(directory)))  # noqa: PTH208
    except OSError:
        return frozenset()


def _names(entries: Iterable[str]) -> Iterator[str]:
    for entry in entries:
        name, dot, rest = entry.partition(".")
        # A package's directory, a module, or a compiled one: `x`, `x.py`, `x.cpython-313-darwin.so`.
        if name.isidentifier() and (not dot or rest in ("py", "pyc") or rest.endswith(("so", "pyd"))):
            yield name
