"""Reads the version constants of aws-cdk-lib and its alpha modules, which no Python file of theirs holds."""

from __future__ import annotations

import io
import re
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass

from policy_pack.refresh.packages import (
    AWS_CDK_AWS_MSK_ALPHA,
    AWS_CDK_AWS_NEPTUNE_ALPHA,
    AWS_CDK_LIB,
    Package,
    RefreshError,
    read,
)

_ARCHIVES = {
    AWS_CDK_AWS_MSK_ALPHA: "aws_cdk/aws_msk_alpha/_jsii/aws-msk-alpha@2.275.0-alpha.0.jsii.tgz",
    AWS_CDK_AWS_NEPTUNE_ALPHA: "aws_cdk/aws_neptune_alpha/_jsii/aws-neptune-alpha@2.275.0-alpha.0.jsii.tgz",
    AWS_CDK_LIB: f"aws_cdk/_jsii/aws-cdk-lib@{AWS_CDK_LIB.version}.jsii.tgz",
}
_ASSIGNMENT = re.compile(r"""\b([A-Z]\w+) ?= ?(?:new )?(\w+)(?:\.(\w+))?\(["']([^"']+)["']""")
_DECLARATION = re.compile(r"/\*\*((?:(?!\*/).)*)\*/\s*static readonly (\w+): (\w+);", re.DOTALL)


@dataclass(frozen=True)
class Constant:
    """One constant of a class; `maker` is the method that makes it, empty for the constructor."""

    name: str
    maker: str
    value: str
    deprecated: bool


def members(package: Package, *names: str) -> list[str]:
    """Text files out of the JavaScript archive inside the wheel.

    Raises:
        RefreshError: there is no such file.
    """
    archive = read(package, _ARCHIVES[package])
    return list(_members(package, archive, names))


def _members(package: Package, archive: bytes, names: tuple[str, ...]) -> Iterator[str]:
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        present = set(files.getnames())
        for name in names:
            stream = files.extractfile(f"package/{name}") if f"package/{name}" in present else None
            if stream is None:
                raise RefreshError(f"{package.name} has no file {name}")
            yield stream.read().decode()


def constants(owner: str, code: str, declarations: str) -> list[Constant]:
    """The constants of a class: JavaScript has their values, TypeScript which of them are deprecated.

    Raises:
        RefreshError: there are none, or one is declared that has no value.
    """
    found = {name: (maker, value) for name, cls, maker, value in _ASSIGNMENT.findall(code) if cls == owner}
    declared = [(note, name) for note, name, cls in _DECLARATION.findall(declarations) if cls == owner]
    missing = [name for _, name in declared if name not in found]
    if missing or not declared:
        raise RefreshError(f"{owner} of aws-cdk has no {missing[0] if missing else 'constants'}")
    return [Constant(name, *found[name], "@deprecated" in note) for note, name in declared]
