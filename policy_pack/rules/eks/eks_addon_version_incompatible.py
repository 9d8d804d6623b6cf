"""Rule: eks-addon-version-incompatible."""

from __future__ import annotations

from collections.abc import Iterable

from policy_pack.catalog.engine_versions import State
from policy_pack.catalog.facts import Facts
from policy_pack.model import UNKNOWN, Confidence, Problem, Resource, Severity, Value
from policy_pack.rules.rule import Allowed, Flagged, PlanRule, PlanView, View, made
from policy_pack.rules.version_change import runs_already

ADDON, CLUSTER = "aws:eks/addon:Addon", "aws:eks/cluster:Cluster"
OLD, NEW = "v1.18.1-eksbuild.1", "v1.20.4-eksbuild.2"
FACTS = {"versions/eks_addons": {f"vpc-cni {OLD}": ["1.30", "1.31"], f"vpc-cni {NEW}": ["1.31", "1.33"]}}
CNI = made(ADDON, "cni", addonName="vpc-cni", addonVersion=NEW, clusterName="m")
RENEW = "`preflight refresh versions/eks_addons` asks AWS"
_SAYS = {
    State.ELSEWHERE: "`{version}` of {addon} does not run on Kubernetes `{cluster}`",
    State.NOT_LISTED: "`{version}` is not among the versions of {addon}",
}


def stack(cluster: Value, addon: Value) -> tuple[Resource, Resource]:
    """A cluster and an add-on of some versions for an example."""
    made_of = {"clusterName": f"{CLUSTER}::main"}
    cni = made(ADDON, "cni", made_of, addonName="vpc-cni", addonVersion=addon)
    return made(CLUSTER, "main", version=cluster), cni


class EksAddonVersionIncompatible(PlanRule):
    """An add-on of a cluster has a version that does not run on the cluster's Kubernetes.

    ## Why this fails
    Each version of an add-on runs on some versions of Kubernetes. `pulumi preview` does not compare them;
    the deployment fails with `InvalidParameterException: Addon version specified is not supported`, after
    the minutes that the cluster takes.

    ## What to do instead
    Use the version that the message names, or take it from `aws.eks.get_addon_version`. No package lists
    these versions: until `preflight refresh versions/eks_addons` has asked AWS, nothing is evaluated.
    """

    name = "eks-addon-version-incompatible"
    url = "https://docs.aws.amazon.com/eks/latest/userguide/managing-add-ons.html"
    flagged = (
        Flagged(
            stack("1.33", OLD),
            says=f"`{OLD}` of vpc-cni does not run on Kubernetes `1.33`",
            at="addonVersion",
            severity=Severity.ERROR,
            facts=FACTS,
        ),
        Flagged(
            (made(CLUSTER, "main", name="m", version="1.30"), CNI),
            says=f"`{NEW}`",
            facts=FACTS,
        ),
        Flagged(
            stack("1.33", "v1.19.0-eksbuild.1"),
            says="not among the versions of vpc-cni",
            severity=Severity.WARNING,
            facts={"versions/eks_addons": {"vpc-cni v1.19.0-eksbuild.1": None}},
        ),
    )
    allowed = (
        Allowed(stack("1.33", NEW), because="it runs on that version", facts=FACTS),
        Allowed(stack(UNKNOWN, OLD), because="decided at deployment", facts=FACTS),
        Allowed(stack("1.33", UNKNOWN), because="decided at deployment", facts=FACTS),
        Allowed(stack(None, OLD), because="EKS takes its default version", facts=FACTS),
        Allowed((CNI,), because="of another program", facts=FACTS),
        Allowed(stack("1.33", OLD), because="AWS has not been asked"),
    )

    def check(self, plan: PlanView, facts: Facts) -> Iterable[Problem]:
        """Look up what each add-on runs on, and compare it with its cluster."""
        for addon in plan.of_type(ADDON):
            name, version = addon.text("addonName"), addon.text("addonVersion")
            cluster = _cluster(plan, addon) if name and version else None
            kubernetes = cluster.text("version") if cluster else None
            if not (name and version and kubernetes) or runs_already(addon, facts.previous, "addonVersion"):
                continue
            versions = facts.catalogs.addon_versions
            verdict = versions.judge(name, version, kubernetes, region=addon.region, today=facts.today)
            if verdict.state is State.NO_DATA:
                addon.note_unknown("addonVersion", f"no list of {name} for it: {RENEW}")
            if verdict.state not in _SAYS:
                continue
            is_certain = verdict.confidence is Confidence.CERTAIN
            yield Problem(
                _SAYS[verdict.state].format(version=version, addon=name, cluster=kubernetes),
                note=f"according to {verdict.evidence.source}",
                help=f"use `{verdict.nearest}`, which runs on Kubernetes {kubernetes}"
                if verdict.nearest
                else f"choose one by `aws eks describe-addon-versions --addon-name {name}`",
                urn=addon.urn,
                property_path="addonVersion",
                severity=Severity.ERROR if is_certain else Severity.WARNING,
                confidence=verdict.confidence,
                evidence=(verdict.evidence,),
            )


def _cluster(plan: PlanView, addon: View) -> View | None:
    """The cluster of an add-on, which it refers to or names."""
    name = addon.text("clusterName")
    named = (each for each in plan.of_type(CLUSTER) if name and each.text("name") == name)
    return plan.target(addon, "clusterName", CLUSTER) or next(named, None)
