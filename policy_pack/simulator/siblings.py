"""Answers references to other stacks by simulating their programs, where they are in the same repository."""

from __future__ import annotations

import copy
import os
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from msgspec.structs import replace

from policy_pack.linter.config import ConfigError, find_config
from policy_pack.model import Plan, Predicted, Secret, Unknown, Value
from policy_pack.model.wire import SECRET, SIGNATURE, decode, encode
from policy_pack.source.project import Project, ProjectError, find_project, project_directories

if TYPE_CHECKING:
    from policy_pack.simulator import Simulation, SimulationOptions, Simulator

# How many stacks may wait for one another, the asking one included.
DEEPEST = 8

Key: TypeAlias = tuple[Path, str]
Start: TypeAlias = "Callable[[Project, str, SimulationOptions], Simulator]"


@dataclass
class Answer:
    """The outputs of a stack as JSON of the wire, the made-up texts and numbers in them, and where from.

    `complete` says that the stack has no others.
    """

    outputs: dict[str, Any] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)
    scalars: list[Any] = field(default_factory=list)
    origin: str = ""
    complete: bool = False

    def message(self) -> dict[str, Any]:
        """What the asking program is told."""
        return {
            "outputs": self.outputs,
            "texts": self.texts,
            "scalars": self.scalars,
            "complete": self.complete,
        }


class Run:
    """One simulation that several may wait for; its plan is given once, its exports to all that ask."""

    def __init__(self, simulator: Simulator, path: str) -> None:
        self.simulator = simulator
        self._path = path
        self._lock = threading.Lock()
        self._simulation: Simulation | None = None
        self._answer: Answer | None = None

    def take(self) -> Simulation:
        """Wait for the simulation, which is not kept."""
        with self._lock:
            simulation, self._simulation = self._finished(), None
            return simulation

    def answer(self) -> Answer:
        """Wait for the exports."""
        with self._lock:
            if self._answer is None:
                self._finished()
            return copy.deepcopy(self._answer or Answer())

    def _finished(self) -> Simulation:
        if self._simulation is None:
            self._simulation = self.simulator.finish(self._path)
            self._answer = exported(self._simulation.plan)
        return self._simulation


class Siblings:
    """The stacks of one run: each is simulated once, whoever asks for it."""

    def __init__(self, start: Start, working_directory: str) -> None:
        """`start` starts the simulation of a stack."""
        self._start = start
        self._working_directory = working_directory
        self._lock = threading.RLock()
        self._closed = False
        self._runs: dict[Key, Run] = {}
        self._own: dict[Key, SimulationOptions] = {}
        self._waiting: dict[Key, Counter[Key]] = defaultdict(Counter)
        self._found: dict[Path, Mapping[str, Sequence[Project]]] = {}

    def expect(self, project: Project, stack: str, options: SimulationOptions) -> None:
        """Say how a stack is simulated that will be started anyway."""
        self._own[project.directory, stack] = options

    def run(self, project: Project, stack: str, options: SimulationOptions) -> Run:
        """The simulation of a stack, started if it is not. Raises ProjectError when it cannot be."""
        key = (project.directory, stack)
        with self._lock:
            if self._closed:
                raise ProjectError("the simulation was ended")
            if key not in self._runs:
                path = os.path.relpath(project.directory, self._working_directory)
                simulator = self._start(project, stack, replace(self._own.get(key, options), siblings=self))
                self._runs[key] = Run(simulator, path)
            return self._runs[key]

    def close(self) -> None:
        """End everything that is under way."""
        with self._lock:
            self._closed = True
            for run in self._runs.values():
                run.simulator.cancel()

    def answer(self, asking: Project, stack: str, name: str, options: SimulationOptions) -> Answer:
        """The outputs of the stack of a name such as `org/project/stack`; `asking` is who refers to it."""
        sibling, wanted = self._sibling(asking, name)
        if sibling is None:
            return Answer(origin=f"predicted, since {wanted}")
        key, other = (asking.directory, stack), (sibling.directory, wanted)
        with self._lock:
            if self._leads(other, key):
                return Answer(origin="predicted, since it refers back to this one")
            if self._depth(key) >= DEEPEST:
                return Answer(origin=f"predicted, since more than {DEEPEST} stacks refer to one another")
            self._waiting[key][other] += 1
        try:
            config = find_config(sibling.directory)
            own = replace(options, config={}, given=None, declared=config.simulated)
            return self.run(sibling, wanted, own).answer()
        except (ProjectError, ConfigError) as error:
            return Answer(origin=f"predicted, since it cannot be simulated: {error}")
        finally:
            with self._lock:
                self._waiting[key][other] -= 1

    def _leads(self, start: Key, end: Key) -> bool:
        """Whether a stack waits for another, or for one that does."""
        if start == end:
            return True
        return any(self._leads(each, end) for each, number in self._waiting[start].items() if number)

    def _depth(self, key: Key) -> int:
        """How many stacks wait for a stack, one for another."""
        askers = [each for each, others in self._waiting.items() if others[key] > 0]
        return 1 + max(map(self._depth, askers), default=0)

    def _sibling(self, asking: Project, name: str) -> tuple[Project | None, str]:
        """The project and stack of a name; without a project, why there is none."""
        *_, project, stack = ["", *name.split("/")]
        found = self._projects(asking)
        if name.count("/") < 2 and project not in found:
            # `stack`, or `org/stack`: another stack of the same project.
            project = asking.name
        candidates = found.get(project, ())
        if len(candidates) != 1:
            number = "no" if not candidates else f"{len(candidates)} programs of the"
            return None, f"the repository has {number} project `{project}`"
        stacks = candidates[0].stacks()
        if stacks and stack not in stacks:
            return None, f"`{project}` has no `Pulumi.{stack}.yaml`"
        return candidates[0], stack

    def _projects(self, asking: Project) -> Mapping[str, Sequence[Project]]:
        """The projects of the repository by name; without a repository, the one that asks."""
        places = (asking.directory, *asking.directory.parents)
        root = next((each for each in places if (each / ".git").exists()), asking.directory)
        with self._lock:
            if root not in self._found:
                self._found[root] = _by_name(root)
            return self._found[root]


def _by_name(root: Path) -> Mapping[str, Sequence[Project]]:
    found: dict[str, list[Project]] = defaultdict(list)
    for directory in _all_directories(root):
        try:
            project = find_project(directory)
        except ProjectError:
            continue
        found[project.name].append(project)
    return found


def _all_directories(root: Path) -> Sequence[Path]:
    """The directories of projects, those below another project's too."""
    found = list(project_directories(root))
    if found == [root]:
        below = (each for each in sorted(root.iterdir()) if each.is_dir() and not each.name.startswith("."))
        found += [directory for each in below for directory in project_directories(each)]
    return found


def exported(plan: Plan) -> Answer:
    """The exports of a simulated stack: what is predicted is told apart, what is unknown left out."""
    if not plan.complete:
        return Answer(origin="predicted, since its simulation did not come to its end")
    answer = Answer(origin=f"answered by simulating `{plan.project}`")
    for key, value in plan.exports.items():
        told = _told(value, answer)
        if told is not None:
            answer.outputs[key] = told
    answer.complete = answer.outputs.keys() == plan.exports.keys()
    return answer


def _told(value: Value, answer: Answer, *, predicted: bool = False) -> Any:
    """A value as JSON of the wire, None where it, or a part of it, is unknown."""
    if isinstance(value, Unknown):
        return None
    if isinstance(value, Predicted):
        return _told(value.value, answer, predicted=True)
    if isinstance(value, Secret):
        inner = _told(value.value, answer, predicted=predicted)
        return None if inner is None else {SIGNATURE: SECRET, "value": inner}
    if isinstance(value, Mapping):
        members = {key: _told(item, answer, predicted=predicted) for key, item in value.items()}
        return None if any(item is None for item in members.values()) else members
    if isinstance(value, list):
        items = [_told(item, answer, predicted=predicted) for item in value]
        return None if any(item is None for item in items) else items
    if predicted and isinstance(value, str) and len(value) > 3:
        answer.texts.append(value)
    elif predicted and isinstance(value, str | int | float):
        answer.scalars.append(value)
    return encode(value)


def declared(outputs: Mapping[str, Mapping[str, Any]], name: str) -> Mapping[str, Any]:
    """What the configuration says of a stack, given by its whole name or without its organisation."""
    for known, values in outputs.items():
        if known == name or name.endswith(f"/{known}") or known.endswith(f"/{name}"):
            return {key: encode(decode(value)) for key, value in values.items()}
    return {}
