"""Small Pulumi projects to run commands on. They need no provider package, so they start at once."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from policy_pack.cli import main

PROJECT = "name: small\nruntime: python\n"
SETTINGS = "config:\n  aws:region: eu-west-1\n"
# One resource with one finding, on line 3.
FLAWED = """\
import pulumi

pulumi.CustomResource("aws:rds/cluster:Cluster", "db", {"engine": "postgres", "engineVersion": "15.3"})
"""
SOUND = FLAWED.replace("15.3", "15.19")
FLAW = "engine-version-unavailable"


@dataclass(frozen=True)
class Result:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def report(self) -> dict[str, Any]:
        report: dict[str, Any] = json.loads(self.out)
        return report

    @property
    def findings(self) -> list[tuple[str, int | None]]:
        return [(finding["rule"], finding["line"]) for finding in self.report["findings"]]

    def finding(self, rule: str) -> dict[str, Any]:
        (found,) = [finding for finding in self.report["findings"] if finding["rule"] == rule]
        return dict(found)


class Directory:
    """A directory with a project in it, which is also the working directory."""

    def __init__(self, path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.path = path
        self.capsys = capsys

    def write(self, **files: str) -> None:
        """Write a project: `main` is the program, `toml` the configuration, others are YAML files."""
        names = {"main": "__main__.py", "toml": "preflight.toml", "project": "Pulumi.yaml"}
        for key, text in ({"project": PROJECT, "dev": SETTINGS} | files).items():
            (self.path / names.get(key, f"Pulumi.{key}.yaml")).write_text(text)

    def run(self, *arguments: str) -> Result:
        try:
            code = main(arguments)
        except SystemExit as exit_:
            code = int(exit_.code or 0)
        out, err = self.capsys.readouterr()
        return Result(code, out, err)

    def check(self, *arguments: str) -> Result:
        return self.run("check", ".", "--output-format", "json", *arguments)
