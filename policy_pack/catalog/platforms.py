"""How Elastic Beanstalk's platforms are named: by solution stack, by ARN, and by branch in the catalog."""

from __future__ import annotations

import re
from dataclasses import dataclass

_VERSION = r"(?P<version>\d+\.\d+\.\d+)"
# `64bit Amazon Linux 2023 v4.0.1 running Python 3.11`, and the same of a platform that AWS itself owns.
_STACK = re.compile(rf"(?P<system>64bit .+) v{_VERSION} running (?P<platform>.+)", re.ASCII)
_ARN = re.compile(
    r"arn:[a-z-]+:elasticbeanstalk:[a-z0-9-]+::platform/"
    rf"(?P<platform>.+) running on (?P<system>.+)/{_VERSION}",
    re.ASCII,
)
# Names of solution stacks leave out a word that those of branches have: `Tomcat 10 with Corretto 17`.
_TOMCAT = re.compile(r"(Tomcat \S+) (?!with )")


@dataclass(frozen=True)
class Platform:
    """A version of a platform, as a program names it. `branch` is the catalog's name of its branch."""

    branch: str
    version: str
    text: str
    span: tuple[int, int]

    def at(self, version: str) -> str:
        """The name of another version of the branch, in the same form."""
        start, end = self.span
        return f"{self.text[:start]}{version}{self.text[end:]}"


def platform(text: str) -> Platform | None:
    """The platform that a solution stack's name or an ARN means; None of other forms, and of custom ones."""
    found = _STACK.fullmatch(text) or _ARN.fullmatch(text)
    if found is None:
        return None
    name = _TOMCAT.sub(r"\1 with ", found["platform"])
    return Platform(
        branch(f"{name} running on {found['system']}"), found["version"], text, found.span("version")
    )


def branch(name: str) -> str:
    """A branch's name as the catalog has it: in lower case, with hyphens."""
    return "-".join(name.lower().split())
