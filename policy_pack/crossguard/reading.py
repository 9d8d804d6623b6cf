"""The program that is being previewed: where its project is, and what its files say."""

from __future__ import annotations

import contextlib
import datetime
import functools
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future

from policy_pack.crossguard.caller import OVERRIDE, Caller, project_root
from policy_pack.crossguard.silencing import Silencer
from policy_pack.linter.suppression import Directive, directives
from policy_pack.model import Plan
from policy_pack.source.files import Sources
from policy_pack.source.program import SourceProgram
from policy_pack.source.project import Project, ProjectError, find_project


class NoProgramError(Exception):
    """There is no program to look at; the message says why."""


def previewed_project(caller: Caller, name: str) -> Project:
    """The project of a name whose program is being previewed. Raises NoProgramError when there is none."""
    if caller.is_inline():
        raise NoProgramError("the program is a function of an Automation API program, not a project")
    place = caller.place(name)
    root = project_root(place, name) if place else None
    if root is None:
        raise NoProgramError(f"no Pulumi.yaml of `{name}` was found; `{OVERRIDE}` can name its directory")
    try:
        return find_project(root)
    except ProjectError as error:
        raise NoProgramError(str(error)) from error


class Reading:
    """Reads a project's files in a thread of its own, while the engine starts the program."""

    def __init__(self, project: Project, variables: Mapping[str, str], today: datetime.date) -> None:
        self.project = project
        self.variables = variables
        self.today = today
        self.sources = Sources()
        self._program: Future[SourceProgram] = Future()
        threading.Thread(target=self._read, name="reading", daemon=True).start()

    def _read(self) -> None:
        try:
            self._program.set_result(self.project.source(self.sources, self.variables))
        except Exception as error:
            self._program.set_exception(error)

    def program(self) -> SourceProgram:
        """The program's files and those that test it."""
        return self._program.result()

    @functools.cached_property
    def files(self) -> tuple[str, ...]:
        """The paths of these files; none of a program that cannot be read."""
        with contextlib.suppress(Exception):
            return tuple(file.path for file in self.program().files)
        return ()

    @functools.cached_property
    def comments(self) -> tuple[Directive, ...]:
        """The comments in the files that silence findings."""
        return tuple(item for path in self.files for item in directives(path, self.sources))

    def silencer(self, simulated: Callable[[], Plan | None]) -> Silencer:
        """What the comments silence; `simulated` waits for the plan of the simulation."""
        return Silencer(self.comments, self.files, self.sources, self.today, simulated)
