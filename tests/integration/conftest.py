"""The deployment that these tests look at: found by the outputs that it left behind, or they are skipped.

`FRAUD_DETECTION_OUTPUTS` names the file where it stands elsewhere, `FRAUD_DETECTION_WAIT` the seconds that
what is on its way may take. Credentials are found as boto3 finds them.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from policy_pack.refresh.live.aws import Aws, CredentialsError
from policy_pack.verify.reading import FLAT_OUTPUTS, read
from policy_pack.verify.verifying import Patience, Verification, verify

ROOT = Path(__file__).parents[2]
STACK = ROOT / "stack"


@pytest.fixture(scope="session")
def outputs_file() -> Path:
    given = os.environ.get("FRAUD_DETECTION_OUTPUTS")
    places = [Path(given)] if given else [STACK / FLAT_OUTPUTS, ROOT / FLAT_OUTPUTS]
    file = next((place for place in places if place.is_file()), None)
    if file is None:
        pytest.skip(f"nothing is deployed: there is no {given or FLAT_OUTPUTS}")
    return file


@pytest.fixture(scope="session")
def outputs(outputs_file: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(outputs_file.read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="session")
def settings(outputs: dict[str, Any]) -> dict[str, Any]:
    """What the stack was configured with, by key without the project's name."""
    project = yaml.safe_load((STACK / "Pulumi.yaml").read_text())
    declared = {key: each["default"] for key, each in project["config"].items() if "default" in each}
    given = yaml.safe_load((STACK / f"Pulumi.{outputs['environment']}.yaml").read_text())["config"]
    return declared | {key.partition(":")[2]: value for key, value in given.items()}


@pytest.fixture(scope="session")
def deployed(outputs_file: Path) -> Verification:
    """What AWS says of the deployment now."""
    try:
        aws = Aws(region=os.environ.get("AWS_REGION"))
    except CredentialsError as error:
        # There is a deployment: not to look at it would be no success.
        pytest.fail(str(error))
    seconds = float(os.environ.get("FRAUD_DETECTION_WAIT", "0"))
    return verify(read(outputs_file), aws, patience=Patience(seconds))
