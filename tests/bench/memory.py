"""Anonymous memory that checking an export of 500 MB takes, which is mapped. Left out unless it is named."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from policy_pack.model.wire import encode

from . import synthetic
from .places import PREFLIGHT

MEGABYTES = 500
SAMPLED = 0.05


def measure(_rounds: int) -> None:
    """Sample the process while it checks one file."""
    with tempfile.TemporaryDirectory() as scratch:
        export = Path(scratch) / "state.json"
        count = write_export(export, MEGABYTES * 1024 * 1024)
        command = [str(PREFLIGHT), "check", str(export), "--fail-on", "never"]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
            peak = 0
            while process.poll() is None:
                peak = max(peak, anonymous(process.pid))
                time.sleep(SAMPLED)
            if process.returncode != 0:
                sys.exit(process.stderr.read().decode()[-2000:] if process.stderr else "preflight failed")
        used = os.times()
        print(f"preflight check of {count} resources in an export of {MEGABYTES} MB: ", end="")
        print(f"{peak} MB, {used.children_user + used.children_system:.0f} s of CPU\n")


def anonymous(pid: int) -> int:
    """The anonymous memory of a process in megabytes; 0 when it is gone."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) // 1024 for line in lines if line.startswith("RssAnon")), 0)


def write_export(file: Path, size: int) -> int:
    """An export of so many bytes, made of copies of the stack's resources; how many they are.

    Each has outputs that make it some 4 KB large.
    """
    made = [(item, encode(dict(item.inputs))) for item in synthetic.resources(100)]
    count = 0
    with file.open("w") as out:
        out.write('{"version": 3, "deployment": {"manifest": {}, "resources": [\n')
        while out.tell() < size:
            for item, inputs in made:
                entry = {"urn": f"{item.urn}-{count}", "custom": True, "id": f"id-{count}", "type": item.type}
                state = {
                    "inputs": inputs,
                    "outputs": {**inputs, "arn": f"arn-{count}", "details": [inputs] * 4},
                }
                out.write(f"{',' if count else ''}{json.dumps(entry | state)}\n")
                count += 1
        out.write("]}}")
    return count
