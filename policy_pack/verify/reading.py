"""Reads the file that a deployment left behind, whatever it is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from policy_pack.intake import StateError, read_state
from policy_pack.verify import exports, outputs
from policy_pack.verify.subjects import Deployment

# Where deployments leave their outputs, from the program's directory.
FLAT_OUTPUTS = Path("cfn-outputs", "flat-outputs.json")
ADVICE = "make one with `pulumi stack output --json > outputs.json`, and give it with `--outputs`"


class DeploymentFileError(Exception):
    """There is no file of outputs, or it is none; says how to make one."""


def read(path: Path, shown: str | None = None) -> Deployment:
    """The deployment that a file describes; findings show the file under the name `shown`.

    Raises:
        DeploymentFileError: it cannot be read, or holds neither outputs nor an export.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        document = json.loads(text)
    except OSError as error:
        raise DeploymentFileError(f"`{path}` cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise DeploymentFileError(f"`{path}` is no JSON: {error}") from error
    if not isinstance(document, dict):
        raise DeploymentFileError(f"`{path}` holds no JSON object; {ADVICE}")
    if _is_state(document):
        try:
            return exports.deployment(read_state(path))
        except StateError as error:
            raise DeploymentFileError(str(error)) from error
    return outputs.deployment(document, shown or str(path), text)


def _is_state(document: Mapping[str, Any]) -> bool:
    """Whether it is a stack export or a checkpoint: an output may have the name of one of their keys."""
    parts = (document.get("checkpoint"), document.get("deployment"))
    return isinstance(document.get("version"), int) and any(isinstance(part, dict) for part in parts)
