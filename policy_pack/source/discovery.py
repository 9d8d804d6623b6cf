"""Which Python files a project consists of: what Pulumi runs, and what tests it."""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from policy_pack.source.environment import Environment
from policy_pack.source.files import Sources
from policy_pack.source.imports import find_module, imports_of
from policy_pack.source.program import Import, Role, SourceFile, SourceProgram
from policy_pack.source.pytest_settings import SUPPORT, PytestSettings, pytest_settings
from policy_pack.source.sdk import Sdk

PROJECT_FILES = ("Pulumi.yaml", "Pulumi.yml", "Pulumi.json")
ENTRY = "__main__.py"
_RELATIVE = re.compile(r"^[ \t]*from[ \t]+\.(\w*)[ \t]+import[ \t]+\(?\s*(\w+)", re.MULTILINE)

RoleOf = Callable[[str], "Role | None"]


def read_program(directory: str, entry: str, sources: Sources, environment: Environment) -> SourceProgram:
    """The files of a project in a directory: its entry, what that imports, and the tests of these.

    `entry` is the file or directory that Python runs.
    """
    main = f"{entry}/{ENTRY}" if sources.is_directory(entry) else entry
    roots = tuple(dict.fromkeys((os.path.dirname(main), directory)))  # noqa: PTH120
    reading = _Reading(sources, roots)
    reading.add(main, "__main__", roots, lambda path: Role.PROGRAM)
    settings = pytest_settings(directory, sources)
    for path in _tests(directory, settings, reading):
        _add_test(path, directory, settings, reading)
    return reading.program(directory, environment, main)


def read_files(
    paths: Iterable[str], sources: Sources, environment_of: Callable[[str], Environment]
) -> list[SourceProgram]:
    """Files given alone, by its name each a test or none; those below one directory are a program."""
    groups: dict[str, list[str]] = {}
    bases = {path: _base(path, sources) for path in paths}
    known = set(bases.values())
    for path, base in bases.items():
        above = [other for other in known if f"{base}/".startswith(f"{other}/")]
        groups.setdefault(min(above, key=len), []).append(path)
    return [read_group(group, given, sources, environment_of(group)) for group, given in groups.items()]


def read_group(directory: str, given: list[str], sources: Sources, environment: Environment) -> SourceProgram:
    """Files at or below a directory as one program."""
    settings = pytest_settings(directory, sources)
    roles = {path: Role.TEST if settings.is_test(path) else Role.PROGRAM for path in given}
    reading = _Reading(sources, (directory,))
    for path in sorted(given, key=lambda path: roles[path] is Role.TEST):
        base = _base(path, sources)
        reading.add(path, _name(path, base), tuple(dict.fromkeys((base, directory))), roles.get)
    return reading.program(directory, environment)


@functools.cache
def _sdk(search_path: tuple[str, ...]) -> Sdk:
    """What is installed in one place, read once however many projects use it."""
    return Sdk(search_path)


class _Reading:
    """Collects files and follows their imports."""

    def __init__(self, sources: Sources, roots: tuple[str, ...]) -> None:
        self.sources = sources
        self.roots = roots
        self.files: dict[str, SourceFile] = {}
        self.imports: dict[str, tuple[Import, ...]] = {}
        self.aliases: dict[str, str] = {}

    def add(self, path: str, module: str, places: Sequence[str], role_of: RoleOf) -> None:
        """Read a file and what it imports from some places, where `role_of` gives that a role."""
        waiting = [(path, module)]
        while waiting:
            path, module = waiting.pop(0)
            if path in self.files:
                if module != self.files[path].module:
                    self.aliases.setdefault(module, path)
                continue
            role = role_of(path)
            if role is not None:
                file = self.files[path] = SourceFile(path, module, role, self.sources)
                self.imports[path] = imports_of(file, places)
                waiting += self._followed(file, places)

    def _followed(self, file: SourceFile, roots: Sequence[str]) -> Iterator[tuple[str, str]]:
        for item in self.imports[file.path]:
            prefix = _package(file, item.level) if item.level else ""
            for name in (item.module, f"{item.module}.{item.name}".strip(".")):
                places = roots if not item.level else [_up(file.path, item.level)]
                for dotted, path in find_module(name, places, self.sources)[0] if name else ():
                    yield path, f"{prefix}.{dotted}".strip(".")

    def program(self, directory: str, environment: Environment, entry: str | None = None) -> SourceProgram:
        """All that was collected."""
        order = {Role.PROGRAM: 0, Role.TEST: 1, Role.OTHER: 2}
        return SourceProgram(
            directory,
            tuple(sorted(self.files.values(), key=lambda file: order[file.role])),
            self.sources,
            _sdk(environment.search_path),
            self.roots,
            environment,
            self.imports,
            self.aliases,
            entry,
        )


def _add_test(path: str, directory: str, settings: PytestSettings, reading: _Reading) -> None:
    """Read a test, its helpers, and the `conftest.py` files that pytest loads for it."""
    base = _base(path, reading.sources)
    places = tuple(dict.fromkeys((base, *settings.python_path, settings.directory, *reading.roots)))
    anchor = directory if path.startswith(f"{directory}/") else settings.directory
    top = _top(path, anchor)
    running = {os.path.dirname(file.path) for file in reading.files.values() if file.role is Role.PROGRAM}  # noqa: PTH120

    def role_of(reached: str) -> Role | None:
        if settings.is_test(reached):
            return Role.TEST
        if top and _top(reached, anchor) == top and os.path.dirname(reached) not in running:  # noqa: PTH120
            return Role.TEST
        return Role.OTHER if reached.startswith(f"{directory}/") else None

    reading.add(path, _name(path, base), places, role_of)
    for folder in _folders(path, anchor):
        beside = f"{folder}/{SUPPORT}"
        if reading.sources.is_file(beside):
            reading.add(beside, _name(beside, _base(beside, reading.sources)), places, role_of)


def _folders(path: str, anchor: str) -> Iterator[str]:
    """The folders of a file up to one that is above it."""
    folder = os.path.dirname(path)  # noqa: PTH120
    while folder.startswith(anchor):
        yield folder
        if folder == anchor:
            return
        folder = os.path.dirname(folder)  # noqa: PTH120


def _top(path: str, anchor: str) -> str:
    """The folder right below another in which a file is, empty when it is in none."""
    first, slash, _ = path.removeprefix(f"{anchor}/").partition("/")
    return first if slash and path.startswith(f"{anchor}/") else ""


def _package(file: SourceFile, level: int) -> str:
    """The dotted package that a relative import starts from."""
    parts = file.module.split(".")
    own = 0 if os.path.basename(file.path) == "__init__.py" else 1  # noqa: PTH119
    return ".".join(parts[: max(len(parts) - own - (level - 1), 0)])


def _up(path: str, level: int) -> str:
    for _ in range(level):
        path = os.path.dirname(path)  # noqa: PTH120
    return path


def _base(path: str, sources: Sources) -> str:
    """The directory that pytest puts on the path for a file: the first above it that is no package."""
    folder = os.path.dirname(path)  # noqa: PTH120
    while sources.is_file(f"{folder}/__init__.py"):
        folder = os.path.dirname(folder)  # noqa: PTH120
    return folder


def _name(path: str, base: str) -> str:
    parts = path.removeprefix(f"{base}/").removesuffix(".py").split("/")
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


def _tests(directory: str, settings: PytestSettings, reading: _Reading) -> Iterator[str]:
    """The project's tests: all below it, and of those elsewhere the ones that import its modules."""
    inside = f"{directory}/"
    names = {file.module.partition(".")[0] for file in reading.files.values()} - {"__main__"}
    mention = _imports_any(names)
    for place in settings.places or (directory,):
        for path in settings.files(
            place, lambda folder: _is_other_project(folder, directory, reading.sources)
        ):
            if path in reading.files:
                continue
            if path.startswith(inside) or _speaks_of(path, mention, directory, reading.sources):
                yield path


def _imports_any(names: Iterable[str]) -> re.Pattern[str]:
    """Matches where a text imports one of some modules."""
    modules = "|".join(map(re.escape, sorted(names))) or r"(?!)"
    return re.compile(rf"^[ \t]*(?:from|import)[ \t]+(?:{modules})\b", re.MULTILINE)


def _speaks_of(path: str, mention: re.Pattern[str], directory: str, sources: Sources) -> bool:
    """Whether a test or a helper beside it imports the project or runs its entry, by a look at the texts."""
    text = sources.text(path) or ""
    beside = os.path.dirname(path)  # noqa: PTH120
    found = _RELATIVE.findall(text)
    helpers = {f"{beside}/{module or name}.py" for module, name in found}
    texts = [text, *(sources.text(helper) or "" for helper in sorted(helpers) if sources.is_file(helper))]
    folder = directory.rpartition("/")[2]
    runs = re.compile(rf"""["'/]{re.escape(folder)}["'/]""")
    return any(mention.search(item) or ("run_path" in item and runs.search(item)) for item in texts)


def _is_other_project(folder: str, directory: str, sources: Sources) -> bool:
    return folder != directory and any(sources.is_file(f"{folder}/{name}") for name in PROJECT_FILES)
