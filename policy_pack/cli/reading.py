"""The part of `preflight check` that reads source: which files, with what configuration, and their fixes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from policy_pack.linter.checking import Checker
from policy_pack.linter.config import find_config
from policy_pack.source.discovery import read_files
from policy_pack.source.environment import Environment, project_environment
from policy_pack.source.files import Sources
from policy_pack.source.program import SourceProgram

if TYPE_CHECKING:
    from policy_pack.source.project import Project


class Reader(Struct, frozen=True):
    """Reads the given projects and files; `variables` are the process's own."""

    projects: Sequence[Project]
    files: Sequence[str]
    variables: Mapping[str, str]

    def check(self, checker: Checker) -> None:
        """Run the rules over every file."""
        for program in self._programs(checker.sources):
            checker.check_source(program, find_config(Path(program.directory)))

    def _programs(self, sources: Sources) -> Iterator[SourceProgram]:
        seen: set[str] = set()
        for project in self.projects:
            program = project.source(sources, self.variables)
            seen |= program.by_path.keys()
            yield program
        alone = [path for path in self.files if path not in seen]
        yield from read_files(alone, sources, self._environment)

    def _environment(self, directory: str) -> Environment:
        return project_environment(Path(directory), None, self.variables)
