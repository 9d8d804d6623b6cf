"""What the command line names: projects, and Python files given alone."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from policy_pack.cli import UsageError


@dataclass(frozen=True)
class Given:
    """Directories with a Pulumi.yaml, and absolute paths of Python files outside of these."""

    directories: tuple[Path, ...]
    files: tuple[str, ...]

    def first_directory(self) -> Path:
        """Where the search for a configuration starts."""
        return self.directories[0].resolve() if self.directories else Path(self.files[0]).parent


def given(paths: Iterable[str], *, all_source: bool = False) -> Given:
    """Recognise each path by what it is.

    A directory without a project stands for the Python files below it where Python files or projects are
    given beside it, or where `all_source` says that nothing else is asked for: one that was given by mistake
    must not pass as checked.

    Raises:
        UsageError: there is nothing, or something else than a directory or a Python file.
    """
    directories: list[Path] = []
    files: list[str] = []
    others: list[str] = []
    for path in map(Path, paths):
        if path.is_dir():
            projects = _projects(path)
            directories += [item for item in projects if item not in directories]
            others += [] if projects else [str(path.absolute())]
        elif path.suffix == ".py" and os.path.lexists(path):
            files.append(os.path.normpath(path.absolute()))
        elif not path.exists():
            raise UsageError(f"`{path}` does not exist")
        else:
            raise UsageError(f"`{path}` is no Python file; give one, or the directory of a Pulumi.yaml")
    if directories or files or all_source:
        files += (file for other in others for file in _python_files(other))
    return Given(tuple(directories), tuple(dict.fromkeys(files)))


def _projects(path: Path) -> list[Path]:
    from policy_pack.source.project import project_directories

    return list(project_directories(path))


def _python_files(directory: str) -> Iterator[str]:
    """The Python files below a directory; hidden folders and installed packages are passed over."""
    from policy_pack.source.files import Sources
    from policy_pack.source.pytest_settings import is_skipped

    sources = Sources()
    waiting = [os.path.normpath(directory)]
    while waiting:
        folder = waiting.pop()
        folders, names = sources.children(folder)
        if "pyvenv.cfg" not in names:
            yield from (f"{folder}/{name}" for name in names if name.endswith(".py"))
            waiting += [f"{folder}/{name}" for name in reversed(folders) if not is_skipped(name)]
