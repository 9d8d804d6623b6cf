"""A Node.js project as it lies on the disk: the interpreter, the installed SDK and the packages beside it."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SDK = Path("@pulumi") / "pulumi"
RUN = SDK / "cmd" / "run"
_INSTALLERS = {"yarn.lock": "yarn", "pnpm-lock.yaml": "pnpm", "bun.lock": "bun", "bun.lockb": "bun"}


class NodeError(Exception):
    """What a Node.js program needs is not there. Says what to do about it."""


@dataclass(frozen=True)
class NodeInstallation:
    """`node` runs the program through `run`, a part of the SDK; `folders` hold packages, nearest first."""

    node: str
    run: Path
    folders: tuple[Path, ...]


def node_installation(
    directory: Path, options: Mapping[str, Any], variables: Mapping[str, str]
) -> NodeInstallation:
    """What runs the program in a directory; `options` are those of the runtime in Pulumi.yaml.

    Raises NodeError when Node.js, the project's modules or its Pulumi SDK are missing.
    """
    folders = tuple(_folders(directory, variables))
    run = next((folder / RUN for folder in folders if (folder / RUN).is_dir()), None)
    if run is None:
        raise NodeError(_missing(directory, options, bool(folders)))
    node = shutil.which("node", path=variables.get("PATH"))
    if node is None:
        raise NodeError(f"`{directory}` is a Node.js program, and there is no `node` on the PATH: install it")
    return NodeInstallation(node, run, folders)


def _folders(directory: Path, variables: Mapping[str, str]) -> Iterator[Path]:
    """Where Node.js looks for packages: upwards from the program, then in `NODE_PATH`."""
    for place in (directory, *directory.parents):
        if (place / "node_modules").is_dir():
            yield place / "node_modules"
    for entry in variables.get("NODE_PATH", "").split(os.pathsep):
        if entry and Path(entry).is_dir():
            yield Path(entry)


def _missing(directory: Path, options: Mapping[str, Any], has_modules: bool) -> str:
    place = _manifest_directory(directory)
    if place is None:
        return f"`{directory}` has no `package.json`: a Node.js program needs one that names `@pulumi/pulumi`"
    command = f"{_installer(place, options)} install"
    if not _is_declared(place):
        what = f"`{place / 'package.json'}` does not name `@pulumi/pulumi`"
        return f"{what}: add it and run `{command}` in `{place}`"
    what = "`@pulumi/pulumi` is not installed" if has_modules else "there is no `node_modules`"
    return f"{what} for the program in `{directory}`: run `{command}` in `{place}`"


def _manifest_directory(directory: Path) -> Path | None:
    return next((each for each in (directory, *directory.parents) if (each / "package.json").is_file()), None)


def _is_declared(directory: Path) -> bool:
    try:
        manifest = json.loads((directory / "package.json").read_text(encoding="utf-8"))
        sections = [
            manifest.get(key) or {} for key in ("dependencies", "devDependencies", "peerDependencies")
        ]
    except (OSError, ValueError, AttributeError):
        return True
    return any("@pulumi/pulumi" in section for section in sections)


def _installer(directory: Path, options: Mapping[str, Any]) -> str:
    named = options.get("packagemanager")
    if isinstance(named, str) and named:
        return named
    return next((name for lock, name in _INSTALLERS.items() if (directory / lock).is_file()), "npm")
