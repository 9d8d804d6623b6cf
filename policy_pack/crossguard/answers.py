"""What the engine is told, in the messages of its protocol."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import grpc
from google.protobuf.empty_pb2 import Empty

from policy_pack import __version__
from policy_pack.crossguard.descriptions import Description
from policy_pack.crossguard.judging import Violation
from policy_pack.crossguard.protocol import analyzer_pb2, engine_pb2
from policy_pack.model import Severity
from policy_pack.rules.rule import Rule

NAME = "preflight"
EMPTY = Empty()
SEVERITIES = {
    Severity.ERROR: analyzer_pb2.POLICY_SEVERITY_HIGH,
    Severity.WARNING: analyzer_pb2.POLICY_SEVERITY_MEDIUM,
    Severity.NOTE: analyzer_pb2.POLICY_SEVERITY_LOW,
}
_LOG_SECONDS = 2.0


def analyzer_info(found: Iterable[Description]) -> Any:
    """What the pack is and which policies it has."""
    return analyzer_pb2.AnalyzerInfo(
        name=NAME,
        displayName="Preflight",
        version=__version__,
        supportsConfig=True,
        description="Finds what will fail in a deployment on AWS before anything is created.",
        provider="aws",
        tags=["aws", "reliability"],
        policies=[_policy_info(item) for item in found],
    )


def _policy_info(item: Description) -> Any:
    info = analyzer_pb2.PolicyInfo(
        name=item.name,
        displayName=item.title,
        description=item.summary,
        enforcementLevel=analyzer_pb2.EnforcementLevel.Value(item.level.upper()),
        policy_type=(
            analyzer_pb2.POLICY_TYPE_STACK if item.about_stack else analyzer_pb2.POLICY_TYPE_RESOURCE
        ),
        severity=SEVERITIES[item.severity],
        tags=item.tags,
        remediation_steps=item.remedy,
        url=item.url or "",
    )
    info.configSchema.properties.update(item.schema)
    return info


def response(
    found: Iterable[Violation], level: Callable[[Violation], int], summaries: Mapping[str, str]
) -> Any:
    """The answer to a question about a resource or a stack."""
    return analyzer_pb2.AnalyzeResponse(
        diagnostics=[
            analyzer_pb2.AnalyzeDiagnostic(
                policyName=item.policy,
                policyPackName=NAME,
                policyPackVersion=__version__,
                description=summaries.get(item.policy, ""),
                message=item.text,
                urn=item.urn or "",
                enforcementLevel=level(item),  # type: ignore[arg-type]
                severity=SEVERITIES[item.severity],
            )
            for item in found
        ]
    )


def remediation(rule: Rule, properties: Any, wrong: Violation | None) -> Any:
    """What a rule makes of a resource's properties, or why it could not."""
    return analyzer_pb2.Remediation(
        policyName=wrong.policy if wrong else rule.name,
        policyPackName=NAME,
        policyPackVersion=__version__,
        description=rule.summary(),
        properties=properties,
        diagnostic=wrong.text if wrong else "",
    )


def log(engine: str, found: Sequence[Violation], level: Callable[[Violation], int]) -> None:
    """Tell the engine beside its questions. Nothing is said of an engine that does not answer."""
    if not (engine and found):
        return
    with grpc.insecure_channel(engine) as channel:
        write = channel.unary_unary(
            "/pulumirpc.Engine/Log",
            request_serializer=engine_pb2.LogRequest.SerializeToString,
            response_deserializer=Empty.FromString,
        )
        for item in found:
            mandatory = level(item) == analyzer_pb2.MANDATORY
            write(
                engine_pb2.LogRequest(
                    severity=engine_pb2.ERROR if mandatory else engine_pb2.WARNING,
                    message=f"{NAME}: {item.policy}: {item.text}\n",
                    urn=item.urn or "",
                ),
                timeout=_LOG_SECONDS,
            )
