"""How a program is started, by its runtime: in the child itself, or served by a host of ours."""

from __future__ import annotations

import importlib.util
import json
import os
import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from policy_pack.simulator.runner import BOOT
from policy_pack.simulator.sandbox.launching import Sandbox
from policy_pack.source.nodejs import NodeError, NodeInstallation, node_installation
from policy_pack.source.project import Project, ProjectError, StackConfig

SHIM = Path(__file__).parent / "host" / "node" / "shim.cjs"
ROOT = Path(__file__).parents[2]
# The host puts the address of its server here.
ADDRESS = "{address}"
HOST_MODULES = ("grpc", "pulumi")
_HOST = (
    "import sys; sys.path.insert(0, sys.argv[1]); "
    "from policy_pack.simulator.host.hosting import main; main(int(sys.argv[2]))"
)
# Neither the user's environment nor the program's directory has a say in this interpreter.
HOST_COMMAND = (sys.executable, "-I", "-c", _HOST, str(ROOT))


@dataclass(frozen=True)
class Launch:
    """What to start and in which sandbox; `program` is what a host of ours starts in its turn, and how."""

    command: Sequence[str]
    sandbox: Sandbox
    program: Mapping[str, Any] | None = None


def in_process(project: Project, variables: Mapping[str, str], sandbox: Sandbox) -> Launch:
    """A Python program: the project's own interpreter runs it, and plays the engine beside it."""
    interpreter = project.interpreter(variables)
    installed = [str(Path(interpreter).parents[1]), str(Path(interpreter).resolve().parents[1])]
    imported = variables.get("PYTHONPATH", "").split(os.pathsep)
    needed = [*sandbox.needed, str(BOOT.parent), *installed, *filter(None, imported)]
    return Launch([interpreter, str(BOOT)], replace(sandbox, needed=needed))


def hosted(
    project: Project,
    names: Mapping[str, str],
    config: StackConfig,
    variables: Mapping[str, str],
    sandbox: Sandbox,
    sockets: str,
) -> Launch:
    """A Node.js program: an interpreter of ours plays the engine on a socket, outside of its sandbox.

    `names` are those of the organization, the project and the stack; `sockets` is a directory for sockets.

    Raises ProjectError when something that the program or its host needs is not installed.
    """
    _require_host(project)
    try:
        installed = node_installation(project.working_directory, project.options, variables)
    except NodeError as error:
        raise ProjectError(str(error)) from error
    needed = [*sandbox.needed, *_places(installed)]
    program = served(
        _node_command(project, names, installed),
        _node_environment(project, config),
        replace(sandbox, needed=needed),
        variables,
        sockets,
    )
    program["foreign"] = ["/node_modules/", *_linked(installed)]
    program["packages"] = [str(folder) for folder in installed.folders]
    return Launch(HOST_COMMAND, Sandbox(sandbox.scratch, layers=()), program)


def served(
    command: Sequence[str],
    environment: Mapping[str, str],
    sandbox: Sandbox,
    variables: Mapping[str, str],
    sockets: str,
) -> dict[str, Any]:
    """What the host is told of a program: its command, its own variables and its sandbox.

    `variables` are the user's own, which say where secrets lie.
    """
    bounds = asdict(replace(sandbox, writable=[*sandbox.writable, sockets]))
    del bounds["unix_sockets"]
    return {
        "command": list(command),
        "environment": dict(environment),
        "sandbox": bounds,
        "variables": dict(variables),
        "sockets": sockets,
        "foreign": [],
        "packages": [],
    }


def _require_host(project: Project) -> None:
    missing = [name for name in HOST_MODULES if importlib.util.find_spec(name) is None]
    if missing:
        raise ProjectError(
            f"`{project.directory}` is a Node.js program; `{missing[0]}`, which serves it, is not installed: "
            "pip install 'iac-preflight[nodejs]'"
        )


def _node_command(project: Project, names: Mapping[str, str], installed: NodeInstallation) -> list[str]:
    given = project.options.get("nodeargs")
    # The shim in one word: the SDK takes two for a loader of the user's own.
    arguments = [*(shlex.split(given) if isinstance(given, str) else ()), f"--require={SHIM}"]
    places = {"root-directory": str(project.directory), "pwd": str(project.working_directory)}
    served_at = {"monitor": ADDRESS, "engine": ADDRESS, "parallel": "16"}
    values = {**names, **places, **served_at}
    flags = [text for key, value in values.items() for text in (f"--{key}", value)]
    target = "." if project.entry.is_dir() else project.entry.name
    return [installed.node, *arguments, str(installed.run), *flags, "--dry-run", target]


def _node_environment(project: Project, config: StackConfig) -> dict[str, str]:
    # As the language host decides: TypeScript unless the project says otherwise, types are for the compiler.
    typescript = project.options.get("typescript", True) is not False
    return {
        "PULUMI_CONFIG": json.dumps(dict(config.values)),
        "PULUMI_CONFIG_SECRET_KEYS": json.dumps(sorted(config.secret_keys)),
        "PULUMI_NODEJS_TYPESCRIPT": "true" if typescript else "false",
        "PULUMI_NODEJS_TRANSPILE_ONLY": "true",
        "NODE_NO_WARNINGS": "1",
    }


def _places(installed: NodeInstallation) -> list[str]:
    """What stays visible to the program although it lay in a secret place."""
    node = Path(installed.node).resolve().parents[1]
    return [str(node), str(SHIM.parent), *map(str, installed.folders)]


def _linked(installed: NodeInstallation) -> list[str]:
    """The SDK's real place, where `node_modules` only leads to it."""
    real = os.path.realpath(installed.run.parents[1])
    return [] if "/node_modules/" in real else [real + os.sep]
