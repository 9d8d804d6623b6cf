"""The Pulumi CLI, with a backend of files and the tests' stand-in for the AWS provider."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from .places import ROOT

PROVIDER = ROOT / "tests" / "engine" / "provider"


def is_there() -> bool:
    """Whether the CLI is on PATH."""
    return shutil.which("pulumi") is not None and PROVIDER.is_dir()


def environment(scratch: Path) -> dict[str, str]:
    """What keeps the CLI below a directory, and on this machine."""
    (scratch / "state").mkdir()
    return os.environ | {
        # The stand-in provider is a script for whichever python3 comes first.
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PULUMI_HOME": str(scratch / "home"),
        "PULUMI_BACKEND_URL": f"file://{scratch / 'state'}",
        "PULUMI_CONFIG_PASSPHRASE": "bench",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "PULUMI_DISABLE_REGISTRY_RESOLVE": "true",
        "PULUMI_SUPPRESS_NEO_LINK": "true",
    }
