from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROVIDER = Path(__file__).parent / "provider"


@dataclass(frozen=True)
class Project:
    """A Pulumi project in a directory of its own, with a file backend and a provider that asks no one."""

    directory: Path
    environment: dict[str, str]

    def preview(self, program: str, *options: str) -> subprocess.CompletedProcess[str]:
        """Preview a program with the pack of this checkout."""
        (self.directory / "__main__.py").write_text(program)
        return self.run("preview", "--stack", "dev", "--policy-pack", str(ROOT), *options)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["pulumi", *arguments, "--non-interactive", "--color", "never"],  # noqa: S607
            cwd=self.directory,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """An empty project with one stack."""
    return new_project(tmp_path)


def new_project(home: Path) -> Project:
    """A project with one stack, whose program, state and plugins are below a directory."""
    if shutil.which("pulumi") is None:
        pytest.skip("the Pulumi CLI is not on PATH")
    directory = home / "program"
    directory.mkdir()
    (home / "state").mkdir()
    python = Path(sys.prefix)
    (directory / "Pulumi.yaml").write_text(
        f"name: fraud\n"
        f"runtime: {{name: python, options: {{toolchain: pip, virtualenv: {python}}}}}\n"
        f"plugins: {{providers: [{{name: aws, path: {PROVIDER}}}]}}\n"
    )
    (directory / "Pulumi.dev.yaml").write_text("config: {aws:region: eu-west-1}\n")
    found = Project(directory, _environment(home, python))
    created = found.run("stack", "init", "dev")
    assert created.returncode == 0, created.stderr
    return found


def _environment(home: Path, python: Path) -> dict[str, str]:
    """No login, no update check, no download: nothing here leaves the machine."""
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "PULUMI_"))}
    return inherited | {
        "PATH": f"{python / 'bin'}:{os.environ['PATH']}",
        "PULUMI_HOME": str(home / "home"),
        "PULUMI_BACKEND_URL": f"file://{home / 'state'}",
        "PULUMI_CONFIG_PASSPHRASE": "none",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "PULUMI_DISABLE_REGISTRY_RESOLVE": "true",
        "PULUMI_SUPPRESS_NEO_LINK": "true",
    }
