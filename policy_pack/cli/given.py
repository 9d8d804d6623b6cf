"""What the command line names: projects, Python files given alone, and files that Pulumi writes."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from msgspec import Struct

from policy_pack.cli import UsageError

STDIN = "-"


class Given(Struct, frozen=True):
    """Directories with a Pulumi.yaml, absolute paths of Python files outside of these, and names of exports.

    An export is what `pulumi stack export` or `pulumi preview --json` has written; `-` is standard input.
    """

    directories: tuple[Path, ...]
    files: tuple[str, ...]
    exports: tuple[str, ...] = ()

    def starts(self) -> list[Path]:
        """Where the search for configurations starts: each program, else the first file.

        Files alone have the settings of the first, but for the levels and parameters of rules.
        """
        if self.directories:
            return [directory.resolve() for directory in self.directories]
        # Of `-` the working directory.
        return [Path([*self.files, *self.exports][0]).absolute().parent]


def given(paths: Iterable[str], *, all_source: bool = False) -> Given:
    """Recognise each path by what it is.

    A directory without a project stands for the exports in it. Without these it stands for the Python files
    below it where anything is given beside it, or where `all_source` says that nothing else is asked for:
    one that was given by mistake must not pass as checked.

    Raises:
        UsageError: there is nothing at a path, or no file matches a pattern.
    """
    directories: list[Path] = []
    files: list[str] = []
    exports: list[str] = []
    others: list[str] = []
    for name in _expanded(paths):
        path = Path(name)
        if name == STDIN or not path.is_dir():
            _sort(path, files, exports)
            continue
        projects = _projects(path)
        directories += [item for item in projects if item not in directories]
        found = [] if projects or all_source else _exports(path)
        exports += found
        others += [] if projects or found else [str(path.absolute())]
    if directories or files or exports or all_source:
        files += (file for other in others for file in _python_files(other))
    return Given(tuple(directories), tuple(dict.fromkeys(files)), tuple(dict.fromkeys(exports)))


def config_values(given: Iterable[str]) -> dict[str, str]:
    """The values of `--config KEY=VALUE`. Raises UsageError for what is not of that form."""
    values = {}
    for item in given:
        key, equals, value = item.partition("=")
        if not equals or not key:
            raise UsageError(f"`--config {item}` is not of the form KEY=VALUE")
        values[key] = value
    return values


def _expanded(paths: Iterable[str]) -> Iterator[str]:
    """The paths, with the files that match in place of a pattern, which not every shell replaces."""
    for path in paths:
        if os.path.lexists(path) or not any(sign in path for sign in "*?["):
            yield path
            continue
        found = sorted(glob.glob(path, recursive=True))  # noqa: PTH207 - `Path.glob` knows no absolute patterns
        if not found:
            raise UsageError(f"no file matches `{path}`")
        yield from found


def _sort(path: Path, files: list[str], exports: list[str]) -> None:
    if path.suffix == ".py" and os.path.lexists(path):
        files.append(os.path.normpath(path.absolute()))
    elif str(path) == STDIN or path.exists():
        exports.append(str(path))
    else:
        raise UsageError(f"`{path}` does not exist")


def _exports(directory: Path) -> list[str]:
    from policy_pack.intake import is_plan

    return [str(path) for path in sorted(directory.glob("*.json")) if path.is_file() and is_plan(path)]


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
