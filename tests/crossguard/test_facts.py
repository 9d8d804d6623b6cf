"""The pack judges by the same facts as the command."""

from __future__ import annotations

from pathlib import Path

import grpc
import pytest
from google.protobuf.empty_pb2 import Empty

from .analyzer import running_pack

FACTS = """\
[[facts.override]]
catalog = "versions/rds"
record = "aurora-postgresql 15.3"
state = "available"
reason = "extended support contract"

[[facts.withdraw]]
catalog = "versions/rds"
record = "aurora-postgresql 15.19"
reason = "it corrupts our indexes"
"""


def test_the_users_own_facts_hold_in_a_preview(program: Path) -> None:
    (program / "preflight.toml").write_text(FACTS)
    with running_pack(program, AWS_REGION="eu-west-1") as pack:
        [found] = pack.analyze({"engine": "aurora-postgresql", "engineVersion": "15.19"})
        assert pack.analyze({"engine": "aurora-postgresql", "engineVersion": "15.3"}) == []
    assert found.policyName == "engine-version-unavailable"
    assert "source: your overlay `preflight.toml`: it corrupts our indexes" in found.message


def test_facts_that_are_not_understood_stop_the_preview(program: Path) -> None:
    (program / "preflight.toml").write_text(FACTS.replace("versions/rds", "versions/rsd"))
    with running_pack(program) as pack:
        with pytest.raises(grpc.RpcError) as refused:
            pack.call("GetAnalyzerInfo", Empty())
        assert refused.value.code() is grpc.StatusCode.FAILED_PRECONDITION
        assert "versions/rsd" in refused.value.details()
