"""What rules look at and what they yield. Imports nothing of ours, reads nothing, prints nothing."""

from policy_pack.model.finding import (
    Confidence,
    Edit,
    Evidence,
    Finding,
    Fix,
    NotEvaluated,
    Problem,
    Severity,
    Suppression,
)
from policy_pack.model.plan import (
    CallbackFailure,
    ConfigRead,
    Invoke,
    Plan,
    ProgramFault,
    ProgramRun,
    Refusal,
)
from policy_pack.model.resource import ABSENT, Absent, Resource, ResourceOptions
from policy_pack.model.source import Frame, SourceSpan
from policy_pack.model.values import (
    UNKNOWN,
    Archive,
    Asset,
    Predicted,
    ResourceReference,
    Secret,
    Unknown,
    Value,
)

__all__ = [
    "ABSENT",
    "UNKNOWN",
    "Absent",
    "Archive",
    "Asset",
    "CallbackFailure",
    "Confidence",
    "ConfigRead",
    "Edit",
    "Evidence",
    "Finding",
    "Fix",
    "Frame",
    "Invoke",
    "NotEvaluated",
    "Plan",
    "Predicted",
    "Problem",
    "ProgramFault",
    "ProgramRun",
    "Refusal",
    "Resource",
    "ResourceOptions",
    "ResourceReference",
    "Secret",
    "Severity",
    "SourceSpan",
    "Suppression",
    "Unknown",
    "Value",
]
