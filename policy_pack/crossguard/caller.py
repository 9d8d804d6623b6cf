"""How the engine started this process, and from that, where the previewed program is."""

from __future__ import annotations

import itertools
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from policy_pack.crossguard.processes import cli_arguments, cli_directory, working_directory

PROJECT_FILES = ("Pulumi.yaml", "Pulumi.yml", "Pulumi.json")
OVERRIDE = "PREFLIGHT_PROGRAM"


@dataclass(frozen=True)
class Caller:
    """The process that started the pack. `executable` packs stand in the program's own directory.

    `pack` is what the CLI was given as the pack: a directory, or an executable file.
    """

    executable: bool
    parent: int
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    directory: Path = Path()
    pack: Path | None = None

    @classmethod
    def here(cls, *, executable: bool = False) -> Caller:
        """The caller of this process."""
        here = Path.cwd()
        pack = Path(sys.argv[0]).absolute() if executable else here
        return cls(executable, os.getppid(), dict(os.environ), here, pack)

    def place(self, project: str) -> Path | None:
        """The directory that a project's program runs in; None when no Pulumi.yaml of it is at or above one.

        Without a project's name the file of any project counts.
        """
        found = (place for place in self._places() if project_root(place, project))
        return next(found, None)

    def is_inline(self) -> bool:
        """Whether the program is a function inside a process that uses the Automation API."""
        return any(item.startswith("--client=") for item in cli_arguments(self.parent))

    def is_analyzing(self) -> bool:
        """Whether the engine asks about what is deployed (`pulumi policy analyze`), not about a program."""
        arguments = cli_arguments(self.parent)
        return ("policy", "analyze") in itertools.pairwise(arguments)

    def pack_directory(self) -> Path | None:
        """The directory that holds the pack; None where it is not known."""
        return self.pack.parent if self.pack and self.executable else self.pack

    def given_config(self) -> Path | None:
        """The file of `--policy-pack-config` for this pack; None where none is, or it is not certain."""
        at = cli_directory(self.parent)
        arguments = cli_arguments(self.parent) if at and self.pack else []
        packs = [at / path for path in _values("--policy-pack", arguments)] if at else []
        files = list(_values("--policy-pack-config", arguments))
        if at is None or self.pack is None or len(packs) != len(files):
            return None
        ours = self.pack.resolve()
        own = {at / file for pack, file in zip(packs, files, strict=True) if pack.resolve() == ours}
        return own.pop() if len(own) == 1 else None

    def _places(self) -> Iterator[Path]:
        override = self.environment.get(OVERRIDE)
        at = self.directory if self.executable else working_directory(self.parent)
        if override or at:
            yield Path(override).absolute() if override else at or Path()
            return
        shell = Path(self.environment.get("PWD") or self.directory)
        yield from (shell / directory for directory in _named(cli_arguments(self.parent)))
        yield shell


def project_root(place: Path, project: str) -> Path | None:
    """The nearest directory, at a place or above it, that holds the Pulumi.yaml of a project."""
    for directory in (place, *place.parents):
        for file in (directory / name for name in PROJECT_FILES):
            if file.is_file() and project in ("", _name(file)):
                return directory
    return None


def _name(file: Path) -> str | None:
    try:
        found = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return None
    name = found.get("name") if isinstance(found, dict) else None
    return name if isinstance(name, str) else None


def _values(option: str, arguments: Sequence[str]) -> Iterator[str]:
    """What an option is given, as often as it is."""
    for number, argument in enumerate(arguments):
        if argument == option:
            yield from arguments[number + 1 : number + 2]
        elif argument.startswith(f"{option}="):
            yield argument.removeprefix(f"{option}=")


def _named(arguments: Sequence[str]) -> Iterator[str]:
    """The directory that `-C` or `--cwd` gives, in each form that the CLI takes."""
    for number, argument in enumerate(arguments):
        if argument in ("-C", "--cwd"):
            yield from arguments[number + 1 : number + 2]
        elif argument.startswith("--cwd="):
            yield argument.removeprefix("--cwd=")
        elif argument.startswith("-C") and len(argument) > len("-C"):
            yield argument.removeprefix("-C").removeprefix("=")
