"""One file for each family of services: how its resources are asked for, and what their states mean."""

from __future__ import annotations

from collections.abc import Mapping

from policy_pack.verify.probes import Probe
from policy_pack.verify.services import dynamodb, ec2, ecs, elbv2, identity, observing, rds, serverless
from policy_pack.verify.subjects import Kind

PROBES: Mapping[Kind, Probe] = {
    **dynamodb.PROBES,
    **ec2.PROBES,
    **ecs.PROBES,
    **elbv2.PROBES,
    **identity.PROBES,
    **observing.PROBES,
    **rds.PROBES,
    **serverless.PROBES,
}
